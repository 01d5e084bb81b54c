"""What is on offer, taking a place and giving it back. Every change of occupancy holds the day's lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import String, bindparam, cast, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from portal.availability import day_cache, rules
from portal.availability.models import CapacityDay, DiningTable, Seating, ServicePeriod, TableQuarter
from portal.clock import to_local
from portal.database import is_lock_time_out
from portal.extensions import Base, db
from portal.venues.models import Venue

LOCK_TIMEOUT = "3s"

# Made once, since making a query anew costs several times what sending it to SQLite does.
_PERIODS = (
    select(
        ServicePeriod.weekday,
        ServicePeriod.id,
        ServicePeriod.name,
        ServicePeriod.opens,
        ServicePeriod.last_seating,
        ServicePeriod.slot_minutes,
        ServicePeriod.stay_minutes,
        ServicePeriod.covers,
    )
    .where(ServicePeriod.venue_id == bindparam("venue_id"))
    .order_by(ServicePeriod.opens, ServicePeriod.id)
)
_TABLES = select(DiningTable.id, DiningTable.seats).where(DiningTable.venue_id == bindparam("venue_id"))
# One row for all who share a stay, since two instants of each row are what is slow to read.
_SEATED = (
    select(
        func.aggregate_strings(cast(Seating.dining_table_id, String), ","),
        Seating.starts_at,
        Seating.ends_at,
        func.sum(Seating.covers),
    )
    .where(
        Seating.venue_id == bindparam("venue_id"),
        Seating.service_on.in_(bindparam("days", expanding=True)),
    )
    .group_by(Seating.starts_at, Seating.ends_at)
)


class SlotTaken(Exception):
    """The slot was on offer, and others have it now."""


class NotOffered(Exception):
    """Nobody could have this: outside the periods, in the past, or a party too large for the venue."""


class BusyNow(Exception):
    """The day's lock did not come free in time. Nothing was changed; trying again is right."""


@dataclass(frozen=True)
class House:
    """What a venue has to offer before anybody sits down."""

    venue_id: int
    zone: str
    week: rules.Week
    tables: Sequence[rules.Table]


@dataclass(frozen=True)
class NewPeriod:
    """A service period to add; `weekday` 0 is Monday, times are wall times, minutes whole quarters."""

    name: str
    weekday: int
    opens: time
    last_seating: time
    slot_minutes: int
    stay_minutes: int
    covers: int


@dataclass(frozen=True)
class Stay:
    """A place that a party had: its end as planned, its table "" where covers alone count."""

    starts_at: datetime
    ends_at: datetime
    party_size: int
    table_name: str


@dataclass(frozen=True)
class Limits:
    """What bounds a wish that was refused, as it is now.

    Args:
        on: the day of the wish at the venue.
        periods: the services that begin on that day, by time.
        at_the_time: the services in which the time lies.
        largest_table: how many the largest table seats, 0 where covers alone count.
        covers_left: how many more people those services take while the party would sit.
    """

    on: date
    periods: Sequence[rules.Period]
    at_the_time: Sequence[rules.Period]
    largest_table: int
    covers_left: int


def add_period(venue: Venue, new: NewPeriod) -> None:
    """Add a service period; does not commit."""
    db.session.add(ServicePeriod(venue_id=venue.id, **asdict(new)))


def add_table(venue: Venue, name: str, seats: int) -> None:
    """Add a table; does not commit."""
    db.session.add(DiningTable(venue_id=venue.id, name=name, seats=seats))


def slots(venue: Venue, service_on: date, party_size: int, now: datetime) -> list[rules.Slot]:
    """Return the slots open to `party_size` people in the services that begin on `service_on`, in order."""
    if not rules.on_calendar(service_on):
        return []
    day = day_cache.day(venue.id, venue.timezone, service_on, lambda: _day(venue, service_on))
    return day.open_slots(party_size, now)


def possible(venue: Venue, service_on: date, party_size: int, now: datetime) -> list[rules.Slot]:
    """Return the slots that a party could have if nobody else came: those worth waiting for, in order."""
    if not rules.on_calendar(service_on):
        return []
    house = house_of(venue)
    empty = rules.Room(house.tables, ())
    return rules.open_slots(rules.offers_on(house.week, service_on, house.zone), empty, party_size, now)


def places(venue: Venue, slots: Sequence[rules.Slot], party_size: int) -> int:
    """Return how many parties could be seated at the best of some slots of one day; 0 for no slots."""
    if not slots:
        return 0
    service_on = slots[0].service_on
    day = day_cache.day(venue.id, venue.timezone, service_on, lambda: _day(venue, service_on))
    return max(day.room.places(period, slot, party_size) for period, slot in day.offers if slot in slots)


