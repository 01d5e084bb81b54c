"""Cancelling a table by the diner's own hand, until its time comes."""

from __future__ import annotations

from datetime import datetime

from portal.bookings import service as bookings
from portal.bookings.models import Booking, Status
from portal.bookings.rules import MOVES, MoveNotAllowed
from portal.venues.models import Doer
from portal.widgets.service import PublishedWidget

_CLOSED = {
    Status.COMPLETED: "The restaurant has marked this visit as completed.",
    Status.NO_SHOW: "The restaurant has marked this booking as not used.",
}
_PASSED = "The time of this table has come."


class NotCancellable(Exception):
    """A booking that cannot be cancelled; the text is the sentence that says why."""


def why_closed(status: Status, starts_at: datetime, now: datetime) -> str:
    """Say why a diner can do nothing about a booking any more, "" while they can or once it is cancelled."""
    if status == Status.CANCELLED:
        return ""
    if Status.CANCELLED not in MOVES[status]:
        return _CLOSED[status]
    return _PASSED if starts_at <= now else ""


def may_cancel(status: Status, starts_at: datetime, now: datetime) -> bool:
    """Tell whether a diner may cancel a booking: one that stands, until its time comes."""
    return status != Status.CANCELLED and not why_closed(status, starts_at, now)


def may_change(status: Status, starts_at: datetime, now: datetime) -> bool:
    """Tell whether a diner may swap a booking for another: a confirmed one, until its time comes."""
    return status == Status.CONFIRMED and starts_at > now


def cancel(published: PublishedWidget, booking: Booking, now: datetime) -> None:
    """Cancel a booking for its diner; one that somebody else has just cancelled stays so.

    Raises NotCancellable, also where the staff were quicker, and availability's BusyNow.
    """
    _require_open(booking.status, booking.starts_at, now)
    try:
        bookings.move(published.venue, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
    except MoveNotAllowed as error:
        _require_open(error.old, booking.starts_at, now)


def _require_open(status: Status, starts_at: datetime, now: datetime) -> None:
    closed = why_closed(status, starts_at, now)
    if closed:
        raise NotCancellable(closed)
