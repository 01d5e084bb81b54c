"""What others changed on a day while somebody has its diary open. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from portal.bookings import waiting
from portal.bookings.diary import page
from portal.bookings.diary.page import Day, Line
from portal.bookings.models import Booking, StatusChange, WaitingRequest
from portal.extensions import db
from portal.venues.models import Venue


@dataclass(frozen=True)
class OpenDay:
    """A day as its diary shows it.

    Args:
        day: its bookings.
        waits: who waits for a table, longest first.
        newest: the latest status change of any of its bookings, 0 without one. The day's lock is held over
            each, so that a later one has a higher number.
    """

    day: Day
    waits: Sequence[WaitingRequest]
    newest: int

    @property
    def mark(self) -> str:
        """What is the same as long as nothing changes that the diary shows."""
        coming = self.day.next_arrival.id if self.day.next_arrival else 0
        last_wait = max((wait.id for wait in self.waits), default=0)
        return f"{self.newest}-{coming}-{len(self.waits)}-{last_wait}"


@dataclass(frozen=True)
class Changes:
    """What has changed: the day as it is now, which of its rows differ, how many bookings are new."""

    now: OpenDay
    changed: Sequence[Line]
    new: int


def open_day(venue: Venue, on: date | None) -> OpenDay:
    """Return a day for its diary; None means the present day at the venue."""
    day = page.day(venue, on)
    newest = db.session.scalar(
        select(func.max(StatusChange.id))
        .join(Booking, Booking.id == StatusChange.booking_id)
        .where(Booking.venue_id == venue.id, Booking.service_on == day.on)
    )
    return OpenDay(day, waiting.of_day(venue.id, day.on), newest or 0)


def since(venue: Venue, on: date, mark: str, loaded: str) -> Changes | None:
    """Return what has changed on a day, None for nothing.

    Args:
        venue: whose day.
        on: the day.
        mark: of the latest look.
        loaded: the mark when the page was loaded, which lists the bookings of then.
    """
    now = open_day(venue, on)
    if now.mark == mark:
        return None
    looked_at, listed = _newest_of(mark), _newest_of(loaded)
    lines = {line.booking.id: line for line in now.day.lines}
    moves = db.session.execute(
        select(StatusChange.id, StatusChange.booking_id, StatusChange.old)
        .where(StatusChange.booking_id.in_(lines), StatusChange.id > min(looked_at, listed))
        .order_by(StatusChange.id)
    ).all()
    new = {move.booking_id for move in moves if move.old is None and move.id > listed}
    changed = {move.booking_id for move in moves if move.id > looked_at} - new
    return Changes(now, [lines[booking_id] for booking_id in sorted(changed)], len(new))


def _newest_of(mark: str) -> int:
    number = re.match(r"[0-9]{1,18}", mark)
    return int(number[0]) if number else 0
