"""A week at a glance: guests by service, closed days and shows. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import func, select

from portal.availability import day_cache
from portal.availability.hours import Period
from portal.bookings import rules
from portal.bookings.diary import page
from portal.bookings.models import Booking
from portal.clock import to_local
from portal.events import service as events
from portal.extensions import db
from portal.venues.models import Venue

_DAYS = 7


@dataclass(frozen=True)
class Served:
    """One service of a day: its hours in words, its guests and its bookings."""

    name: str
    hours: str
    guests: int
    bookings: int


@dataclass(frozen=True)
class WeekDay:
    """One day of the week; `special` says that it is closed, or how it is unlike its weekday."""

    on: date
    services: Sequence[Served]
    guests: int
    special: str
    shows: Sequence[str]


def around(venue: Venue, on: date) -> list[WeekDay]:
    """Return the days of the week, from Monday, that a day lies in."""
    first = on - timedelta(days=on.weekday())
    days = [first + timedelta(days=number) for number in range(_DAYS)]
    kept = day_cache.days(venue, days)
    shows = events.shows_by_day(venue.id, days[0], days[-1], venue.timezone)
    starts = db.session.execute(
        select(Booking.service_on, Booking.starts_at, func.sum(Booking.party_size), func.count())
        .where(
            Booking.venue_id == venue.id,
            Booking.service_on.between(days[0], days[-1]),
            Booking.status.in_(rules.COUNTED),
        )
        .group_by(Booking.service_on, Booking.starts_at)
    ).all()
    found = []
    for day in days:
        periods = kept[day].hours.on(day)
        counted = {period.id: [0, 0] for period in periods}
        guests = 0
        for _, starts_at, covers, bookings in (row for row in starts if row[0] == day):
            guests += covers
            if periods:
                sums = counted[_period_of(to_local(starts_at, venue.timezone).time(), periods).id]
                sums[0] += covers
                sums[1] += bookings
        services = [
            Served(each.name, f"{each.opens:%H:%M} to {each.last_seating:%H:%M}", *counted[each.id])
            for each in periods
        ]
        special = page.special_text(venue, day) or ("" if periods else "Closed")
        found.append(WeekDay(day, services, guests, special, shows.get(day, ())))
    return found


def _period_of(wall: time, periods: Sequence[Period]) -> Period:
    """Return the last service that had opened; after midnight that is the last of the evening before."""
    opened = [period for period in periods if period.opens <= wall]
    return opened[-1] if opened else periods[-1]
