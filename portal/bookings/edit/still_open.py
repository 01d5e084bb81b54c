"""The bookings of past days that nobody has completed or marked as a no-show. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import ColumnElement, func, select, text

from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from portal.venues.models import Venue

MOST_SHOWN = 100
# As the index has it, since SQLite uses no index whose condition is worded otherwise.
_CONFIRMED = text("bookings.status = 'confirmed'")


@dataclass(frozen=True)
class OpenDays:
    """Past days with their open bookings, the latest first; `more` are left out."""

    days: Sequence[tuple[date, Sequence[Booking]]]
    more: int


def count(venue: Venue) -> int:
    """Return how many bookings of past days are still open."""
    return db.session.scalar(select(func.count()).select_from(Booking).where(*_open(venue))) or 0


def days(venue: Venue) -> OpenDays:
    """Return the past days that have open bookings, each with those."""
    found = db.session.scalars(
        select(Booking)
        .where(*_open(venue))
        .order_by(Booking.service_on.desc(), Booking.starts_at, Booking.id)
        .limit(MOST_SHOWN)
    ).all()
    by_day = [(on, list(of_day)) for on, of_day in groupby(found, key=lambda one: one.service_on)]
    return OpenDays(by_day, count(venue) - len(found))


def _open(venue: Venue) -> tuple[ColumnElement[bool], ...]:
    now = clock.utc_now()
    # A service past midnight may still be running.
    past = Booking.service_on < clock.local_date(now, venue.timezone), Booking.ends_at <= now
    return Booking.venue_id == venue.id, _CONFIRMED, *past  # type: ignore[return-value]  # text is a condition
