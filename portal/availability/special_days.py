"""Days unlike their weekday, as the venue's own people set them: closed, other hours, tables hired.

The hours of such a day are periods of its own, which count as long as the day says `other_hours`. The caller
commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select, update

from portal.availability import locks, reading
from portal.availability.hours import Period, bounds
from portal.availability.models import Seating, ServicePeriod, SpecialDay
from portal.clock import to_local
from portal.extensions import db
from portal.venues.models import Venue

_SAME_RULES = (
    "stays",
    "most_covers",
    "most_parties",
    "notice_minutes",
    "horizon_days",
    "largest_online",
)


@dataclass(frozen=True)
class OwnPeriod:
    """Hours of one day alone; times are the venue's wall times, `last_seating` as in ServicePeriod."""

    name: str
    opens: time
    last_seating: time
    slot_minutes: int
    stay_minutes: int
    covers: int


@dataclass(frozen=True)
class Plan:
    """What a day is to be.

    Args:
        closed: nobody is served.
        periods: what runs instead of the weekday's own periods; none leaves those.
        hired_table_ids: tables that a private party has all day.
        note: what diners read of it.
    """

    closed: bool = False
    periods: tuple[OwnPeriod, ...] = ()
    hired_table_ids: tuple[int, ...] = ()
    note: str = ""


class DateTaken(Exception):
    """The date is a special day already."""


def between(venue: Venue, first: date, last: date) -> list[SpecialDay]:
    """Return the special days from one date to another, both included, in order."""
    return list(
        db.session.scalars(
            select(SpecialDay)
            .where(SpecialDay.venue_id == venue.id, SpecialDay.service_on.between(first, last))
            .order_by(SpecialDay.service_on)
        )
    )


def next_ones(venue: Venue, today: date, most: int) -> list[SpecialDay]:
    """Return the special days from today on, the nearest first."""
    return list(
        db.session.scalars(
            select(SpecialDay)
            .where(SpecialDay.venue_id == venue.id, SpecialDay.service_on >= today)
            .order_by(SpecialDay.service_on)
            .limit(most)
        )
    )


def on(venue: Venue, day: date) -> SpecialDay | None:
    """Return what a date is, None for a day like any other."""
    return db.session.scalar(
        select(SpecialDay).where(SpecialDay.venue_id == venue.id, SpecialDay.service_on == day)
    )


def tables(venue: Venue) -> dict[int, str]:
    """Return the names of the venue's tables by their ids, in the venue's order."""
    return {table.id: table.name for table in reading.house(venue).tables}


def plan_of(venue: Venue, row: SpecialDay) -> Plan:
    """Return what a special day is now."""
    periods = _own_rows(venue, row.service_on) if row.other_hours else []
    return Plan(row.closed, tuple(_own(each) for each in periods), tuple(row.hired_table_ids), row.note)


def usual_periods(venue: Venue, day: date) -> list[OwnPeriod]:
    """Return what runs on a date as its weekday has it."""
    house = reading.house(venue)
    running = [weekly.period for weekly in house.weekly if weekly.runs_on(day)]
    return [_own(period) for period in sorted(running, key=lambda period: (period.opens, period.id))]


def open_days(venue: Venue, days: Sequence[date]) -> set[date]:
    """Return on which of some dates anything runs as their weekdays have it."""
    weekly = reading.house(venue).weekly
    return {day for day in days if any(each.runs_on(day) for each in weekly)}


def add(venue: Venue, day: date, plan: Plan) -> SpecialDay:
    """Make a date a special day. Raises DateTaken and BusyNow."""
    if on(venue, day) is not None:
        raise DateTaken
    row = SpecialDay(venue_id=venue.id, service_on=day)
    db.session.add(row)
    change(venue, row, plan)
    return row


def change(venue: Venue, row: SpecialDay, plan: Plan) -> None:
    """Let a special day be something else; bookings stay as they are. Raises BusyNow."""
    row.closed = plan.closed
    row.other_hours = bool(plan.periods)
    row.hired_table_ids = sorted(plan.hired_table_ids)
    row.note = plan.note
    if plan.periods:
        _write_periods(venue, row.service_on, plan.periods)
    db.session.flush()


def delete(row: SpecialDay) -> None:
    """Let a date be a day like any other again.

    Its own periods stay, since bookings may belong to them; without the special day they run no more.
    """
    db.session.delete(row)
    db.session.flush()


