"""How often one address may send the public forms: by what is refused first, as a whole theatre shares one.

What is refused for one address counts for that address alone, so a flood closes nothing for anybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Response, g, request
from limits import parse

from portal.extensions import limiter
from portal.widgets.public import http

FAILURES = "20 per 10 minutes"
# Above these come more people than eat or sit in one place, so they bound what a program can do.
MADE = "240 per 10 minutes"
TRIES = "600 per 10 minutes"
# Each may send a letter.
CHANGES_OF_A_BOOKING = "6 per hour"
BOOKINGS_OF_A_WIDGET = "1200 per minute"
# Too many tries were counted already; a full evening or a busy database is nobody's fault.
_NOT_THEIR_FAULT = {409, 429, 503}
_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")
_View = Callable[_Arguments, _Answer]


def for_an_address(
    error_message: str | None = None,
) -> Callable[[_View[_Arguments, _Answer]], _View[_Arguments, _Answer]]:
    """Limit a view by the visitor's address."""

    def decorate(view: _View[_Arguments, _Answer]) -> _View[_Arguments, _Answer]:
        view = limiter.limit(FAILURES, deduct_when=_failed, error_message=error_message)(view)
        view = limiter.limit(MADE, deduct_when=http.succeeded, error_message=error_message)(view)
        return limiter.limit(TRIES, error_message=error_message)(view)

    return decorate


def for_a_booking(error_message: str) -> Callable[[_View[_Arguments, _Answer]], _View[_Arguments, _Answer]]:
    """Limit how often a view changes the booking whose token is in the address, whoever asks."""
    return limiter.limit(
        CHANGES_OF_A_BOOKING,
        key_func=lambda: (request.view_args or {})["token"],
        deduct_when=http.succeeded,
        error_message=error_message,
    )


def excuse() -> None:
    """Count the answer to this request as no failure: the diner could not know better."""
    g.is_excused = True


def note_booking(*, is_new: bool) -> None:
    """Count a new booking as made, and forget what failed before it: whoever books is no attacker."""
    g.has_booked = is_new
    if not is_new:
        return
    for evaluated in limiter.current_limits:
        if evaluated.limit == parse(FAILURES):
            limiter.limiter.clear(evaluated.limit, *evaluated.request_args)


def has_booked(_response: Response) -> bool:
    return bool(g.get("has_booked"))


def _failed(response: Response) -> bool:
    refused = response.status_code >= 400 and response.status_code not in _NOT_THEIR_FAULT
    return refused and not g.get("is_excused")