def _day(venue: Venue, service_on: date) -> day_cache.Day:
    house = house_of(venue)
    offers = tuple(rules.offers_on(house.week, service_on, house.zone))
    days = rules.days_sharing_the_room(house.week, service_on, house.zone)
    return day_cache.Day(offers, room_of(house, days))


def limits(venue: Venue, starts_at: datetime) -> Limits:
    """Return what bounds a party that wants to sit at `starts_at`, to tell why one was refused."""
    house = house_of(venue)
    offers = list(rules.offers_at(house.week, starts_at, house.zone, slots_only=False))
    days = {
        day
        for _, slot in offers
        for day in rules.days_sharing_the_room(house.week, slot.service_on, house.zone)
    }
    room = room_of(house, sorted(days))
    left = (period.covers - room.peak(slot.starts_at, slot.ends_at) for period, slot in offers)
    on = to_local(starts_at, venue.timezone).date()
    return Limits(
        on,
        rules.periods_on(house.week, on),
        [period for period, _ in offers],
        max((table.seats for table in house.tables), default=0),
        max(left, default=0),
    )


def open_days(venue: Venue, first: date, days: int) -> list[date]:
    """Return those of `days` days from `first` on which the venue serves, full or not."""
    if not rules.on_calendar(first):
        return []
    week = _week(venue)
    ahead = (first + timedelta(days=number) for number in range(days))
    return [day for day in ahead if rules.on_calendar(day) and rules.periods_on(week, day)]


def take(
    venue: Venue, starts_at: datetime, party_size: int, now: datetime, *, needs_slot: bool = True
) -> Seating:
    """Seat a party from `starts_at`, an aware instant, and return its row; the caller commits.

    With `needs_slot` the start must be a slot still to come, as diners book. Without it staff may use any
    time from opening to last seating, past or present. Covers and tables bind both.

    Raises SlotTaken, NotOffered or BusyNow. After any of them the caller rolls back, which frees the lock.
    """
    with naming_lock_time_outs():
        house = house_of(venue)
        offers = _offers(house, starts_at, party_size, slots_only=needs_slot)
        if not offers or (needs_slot and starts_at <= now):
            raise NotOffered
        room = room_of(house, lock_days(venue, house.week, {slot.service_on for _, slot in offers}))
        slot = next((slot for period, slot in offers if room.has_space(period, slot, party_size)), None)
        if slot is None:
            raise SlotTaken
        return _seat(venue, slot, room.choose_table(slot.starts_at, slot.ends_at, party_size), party_size)


def take_again(venue: Venue, stay: Stay, now: datetime, seating_id: int | None = None) -> Seating:
    """Seat a party again for what is left of its stay, at its own table if that is free, else at another.

    `seating_id` is the seating that it still has, which the new one replaces. The caller commits. Raises
    SlotTaken, NotOffered or BusyNow, and the caller then rolls back.
    """
    with naming_lock_time_outs():
        house = house_of(venue)
        offers = _offers(house, stay.starts_at, stay.party_size, slots_only=False)
        if not offers:
            raise NotOffered
        days = lock_days(venue, house.week, {slot.service_on for _, slot in offers})
        if seating_id is not None:
            _delete(venue, seating_id)
        room = room_of(house, days)
        # Who sat there earlier this evening is no hindrance; an evening that is over is taken as a whole.
        is_over = now >= stay.ends_at
        held_from = stay.starts_at if is_over else max(stay.starts_at, rules.quarter_begin(now))
        rests = [
            (period, replace(slot, starts_at=held_from, ends_at=stay.ends_at)) for period, slot in offers
        ]
        rest = next((slot for period, slot in rests if room.has_space(period, slot, stay.party_size)), None)
        if rest is None:
            raise SlotTaken
        own = db.session.scalar(
            select(DiningTable.id).where(
                DiningTable.venue_id == venue.id, DiningTable.name == stay.table_name
            )
        )
        table = room.choose_table(held_from, stay.ends_at, stay.party_size, rather=own)
        return _seat(venue, replace(rest, starts_at=stay.starts_at), table, stay.party_size, held_from)


def leave(venue: Venue, seating_id: int, now: datetime) -> Seating | None:
    """Free the table of a party that has left, from the quarter hour on in which it did.

    Returns what is left of its seating, None if that is nothing. The caller commits. Raises NotHere or
    BusyNow.
    """
    with naming_lock_time_outs():
        seating = Seating.get_for(venue.id, seating_id)
        lock_days(venue, _week(venue), {seating.service_on})
        left = rules.quarter_begin(now)
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
    with naming_lock_time_outs():
        seating = Seating.get_for(venue.id, seating_id)
        lock_days(venue, _week(venue), {seating.service_on})
        _delete(venue, seating_id)


