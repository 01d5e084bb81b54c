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
    Period,
    Slot,
    bounds,
    days_sharing_the_room,
    offers_at,
    on_calendar,
)
from portal.availability.models import HouseVersion, Seating, TableQuarter
from portal.availability.obstacles import Obstacle, Rule, Wish
from portal.availability.reading import House
from portal.availability.room import Asker, Place, Room, quarter_begin, quarters
from portal.clock import local_date, to_local
from portal.extensions import Base, db
from portal.plain_sql import rows
from portal.scoping import NotHere
from portal.venues.models import Venue

NO_TABLE = "none"
_DAY = timedelta(days=1)
# Ids named in one statement; SQLite once took no more than 999 values.
_AT_A_TIME = 500


class SlotTaken(Exception):
    """The slot was on offer, and others have it now."""


class NotOffered(Exception):
    """Nobody could have this: outside the periods, in the past, or a party too large for the venue."""


@dataclass(frozen=True)
class Wanted:
    """How a party is to sit.

    Args:
        place_key: "t12" for the table with id 12, "g3" for a group, NO_TABLE for none, None for whichever
            fits.
        stay: how long, None for as long as the service says.
        rather: the name of the place that goes before others where `place_key` is None.
        asker: whose rules bind the party.
        past_rules: whether somebody said that the rules shall not count. Two parties never share a table all
            the same.
    """

    starts_at: datetime
    party_size: int
    place_key: str | None = None
    stay: timedelta | None = None
    rather: str = ""
    asker: Asker = Asker.STAFF
    past_rules: bool = False


@dataclass(frozen=True)
class Seated:
    """A seating, and the rules that it breaks: on purpose, or since settings changed."""

    seating: Seating
    broken: Sequence[Obstacle]


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


def look(
    venue: Venue, starts_at: datetime, party_size: int, now: datetime, asker: Asker = Asker.ONLINE
) -> None:
    """Raise what `take` would as things stand, as far as memory knows them; nothing is held or read anew.

    Raises SlotTaken or NotOffered. What it lets through may be taken all the same.
    """
    if party_size <= 0 or not on_calendar(starts_at):
        raise NotOffered
    online = asker is Asker.ONLINE
    today = day_cache.known(venue, local_date(starts_at, venue.timezone))
    if today is None:
        return
    found = []
    for period, slot in offers_at(today.hours, starts_at, today.zone, party_size, slots_only=online):
        day = today if slot.service_on == today.service_on else day_cache.known(venue, slot.service_on)
        if day is None:
            return
        found.append(obstacles.all_of(Wish(period, slot, day.room, day.zone, party_size, asker), now))
    if not all(found):
        return
    if all(any(one.is_final(party_size) for one in bites) for bites in found):
        raise NotOffered
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


def reseat(venue: Venue, seating_id: int | None, wanted: Wanted, now: datetime) -> Seated:
    """Give a party another place or time in one step; None for `seating_id` seats one that has none.

    Its own place counts as free for it. Where it wants no more than it has, from the same start, only tables
    are looked at, since what was booked is kept when settings change. The earlier day is locked first. The
    caller commits. Raises SlotTaken, NotOffered, BusyNow or NotHere, and the caller then rolls back.
    """
    with locks.naming_lock_time_outs():
        house, hours = _house_around(venue, wanted.starts_at)
        had = Seating.get_for(venue.id, seating_id) if seating_id is not None else None
        candidates = _candidates(house, hours, wanted, had)
        if not candidates or wanted.party_size < 1:
            raise NotOffered
        _lock_both(venue, house, hours, {slot.service_on for _, slot in candidates}, had)
        if seating_id is not None:
            _delete(venue, seating_id)
        judged = [_judged(house, hours, offer, wanted, had, now) for offer in candidates]
        for one in judged:
            if not one.bites and wanted.place_key != NO_TABLE:
                place = one.room.choose(*one.held, wanted.party_size, wanted.asker, wanted.rather)
                return _seat_as(venue, one, place, wanted.party_size)
        if wanted.past_rules:
            return _seat_past_rules(venue, wanted, min(judged, key=lambda one: len(one.bites)))
        final = all(any(each.is_final(wanted.party_size) for each in one.bites) for one in judged)
        raise NotOffered if final else SlotTaken


@dataclass(frozen=True)
class _Judged:
    """A service in which a party may sit: all that stands in the way, and what of it counts for this party.

    `held` is the part of the stay that needs a table: who sat there earlier this evening is no hindrance.
    """

    slot: Slot
    room: Room
    held: tuple[datetime, datetime]
    found: Sequence[Obstacle]
    bites: Sequence[Obstacle]


