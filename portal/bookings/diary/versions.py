"""Moving the version of a day with every change of its bookings, so that open diaries notice.

It hangs on the session, so whoever writes a booking moves the version in the same transaction and cannot
forget to. It is written last, right before the commit, and the days in their order: so nobody who holds a
version waits for anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session

from portal.availability.models import CapacityDay, HouseVersion
from portal.bookings.models import Booking, DiaryDay, WaitingRequest
from portal.events.models import EventSync
from portal.extensions import db
from portal.plain_sql import rows
from portal.venues.models import Venue

EVERY_DAY = date(1, 1, 1)
"""Stands for all days of a venue at once."""

_DAYS, _ALL = "diary_days_changed", "every_diary_changed"


def init_app() -> None:
    """Listen to the session's writes, once however many apps a process makes."""
    rows.tell(Booking, _note_new)
    if event.contains(db.session, "after_flush", _after_flush):
        return
    event.listen(db.session, "after_flush", _after_flush)
    event.listen(db.session, "do_orm_execute", _on_execute)
    event.listen(db.session, "before_commit", _before_commit)
    event.listen(db.session, "after_rollback", _forget)


def _after_flush(session: Session, _context: Any) -> None:
    days = session.info.setdefault(_DAYS, set())
    for written in (session.new, session.dirty, session.deleted):
        for row in written:
            if isinstance(row, Booking):
                left = inspect(row).attrs.service_on.history.deleted
                days.update((row.venue_id, on) for on in (row.service_on, *left) if on)


def _note_new(booking: Booking) -> None:
    db.session.info.setdefault(_DAYS, set()).add((booking.venue_id, booking.service_on))


def _on_execute(state: ORMExecuteState) -> None:
    """A statement for many rows does not say of which days, so every diary is read anew."""
    if not state.is_select and state.bind_mapper is not None and state.bind_mapper.class_ is Booking:
        state.session.info[_ALL] = True


def _before_commit(session: Session) -> None:
    session.flush()
    one_more = _one_more(session.get_bind().dialect.name)
    for venue_id, on in sorted(session.info.pop(_DAYS, ())):
        session.connection().execute(one_more, {"venue_id": venue_id, "service_on": on, "version": 1})
    if session.info.pop(_ALL, False):
        _move_all(session)


def _forget(session: Session) -> None:
    session.info.pop(_DAYS, None)
    session.info.pop(_ALL, None)


@cache
def _one_more(dialect: str) -> Any:
    """Return the statement that moves a version; made once, since making it costs more than running it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(DiaryDay).on_conflict_do_update(
        index_elements=["venue_id", "service_on"], set_={"version": DiaryDay.version + 1}
    )


def _move_all(session: Session) -> None:
    """Move the version that stands for all days of each venue."""
    # PostgreSQL locks the rows in the order in which they are written.
    for venue_id in session.scalars(select(Venue.id).order_by(Venue.id)).all():
        row = {"venue_id": venue_id, "service_on": EVERY_DAY, "version": 1}
        session.connection().execute(_one_more(session.get_bind().dialect.name), row)


def _version(model: Any, *where: Any) -> Any:
    mine = model.venue_id == bindparam("venue_id")
    return func.coalesce(select(func.sum(model.version)).where(mine, *where).scalar_subquery(), 0)


_of_day: Any = bindparam("on")
_WAITING = (WaitingRequest.venue_id == bindparam("venue_id"), WaitingRequest.wanted_on == _of_day)
# Past the session and made once: this is asked every few seconds by every tablet.
_MARK = select(
    _version(DiaryDay, DiaryDay.service_on.in_([EVERY_DAY, _of_day])),
    _version(CapacityDay, CapacityDay.service_on == _of_day),
    _version(HouseVersion),
    select(EventSync.synced_at).where(EventSync.venue_id == bindparam("venue_id")).scalar_subquery(),
    *(
        select(each).where(*_WAITING).scalar_subquery()
        for each in (
            func.count(),
            func.max(WaitingRequest.id),
            func.count(WaitingRequest.told_at),
            func.count(WaitingRequest.stopped_at),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is the same as long as nothing is written that the diary of a day shows.

    Args:
        version: grows with each change.
        frame: tells whether hours, tables, special days or the programme changed.
        waiting: how many wait, and what tells that others do now.
    """

    version: int
    frame: tuple[Any, ...]
    waiting: tuple[Any, ...]

    @property
    def waits(self) -> int:
        return int(self.waiting[0])


def mark(venue_id: int, on: date) -> Mark:
    """Return the mark of a day."""
    row = db.session.connection().execute(_MARK, {"venue_id": venue_id, "on": on}).one()
    days, places, house, synced_at, *waiting = row
    return Mark(days + places + house, (house, synced_at), tuple(waiting))
