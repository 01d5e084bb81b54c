"""Reading programmes by the clock, and when a manager asks."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from portal import clock, job_queue
from portal.events import service as events
from portal.events.models import EventSync
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import NotConnected
from portal.integration.programme import sync as event_sync
from portal.integration.programme.rules import Tried
from portal.integration.programme.sync import Synced
from portal.log import log_failure

log = logging.getLogger(__name__)

JOB = "sync_events"
# In the process that wakes everybody's visits nothing may take long.
SECONDS_HERE = 10.0
_ANSWERED_WITHIN = timedelta(minutes=1)
_CLAIMED = Tried("claimed")


def sync_next_due() -> bool:
    """Have the programme read that has been due longest. Returns whether one was.

    A first sync is due at once. Whoever claims one moves its next time first, so that of several relays one
    has it read. It is done here, in this process and briefly, only when the queue is away.
    """
    venue_id = _claim()
    if venue_id is None:
        return False
    if not job_queue.enqueue(JOB, venue_id):
        _sync_here(venue_id)
    return True


def ask(venue_id: int) -> None:
    """Have the venue's programme read now. Raises NotConnected.

    Where the queue is away, or nobody answers the wake-up, the relay finds it due.
    """
    connected = db.session.scalar(select(Integration.id).where(Integration.venue_id == venue_id))
    db.session.rollback()
    if connected is None:
        raise NotConnected
    waits = _ANSWERED_WITHIN if job_queue.enqueue(JOB, venue_id) else timedelta()
    next_at = clock.utc_now() + waits
    if not events.begin(venue_id, next_at):
        _move(venue_id, next_at)


def sync(venue_id: int) -> None:
    """The job's whole work: read one venue's programme; harmless when the venue has left Spektrix."""
    _tell(venue_id, event_sync.sync(venue_id))


def _sync_here(venue_id: int) -> None:
    """One venue's odd data must not end the process that wakes everybody's visits."""
    try:
        _tell(venue_id, event_sync.sync(venue_id, SECONDS_HERE))
    except Exception as error:
        db.session.rollback()
        log_failure(log, f"programme of venue {venue_id}", error)


def _tell(venue_id: int, synced: Synced | None) -> None:
    if synced is not None:
        log.info("venue %s: programme %s, %s performances", venue_id, synced.outcome, synced.performances)


def _claim() -> int | None:
    now = clock.utc_now()
    row = db.session.execute(
        select(Integration.venue_id, EventSync.next_at)
        .outerjoin(EventSync, EventSync.venue_id == Integration.venue_id)
        .where(or_(EventSync.next_at.is_(None), EventSync.next_at <= now), _not_resting(now))
        .order_by(EventSync.next_at.nulls_first(), Integration.venue_id)
        .limit(1)
    ).one_or_none()
    db.session.rollback()
    if row is None:
        return None
    # Should nobody answer the wake-up, it is repeated soon; the sync itself sets the hour.
    later = event_sync.next_sync(now, _CLAIMED)
    if row.next_at is None:
        return row.venue_id if events.begin(row.venue_id, later) else None
    return row.venue_id if _move(row.venue_id, later, row.next_at) else None


def _not_resting(now: datetime) -> ColumnElement[bool]:
    """Leave venues alone whose calls rest because Spektrix asked for it."""
    return or_(
        Integration.blocked_reason.is_distinct_from(Code.SLOW_DOWN),
        Integration.blocked_until.is_(None),
        Integration.blocked_until <= now,
    )


def _move(venue_id: int, next_at: datetime, was_at: datetime | None = None) -> bool:
    """Set when a venue's next sync is due.

    Args:
        venue_id: whose.
        next_at: when.
        was_at: when it was due; somebody else was quicker where it is not any more. None brings it forward.

    Returns whether it was set.
    """
    as_expected = EventSync.next_at == was_at if was_at else EventSync.next_at > next_at
    moved = db.session.execute(
        update(EventSync)
        .where(EventSync.venue_id == venue_id, as_expected)
        .values(next_at=next_at)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(moved.rowcount)  # type: ignore[attr-defined]
