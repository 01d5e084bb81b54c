""" "The connection saved but writes still fail": the facts of one venue."""

from __future__ import annotations

from sqlalchemy import select

from portal import clock
from portal.diagnosis.connected import not_connected
from portal.diagnosis.connection import check_facts
from portal.diagnosis.engine import Diagnosis, diagnose
from portal.diagnosis.writes_rules import STEPS, VisitFact, WritesFacts
from portal.extensions import db
from portal.integration import look_ups
from portal.integration.links import integration_of
from portal.integration.models import Integration
from portal.outbox import service as outbox
from portal.outbox.models import Kind, OutboxEntry, State
from portal.outbox.reasons import Reason
from portal.venues.models import Venue

_LATEST = 20


def diagnose_writes(venue: Venue, *, live: bool) -> Diagnosis:
    """Find out why visits do not land although the connection is saved.

    Args:
        live: make the checks now; without it what they last found is looked at.
    """
    now = clock.utc_now()
    integration = integration_of(venue.id)
    if integration is None:
        return not_connected(now, live=live)
    return diagnose(STEPS, lambda: _facts(venue, integration, live=live), now=now, live=live)


def _facts(venue: Venue, integration: Integration, *, live: bool) -> WritesFacts:
    checks = check_facts(venue, live=live)
    return WritesFacts(
        checks=checks,
        attributes=look_ups.attribute_facts(integration),
        active=integration.active,
        active_changed_at=integration.active_changed_at,
        latest=_latest(venue.id),
        waiting=outbox.open_write_backs(venue.id),
        zone=venue.timezone,
        live=live,
    )


def _latest(venue_id: int) -> tuple[VisitFact, ...]:
    rows = db.session.execute(
        select(OutboxEntry.state, OutboxEntry.reason, OutboxEntry.created_at)
        .where(OutboxEntry.venue_id == venue_id, OutboxEntry.kind == Kind.WRITE_BACK)
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
        .limit(_LATEST)
    )
    return tuple(
        VisitFact(State(row.state), Reason(row.reason) if row.reason else None, row.created_at)
        for row in rows
    )
