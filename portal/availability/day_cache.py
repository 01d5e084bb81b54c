"""Days as they were last read, used again for as long as the database says that nothing has changed.

Every question first reads a mark of the day: its periods, its tables, and the version of each lock whose day
may share the room. The mark is one row, so an unchanged day costs one short query, and a copy is never older
than the database. Whoever holds a lock works without copies, since what they see may yet be rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, String, bindparam, cast, func, literal_column, select

from portal.availability import rules
from portal.availability.models import CapacityDay, DiningTable, ServicePeriod
from portal.extensions import db

MOST_DAYS = 500
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_DAY = timedelta(days=1)
_Mark = tuple[Any, ...]


@dataclass(frozen=True)
class Day:
    """One service day: what is on offer, and the room in which it takes place. It never changes."""

    offers: tuple[rules.Offer, ...]
    room: rules.Room
    _found: dict[int, list[rules.Slot]] = field(default_factory=dict)

    def open_slots(self, party_size: int, now: datetime) -> list[rules.Slot]:
        """Return the slots after `now` that `party_size` people can have, in order."""
        found = self._found.get(party_size)
        if found is None:
            found = self._found[party_size] = rules.open_slots(self.offers, self.room, party_size, _ALWAYS)
        return [slot for slot in found if slot.starts_at > now]


def day(venue_id: int, zone: str, service_on: date, read: Callable[[], Day]) -> Day:
    """Return the day from memory if its mark still stands, else from `read`."""
    if _changing():
        return read()
    days: dict[Any, tuple[_Mark, Day]] = current_app.extensions.setdefault("availability", {})
    key, mark = (venue_id, zone, service_on), _mark(venue_id, service_on)
    known = days.get(key)
    if known and known[0] == mark:
        return known[1]
    fresh = read()
    # What changed while it was being read may be half in it.
    if _mark(venue_id, service_on) == mark:
        if len(days) >= MOST_DAYS:
            days.clear()
        days[key] = (mark, fresh)
    return fresh


def note_change() -> None:
    """Do without copies until the transaction ends."""
    db.session.info["availability_changing"] = db.session().get_transaction()


def _changing() -> bool:
    transaction = db.session().get_transaction()
    return transaction is not None and db.session.info.get("availability_changing") is transaction


def _mark(venue_id: int, service_on: date) -> _Mark:
    asked = {"venue_id": venue_id, "first": service_on - _DAY, "last": service_on + _DAY}
    # Past the session, which would look for entities to load and costs as much again.
    return tuple(db.session.connection().execute(_MARK, asked).one())


def _joined(*columns: Any) -> ColumnElement[str]:
    """Return all rows of some columns as one text."""
    first, *others = (cast(column, String) for column in columns)
    row: ColumnElement[str] = first
    for column in others:
        row = row + literal_column("'|'") + column
    return func.aggregate_strings(row, "\n")


_MARK = select(
    select(
        _joined(
            ServicePeriod.id,
            ServicePeriod.weekday,
            ServicePeriod.opens,
            ServicePeriod.last_seating,
            ServicePeriod.slot_minutes,
            ServicePeriod.stay_minutes,
            ServicePeriod.covers,
            ServicePeriod.name,
        )
    )
    .where(ServicePeriod.venue_id == bindparam("venue_id"))
    .scalar_subquery(),
    select(_joined(DiningTable.id, DiningTable.seats))
    .where(DiningTable.venue_id == bindparam("venue_id"))
    .scalar_subquery(),
    select(_joined(CapacityDay.service_on, CapacityDay.version))
    .where(
        CapacityDay.venue_id == bindparam("venue_id"),
        CapacityDay.service_on.between(bindparam("first"), bindparam("last")),
    )
    .scalar_subquery(),
)
