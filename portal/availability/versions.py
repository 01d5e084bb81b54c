"""Moving the house's version whenever anything is written that availability is decided from.

It hangs on the session, so whoever changes a period, a table, a group, an area or a special day moves the
version in the same transaction and cannot forget to. So does whoever changes the venue itself, or what a room
that keeps answers made from it has `watch`ed. The days' own versions move with their locks.

The version's row is also the lock of the house: who changes it holds it alone, before the first row is
written, and who books shares it with others who do (`locks.keep_house`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import event, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session

from portal.availability import day_cache, locks
from portal.availability.models import (
    DiningArea,
    DiningTable,
    HouseVersion,
    OnlineRules,
    ServicePeriod,
    SpecialDay,
    TableGroup,
)
from portal.clock import utc_now
from portal.extensions import UtcDateTime, db
from portal.venues.models import Venue

DECIDES = (ServicePeriod, SpecialDay, OnlineRules, DiningArea, DiningTable, TableGroup)
_watched: set[type[Any]] = {*DECIDES, Venue}


def init_app() -> None:
    """Listen to the session's writes, once however many apps a process makes."""
    if event.contains(db.session, "after_flush", _after_flush):
        return
    event.listen(db.session, "before_flush", _before_flush)
    event.listen(db.session, "after_flush", _after_flush)
    event.listen(db.session, "do_orm_execute", _on_execute)


def watch(model: type[Any]) -> None:
    """Move the version of a venue with every change of its rows of this model too."""
    _watched.add(model)


def _before_flush(session: Session, _context: Any, _rows: Any) -> None:
    if venue_ids := _changed(session):
        locks.hold_house(session, venue_ids)


def _after_flush(session: Session, _context: Any) -> None:
    of_house = _changed(session, DECIDES)
    for venue_id in _changed(session):
        _move(session, select(literal(venue_id)), of_house=venue_id in of_house)


def _changed(session: Session, models: Collection[type[Any]] = _watched) -> list[int]:
    """Return the venues, in order, of which a flush writes something that answers are made from."""
    rows = (row for rows in (session.new, session.dirty, session.deleted) for row in rows)
    written = (row for row in rows if type(row) in models)
    venue_ids = {row.id if isinstance(row, Venue) else row.venue_id for row in written}
    return sorted(venue_ids - {None})


def _on_execute(state: ORMExecuteState) -> None:
    """A statement for many rows does not say whose they are, so every venue is read anew."""
    if state.is_select or state.bind_mapper is None or state.bind_mapper.class_ not in _watched:
        return
    _move(state.session, select(Venue.id), of_house=state.bind_mapper.class_ in DECIDES)


def _move(session: Session, venue_ids: Any, *, of_house: bool) -> None:
    """Count one more change of each of some venues; with `of_house` bookings are decided otherwise since."""
    day_cache.note_change()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    now = literal(utc_now() if of_house else None, UtcDateTime())
    one_more = dialect.insert(HouseVersion).from_select(
        ["venue_id", "version", "changed_at"],
        select(Venue.id, literal(1), now).where(Venue.id.in_(venue_ids)),
    )
    session.connection().execute(
        one_more.on_conflict_do_update(
            index_elements=["venue_id"],
            set_={
                "version": HouseVersion.version + 1,
                "changed_at": func.coalesce(now, HouseVersion.changed_at),
            },
        )
    )
