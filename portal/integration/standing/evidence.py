"""What our own log says of the connection. Queries only, each ended after a few rows found by index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from portal import crypto
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection import gateway
from portal.integration.connection.models import AttributeState, CheckState, Integration, TrialOutcome
from portal.integration.standing.results import ANSWERING, Known
from portal.integration.standing.rules import Facts
from portal.outbox import service as outbox
from portal.outbox.models import ANSWERED, Attempt, Kind, OutboxEntry, State

# The states of a visit that has been tried.
_TRIED = (State.CONFIRMED, State.NOT_STORED, State.RETRYING, State.BLOCKED, State.NEEDS_ATTENTION)
_WAITS = (State.BLOCKED, State.RETRYING)
_LANDED_TRIALS = (TrialOutcome.OK, TrialOutcome.DAY)
_FEW = 5
_OLDEST = 20
_DOMAIN_FAULTS = {Code.DOMAIN_UNREACHABLE, Code.DOMAIN_NOT_SPEKTRIX}


def facts_of(integration: Integration) -> Facts:
    """Return all that a standing is judged by."""
    failing = longest_failing(integration.venue_id)
    domain_fault, domain_status = _domain_fault(integration)
    return Facts(
        active=integration.active,
        switched=integration.active_changed_at is not None,
        key_readable=_key_is_readable(integration),
        blocked_reason=_blocked_reason(integration),
        blocked_until=integration.blocked_until,
        test_outcome=integration.test_outcome,
        test_status=integration.test_status,
        test_detail=integration.test_detail,
        tested_at=integration.tested_at,
        domain_fault=domain_fault,
        domain_status=domain_status,
        confirmed_at=landed_at(integration),
        trial_at=trial_landed_at(integration),
        failing_since=failing.first_failed_at if failing else None,
        failing_reason=Code(failing.reason) if failing and failing.reason else None,
        attributes=tuple(AttributeState(check.state) for check in integration.attributes),
        counts=outbox.open_write_backs(integration.venue_id),
    )


def made(integration: Integration) -> dict[int, Known]:
    """Return the checks as they were last made; those never made are absent."""
    return {
        row.number: Known(
            row.number,
            CheckState(row.state),
            Code(row.code) if row.code else None,
            row.fact,
            row.detail,
            row.status,
            row.at,
        )
        for row in integration.checks
    }


def _key_is_readable(integration: Integration) -> bool:
    try:
        gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return False
    return True


def _blocked_reason(integration: Integration) -> Code | None:
    """A refused trial write says of the right to update customers what a refused visit says."""
    if integration.blocked_reason is None and _trial_was_refused(integration):
        return Code.WRITING_REFUSED
    return Code(integration.blocked_reason) if integration.blocked_reason else None


def _domain_fault(integration: Integration) -> tuple[Code | None, int | None]:
    first = next((row for row in integration.checks if row.number == ANSWERING), None)
    if first is None or first.state != CheckState.FAILED or first.code not in _DOMAIN_FAULTS:
        return None, None
    return Code(first.code), first.status


def landed_at(integration: Integration) -> datetime | None:
    """Return when the latest visit that landed was sent, if that was with the credentials saved now."""
    sent: datetime | None = db.session.scalar(last_landed(integration.venue_id))
    return sent if sent is not None and sent > integration.credentials_saved_at else None


def last_landed(venue_id: int | InstrumentedAttribute[int]) -> Select[datetime | None]:
    """Select when the latest visit that landed was sent.

    One that was only found there, after a try of which nothing is known, tells nothing.
    """
    return (
        select(OutboxEntry.sent_at)
        .where(*_visits(venue_id, State.CONFIRMED), OutboxEntry.sent_at.is_not(None))
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
        .limit(1)
    )


def trial_landed_at(integration: Integration) -> datetime | None:
    """Return when the trial began that landed last, if that was with the credentials saved now."""
    if integration.trial_outcome not in _LANDED_TRIALS or integration.trial_at is None:
        return None
    return integration.trial_at if integration.trial_at > integration.credentials_saved_at else None


def writing_was_refused(integration: Integration) -> bool:
    """Tell whether the last try to update a customer was refused for want of the right."""
    return _trial_was_refused(integration) or integration.blocked_reason == Code.WRITING_REFUSED


def _trial_was_refused(integration: Integration) -> bool:
    if integration.trial_outcome != Code.WRITING_REFUSED or integration.trial_at is None:
        return False
    return integration.trial_at > (landed_at(integration) or integration.credentials_saved_at)


def last_failed_attempt(venue_id: int) -> Attempt | None:
    """Return the newest failed call among the latest entries that still wait."""
    latest = union_all(
        *(
            select(
                select(OutboxEntry.id)
                .where(OutboxEntry.venue_id == venue_id, OutboxEntry.kind == kind, OutboxEntry.state == state)
                .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
                .limit(_FEW)
                .subquery()
                .c.id
            )
            for kind in Kind
            for state in _WAITS
        )
    ).subquery()
    return db.session.scalar(
        select(Attempt)
        .where(Attempt.entry_id.in_(select(latest.c.id)), Attempt.outcome != ANSWERED)
        .order_by(Attempt.id.desc())
        .limit(1)
    )


def latest_tried(venue_id: int) -> OutboxEntry | None:
    """Return the newest visit that has been tried."""
    of_each_state = [
        select(OutboxEntry.id)
        .where(*_visits(venue_id, state))
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
        .limit(1)
        .subquery()
        for state in _TRIED
    ]
    latest = union_all(*(select(one.c.id) for one in of_each_state)).subquery()
    return db.session.scalar(
        select(OutboxEntry)
        .where(OutboxEntry.id.in_(select(latest.c.id)))
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
        .limit(1)
    )


def longest_failing(venue_id: int) -> Any | None:
    """Return `first_failed_at` and `reason` of the visit that has been failing longest, among the oldest."""
    rows = db.session.execute(
        select(OutboxEntry.first_failed_at, OutboxEntry.reason)
        .where(*_visits(venue_id, State.RETRYING))
        .order_by(OutboxEntry.created_at, OutboxEntry.id)
        .limit(_OLDEST)
    )
    failing = [row for row in rows if row.first_failed_at is not None]
    return min(failing, key=lambda row: row.first_failed_at, default=None)


def waiting_since(venue_id: int) -> datetime | None:
    """Return when the oldest visit was completed that waits for Spektrix or the set-up."""
    oldest = [
        db.session.scalar(
            select(OutboxEntry.created_at)
            .where(*_visits(venue_id, state))
            .order_by(OutboxEntry.created_at, OutboxEntry.id)
            .limit(1)
        )
        for state in _WAITS
    ]
    return min((at for at in oldest if at is not None), default=None)


def _visits(venue_id: int | InstrumentedAttribute[int], state: State) -> tuple[Any, ...]:
    return (
        OutboxEntry.venue_id == venue_id,
        OutboxEntry.kind == Kind.WRITE_BACK,
        OutboxEntry.state == state,
    )