def newly_unfit(venue: Venue, day: date, plan: Plan | None, now: datetime) -> list[Seating]:
    """Return, by time, who is to sit on a day and would not fit its plan, of those who fit now.

    None is the plan of a day like any other.
    """
    to_come = list(
        db.session.scalars(
            select(Seating)
            .where(Seating.venue_id == venue.id, Seating.service_on == day, Seating.starts_at >= now)
            .order_by(Seating.starts_at, Seating.id)
        )
    )
    if not to_come:
        return []
    row = on(venue, day)
    before = plan_of(venue, row) if row else Plan()
    usual = usual_periods(venue, day)
    return [
        each
        for each in to_come
        if _fits(each, before, usual, venue.timezone)
        and not _fits(each, plan or Plan(), usual, venue.timezone)
    ]


def _fits(seating: Seating, plan: Plan, usual: Sequence[OwnPeriod], zone: str) -> bool:
    if plan.closed:
        return False
    taken = {seating.dining_table_id, *reading.ids(seating.joined_table_ids)}
    if taken & set(plan.hired_table_ids):
        return False
    wall = to_local(seating.starts_at, zone).replace(tzinfo=None)
    runs = (bounds(_as_period(each), seating.service_on) for each in plan.periods or usual)
    return any(opens <= wall <= last_seating for opens, last_seating in runs)


def _own_rows(venue: Venue, day: date) -> list[ServicePeriod]:
    return list(
        db.session.scalars(
            select(ServicePeriod)
            .where(ServicePeriod.venue_id == venue.id, ServicePeriod.special_on == day)
            .order_by(ServicePeriod.opens, ServicePeriod.id)
        )
    )


def _write_periods(venue: Venue, day: date, periods: Sequence[OwnPeriod]) -> None:
    """Write the hours of a day into its rows, so that bookings go on belonging to one of them.

    A period keeps the row of its name, wherever it stands in the order now.
    """
    spare = _own_rows(venue, day)
    named = [_taken_out(spare, period.name) for period in periods]
    usual = {row.name.casefold(): row for row in _weekday_rows(venue, day)}
    rows = []
    for period, own in zip(periods, named, strict=True):
        row = own or (spare.pop(0) if spare else ServicePeriod(venue_id=venue.id, special_on=day, weekdays=0))
        for name, value in _columns(period, usual.get(period.name.casefold())).items():
            setattr(row, name, value)
        rows.append(row)
    db.session.add_all(rows)
    db.session.flush()
    if spare:
        mine = Seating.venue_id == venue.id, Seating.service_period_id.in_([row.id for row in spare])
        with locks.naming_lock_time_outs():
            locks.lock_day(venue, day)
            db.session.execute(update(Seating).where(*mine).values(service_period_id=rows[0].id))
        for row in spare:
            db.session.delete(row)


def _taken_out(rows: list[ServicePeriod], name: str) -> ServicePeriod | None:
    """Take the row of this name out of some rows, None where there is none."""
    found = next((row for row in rows if row.name.casefold() == name.casefold()), None)
    if found is not None:
        rows.remove(found)
    return found


def _weekday_rows(venue: Venue, day: date) -> list[ServicePeriod]:
    found = db.session.scalars(
        select(ServicePeriod).where(ServicePeriod.venue_id == venue.id, ServicePeriod.special_on.is_(None))
    )
    return [
        row
        for row in found
        if day.weekday() in reading.weekdays_of(row.weekdays)
        and (row.valid_from or date.min) <= day <= (row.valid_until or date.max)
    ]


def _columns(period: OwnPeriod, usual: ServicePeriod | None) -> dict[str, Any]:
    """Return a row's columns: what was set, and for a period that runs that weekday too its other rules."""
    rules: dict[str, Any] = dict.fromkeys(_SAME_RULES) | {"stays": []}
    if usual is not None:
        rules = {name: getattr(usual, name) for name in _SAME_RULES}
        if usual.stay_minutes != period.stay_minutes:
            rules["stays"] = []
    return {each.name: getattr(period, each.name) for each in fields(OwnPeriod)} | rules


def _own(period: ServicePeriod | Period) -> OwnPeriod:
    return OwnPeriod(**{each.name: getattr(period, each.name) for each in fields(OwnPeriod)})


def _as_period(own: OwnPeriod) -> Period:
    return Period(0, own.name, own.opens, own.last_seating, own.slot_minutes, own.stay_minutes, own.covers)
