"""Days as they were last read, used again for as long as the database says that nothing has changed.

Every question first reads a mark: the version of the house, and those of the day's lock and its neighbours',
whose parties may still sit when the day begins. The mark is one row, so an unchanged day costs one short
query, and a copy is never older than the database. Whoever holds a lock works without copies, since what
they see may yet be rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app, g
from sqlalchemy import bindparam, func, select

from portal import clock
from portal.availability import obstacles, reading
from portal.availability.hours import Hours, Slot, offers_on
from portal.availability.models import CapacityDay, HouseVersion
from portal.availability.obstacles import Wish
from portal.availability.reading import House
from portal.availability.room import Asker, Room
from portal.extensions import db
from portal.venues.models import Venue

MOST_DAYS = 2000
_DAY = timedelta(days=1)
# The house's version and the sum of the three days', None for what was never changed.
_Mark = tuple[int | None, int | None]


@dataclass(frozen=True)
class _KeptHouse:
    """A house as of a version, and its hours around the days that were asked about since."""

    version: int | None
    house: House
    hours: dict[tuple[date, date], Hours] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """One service day: the hours that bind it, and the room in which it takes place. It never changes."""

    service_on: date
    zone: str
    hours: Hours
    room: Room
    _found: dict[tuple[int, Asker], list[Wish]] = field(default_factory=dict)

    def fitting(self, party_size: int, asker: Asker) -> list[Wish]:
        """Return what a party can have if the clock allows it, in order."""
        found = self._found.get((party_size, asker))
        if found is None:
            offers = offers_on(self.hours, self.service_on, self.zone, party_size)
            fitting = obstacles.fitting(offers, self.room, self.zone, party_size, asker)
            found = [Wish(*offer, self.room, self.zone, party_size, asker) for offer in fitting]
            self._found[party_size, asker] = found
        return found

    def open_slots(self, party_size: int, now: datetime, asker: Asker = Asker.ONLINE) -> list[Slot]:
        """Return the slots after `now` that a party can have, in order."""
        return obstacles.once_each(wish.slot for wish in self._open(party_size, now, asker))

    def has_space(self, party_size: int, now: datetime, asker: Asker = Asker.ONLINE) -> bool:
        """Tell whether there is any such slot."""
        return any(self._open(party_size, now, asker))

    def stands_until(self, party_size: int, now: datetime) -> datetime:
        """Return the next moment at which the clock alone may change what diners can have."""
        midnight = clock.day_bounds(clock.local_date(now, self.zone), self.zone)[1]
        closing = (obstacles.closes_at(wish) for wish in self._open(party_size, now, Asker.ONLINE))
        return min([midnight, *closing])

    def _open(self, party_size: int, now: datetime, asker: Asker) -> Iterator[Wish]:
        return (
            wish
            for wish in self.fitting(party_size, asker)
            if wish.slot.starts_at > now and obstacles.in_time(wish, now)
        )


def day(venue: Venue, service_on: date) -> Day:
    """Return a day from memory if its mark still stands, else as the database has it."""
    return days(venue, [service_on])[service_on]


def just_read(venue: Venue, service_on: date) -> Day | None:
    """Return a day that this request has read already, None for one that it has not."""
    read: dict[Any, Day] = g.get("days_read", {})
    return read.get((venue.id, venue.timezone, service_on))


def known(venue: Venue, service_on: date) -> Day | None:
    """Return a day from memory if its mark still stands, None where it would have to be read."""
    copy = _copies().get((venue.id, venue.timezone, service_on))
    if copy is None or _changing() or _marks(venue.id, [service_on])[service_on] != copy[0]:
        return None
    return copy[1]


def days(venue: Venue, wanted: list[date]) -> dict[date, Day]:
    """Return days, those whose mark still stands from memory and the others read at once."""
    found = _days(venue, wanted) if wanted else {}
    read: dict[Any, Day] = g.setdefault("days_read", {})
    read.update(((venue.id, venue.timezone, on), day) for on, day in found.items())
    return found


def _days(venue: Venue, wanted: list[date]) -> dict[date, Day]:
    if _changing():
        return _read(venue, reading.house(venue), wanted)
    copies = _copies()
    marks = _marks(venue.id, wanted)
    kept = {on: copies.get((venue.id, venue.timezone, on)) for on in wanted}
    found = {on: copy[1] for on, copy in kept.items() if copy and copy[0] == marks[on]}
    missing = [on for on in wanted if on not in found]
    if not missing:
        return found
    fresh = _read(venue, _house(venue, marks[missing[0]][0]), missing)
    # What changed while it was being read may be half in it.
    after = _marks(venue.id, missing)
    if len(copies) + len(missing) > MOST_DAYS:
        copies.clear()
    for on in missing:
        if after[on] == marks[on]:
            copies[venue.id, venue.timezone, on] = (marks[on], fresh[on])
    return found | fresh


def _copies() -> dict[Any, tuple[_Mark, Day]]:
    copies: dict[Any, tuple[_Mark, Day]] = current_app.extensions.setdefault("availability", {})
    return copies


def kept_house(venue: Venue, version: int | None) -> House:
    """Return the house for whoever keeps others from changing it, at the version read under the lock.

    It comes from memory, unless this transaction itself changes something that may yet be rolled back.
    """
    return reading.house(venue) if _changing() else _house(venue, version)


def kept_hours(venue: Venue, version: int | None, house: House, first: date, last: date) -> Hours:
    """Return a house's hours around some days, from memory where they were read at this version."""
    kept = _houses().get((venue.id, venue.timezone))
    if kept is None or kept.version != version or _changing():
        return reading.hours(house, first, last)
    if (first, last) not in kept.hours:
        if len(kept.hours) >= MOST_DAYS:
            kept.hours.clear()
        kept.hours[first, last] = reading.hours(house, first, last)
    return kept.hours[first, last]


