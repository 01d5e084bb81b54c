"""The rows of a venue's hours, tables and seatings as the plain values that the rules take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import String, bindparam, case, cast, func, select

from portal.availability.hours import Hours, Period, SpecialDay, WeeklyPeriod
from portal.availability.models import (
    DiningArea,
    DiningTable,
    OnlineRules,
    Seating,
    ServicePeriod,
    SpecialDay as SpecialDayRow,
    TableGroup,
)
from portal.availability.room import Group, Place, Table, Taken, places_of
from portal.extensions import db
from portal.venues.models import Venue

_DAY = timedelta(days=1)

# Made once, since making a query anew costs several times what sending it to SQLite does.
_PERIOD = (
    ServicePeriod.id,
    ServicePeriod.name,
    ServicePeriod.opens,
    ServicePeriod.last_seating,
    ServicePeriod.slot_minutes,
    ServicePeriod.stay_minutes,
    ServicePeriod.covers,
    ServicePeriod.stays,
    ServicePeriod.most_covers,
    ServicePeriod.most_parties,
    func.coalesce(ServicePeriod.notice_minutes, OnlineRules.notice_minutes, 0),
    func.coalesce(ServicePeriod.horizon_days, OnlineRules.horizon_days),
    func.coalesce(ServicePeriod.largest_online, OnlineRules.largest_online),
)
_PERIODS = (
    select(
        *_PERIOD,
        ServicePeriod.weekdays,
        ServicePeriod.valid_from,
        ServicePeriod.valid_until,
        ServicePeriod.special_on,
    )
    .outerjoin(OnlineRules, OnlineRules.venue_id == ServicePeriod.venue_id)
    .where(ServicePeriod.venue_id == bindparam("venue_id"))
)
_WEEKLY = _PERIODS.where(ServicePeriod.special_on.is_(None))
_OF_SPECIAL_DAYS = _PERIODS.where(ServicePeriod.special_on.between(bindparam("first"), bindparam("last")))
_SPECIAL = select(
    SpecialDayRow.service_on,
    SpecialDayRow.closed,
    SpecialDayRow.other_hours,
    SpecialDayRow.hired_table_ids,
    SpecialDayRow.note,
).where(
    SpecialDayRow.venue_id == bindparam("venue_id"),
    SpecialDayRow.service_on.between(bindparam("first"), bindparam("last")),
)
_TABLES = (
    select(
        DiningTable.id,
        DiningTable.seats,
        DiningTable.name,
        DiningTable.smallest,
        DiningTable.largest,
        DiningTable.last_choice,
        DiningTable.online,
        func.coalesce(DiningArea.for_walk_ins, False),
        func.coalesce(DiningArea.position, 0),
        DiningTable.position,
        DiningTable.out_from,
        DiningTable.out_until,
    )
    .outerjoin(DiningArea, DiningArea.id == DiningTable.area_id)
    .where(DiningTable.venue_id == bindparam("venue_id"))
    .order_by(
        DiningArea.id.is_(None), DiningArea.position, DiningArea.id, DiningTable.position, DiningTable.id
    )
)
_GROUPS = (
    select(
        TableGroup.id,
        TableGroup.name,
        TableGroup.table_ids,
        TableGroup.smallest,
        TableGroup.largest,
        TableGroup.online,
        TableGroup.position,
    )
    .where(TableGroup.venue_id == bindparam("venue_id"))
    .order_by(TableGroup.position, TableGroup.id)
)
# One row for all who share a stay, since two instants of each row are what is slow to read.
_SEATED = (
    select(
        Seating.service_on,
        func.aggregate_strings(
            case(
                (Seating.joined_table_ids != "", Seating.joined_table_ids),
                else_=cast(Seating.dining_table_id, String),
            ),
            ",",
        ),
        Seating.starts_at,
        Seating.ends_at,
        func.sum(Seating.covers),
        func.count(),
    )
    .where(
        Seating.venue_id == bindparam("venue_id"),
        Seating.service_on.in_(bindparam("days", expanding=True)),
    )
    .group_by(Seating.service_on, Seating.starts_at, Seating.ends_at)
)
_SEATED_BUT_ONE = _SEATED.where(Seating.id != bindparam("but"))


@dataclass(frozen=True)
class House:
    """What a venue has on any day, before special days and before anybody sits down."""

    venue_id: int
    zone: str
    weekly: Sequence[WeeklyPeriod]
    tables: Sequence[Table]
    places: Sequence[Place]

    def absent(self, hours: Hours, service_on: date) -> frozenset[int]:
        """Return the tables that nobody can have on a day: out of use, or hired."""
        out = {table.id for table in self.tables if table.is_out(service_on)}
        return hours.hired_on(service_on) | out


def house(venue: Venue) -> House:
    """Return the venue's week and its places."""
    asked = {"venue_id": venue.id}
    weekly = [
        WeeklyPeriod(_period(row), weekdays_of(row.weekdays), row.valid_from, row.valid_until)
        for row in db.session.execute(_WEEKLY, asked)
    ]
    tables = [Table(*row) for row in db.session.execute(_TABLES, asked)]
    groups = [
        Group(row.id, row.name, tuple(row.table_ids), *row[3:]) for row in db.session.execute(_GROUPS, asked)
    ]
    return House(venue.id, venue.timezone, weekly, tables, places_of(tables, groups))


