"""Claiming what is due, delivering it, and saving what came of it.

An entry is delivered by whoever holds its lease, and a result is saved only while that lease is held, so a
wake-up that comes twice changes nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.log import log_failure
from portal.outbox import rules
from portal.outbox.models import Attempt, Correction, Kind, OutboxEntry, State
from portal.outbox.rules import Outcome, Sent
from portal.outbox.service import add, lease

log = logging.getLogger(__name__)

_LONGEST_BODY = 300


@dataclass(frozen=True)
class Call:
    """One call to Spektrix as the log keeps it: no id, no key, and of bodies the two attributes alone.

    `duration_ms` in milliseconds.
    """

    call: str
    status: int | None
    outcome: str
    duration_ms: int
    at: datetime
    sent: str = ""
    received: str = ""


@dataclass(frozen=True)
class Claim:
    """A lease on one entry, and the calls made under it so far."""

    entry_id: int
    kind: Kind
    venue_id: int
    booking_id: int
    guest_id: int
    lease_no: int
    attempts: int
    first_failed_at: datetime | None
    last_state: State
    last_reason: Code | None = None
    last_sent: Sent | None = None
    correction: Correction | None = None
    sent_to: str = ""
    calls: list[Call] = field(default_factory=list)

    @property
    def may_have_landed(self) -> bool:
        """An earlier update may be in Spektrix although we do not know."""
        return self.attempts > 1 or self.last_sent is not None


Handler = Callable[[Claim], Outcome]


def deliver(entry_id: int, handler: Handler) -> Outcome | None:
    """Deliver one entry: claim it, let `handler` do the work, save its result and its changes together.

    Returns None where there was nothing to claim or the lease was lost on the way; then nothing is saved.
    """
    claim = _claim(entry_id)
    if claim is None:
        return None
    try:
        outcome = handler(claim)
        return outcome if _save_result(claim, outcome) else None
    except Exception as error:
        db.session.rollback()
        log_failure(log, f"entry {entry_id}", error)
        now = clock.utc_now()
        outcome = rules.retry(claim.kind, Code.OUR_FAULT, claim.attempts, claim.first_failed_at, now)
        outcome = replace(outcome, in_doubt=any(call.sent for call in claim.calls))
        return outcome if _save_result(claim, outcome) else None


def _claim(entry_id: int) -> Claim | None:
    now = clock.utc_now()
    _drop_dead_leases_of_guest(entry_id, now)
    entry = db.session.get(
        OutboxEntry,
        entry_id,
        populate_existing=True,
        with_for_update={"skip_locked": True, "key_share": True},
    )
    if entry is None or not _is_due(entry, now) or _guest_is_busy(entry):
        db.session.rollback()
        return None
    entry.lease_owner = secrets.token_hex(8)
    entry.lease_until = now + lease()
    entry.lease_no += 1
    entry.attempts += 1
    claim = _claim_of(entry)
    try:
        db.session.commit()
    except IntegrityError:
        # Another worker has just leased another entry of this guest; the relay comes back to this one.
        db.session.rollback()
        return None
    return claim


def _claim_of(entry: OutboxEntry) -> Claim:
    return Claim(
        entry_id=entry.id,
        kind=Kind(entry.kind),
        venue_id=entry.venue_id,
        booking_id=entry.booking_id,
        guest_id=entry.guest_id,
        lease_no=entry.lease_no,
        attempts=entry.attempts,
        first_failed_at=entry.first_failed_at,
        last_state=State(entry.state),
        last_reason=Code(entry.reason) if entry.reason else None,
        last_sent=_last_sent(entry),
        correction=Correction(entry.correction) if entry.correction else None,
        sent_to=entry.sent_to,
    )


def _last_sent(entry: OutboxEntry) -> Sent | None:
    if entry.sent_last_dined is None or entry.sent_visits is None:
        return None
    return Sent(entry.sent_last_dined, entry.sent_visits)


def _is_due(entry: OutboxEntry, now: datetime) -> bool:
    free = entry.lease_until is None or entry.lease_until < now
    return entry.closed_at is None and entry.due_at is not None and entry.due_at <= now and free


def _guest_is_busy(entry: OutboxEntry) -> bool:
    other = aliased(OutboxEntry)
    same = (other.guest_id == entry.guest_id, other.kind == entry.kind, other.id != entry.id)
    return bool(db.session.scalar(select(exists().where(*same, other.lease_owner.is_not(None)))))


def _drop_dead_leases_of_guest(entry_id: int, now: datetime) -> None:
    """Free what a dead worker held. Its update may have left, so the customer is read again."""
    me = select(OutboxEntry.guest_id).where(OutboxEntry.id == entry_id).scalar_subquery()
    dropped = db.session.scalars(
        update(OutboxEntry)
        .where(
            OutboxEntry.guest_id == me, OutboxEntry.lease_owner.is_not(None), OutboxEntry.lease_until < now
        )
        .values(lease_owner=None, lease_until=None)
        .returning(OutboxEntry.id)
        .execution_options(synchronize_session=False)
    ).all()
    for each in dropped:
        entry = db.session.get_one(OutboxEntry, each, populate_existing=True)
        if entry.kind == Kind.WRITE_BACK:
            _schedule_reading(entry, now)


def _schedule_reading(visit: OutboxEntry, since: datetime) -> None:
    """Have the customer read again, since an update of `visit` may take effect yet. Does not commit."""
    reading = db.session.scalar(
        select(OutboxEntry)
        .where(
            OutboxEntry.booking_id == visit.booking_id,
            OutboxEntry.completion_no == visit.completion_no,
            OutboxEntry.kind == Kind.READ_AGAIN,
        )
        .with_for_update(key_share=True)
    )
    due_at = rules.read_again_at(since, since)
    if reading is None:
        add(
            Kind.READ_AGAIN,
            venue_id=visit.venue_id,
            booking_id=visit.booking_id,
            guest_id=visit.guest_id,
            completion_no=visit.completion_no,
            due_at=since if due_at is None else due_at,
        )
    else:
        reading.state, reading.reason, reading.created_at = State.WAITING, None, since
        reading.due_at, reading.closed_at, reading.queued_until = due_at, None, None


def still_held(claim: Claim, margin_seconds: float) -> bool:
    """Tell whether the lease is ours and lasts at least `margin_seconds` more. Asked before each change."""
    row = db.session.execute(
        select(OutboxEntry.lease_no, OutboxEntry.lease_until, OutboxEntry.closed_at).where(
            OutboxEntry.id == claim.entry_id
        )
    ).one_or_none()
    if row is None or row.closed_at is not None or row.lease_no != claim.lease_no or row.lease_until is None:
        return False
    return bool(row.lease_until >= clock.utc_now() + timedelta(seconds=margin_seconds))


def _save_result(claim: Claim, outcome: Outcome) -> bool:
    entry = db.session.get(
        OutboxEntry, claim.entry_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if entry is None or entry.lease_no != claim.lease_no or entry.lease_owner is None:
        db.session.rollback()
        log.info("entry %s: lease lost, result dropped", claim.entry_id)
        return False
    now = clock.utc_now()
    erased = entry.reason == Code.GUEST_ERASED
    db.session.add_all(
        Attempt(
            entry_id=entry.id,
            call=c.call,
            status=c.status,
            outcome=c.outcome,
            duration_ms=c.duration_ms,
            sent=c.sent[:_LONGEST_BODY],
            received=c.received[:_LONGEST_BODY],
            at=c.at,
        )
        for c in _calls_to_keep(claim.calls, erased=erased)
    )
    entry.lease_owner = entry.lease_until = entry.queued_until = None
    if entry.closed_at is None:
        _apply(entry, outcome, now)
    if outcome.in_doubt and not erased:
        _schedule_reading(entry, now)
    db.session.commit()
    # Not from the row, whose reading would begin a transaction that nobody ends.
    log.info("entry %s: %s %s", claim.entry_id, outcome.state, outcome.reason or "")
    return True


def _calls_to_keep(calls: list[Call], *, erased: bool) -> list[Call]:
    """Return calls as the log keeps them: of a guest who was erased on the way without their values (P04)."""
    return [replace(call, sent="", received="") for call in calls] if erased else calls


def _apply(entry: OutboxEntry, outcome: Outcome, now: datetime) -> None:
    entry.state = outcome.state
    entry.reason = outcome.reason
    entry.detail = outcome.detail
    entry.due_at = None if outcome.closes else outcome.due_at
    entry.closed_at = now if outcome.closes else None
    if not outcome.counts:
        # The claim counted this try.
        entry.attempts -= 1
    elif outcome.state is State.RETRYING:
        entry.first_failed_at = entry.first_failed_at or now
    if outcome.sent and entry.sent_to not in ("", outcome.sent_to):
        # Another customer's value was noted.
        entry.visits_before = ""
    # A later try may read what an earlier one wrote, so the first thing read stands.
    entry.visits_before = entry.visits_before or outcome.visits_before
    entry.sent_at = outcome.sent_at or entry.sent_at
    if outcome.sent:
        entry.sent_last_dined = outcome.sent.last_dined
        entry.sent_visits = outcome.sent.visits
        entry.sent_to = outcome.sent_to
