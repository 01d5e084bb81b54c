"""Checking connections by the clock: hourly, and every five minutes while something is wrong."""

from __future__ import annotations

import logging

from sqlalchemy import or_, select, update

from portal import clock, job_queue
from portal.extensions import db
from portal.integration.checks import run as checks
from portal.integration.connection.models import Integration
from portal.log import log_failure
from portal.venues.models import Venue

log = logging.getLogger(__name__)

JOB = "check_connection"


def check_next_due() -> bool:
    """Have the connection checked that has been due longest. Returns whether one was.

    Whoever claims it moves its next check first, so that of several relays one has it checked. It is done
    here, in this process, only when the queue is away.
    """
    integration_id = _claim()
    if integration_id is None:
        return False
    if not job_queue.enqueue(JOB, integration_id):
        _check_here(integration_id)
    return True


def _check_here(integration_id: int) -> None:
    """One venue's odd data must not end the process that wakes everybody's visits."""
    try:
        check(integration_id)
    except Exception as error:
        db.session.rollback()
        log_failure(log, f"checks of integration {integration_id}", error)


def check(integration_id: int) -> None:
    """Make the checks of an integration, paused or not; none when it has gone."""
    venue = db.session.scalar(
        select(Venue)
        .join(Integration, Integration.venue_id == Venue.id)
        .where(Integration.id == integration_id)
    )
    if venue is None:
        db.session.rollback()
    else:
        checks.run_all(venue)


def _claim() -> int | None:
    now = clock.utc_now()
    row = db.session.execute(
        select(Integration.id, Integration.next_check_at)
        .where(or_(Integration.next_check_at.is_(None), Integration.next_check_at <= now))
        .order_by(Integration.next_check_at.nulls_first())
        .limit(1)
    ).one_or_none()
    if row is None:
        db.session.rollback()
        return None
    claimed = db.session.execute(
        update(Integration)
        .where(Integration.id == row.id, Integration.next_check_at.is_not_distinct_from(row.next_check_at))
        # Should nobody answer the wake-up, it is repeated soon; the checks themselves set the hour.
        .values(next_check_at=checks.next_check_at(now, failed=True))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return row.id if claimed.rowcount else None  # type: ignore[attr-defined]
