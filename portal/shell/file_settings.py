"""What a venue's file says of its settings, read by the forms of the pages and added by their services.

So a file can say nothing that a page would refuse, and what a page takes has a field here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any, Literal

from msgspec import Struct

from portal.availability import periods, special_days, tables
from portal.availability.models import PENDING_MINUTES, DiningArea, DiningTable, TableGroup
from portal.availability.special_days import DateTaken
from portal.availability.tables import NameTaken
from portal.restaurant.days import days_text, local_today
from portal.restaurant.forms import CardForm
from portal.restaurant.hours.forms import PeriodForm
from portal.restaurant.hours.subjects import columns as period_columns
from portal.restaurant.online.forms import OnlineForm
from portal.restaurant.special_days.forms import MOST_PERIODS, SpecialDayForm
from portal.restaurant.special_days.subjects import plan
from portal.restaurant.tables.forms import AreaForm, GroupForm, TableForm
from portal.restaurant.tables.subjects import columns as place_columns
from portal.venues.models import Venue

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# What a file calls otherwise than the field of the page.
_FILE_NAMES = {"weekdays": "days", "area_id": "area", "table_ids": "tables", "service_on": "on"}


class BadVenueFile(ValueError):
    """The file does not describe a venue; the message says where and what to change."""


class Area(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the room."""

    name: str
    for_walk_ins: bool = False


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table and its seats. `area` is the name of one; `largest` is as many as it seats, unless it says."""

    name: str
    seats: int
    area: str = ""
    smallest: int = 1
    largest: int | None = None
    last_choice: bool = False
    online: bool = True
    out_from: date | None = None
    out_until: date | None = None


class JoinedTables(Struct, frozen=True, forbid_unknown_fields=True):
    """Tables that are pushed together, by their names."""

    name: str
    tables: list[str]
    smallest: int
    largest: int
    online: bool = True


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """A service on some days of the week; times are wall times.

    Parties of up to 2, 4 and 6 stay `stay_minutes` like all others, unless their own say otherwise.
    """

    name: str
    days: list[Day]
    opens: time
    last_seating: time
    covers: int
    slot_minutes: int = 15
    stay_minutes: int = 105
    stay_2: int | None = None
    stay_4: int | None = None
    stay_6: int | None = None
    most_covers: int | None = None
    most_parties: int | None = None
    notice_minutes: int | None = None
    horizon_days: int | None = None
    largest_online: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Online(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules for booking online of services that have none of their own."""

    notice_minutes: int = 0
    horizon_days: int | None = None
    largest_online: int | None = None
    pending_minutes: int | None = PENDING_MINUTES


class HoursOfDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A service of a special day."""

    name: str
    opens: time
    last_seating: time
    covers: int
    slot_minutes: int = 15
    stay_minutes: int = 105


class SpecialDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A day unlike its weekday: closed, with other hours, or with tables hired out, by their names."""

    on: date
    kind: Literal["closed", "hours", "hire"]
    note: str = ""
    services: list[HoursOfDay] = []
    tables: list[str] = []


class RoomFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a file says of areas, tables, hours and special days."""

    areas: list[Area] = []
    tables: list[Table] = []
    joined_tables: list[JoinedTables] = []
    services: list[Service] = []
    online: Online | None = None
    special_days: list[SpecialDay] = []


def add_settings(venue: Venue, described: RoomFile) -> None:
    """Add all that a file says of a new venue's settings; does not commit. Raises BadVenueFile."""
    for area in described.areas:
        _add_place(venue, DiningArea, AreaForm.of(_plain(area)), f"areas, {area.name}")
    for table in described.tables:
        where = f"tables, {table.name}"
        areas = {each.name: each.id for each in tables.layout(venue).areas} | {"": 0}
        area_id = _found(table.area, areas, f"{where}: area")
        _add_place(venue, DiningTable, TableForm.of(_plain(table) | {"area_id": area_id}), where)
    for group in described.joined_tables:
        where = f"joined_tables, {group.name}"
        ids = _ids(venue, group.tables, where)
        _add_place(venue, TableGroup, GroupForm.of(_plain(group) | {"table_ids": ids}), where)
    for service in described.services:
        _add_service(venue, service)
    if described.online is not None:
        rules = _checked(OnlineForm.of(_plain(described.online)), "online")
        periods.change_online_rules(venue, rules)
    for day in described.special_days:
        _add_special_day(venue, day)


def _add_place(venue: Venue, model: Any, form: Any, where: str) -> None:
    form.use(tables.layout(venue))
    values = _checked(form, where)
    try:
        tables.add(venue, model, place_columns(values))
    except NameTaken:
        raise BadVenueFile(f"{where}: name is there twice") from None


def _add_service(venue: Venue, service: Service) -> None:
    where = f"services, {service.name}"
    stays = {name: getattr(service, name) or service.stay_minutes for name in ("stay_2", "stay_4", "stay_6")}
    form = PeriodForm.of(_plain(service) | stays | {"weekdays": [DAYS.index(day) for day in service.days]})
    form.use(periods.sizes(venue), local_today(venue), None, is_booked=False, is_last=True)
    values = _checked(form, where)
    new = period_columns(values)
    if periods.overlapping(venue, new):
        days = days_text(values["weekdays"])
        raise BadVenueFile(f"{where}: another service of this name runs at that time on {days}")
    periods.add(venue, new)


def _add_special_day(venue: Venue, day: SpecialDay) -> None:
    where = f"special_days, {day.on}"
    if len(day.services) > MOST_PERIODS:
        raise BadVenueFile(f"{where}: services must be {MOST_PERIODS} or fewer")
    values = {
        "service_on": day.on.isoformat(),
        "kind": day.kind,
        "note": day.note,
        "periods": [_plain(each) for each in day.services],
        "table_ids": _ids(venue, day.tables, where),
    }
    form = SpecialDayForm.of(values)
    form.use(special_days.tables(venue), local_today(venue))
    to_be = plan(_checked(form, where))
    try:
        special_days.add(venue, day.on, to_be)
    except DateTaken:
        raise BadVenueFile(f"{where}: on is there twice") from None


def _plain(described: Struct) -> dict[str, Any]:
    """Return the fields of a part of the file as a form is filled in."""
    values = {name: getattr(described, name) for name in described.__struct_fields__}
    return {
        name: value.isoformat() if isinstance(value, date | time) else value for name, value in values.items()
    }


def _checked(form: CardForm | SpecialDayForm, where: str) -> dict[str, Any]:
    if form.validate():
        return form.values()
    name, errors = next(iter(form.errors.items()))
    raise BadVenueFile(f"{where}: {_FILE_NAMES.get(name, name)}: {errors[0]}")


def _ids(venue: Venue, names: list[str], where: str) -> list[int]:
    there = {name: table_id for table_id, name in special_days.tables(venue).items()}
    return [_found(name, there, f"{where}: tables") for name in names]


def _found(name: str, there: Mapping[str, int], where: str) -> int:
    if name not in there:
        raise BadVenueFile(f"{where}: {name!r} is not described in this file")
    return there[name]
