"""Setting up a house: its periods and its tables. The version moves with each of them (versions.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from portal.availability.models import DiningTable, ServicePeriod
from portal.extensions import db
from portal.venues.models import Venue


@dataclass(frozen=True)
class NewPeriod:
    """A service period to add; `weekdays` from Monday 0, times are wall times, minutes whole quarters."""

    name: str
    weekdays: Sequence[int]
    opens: time
    last_seating: time
    slot_minutes: int
    stay_minutes: int
    covers: int


def add_period(venue: Venue, new: NewPeriod) -> ServicePeriod:
    """Add a service period; does not commit."""
    period = ServicePeriod(
        venue_id=venue.id,
        name=new.name,
        weekdays=weekday_bits(new.weekdays),
        opens=new.opens,
        last_seating=new.last_seating,
        slot_minutes=new.slot_minutes,
        stay_minutes=new.stay_minutes,
        covers=new.covers,
    )
    db.session.add(period)
    return period


def add_table(venue: Venue, name: str, seats: int) -> DiningTable:
    """Add a table; does not commit."""
    table = DiningTable(venue_id=venue.id, name=name, seats=seats)
    db.session.add(table)
    return table


def weekday_bits(weekdays: Sequence[int]) -> int:
    """Return weekdays, Monday 0, as one number with a bit for each."""
    return sum(1 << weekday for weekday in set(weekdays))
