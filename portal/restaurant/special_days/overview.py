"""What the page of the special days shows: the next ones, and the year. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.bookings.models import Booking
from portal.extensions import db
from portal.restaurant.special_days.subjects import KINDS, kind_of, local_today, periods_text, values_of
from portal.venues.models import Venue

_SHOWN = 10


@dataclass(frozen=True)
class DayShown:
    """One special day of the list.

    Args:
        details: its hours, or the tables that are hired.
        bookings: how many bookings stand on that day.
    """

    id: int
    on: date
    kind: str
    title: str
    details: str
    note: str
    bookings: int


def next_ones(venue: Venue) -> list[DayShown]:
    """Return the next special days."""
    rows = special_days.next_ones(venue, local_today(venue), _SHOWN)
    bookings = _bookings_on(venue, [row.service_on for row in rows])
    tables = special_days.tables(venue)
    return [_shown(venue, row, tables, bookings.get(row.service_on, 0)) for row in rows]


def _shown(venue: Venue, row: SpecialDay, tables: dict[int, str], bookings: int) -> DayShown:
    kind = kind_of(row)
    hired = ", ".join(name for table_id, name in tables.items() if table_id in row.hired_table_ids)
    parts = [periods_text(values_of(venue, row)["periods"]) if kind == "hours" else "", hired]
    return DayShown(
        row.id, row.service_on, kind, KINDS[kind], "; ".join(filter(None, parts)), row.note, bookings
    )


def _bookings_on(venue: Venue, days: Sequence[date]) -> dict[date, int]:
    found = db.session.execute(
        select(Booking.service_on, func.count())
        .where(Booking.venue_id == venue.id, Booking.service_on.in_(days), Booking.seating_id.is_not(None))
        .group_by(Booking.service_on)
    )
    return {row[0]: row[1] for row in found}
