"""Moving the house's version whenever anything is written that availability is decided from.

It hangs on the session, so whoever changes a period, a table, a group, an area or a special day moves the
version in the same transaction and cannot forget to. The days' own versions move with their locks.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session

from portal.availability import day_cache
from portal.availability.models import (
    DiningArea,
    DiningTable,
    HouseVersion,
    OnlineRules,
    ServicePeriod,
    SpecialDay,
    TableGroup,
)
from portal.extensions import db
from portal.venues.models import Venue

DECIDES = (ServicePeriod, SpecialDay, OnlineRules, DiningArea, DiningTable, TableGroup)


def init_app() -> None:
    """Listen to the session's writes, once however many apps a process makes."""
    if event.contains(db.session, "after_flush", _on_flush):
        return
    event.listen(db.session, "after_flush", _on_flush)
    event.listen(db.session, "do_orm_execute", _on_execute)


def _on_flush(session: Session, _context: Any) -> None:
    changed = [row for rows in (session.new, session.dirty, session.deleted) for row in rows]
    for venue_id in sorted({row.venue_id for row in changed if isinstance(row, DECIDES)}):
        _move(session, select(literal(venue_id)))


def _on_execute(state: ORMExecuteState) -> None:
    """A statement for many rows does not say whose they are, so every venue is read anew."""
    if state.is_select or state.bind_mapper is None or state.bind_mapper.class_ not in DECIDES:
        return
    _move(state.session, select(Venue.id))


def _move(session: Session, venue_ids: Any) -> None:
    """Count one more change of each of some venues."""
    day_cache.note_change()
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    one_more = dialect.insert(HouseVersion).from_select(
        ["venue_id", "version"], select(Venue.id, literal(1)).where(Venue.id.in_(venue_ids))
    )
    session.connection().execute(
        one_more.on_conflict_do_update(
            index_elements=["venue_id"], set_={"version": HouseVersion.version + 1}
        )
    )
