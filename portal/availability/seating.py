"""Taking a place and giving it back. Every change of occupancy holds the day's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from portal.availability import day_cache, locks, obstacles, reading
from portal.availability.hours import (
    Hours,
    Offer,
    Slot,
    bounds,
    offers_at,
    on_calendar,
)
from portal.availability.models import HouseVersion, Seating, TableQuarter
from portal.availability.obstacles import Wish
from portal.availability.reading import House
from portal.availability.room import Asker, Place, Room, quarter_begin, quarters
from portal.clock import local_date, to_local
from portal.extensions import Base, db
from portal.venues.models import Venue

_DAY = timedelta(days=1)
# Ids named in one statement; SQLite once took no more than 999 values.
_AT_A_TIME = 500


class SlotTaken(Exception):
    """The slot was on offer, and others have it now."""


class NotOffered(Exception):
    """Nobody could have this: outside the periods, in the past, or a party too large for the venue."""


@dataclass(frozen=True)
class Stay:
    """A place that a party had until `went_at`: its end as planned, its table "" where covers alone count.

    It is kept where hours and tables are still what they were at `went_at`, None for one that is not.
    """

    service_on: date
    starts_at: datetime
    ends_at: datetime
    party_size: int
    table_name: str
    went_at: datetime | None = None


def take(
    venue: Venue, starts_at: datetime, party_size: int, now: datetime, asker: Asker = Asker.ONLINE
) -> Seating:
    """Seat a party from `starts_at`, an aware instant, and return its row; the caller commits.

    For diners online the start must be a slot still to come. Staff may use any time from opening to last
    seating, past or present. Covers and tables bind everybody.

    Raises SlotTaken, NotOffered or BusyNow. After any of them the caller rolls back, which frees the lock.
    """
    with locks.naming_lock_time_outs():
        house, hours = _house_around(venue, starts_at)
        found = _possible(house, hours, starts_at, party_size, now, asker)
        if not found:
            raise NotOffered
        locks.lock_days(venue, hours, {slot.service_on for _, slot in found})
        for period, slot in found:
            room = room_of(house, hours, slot.service_on)
            if obstacles.fits(Wish(period, slot, room, house.zone, party_size, asker)):
                return _seat(
                    venue, slot, room.choose(slot.starts_at, slot.ends_at, party_size, asker), party_size
                )
        raise SlotTaken


def take_again(
    venue: Venue,
    stay: Stay,
    now: datetime,
    seating_id: int | None = None,
    has_anybody_come: Callable[[], bool] = lambda: True,
) -> Seating:
    """Seat a party again for what is left of its stay, at its own table if that is free, else at another.

    What was booked is kept when settings change. So rules for newcomers do not count at its own table while
    settings are what they were when it went, and the most covers only if `has_anybody_come` since then, which
    is asked under the lock. `seating_id` is the seating that it still has, which the new one replaces. The
    caller commits. Raises SlotTaken, NotOffered or BusyNow, and the caller then rolls back.
    """
    # Whoever had a place is not held back by rules for newcomers.
    asker = Asker.WALK_IN
    with locks.naming_lock_time_outs():
        house, hours = _house_around(venue, stay.starts_at)
        found = _possible(house, hours, stay.starts_at, stay.party_size, now, asker)
        # A kept stay may run over into a day with which its service no longer shares the room.
        days = {stay.service_on, *(slot.service_on for _, slot in found)}
        for day in sorted({day + near for day in days for near in (-_DAY, _DAY * 0, _DAY)}):
            locks.lock_day(venue, day)
        if seating_id is not None:
            _delete(venue, seating_id)
        # Who sat there earlier this evening is no hindrance; an evening that is over is taken as a whole.
        is_over = now >= stay.ends_at
        held_from = stay.starts_at if is_over else max(stay.starts_at, quarter_begin(now))
        room = room_of(house, hours, stay.service_on)
        own = room.place_called(stay.table_name)
        is_kept = _is_kept(venue, stay)
        is_free = room.is_free(own, held_from, stay.ends_at) if own else not room.places
        if is_kept and is_free and _covers_allow(house, hours, stay, room, held_from, has_anybody_come):
            whole = _slot_of_kept(house, hours, stay)
            return _seat(venue, whole, own, stay.party_size, held_from)
        for period, slot in found:
            rest = replace(slot, starts_at=held_from, ends_at=stay.ends_at)
            room = room_of(house, hours, slot.service_on)
            if obstacles.fits(Wish(period, rest, room, house.zone, stay.party_size, asker)):
                place = room.choose(held_from, stay.ends_at, stay.party_size, asker, rather=stay.table_name)
                whole = replace(rest, starts_at=stay.starts_at)
                return _seat(venue, whole, place, stay.party_size, held_from)
        if is_kept and not stay.table_name and not has_anybody_come():
            # It is older than the venue's tables and had none.
            return _seat(venue, _slot_of_kept(house, hours, stay), None, stay.party_size)
        if found or (is_kept and own):
            raise SlotTaken
        raise NotOffered


def _is_kept(venue: Venue, stay: Stay) -> bool:
    changed_at = db.session.scalar(select(HouseVersion.changed_at).where(HouseVersion.venue_id == venue.id))
    return stay.went_at is not None and (changed_at is None or changed_at < stay.went_at)


def _covers_allow(
    house: House,
    hours: Hours,
    stay: Stay,
    room: Room,
    held_from: datetime,
    has_anybody_come: Callable[[], bool],
) -> bool:
    """Tell whether the covers of a party that had a place are still its own, or free."""
    then = room.peak(held_from, stay.ends_at) + stay.party_size
    running = [period for period, _ in _running(house, hours, stay.starts_at, stay.party_size)]
    # Outside all periods nobody else can have come.
    return not running or any(then <= period.covers for period in running) or not has_anybody_come()


def _slot_of_kept(house: House, hours: Hours, stay: Stay) -> Slot:
    """Return a stay with its period, the nearest one where none runs then. Raises NotOffered."""
    of_the_day = [
        period
        for period, slot in _running(house, hours, stay.starts_at, stay.party_size)
        if slot.service_on == stay.service_on
    ]
    every = of_the_day or hours.on(stay.service_on) or [weekly.period for weekly in house.weekly]
    if not every:
        raise NotOffered
    wall = to_local(stay.starts_at, house.zone).replace(tzinfo=None)
    period = min(every, key=lambda one: abs(bounds(one, stay.service_on)[0] - wall))
    return Slot(stay.starts_at, stay.ends_at, period.id, period.name, stay.service_on)


def leave(venue: Venue, seating_id: int, now: datetime) -> Seating | None:
    """Free the table of a party that has left, from the quarter hour on in which it did.

    Returns what is left of its seating, None if that is nothing. The caller commits. Raises NotHere or
    BusyNow.
    """
    with locks.naming_lock_time_outs():
        seating = Seating.get_for(venue.id, seating_id)
        locks.lock_around(venue, seating.service_on)
        left = quarter_begin(now)
        if left <= seating.starts_at:
            _delete(venue, seating_id)
            return None
        seating.ends_at = min(left, seating.ends_at)
        db.session.execute(
            delete(TableQuarter).where(TableQuarter.seating_id == seating_id, TableQuarter.starts_at >= left)
        )
        return seating


def release(venue: Venue, seating_id: int) -> None:
    """Give back what a party held; the caller commits. Raises NotHere or BusyNow."""
    with locks.naming_lock_time_outs():
        seating = Seating.get_for(venue.id, seating_id)
        locks.lock_around(venue, seating.service_on)
        _delete(venue, seating_id)


def _house_around(venue: Venue, starts_at: datetime) -> tuple[House, Hours]:
    if not on_calendar(starts_at):
        raise NotOffered
    house = day_cache.kept_house(venue, locks.keep_house(venue))
    # The service may have begun the day before, and shares its room with the days beside it.
    today = local_date(starts_at, venue.timezone)
    return house, reading.hours(house, today - _DAY, today)


def _running(house: House, hours: Hours, starts_at: datetime, party_size: int) -> list[Offer]:
    """Return each service in which somebody could sit down at `starts_at`."""
    return list(offers_at(hours, starts_at, house.zone, party_size, slots_only=False))


def _possible(
    house: House, hours: Hours, starts_at: datetime, party_size: int, now: datetime, asker: Asker
) -> list[Offer]:
    """Return the ways in which the party could sit at `starts_at` if nobody else did."""
    online = asker is Asker.ONLINE
    found = []
    for period, slot in offers_at(hours, starts_at, house.zone, party_size, slots_only=online):
        empty = Room(house.places, (), house.absent(hours, slot.service_on))
        obstacle = obstacles.all_of(Wish(period, slot, empty, house.zone, party_size, asker), now)
        if party_size > 0 and not obstacle:
            found.append((period, slot))
    return found


def room_of(house: House, hours: Hours, service_on: date) -> Room:
    """Return the room of a day as it is now, with the parties of the days beside it."""
    seated = reading.seated(house, [service_on - _DAY, service_on, service_on + _DAY])
    taken = [party for parties in seated.values() for party in parties]
    return Room(house.places, taken, house.absent(hours, service_on))


def _seat(
    venue: Venue, slot: Slot, place: Place | None, covers: int, held_from: datetime | None = None
) -> Seating:
    seating = Seating(
        venue_id=venue.id,
        service_on=slot.service_on,
        service_period_id=slot.period_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        covers=covers,
    )
    sit_at(seating, place)
    db.session.add(seating)
    db.session.flush()
    # Under the lock nobody else can hold them; this is the net for the day somebody forgets it.
    if place and not hold_quarters(seating, held_from or seating.starts_at):
        db.session.delete(seating)
        db.session.flush()
        raise SlotTaken
    return seating


def hold_quarters(seating: Seating, held_from: datetime) -> bool:
    """Write the quarter hours of a stay that nobody else holds. Returns False where some are held.

    Quarters go in by time, so that two writers without the lock wait for each other in one direction only.
    """
    held = _quarters_of(seating, held_from)
    if not held:
        return True
    # Many rows for one statement that is made once, past the session, which would make it anew each time.
    insert = _insert(TableQuarter).on_conflict_do_nothing().returning(TableQuarter.starts_at)
    return len(db.session.connection().execute(insert, held).all()) == len(held)


def hold_whole_stays(seatings: Sequence[Seating]) -> list[Seating]:
    """Write the quarter hours of many stays at once, where nobody else holds them.

    Returns the seatings of which somebody else holds a part.
    """
    wanted = {one.id: _quarters_of(one, one.starts_at) for one in seatings}
    held = [row for rows in wanted.values() for row in rows]
    if not held:
        return []
    db.session.connection().execute(_insert(TableQuarter).on_conflict_do_nothing(), held)
    of_each = select(TableQuarter.seating_id, func.count()).group_by(TableQuarter.seating_id)
    found = {
        row[0]: row[1]
        for some in chunks(list(wanted))
        for row in db.session.execute(of_each.where(TableQuarter.seating_id.in_(some)))
    }
    return [one for one in seatings if found.get(one.id, 0) < len(wanted[one.id])]


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield ids by as many as one statement should name."""
    return (ids[first : first + _AT_A_TIME] for first in range(0, len(ids), _AT_A_TIME))