def _judged(
    house: House,
    hours: Hours,
    offer: Offer,
    wanted: Wanted,
    had: Seating | None,
    now: datetime,
) -> _Judged:
    period, slot = offer
    room = room_of(house, hours, slot.service_on)
    if wanted.place_key not in (None, NO_TABLE):
        place = room.place_with(wanted.place_key or "")
        if place is None:
            raise NotHere("Place")
        room = room.with_only(place)
    held_from = slot.starts_at
    if had is not None and had.starts_at == slot.starts_at <= now < slot.ends_at:
        held_from = max(slot.starts_at, quarter_begin(now))
    part = replace(slot, starts_at=held_from)
    found = obstacles.all_of(Wish(period, part, room, house.zone, wanted.party_size, wanted.asker), now)
    if not _is_within(hours, slot, house.zone, wanted.party_size):
        found.insert(0, Obstacle(Rule.HOURS))
    bites = found
    if had is not None and had.starts_at == slot.starts_at:
        wants_more = slot.ends_at > had.ends_at or wanted.party_size > had.covers
        # It was let in at this start already.
        counting = set(Rule) - {Rule.HOURS, Rule.PACING_PARTIES} if wants_more else obstacles.TABLES
        bites = [one for one in found if one.rule in counting]
    return _Judged(slot, room, (held_from, slot.ends_at), found, bites)


def _is_within(hours: Hours, slot: Slot, zone: str, party_size: int) -> bool:
    """Tell whether a service seats people when a stay begins."""
    offers = offers_at(hours, slot.starts_at, zone, party_size, slots_only=False)
    return any((one.period_id, one.service_on) == (slot.period_id, slot.service_on) for _, one in offers)


def _candidates(house: House, hours: Hours, wanted: Wanted, had: Seating | None) -> list[Offer]:
    """Return the services in which a party may sit as wanted, with its stay; they may be full."""
    is_start = had is not None and had.starts_at == wanted.starts_at
    # Whoever has a start keeps it, whether diners may choose it still or not.
    slots_only = wanted.asker is Asker.ONLINE and not is_start
    found = _offers(hours, wanted, house.zone, slots_only=slots_only)
    if found or not (is_start or wanted.past_rules):
        return found
    # Its service is gone or has other hours since, or it is to come outside all hours.
    today = local_date(wanted.starts_at, house.zone)
    service_on = had.service_on if had is not None and is_start else today
    period = _nearest_period(house, hours, service_on, wanted.starts_at)
    ends_at = wanted.starts_at + (wanted.stay or period.stay_of(wanted.party_size))
    return [(period, Slot(wanted.starts_at, ends_at, period.id, period.name, service_on))]


def _offers(hours: Hours, wanted: Wanted, zone: str, *, slots_only: bool) -> list[Offer]:
    offers = offers_at(hours, wanted.starts_at, zone, wanted.party_size, slots_only=slots_only)
    if wanted.stay is None:
        return list(offers)
    ends_at = wanted.starts_at + wanted.stay
    return [(period, replace(slot, ends_at=ends_at)) for period, slot in offers]


def _lock_both(venue: Venue, house: House, hours: Hours, days: set[date], had: Seating | None) -> None:
    """Lock the days that a party leaves and comes to and those that share their rooms, the earlier first."""
    found = {day for on in days for day in days_sharing_the_room(hours, on, venue.timezone)}
    # A stay of its own length may run over into a day with which its service does not share the room.
    found |= {on + _DAY for on in days}
    if had is not None:
        before = reading.hours(house, had.service_on, had.service_on)
        found |= set(days_sharing_the_room(before, had.service_on, venue.timezone))
    for day in sorted(found):
        locks.lock_day(venue, day)


def _seat_past_rules(venue: Venue, wanted: Wanted, one: _Judged) -> Seated:
    """Seat a party although rules refuse it: at the place that was named, at one that is free, or at none.

    A table that another party has is never given twice.
    """
    place = None
    if wanted.place_key is None:
        place = one.room.choose(*one.held, wanted.party_size, Asker.WALK_IN, wanted.rather)
    elif wanted.place_key != NO_TABLE:
        place = one.room.places[0]
        if not one.room.is_free(place, *one.held):
            raise SlotTaken
    return _seat_as(venue, one, place, wanted.party_size)


def _seat_as(venue: Venue, one: _Judged, place: Place | None, party_size: int) -> Seated:
    return Seated(_seat(venue, one.slot, place, party_size, one.held[0]), one.found)


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
    period = _nearest_period(house, hours, stay.service_on, stay.starts_at, of_the_day)
    return Slot(stay.starts_at, stay.ends_at, period.id, period.name, stay.service_on)


def _nearest_period(
    house: House, hours: Hours, service_on: date, starts_at: datetime, rather: Sequence[Period] = ()
) -> Period:
    """Return the period that opens nearest to a time, of those that are `rather` meant. Raises NotOffered."""
    every = rather or hours.on(service_on) or [weekly.period for weekly in house.weekly]
    if not every:
        raise NotOffered
    wall = to_local(starts_at, house.zone).replace(tzinfo=None)
    return min(every, key=lambda one: abs(bounds(one, service_on)[0] - wall))


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
    version = locks.keep_house(venue)
    house = day_cache.kept_house(venue, version)
    # The service may have begun the day before, and shares its room with the days beside it.
    today = local_date(starts_at, venue.timezone)
    return house, day_cache.kept_hours(venue, version, house, today - _DAY, today)


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
    rows.add(seating)
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
    return rows.write_many(TableQuarter, held) == len(held)


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
