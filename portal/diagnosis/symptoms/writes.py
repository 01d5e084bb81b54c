""" "The connection is saved, but no visit reaches Spektrix": the facts of one venue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from portal import clock
from portal.diagnosis.engine import Diagnosis, diagnose, not_connected
from portal.diagnosis.symptoms.connection import check_facts
from portal.diagnosis.symptoms.writes_rules import IN_TROUBLE, STEPS, VisitFact, WritesFacts
from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes import facts
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.outbox import service as outbox
from portal.outbox.models import Kind, OutboxEntry, State
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
    waiting = outbox.open_write_backs(venue.id)
    return WritesFacts(
        checks=checks,
        attributes=facts.attribute_facts(integration),
        active=integration.active,
        active_changed_at=integration.active_changed_at,
        latest=tuple(_visit(row) for row in db.session.execute(_visits(venue.id).limit(_LATEST))),
        in_trouble=_in_trouble(venue.id, waiting),
        waiting=waiting,
        zone=venue.timezone,
        live=live,
    )


def _in_trouble(venue_id: int, waiting: Mapping[State, int]) -> VisitFact | None:
    """One row is read of each state that any visit stands in, found by the index of states."""
    states = [state for state in IN_TROUBLE if waiting.get(state)]
    rows = [
        db.session.execute(_visits(venue_id).where(OutboxEntry.state == state).limit(1)).first()
        for state in states
    ]
    found = [_visit(row) for row in rows if row is not None]
    return max(found, key=lambda visit: visit.at, default=None)


def _visits(venue_id: int) -> Any:
    return (
        select(OutboxEntry.state, OutboxEntry.reason, OutboxEntry.created_at)
        .where(OutboxEntry.venue_id == venue_id, OutboxEntry.kind == Kind.WRITE_BACK)
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
    )


def _visit(row: Any) -> VisitFact:
    return VisitFact(State(row.state), Code(row.reason) if row.reason else None, row.created_at)
