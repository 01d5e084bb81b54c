"""The theatre's programme as it was last read, and reading it again."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import current_user

from portal import clock
from portal.extensions import limiter
from portal.integration.connection.queries import NotConnected
from portal.integration.programme import page as programme_page, schedule as programme_schedule
from portal.integration.programme.page import Page
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_venue, managers_only, signed_in

bp = Blueprint("programme", __name__, url_prefix="/programme")

# No link of ours leads to a day beyond these.
_DAYS = (date(2000, 1, 1), date(2199, 1, 1))
_MILLISECONDS = 1000
_LATEST = 2**42


def _person() -> str:
    return f"{getattr(current_user, 'id', '')} {get_remote_address()}"


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """Show the page; with `asked`, tell the person who asked for a new reading when it is done."""
    asked_at = _asked_at()
    page = programme_page.page_of(current_venue(), _first_day(), asked_at)
    if asked_at is not None and not page.reading:
        return _told(page)
    if wants_fragment():
        return render_template("events/_reading.html", page=page)
    return render_template("events/programme.html", page=page)


@bp.post("/sync")
@limiter.limit("10 per minute", key_func=_person)
@managers_only
def sync() -> ResponseReturnValue:
    """Have the programme read in the background, and wait for it on the page.

    Each press asks Spektrix for two whole lists, so presses are limited.
    """
    asked = int(clock.utc_now().timestamp() * _MILLISECONDS)
    try:
        programme_schedule.ask(current_venue().id)
    except NotConnected:
        flash("Spektrix is not connected, so nothing was read. Enter the details first.", "warn")
        return redirect(url_for("programme.index"), 303)
    return redirect(url_for("programme.index", asked=asked), 303)


def _told(page: Page) -> ResponseReturnValue:
    """Go to the page without `asked`, with the result; the page itself shows trouble."""
    if page.unanswered:
        flash("The programme is still being read. Check again later.", "info")
    elif page.sync is not None and page.trouble is None:
        number = page.sync.performances
        flash(f"The programme was read: {number:,} performance{'' if number == 1 else 's'}.")
    address = url_for("programme.index")
    return ("", 204, {"HX-Redirect": address}) if wants_fragment() else redirect(address, 303)


def _first_day() -> date | None:
    """Return the day that a link named, None for any other text."""
    try:
        day = date.fromisoformat(request.args.get("from", ""))
    except ValueError:
        return None
    return day if _DAYS[0] <= day < _DAYS[1] else None


def _asked_at() -> datetime | None:
    """Return when this person asked for a new reading."""
    asked = request.args.get("asked", 0, type=int)
    return datetime.fromtimestamp(asked / _MILLISECONDS, UTC) if 0 < asked < _LATEST else None
