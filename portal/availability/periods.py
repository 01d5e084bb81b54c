"""The periods of the week and the rules for booking online, as the venue's own people set them up.

What somebody has booked is never changed backwards: a change counts from a date on, which ends one row and
begins the next (ServicePeriod). The caller commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.availability import locks, reading
from portal.availability.hours import Period, WeeklyPeriod, bounds
from portal.availability.models import PENDING_MINUTES, OnlineRules, Seating, ServicePeriod
from portal.availability.reading import weekdays_of
from portal.clock import to_local
from portal.extensions import db
from portal.scoping import NotHere
from portal.venues.models import Venue

_DAY = timedelta(days=1)
_ANY_DAY = date(2000, 1, 3)
_KEPT_BY_A_NEW_VERSION = (
    "name",
    "weekdays",
    "opens",
    "last_seating",
    "slot_minutes",
    "stay_minutes",
    "stays",
    "covers",
    "most_covers",
    "most_parties",
    "notice_minutes",
    "horizon_days",
    "largest_online",
)

Columns = Mapping[str, Any]


class Overlaps(Exception):
    """Another period of the same name runs at that time; `other` is it."""

    def __init__(self, other: ServicePeriod) -> None:
        self.other = other
        super().__init__(other.name)


class HasBookings(Exception):
    """A period that somebody has booked cannot go: its history would lose its hours."""


@dataclass(frozen=True)
class Sizes:
    """What the tables say of parties; 0 where a venue has none and seats by covers alone."""

    fewest_seats: int
    largest_party: int
    seats: int


def weekly(venue: Venue) -> list[ServicePeriod]:
    """Return every period of the week, those of the past and of the future too, by their opening."""
    return list(
        db.session.scalars(
            select(ServicePeriod)
            .where(ServicePeriod.venue_id == venue.id, ServicePeriod.special_on.is_(None))
            .order_by(ServicePeriod.opens, ServicePeriod.id)
        )
    )


def get(venue: Venue, row_id: int) -> ServicePeriod:
    """Return a period of the week. Raises NotHere, also for one of a special day."""
    row = ServicePeriod.get_for(venue.id, row_id)
    if row.special_on is not None:
        raise NotHere("ServicePeriod")
    return row


def runs_at(row: ServicePeriod, day: date) -> bool:
    """Tell whether a row is in force on a day, whatever weekday that is."""
    return (row.valid_from or date.min) <= day <= (row.valid_until or date.max)


def versions(venue: Venue, row: ServicePeriod) -> list[ServicePeriod]:
    """Return a period as it was, is and will be, the earliest first."""
    first = row.follows_id or row.id
    found = db.session.scalars(
        select(ServicePeriod).where(
            ServicePeriod.venue_id == venue.id,
            or_(ServicePeriod.id == first, ServicePeriod.follows_id == first),
        )
    )
    return sorted(found, key=lambda each: each.valid_from or date.min)


def first_and_last(row: ServicePeriod) -> tuple[int, int]:
    """Return when a period opens and when it seats last, in minutes from the midnight of its day."""
    midnight = datetime.combine(_ANY_DAY, time())
    opens, last = _bounds(columns_of(row))
    return (opens - midnight) // timedelta(minutes=1), (last - midnight) // timedelta(minutes=1)


def is_booked(venue: Venue, row: ServicePeriod) -> bool:
    """Tell whether anybody has ever booked a row."""
    mine = Seating.venue_id == venue.id, Seating.service_period_id == row.id
    return db.session.scalar(select(Seating.id).where(*mine).limit(1)) is not None


def overlapping(venue: Venue, columns: Columns, *own_ids: int | None) -> ServicePeriod | None:
    """Return another period of the same name, none of `own_ids`, that would run at the same time, or None."""
    name = columns["name"].casefold()
    beside = at_same_time(venue, columns, *own_ids)
    return next((each for each in beside if each.name.casefold() == name), None)


def at_same_time(venue: Venue, columns: Columns, *own_ids: int | None) -> list[ServicePeriod]:
    """Return the periods, none of `own_ids`, that would run at the same time as one with these columns."""
    return [each for each in weekly(venue) if each.id not in own_ids and _meet(columns, columns_of(each))]


def _meet(one: Columns, other: Columns) -> bool:
    if not one["weekdays"] & other["weekdays"]:
        return False
    for first, second in ((one, other), (other, one)):
        if (first["valid_from"] or date.min) > (second["valid_until"] or date.max):
            return False
        if _bounds(first)[0] > _bounds(second)[1]:
            return False
    return True


def _bounds(columns: Columns) -> tuple[datetime, datetime]:
    return bounds(_period(columns), _ANY_DAY)


def add(venue: Venue, columns: Columns) -> ServicePeriod:
    """Add a period."""
    row = ServicePeriod(venue_id=venue.id, **columns)
    db.session.add(row)
    db.session.flush()
    return row


def change(row: ServicePeriod, columns: Columns) -> None:
    """Set some columns of a period, for all of its days."""
    for name, value in columns.items():
        setattr(row, name, value)
    db.session.flush()


def change_from(venue: Venue, row: ServicePeriod, columns: Columns, from_on: date | None) -> ServicePeriod:
    """Set some columns of a period from a date on, and return the row that has them.

    Days before keep what they had. Bookings from that day on go with the new row, as they are. None, or a
    day on which the row has not begun, changes the row itself. Raises BusyNow.
    """
    if from_on is None or from_on <= (row.valid_from or date.min):
        change(row, columns)
        return row
    kept = {name: getattr(row, name) for name in _KEPT_BY_A_NEW_VERSION}
    dates = {"valid_until": row.valid_until} | dict(columns) | {"valid_from": from_on}
    new = add(venue, kept | dates | {"follows_id": row.follows_id or row.id})
    change(row, {"valid_until": from_on - _DAY})
    _hand_over(venue, row, new, from_on)
    return new


def delete(venue: Venue, row: ServicePeriod, today: date) -> None:
    """Delete a period that nobody has booked, or take back a change that counts from today or later.

    What the row followed goes on in its place, with its bookings. Raises HasBookings, BusyNow, and Overlaps
    where another period came into that place meanwhile.
    """
    locks.hold_house(db.session(), [venue.id])
    before = _version_before(venue, row)
    then = after_delete(venue, row)
    if before is not None and then is not None and (other := overlapping(venue, then, before.id, row.id)):
        raise Overlaps(other)
    if is_booked(venue, row):
        if before is None or row.valid_from is None or row.valid_from < today:
            raise HasBookings
        _hand_over(venue, row, before, row.valid_from)
    if before is not None:
        change(before, {"valid_until": row.valid_until})
    db.session.delete(row)
    try:
        db.session.flush()
    except IntegrityError:
        # Somebody booked it a moment ago.
        db.session.rollback()
        raise HasBookings from None


def set_back(venue: Venue, earlier: Mapping[int, Columns], today: date) -> None:
    """Let the week be what it was: rows by their ids, of which some may have gone since.

    What was booked from the day of a change on goes back with it. Raises HasBookings where somebody booked a
    row that has to go and has begun, and BusyNow.
    """
    locks.hold_house(db.session(), [venue.id])
    now = {row.id: row for row in weekly(venue)}
    for row_id, columns in earlier.items():
        if row_id in now:
            change(now[row_id], columns)
        else:
            _bring_back(venue, row_id, columns)
    for row in (each for row_id, each in now.items() if row_id not in earlier):
        if is_booked(venue, row):
            _hand_back(venue, row, earlier, today)
        db.session.delete(row)
    db.session.flush()


def _bring_back(venue: Venue, row_id: int, columns: Columns) -> None:
    """Add a row that was deleted, with what is booked in its place from its first day on."""
    if db.session.get(ServicePeriod, row_id) is not None:
        # SQLite has given the number to hours of a special day.
        raise HasBookings
    row = add(venue, {"id": row_id} | dict(columns))
    for each in versions(venue, row):
        if each is not row and row.valid_from is not None:
            _hand_over(venue, each, row, row.valid_from)


def _hand_back(venue: Venue, row: ServicePeriod, earlier: Mapping[int, Columns], today: date) -> None:
    """Let what is booked by a row belong to the one that it took the place of. Raises HasBookings."""
    first = row.valid_from
    if first is None or first < today:
        raise HasBookings
    before = [each for each in versions(venue, row) if each.id in earlier and runs_at(each, first)]
    if not before:
        raise HasBookings
    _hand_over(venue, row, before[0], first)


def _version_before(venue: Venue, row: ServicePeriod) -> ServicePeriod | None:
    if row.valid_from is None:
        return None
    ends = row.valid_from - _DAY
    return next((each for each in versions(venue, row) if each.valid_until == ends), None)


def after_delete(venue: Venue, row: ServicePeriod) -> dict[str, Any] | None:
    """Return the hours that would take the place of a deleted row, or None."""
    before = _version_before(venue, row)
    return columns_of(before) | {"valid_until": row.valid_until} if before else None


def _hand_over(venue: Venue, old: ServicePeriod, new: ServicePeriod, from_on: date) -> None:
    """Let what is booked from a day on belong to another row, which is in force then."""
    mine = (
        Seating.venue_id == venue.id,
        Seating.service_period_id == old.id,
        Seating.service_on >= from_on,
    )
    days = sorted(db.session.scalars(select(Seating.service_on).where(*mine).distinct()))
    if not days:
        return
    with locks.naming_lock_time_outs():
        for day in days:
            locks.lock_day(venue, day)
        db.session.execute(update(Seating).where(*mine).values(service_period_id=new.id))


def columns_of(row: ServicePeriod) -> dict[str, Any]:
    """Return all that a manager sets of a period."""
    names = (*_KEPT_BY_A_NEW_VERSION, "valid_from", "valid_until")
    return {name: getattr(row, name) for name in names}


def with_day_copied(
    venue: Venue, source: int, targets: Iterable[int], from_on: date
) -> list[tuple[ServicePeriod, int]]:
    """Return each period whose weekdays change when days become like another one, and its weekdays then.

    Weekdays are numbers, Monday 0; a period without any runs on no day from then on.
    """
    bits = sum(1 << day for day in set(targets) - {source})
    found = []
    for row in weekly(venue):
        if (row.valid_until or date.max) < from_on:
            continue
        then = row.weekdays | bits if row.weekdays >> source & 1 else row.weekdays & ~bits
        if then != row.weekdays:
            found.append((row, then))
    return found


def copy_day(venue: Venue, source: int, targets: Iterable[int], from_on: date, today: date) -> int:
    """Make days of the week like another one from a date on, and return how many periods changed.

    Raises BusyNow.
    """
    locks.hold_house(db.session(), [venue.id])
    changes = with_day_copied(venue, source, targets, from_on)
    for row, weekdays in changes:
        booked = is_booked(venue, row)
        first = from_on if booked or from_on > today else None
        if weekdays:
            change_from(venue, row, {"weekdays": weekdays}, first)
        elif booked or (first is not None and (row.valid_from or date.min) < first):
            change(row, {"valid_until": from_on - _DAY})
        else:
            db.session.delete(row)
    db.session.flush()
    return len(changes)


def to_come(venue: Venue, row: ServicePeriod, from_on: date, now: datetime) -> list[Seating]:
    """Return who is to sit by a row from a day on, by time."""
    return list(
        db.session.scalars(
            select(Seating)
            .where(
                Seating.venue_id == venue.id,
                Seating.service_period_id == row.id,
                Seating.service_on >= from_on,
                Seating.starts_at >= now,
            )
            .order_by(Seating.starts_at, Seating.id)
        )
    )


def no_longer_fit(seatings: Sequence[Seating], columns: Columns, zone: str) -> list[Seating]:
    """Return those who would sit on a day, or at a time, that the period no longer has."""
    week = WeeklyPeriod(
        _period(columns), weekdays_of(columns["weekdays"]), columns["valid_from"], columns["valid_until"]
    )
    return [each for each in seatings if not _fits(each, week, zone)]


def _fits(seating: Seating, week: WeeklyPeriod, zone: str) -> bool:
    opens, last_seating = bounds(week.period, seating.service_on)
    wall = to_local(seating.starts_at, zone).replace(tzinfo=None)
    return week.runs_on(seating.service_on) and opens <= wall <= last_seating


def _period(columns: Columns) -> Period:
    return Period(0, columns["name"], columns["opens"], columns["last_seating"], 15, 15, 0)


def sizes(venue: Venue) -> Sizes:
    """Return what the venue's tables say of parties."""
    house = reading.house(venue)
    return Sizes(
        min((table.seats for table in house.tables), default=0),
        max((place.largest for place in house.places), default=0),
        sum(table.seats for table in house.tables),
    )


def online_rules(venue: Venue) -> OnlineRules:
    """Return the rules that bind diners where a period has none of its own."""
    return db.session.get(OnlineRules, venue.id) or OnlineRules(
        venue_id=venue.id, notice_minutes=0, pending_minutes=PENDING_MINUTES
    )


def change_online_rules(venue: Venue, columns: Columns) -> None:
    """Set some of the rules that bind diners."""
    rules = online_rules(venue)
    for name, value in columns.items():
        setattr(rules, name, value)
    db.session.add(rules)
    db.session.flush()
