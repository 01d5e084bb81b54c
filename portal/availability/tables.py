"""Areas, tables and joined tables, as the venue's own people set them up. The caller commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select

from portal.availability import locks
from portal.availability.models import DiningArea, DiningTable, Seating, TableGroup
from portal.extensions import db
from portal.venues.models import Venue

_SHAPES = (DiningTable, TableGroup)


class NameTaken(Exception):
    """Another area, or another table or group, of the venue has this name."""


class InGroup(Exception):
    """A table that a group needs cannot go; the message is the group's name."""


class HasBookings(Exception):
    """A table that somebody has booked, ever, cannot go: its history would lose its place."""


class NotAlike(Exception):
    """What something is to be put before is not in the same order with it."""


@dataclass(frozen=True)
class Layout:
    """All that people sit at, in the venue's own order; `None` for the tables of no area."""

    areas: Sequence[DiningArea]
    tables: Sequence[DiningTable]
    groups: Sequence[TableGroup]

    def of(self, area: DiningArea | None) -> list[DiningTable]:
        """Return the tables of one area, those of none for None."""
        wanted = area.id if area else None
        return [table for table in self.tables if table.area_id == wanted]

    def named(self, table_ids: Iterable[int]) -> list[str]:
        """Return the names of tables, in order; those that are gone have none."""
        wanted = set(table_ids)
        return [table.name for table in self.tables if table.id in wanted]


def layout(venue: Venue) -> Layout:
    """Return the venue's areas, tables and groups."""
    areas = _ordered(DiningArea, venue)
    place = {area.id: number for number, area in enumerate(areas)}
    tables = sorted(_ordered(DiningTable, venue), key=lambda table: place.get(table.area_id or 0, len(place)))
    return Layout(areas, tables, _ordered(TableGroup, venue))


def _ordered(model: Any, venue: Venue) -> list[Any]:
    return list(
        db.session.scalars(select(model).where(model.venue_id == venue.id).order_by(model.position, model.id))
    )


def add(venue: Venue, model: Any, values: dict[str, Any]) -> Any:
    """Add an area, a table or a group at the end of its like. Raises NameTaken."""
    _look_at_name(venue, model, values["name"])
    last = db.session.scalar(select(func.max(model.position)).where(model.venue_id == venue.id))
    row = model(venue_id=venue.id, **{"position": (last or 0) + 1} | values)
    db.session.add(row)
    db.session.flush()
    return row


def change(venue: Venue, row: Any, values: dict[str, Any]) -> None:
    """Set some columns of an area, a table or a group. Raises NameTaken."""
    if "name" in values:
        _look_at_name(venue, type(row), values["name"], row.id)
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()


def _look_at_name(venue: Venue, model: Any, name: str, own_id: int | None = None) -> None:
    """A table and a group share the diary's column, so neither may be called as the other."""
    for each in _SHAPES if model in _SHAPES else (model,):
        same = select(each.id).where(each.venue_id == venue.id, func.lower(each.name) == name.lower())
        if model is each and own_id is not None:
            same = same.where(each.id != own_id)
        if db.session.scalar(same.limit(1)) is not None:
            raise NameTaken


def move(venue: Venue, row: Any, by: int) -> None:
    """Move an area, a table or a group up (-1) or down (1) among its like."""
    alike = _alike(venue, row)
    here = alike.index(row)
    there = min(max(here + by, 0), len(alike) - 1)
    alike.insert(there, alike.pop(here))
    _number(alike)


def put_before(venue: Venue, row: Any, other_id: int | None) -> None:
    """Put an area, a table or a group right before another of its like, or last for None.

    Raises NotAlike where the other is gone, or stands in another area by now.
    """
    alike = [each for each in _alike(venue, row) if each is not row]
    places = [number for number, each in enumerate(alike) if each.id == other_id]
    if other_id is not None and not places:
        raise NotAlike
    alike.insert(places[0] if places else len(alike), row)
    _number(alike)


def _alike(venue: Venue, row: Any) -> list[Any]:
    """Return what a row is put in order with, itself included: its kind, for a table those of its area."""
    return [
        each
        for each in _ordered(type(row), venue)
        if not isinstance(row, DiningTable) or each.area_id == row.area_id
    ]


def _number(alike: Sequence[Any]) -> None:
    for number, each in enumerate(alike):
        each.position = number
    db.session.flush()


def delete_area(venue: Venue, area: DiningArea) -> None:
    """Delete an area; its tables stay, in no area, and no diner can book them who could not before."""
    for place in bookable_without(venue, area):
        place.online = False
    of_it = DiningTable.venue_id == venue.id, DiningTable.area_id == area.id
    # Row by row, since a statement for many does not say whose they are: every venue would be read anew.
    for table in db.session.scalars(select(DiningTable).where(*of_it)):
        table.area_id = None
    db.session.delete(area)


def bookable_without(venue: Venue, area: DiningArea) -> list[DiningTable | TableGroup]:
    """Return the tables and groups that diners could book online once an area kept none for walk-ins."""
    if not area.for_walk_ins:
        return []
    of_it = [table for table in _ordered(DiningTable, venue) if table.area_id == area.id]
    ids = {table.id for table in of_it}
    joined = [group for group in _ordered(TableGroup, venue) if ids & set(group.table_ids)]
    return [place for place in (*of_it, *joined) if place.online]


def delete_table(venue: Venue, table: DiningTable) -> None:
    """Delete a table that nobody has ever booked. Raises InGroup and HasBookings."""
    locks.hold_house(db.session(), [venue.id])
    look_before_delete(venue, table)
    db.session.delete(table)


def look_before_delete(venue: Venue, table: DiningTable) -> None:
    """Raise InGroup or HasBookings where a table cannot be deleted."""
    for group in _ordered(TableGroup, venue):
        if table.id in group.table_ids:
            raise InGroup(group.name)
    if db.session.scalar(select(Seating.id).where(*_at([table.id], venue)).limit(1)) is not None:
        raise HasBookings


def seatings_to_come(venue: Venue, table_ids: Sequence[int], now: datetime) -> list[Seating]:
    """Return who is to sit at any of some tables from now on, by time."""
    return list(
        db.session.scalars(
            select(Seating)
            .where(*_at(table_ids, venue), Seating.ends_at > now)
            .order_by(Seating.starts_at, Seating.id)
        )
    )


def _at(table_ids: Sequence[int], venue: Venue) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for whoever sits at any of some tables.

    By the seating itself: a party that stays at its table beside another holds no quarter hours of it.
    """
    joined = literal(",") + Seating.joined_table_ids + ","
    among = [joined.contains(f",{table_id},", autoescape=True) for table_id in table_ids]
    return Seating.venue_id == venue.id, or_(Seating.dining_table_id.in_(table_ids), *among)


def no_longer_fit(
    seatings: Iterable[Seating], smallest: int, largest: int, out: tuple[date | None, date | None]
) -> list[Seating]:
    """Return those who would be too many or too few for a place, or have it while it is out of use."""
    first, last = out
    is_out = first is not None or last is not None
    return [
        each
        for each in seatings
        if not smallest <= each.covers <= largest
        or (is_out and (first or date.min) <= each.service_on <= (last or date.max))
    ]