def _delete(venue: Venue, seating_id: int) -> None:
    # Its quarter hours go with it, by the foreign key.
    db.session.execute(delete(Seating).where(Seating.id == seating_id, Seating.venue_id == venue.id))


def lock_day(venue: Venue, service_on: date) -> None:
    """Hold a service day until the transaction ends, and count one more change of it.

    One statement locks the row and moves its version. What is read afterwards is read under the lock, since
    PostgreSQL runs READ COMMITTED here and SQLite began IMMEDIATE.
    """
    day_cache.note_change()
    if _on_postgresql():
        db.session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    day = _insert(CapacityDay).values(venue_id=venue.id, service_on=service_on, version=1)
    db.session.execute(
        day.on_conflict_do_update(
            index_elements=["venue_id", "service_on"], set_={"version": CapacityDay.version + 1}
        )
    )


def lock_days(venue: Venue, week: rules.Week, services_on: set[date]) -> list[date]:
    """Lock every day whose parties share the room with these services, and return those days.

    Always the earlier day first, so that two transactions never wait for each other.
    """
    sharing = {day for on in services_on for day in rules.days_sharing_the_room(week, on, venue.timezone)}
    days = sorted(sharing)
    for day in days:
        lock_day(venue, day)
    return days


def _offers(house: House, starts_at: datetime, party_size: int, *, slots_only: bool) -> list[rules.Offer]:
    """Return the ways in which the party could sit at `starts_at` if nobody else did."""
    if not rules.on_calendar(starts_at):
        return []
    empty = rules.Room(house.tables, ())
    found = rules.offers_at(house.week, starts_at, house.zone, slots_only=slots_only)
    return [(period, slot) for period, slot in found if empty.has_space(period, slot, party_size)]


def _seat(
    venue: Venue,
    slot: rules.Slot,
    table: rules.Table | None,
    covers: int,
    held_from: datetime | None = None,
) -> Seating:
    seating = Seating(
        venue_id=venue.id,
        service_on=slot.service_on,
        service_period_id=slot.period_id,
        dining_table_id=table.id if table else None,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        covers=covers,
    )
    db.session.add(seating)
    db.session.flush()
    if table:
        _hold_table(seating, table, held_from or seating.starts_at)
    return seating


def _hold_table(seating: Seating, table: rules.Table, held_from: datetime) -> None:
    """Write the quarter hours of a stay. Raises SlotTaken where the key finds another party at the table.

    Under the lock that cannot be; this is the net for the day somebody forgets it.
    """
    if not hold_quarters(seating, table.id, held_from):
        db.session.delete(seating)
        db.session.flush()
        raise SlotTaken


def hold_quarters(seating: Seating, table_id: int, held_from: datetime) -> bool:
    """Write the quarter hours of a stay that nobody else holds at a table. Returns False where some are held.

    Quarters go in by time, so that two writers without the lock wait for each other in one direction only.
    """
    held = [
        {"dining_table_id": table_id, "starts_at": quarter, "seating_id": seating.id}
        for quarter in rules.quarters(held_from, seating.ends_at)
    ]
    insert = _insert(TableQuarter).values(held).on_conflict_do_nothing().returning(TableQuarter.starts_at)
    return len(db.session.scalars(insert).all()) == len(held)


def house_of(venue: Venue) -> House:
    week = _week(venue)
    tables = [rules.Table(*row) for row in db.session.execute(_TABLES, {"venue_id": venue.id})]
    return House(venue.id, venue.timezone, week, tables)


def _week(venue: Venue) -> rules.Week:
    week: dict[int, list[rules.Period]] = {}
    for row in db.session.execute(_PERIODS, {"venue_id": venue.id}):
        week.setdefault(row.weekday, []).append(rules.Period(*row[1:]))
    return week


def room_of(house: House, days: Sequence[date]) -> rules.Room:
    """Return the room as it is now, with what is taken by the services of `days`."""
    rows = db.session.execute(_SEATED, {"venue_id": house.venue_id, "days": days})
    return rules.Room(house.tables, [rules.Taken(_ids(row[0]), *row[1:]) for row in rows])


def _ids(joined: str | None) -> list[int]:
    return [int(number) for number in joined.split(",")] if joined else []


@contextmanager
def naming_lock_time_outs() -> Iterator[None]:
    """Turn the drivers' ways of saying "somebody else holds it" into BusyNow."""
    try:
        yield
    except OperationalError as error:
        if is_lock_time_out(error):
            raise BusyNow from error
        raise


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def _insert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, which is each dialect's own."""
    return postgresql.insert(table) if _on_postgresql() else sqlite.insert(table)