def hours(venue: Venue, first: date, last: date) -> Hours:
    """Return the hours that bind some days, from memory as long as the house has not changed."""
    version = _house_version(venue.id)
    return kept_hours(venue, version, kept_house(venue, version), first, last)


def note_change() -> None:
    """Do without copies until the transaction ends."""
    db.session.info["availability_changing"] = db.session().get_transaction()


def _changing() -> bool:
    transaction = db.session().get_transaction()
    return transaction is not None and db.session.info.get("availability_changing") is transaction


def _house(venue: Venue, version: int | None) -> House:
    """Return the house as of a version that was just read, from memory if it is there."""
    houses = _houses()
    key = (venue.id, venue.timezone)
    kept = houses.get(key)
    if kept and kept.version == version:
        return kept.house
    fresh = reading.house(venue)
    if _house_version(venue.id) == version:
        if len(houses) >= MOST_DAYS:
            houses.clear()
        houses[key] = _KeptHouse(version, fresh)
    return fresh


def _houses() -> dict[Any, _KeptHouse]:
    houses: dict[Any, _KeptHouse] = current_app.extensions.setdefault("houses", {})
    return houses


def _read(venue: Venue, house: House, wanted: list[date]) -> dict[date, Day]:
    hours = reading.hours(house, min(wanted), max(wanted))
    # A kept booking may run over into a day with which its service no longer shares the room.
    sharing = {on: (on - _DAY, on, on + _DAY) for on in wanted}
    seated = reading.seated(house, sorted({day for days in sharing.values() for day in days}))
    return {
        on: Day(
            on,
            venue.timezone,
            hours,
            Room(
                house.places,
                [party for day in sharing[on] for party in seated[day]],
                house.absent(hours, on),
            ),
        )
        for on in wanted
    }


_HOUSE = select(HouseVersion.version).where(HouseVersion.venue_id == bindparam("venue_id"))
_LOCKS = (
    CapacityDay.venue_id == bindparam("venue_id"),
    CapacityDay.service_on.between(bindparam("first"), bindparam("last")),
)
_ONE = select(
    _HOUSE.scalar_subquery(), select(func.sum(CapacityDay.version)).where(*_LOCKS).scalar_subquery()
)
_SEVERAL = select(CapacityDay.service_on, CapacityDay.version).where(*_LOCKS)


def _marks(venue_id: int, wanted: list[date]) -> dict[date, _Mark]:
    """Return the mark of each day."""
    asked = {"venue_id": venue_id, "first": min(wanted) - _DAY, "last": max(wanted) + _DAY}
    # Past the session, which would look for entities to load and costs as much again.
    connection = db.session.connection()
    if len(wanted) == 1:
        house, day_sum = connection.execute(_ONE, asked).one()
        return {wanted[0]: (house, day_sum)}
    house = _house_version(venue_id)
    versions: dict[date, int] = dict(connection.execute(_SEVERAL, asked).all())
    return {
        on: (house, sum(versions.get(on + near, 0) for near in (-_DAY, _DAY * 0, _DAY)) or None)
        for on in wanted
    }


def _house_version(venue_id: int) -> int | None:
    version: int | None = db.session.connection().execute(_HOUSE, {"venue_id": venue_id}).scalar()
    return version
