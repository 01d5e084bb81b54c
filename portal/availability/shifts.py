"""Seatings whose times are made anew, all of a venue's at once. Nothing that was promised is cancelled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from portal.availability import locks, reading, seating as seats
from portal.availability.hours import Hours, offers_at
from portal.availability.models import Seating, TableQuarter
from portal.availability.reading import House
from portal.availability.room import Room
from portal.extensions import db
from portal.venues.models import Venue


@dataclass(frozen=True)
class Shift:
    """From when to when a seating is to last."""

    seating_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Shifted:
    """How a party sits now. `crowded` says why somebody has to find it another place, "" for no reason."""

    table_name: str
    crowded: str = ""


def shift(venue: Venue, shifts: Collection[Shift]) -> dict[int, Shifted]:
    """Give seatings their new times, each at its own table if that is free, else at another that is.

    A party for which there is none stays at its table beside the other. The caller commits. Raises BusyNow,
    and the caller then rolls back.

    Returns how each party sits, by seating.
    """
    if not shifts:
        return {}
    times = {one.seating_id: one for one in shifts}
    with locks.naming_lock_time_outs():
        locks.keep_house(venue)
        house = reading.house(venue)
        # Read once for their days, and again under the lock.
        days = {one.service_on for one in _seatings(venue, times)}
        if not days:
            return {}
        hours = reading.hours(house, min(days), max(days))
        locks.lock_days(venue, hours, days)
        seatings = list(_seatings(venue, times))
        for some in seats.chunks(list(times)):
            db.session.execute(delete(TableQuarter).where(TableQuarter.seating_id.in_(some)))
        for seating in seatings:
            seating.starts_at, seating.ends_at = times[seating.id].starts_at, times[seating.id].ends_at
        db.session.flush()
        crowded = seats.hold_whole_stays(seatings)
        beside_others = {one.id for one in crowded if not _found_another(house, hours, one)}
        rooms = {day: seats.room_of(house, hours, day) for day in days}
        return {
            one.id: Shifted(
                one.table_name, _crowded(house, hours, rooms[one.service_on], one, one.id in beside_others)
            )
            for one in seatings
        }


def _seatings(venue: Venue, times: Collection[int]) -> Iterator[Seating]:
    for some in seats.chunks(list(times)):
        mine = Seating.venue_id == venue.id, Seating.id.in_(some)
        yield from db.session.scalars(
            select(Seating).where(*mine).order_by(Seating.id).execution_options(populate_existing=True)
        )


def _found_another(house: House, hours: Hours, seating: Seating) -> bool:
    """Give a party another place for its whole stay, if there is one."""
    room = seats.room_of(house, hours, seating.service_on)
    free = room.choose(seating.starts_at, seating.ends_at, seating.covers)
    if free is None:
        return False
    db.session.execute(delete(TableQuarter).where(TableQuarter.seating_id == seating.id))
    seats.sit_at(seating, free)
    db.session.flush()
    return seats.hold_quarters(seating, seating.starts_at)


def _crowded(house: House, hours: Hours, room: Room, seating: Seating, beside_others: bool) -> str:
    if beside_others:
        return "another party has the table"
    most = _most_covers(house, hours, seating)
    if most is None or room.peak(seating.starts_at, seating.ends_at) <= most:
        return ""
    return "more guests than the service takes"


def _most_covers(house: House, hours: Hours, seating: Seating) -> int | None:
    """Return the covers of the service that runs when a party comes, else of its own, None for neither."""
    offers = offers_at(hours, seating.starts_at, house.zone, seating.covers, slots_only=False)
    running = [period.covers for period, slot in offers if slot.service_on == seating.service_on]
    if running:
        return max(running)
    every = [*hours.on(seating.service_on), *(weekly.period for weekly in house.weekly)]
    return next((period.covers for period in every if period.id == seating.service_period_id), None)