def hours(of: House, first: date, last: date) -> Hours:
    """Return the house's hours, right for services from `first` to `last` and for their neighbours."""
    asked = {"venue_id": of.venue_id, "first": first - _DAY, "last": last + _DAY}
    special = db.session.connection().execute(_SPECIAL, asked).all()
    if not special:
        return Hours(of.weekly)
    periods: dict[date, list[Period]] = {}
    for row in db.session.execute(_OF_SPECIAL_DAYS, asked):
        periods.setdefault(row.special_on, []).append(_period(row))
    return Hours(
        of.weekly,
        {
            row.service_on: SpecialDay(
                row.closed,
                tuple(periods.get(row.service_on, ())) if row.other_hours else None,
                frozenset(row.hired_table_ids),
                row.note,
            )
            for row in special
        },
    )


def seated(of: House, days: Sequence[date], but: int | None = None) -> dict[date, list[Taken]]:
    """Return what is taken by the services of each of some days, one seating left out."""
    found: dict[date, list[Taken]] = {day: [] for day in days}
    asked = {"venue_id": of.venue_id, "days": days} | ({} if but is None else {"but": but})
    seated_then = _SEATED if but is None else _SEATED_BUT_ONE
    for row in db.session.connection().execute(seated_then, asked):
        found[row[0]].append(Taken(ids(row[1]), *row[2:]))
    return found


def tables_of(venue_id: int, place_name: str) -> tuple[int, ...]:
    """Return the tables of a place by the name that staff call it, none for a name that is gone."""
    table = db.session.scalar(
        select(DiningTable.id).where(DiningTable.venue_id == venue_id, DiningTable.name == place_name)
    )
    if table is not None:
        return (table,)
    group = db.session.scalar(
        select(TableGroup.table_ids).where(TableGroup.venue_id == venue_id, TableGroup.name == place_name)
    )
    return tuple(group or ())


def ids(joined: str | None) -> list[int]:
    """Return the numbers of a text such as 3,7, none for None."""
    return [int(number) for number in joined.split(",")] if joined else []


def weekdays_of(bits: int) -> frozenset[int]:
    """Return weekdays, Monday 0, from a number with a bit for each."""
    return frozenset(day for day in range(7) if bits >> day & 1)


def weekday_bits(weekdays: Iterable[int]) -> int:
    """Return weekdays, Monday 0, as a number with a bit for each."""
    return sum(1 << weekday for weekday in set(weekdays))


def _period(row: Any) -> Period:
    id_, name, opens, last_seating, slot_minutes, stay_minutes, covers, stays, *rules = row[: len(_PERIOD)]
    by_party = tuple((largest, minutes) for largest, minutes in stays)
    return Period(id_, name, opens, last_seating, slot_minutes, stay_minutes, covers, by_party, *rules)