def _quarters_of(seating: Seating, held_from: datetime) -> list[dict[str, Any]]:
    return [
        {"dining_table_id": table_id, "starts_at": quarter, "seating_id": seating.id}
        for quarter in quarters(held_from, seating.ends_at)
        for table_id in sorted(tables_of(seating))
    ]


def tables_of(seating: Seating) -> list[int]:
    """Return the tables of a seating, none where covers alone count."""
    if seating.dining_table_id is not None:
        return [seating.dining_table_id]
    return reading.ids(seating.joined_table_ids)


def sit_at(seating: Seating, place: Place | None) -> None:
    """Write a place into a seating; its quarter hours are held by `hold_quarters`."""
    table_ids = place.table_ids if place else ()
    is_joined = len(table_ids) > 1
    seating.dining_table_id = table_ids[0] if table_ids and not is_joined else None
    seating.joined_table_ids = ",".join(str(table_id) for table_id in table_ids) if is_joined else ""
    seating.table_name = place.name if place else ""


def _delete(venue: Venue, seating_id: int) -> None:
    # Its quarter hours go with it, by the foreign key.
    db.session.execute(delete(Seating).where(Seating.id == seating_id, Seating.venue_id == venue.id))


def _insert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, which is each dialect's own."""
    is_postgresql = db.session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)
