"""The bookings to come that a change of a table leaves where it no longer suits them. They are kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from portal.availability import tables
from portal.availability.models import DiningTable, Seating, TableGroup
from portal.bookings.models import Booking
from portal.clock import to_local
from portal.extensions import db
from portal.restaurant.saving import Values
from portal.venues.models import Venue


class Kept(NamedTuple):
    """One booking as the list names it; `starts_at` is the venue's wall time."""

    booking_id: int
    name: str
    party_size: int
    starts_at: datetime


def of_change(venue: Venue, row: Any, values: Values, now: datetime) -> list[Kept]:
    """Return who has the place and would no longer get it, by time; none for an area."""
    if isinstance(row, DiningTable):
        seatings = tables.seatings_to_come(venue, [row.id], now)
        alone = [each for each in seatings if each.dining_table_id == row.id]
        out = _day(values["out_from"]), _day(values["out_until"])
        unfit = tables.no_longer_fit(alone, values["smallest"], values["largest"] or values["seats"], out)
        joined = [each for each in seatings if each.dining_table_id is None]
        unfit += tables.no_longer_fit(joined, 0, 10**6, out)
    elif isinstance(row, TableGroup):
        seatings = tables.seatings_to_come(venue, row.table_ids, now)
        mine = [each for each in seatings if each.table_name == row.name]
        unfit = tables.no_longer_fit(mine, values["smallest"], values["largest"], (None, None))
    else:
        return []
    return _bookings(venue, unfit)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _bookings(venue: Venue, seatings: list[Seating]) -> list[Kept]:
    if not seatings:
        return []
    found = db.session.execute(
        select(Booking.id, Booking.booked_name, Booking.party_size, Booking.starts_at)
        .where(
            Booking.venue_id == venue.id,
            Booking.service_on.in_({each.service_on for each in seatings}),
            Booking.seating_id.in_([each.id for each in seatings]),
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    return [Kept(row[0], row[1], row[2], to_local(row[3], venue.timezone)) for row in found]
