"""The bookings to come that a change of a table leaves where it no longer suits them. They are kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from portal.availability import tables
from portal.availability.models import DiningTable, TableGroup
from portal.restaurant.kept import Consequences, bookings_of
from portal.restaurant.saving import Values
from portal.venues.models import Venue


def of_change(venue: Venue, row: Any, values: Values, now: datetime) -> Consequences:
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
        return Consequences()
    return Consequences(bookings_of(venue, unfit))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
