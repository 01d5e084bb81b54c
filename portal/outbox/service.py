"""Adding entries, claiming them, delivering them, saving the results.

The database holds the fact; a queue entry is only a wake-up. An entry is delivered by whoever holds its
lease, and a result is saved only while that lease is held, so a wake-up that comes twice changes nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal import clock, config, job_queue
from portal.extensions import db
from portal.findings import Code
from portal.log import log_failure
from portal.outbox import rules
from portal.outbox.models import OPEN_STATES, Attempt, Correction, Kind, OutboxEntry, State
from portal.outbox.rules import Outcome, Sent

log = logging.getLogger(__name__)

# Where the app keeps whom `visits_changed` tells; this room knows none of those above it.
LISTENER = "rezzy-visits-changed"
KEEP_TRIES_FOR = timedelta(days=90)
_FORGOTTEN_AT_ONCE = 500
_LONGEST_BODY = 300
# The share of a lease for which a woken entry is left alone before it is woken again.
_QUEUED_SHARE = 0.45


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
        was_sent = self.last_state is State.NOT_STORED or self.last_reason is Code.VISIT_NOT_SHOWN_YET
        return self.attempts > 1 or was_sent


Handler = Callable[[Claim], Outcome]


def add(
    kind: Kind, *, venue_id: int, booking_id: int, guest_id: int, due_at: datetime, completion_no: int = 0
) -> OutboxEntry:
    """Add an entry to the caller's transaction; does not commit."""
    entry = OutboxEntry(
        kind=kind,
        venue_id=venue_id,
        booking_id=booking_id,
        guest_id=guest_id,
        completion_no=completion_no,
        state=State.WAITING,
        reason=Code.VISIT_WAITING if kind is Kind.WRITE_BACK else None,
        due_at=due_at,
        created_at=clock.utc_now(),
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def nudge(entry: OutboxEntry) -> None:
    """Wake the worker for an entry that is due at once. A lost nudge is harmless: the relay finds the row."""
    job_queue.enqueue(entry.kind, entry.id)


def visits_changed(venue_id: int) -> None:
    """Tell the room above that visits moved on without being delivered; call it right after the commit."""
    listener: Callable[[int], None] = current_app.extensions[LISTENER]
    listener(venue_id)


def due(now: datetime, limit: int) -> list[tuple[int, Kind]]:
    """Return entries to wake now, verification before the others, oldest due first."""
    unqueued = OutboxEntry.queued_until.is_(None) | (OutboxEntry.queued_until < now)
    return _rows(_free_and_due(now, now).where(unqueued).limit(limit))


def next_due_at() -> datetime | None:
    """Return when the next entry falls due that is not due yet."""
    following = select(func.min(OutboxEntry.due_at)).where(
        OutboxEntry.closed_at.is_(None), OutboxEntry.due_at > clock.utc_now()
    )
    at = db.session.scalar(following)
    db.session.rollback()
    return at


def overdue(due_before: datetime, limit: int) -> list[tuple[int, Kind]]:
    """Return entries due at or before `due_before` that nobody holds, whether woken or not."""
    return _rows(_free_and_due(clock.utc_now(), due_before).limit(limit))


def _free_and_due(now: datetime, due_before: datetime) -> Select[int, Kind]:
    return (
        select(OutboxEntry.id, OutboxEntry.kind)
        .where(
            OutboxEntry.closed_at.is_(None),
            OutboxEntry.due_at <= due_before,
            held_by_nobody(now),
        )
        .order_by(OutboxEntry.kind != Kind.VERIFY_LINK, OutboxEntry.due_at, OutboxEntry.id)
    )


def held_by_nobody(now: datetime) -> ColumnElement[bool]:
    """Return the condition that no worker is busy with an entry."""
    return OutboxEntry.lease_until.is_(None) | (OutboxEntry.lease_until < now)


def _rows(query: Select[int, Kind]) -> list[tuple[int, Kind]]:
    rows = db.session.execute(query).all()
    db.session.rollback()
    return [(row.id, Kind(row.kind)) for row in rows]


def wake_due(limit: int = 100) -> tuple[int, bool]:
    """Queue a wake-up for each due entry. Returns how many, and whether the queue could be reached.

    A queued entry is left alone for a while, so that a busy worker is not flooded.
    """
    now = clock.utc_now()
    woken = 0
    for entry_id, kind in due(now, limit):
        if not job_queue.enqueue(kind, entry_id):
            return woken, False
        _mark_queued(entry_id, now + _lease() * _QUEUED_SHARE)
        woken += 1
    return woken, True


def _mark_queued(entry_id: int, until: datetime) -> None:
    db.session.execute(update(OutboxEntry).where(OutboxEntry.id == entry_id).values(queued_until=until))
    db.session.commit()


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
        OutboxEntry, entry_id, populate_existing=True, with_for_update={"skip_locked": True}
    )
    if entry is None or not _is_due(entry, now) or _guest_is_busy(entry):
        db.session.rollback()
        return None
    entry.lease_owner = secrets.token_hex(8)
    entry.lease_until = now + _lease()
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


def _lease() -> timedelta:
    return timedelta(seconds=config.current().lease_seconds)


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
        .with_for_update()
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
    entry = db.session.get(OutboxEntry, claim.entry_id, populate_existing=True, with_for_update=True)
    if entry is None or entry.lease_no != claim.lease_no or entry.lease_owner is None:
        db.session.rollback()
        log.info("entry %s: lease lost, result dropped", claim.entry_id)
        return False
    now = clock.utc_now()
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
        for c in claim.calls
    )
    entry.lease_owner = entry.lease_until = entry.queued_until = None
    if entry.closed_at is None:
        _apply(entry, outcome, now)
    if outcome.in_doubt:
        _schedule_reading(entry, now)
    db.session.commit()
    # Not from the row, whose reading would begin a transaction that nobody ends.
    log.info("entry %s: %s %s", claim.entry_id, outcome.state, outcome.reason or "")
    return True


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
    # A later try may read what an earlier one wrote, so the first thing read stands.
    entry.visits_before = entry.visits_before or outcome.visits_before
    if outcome.sent:
        entry.sent_last_dined = outcome.sent.last_dined
        entry.sent_visits = outcome.sent.visits
        entry.sent_to = outcome.sent_to


def set_back(booking_id: int, completion_no: int) -> None:
    """Note that a visit no longer holds, and close it unless it is closed already; does not commit.

    An entry that somebody holds is left to them: right before the update they look at the booking once more,
    and if the update has left already, its result is what the history has to say.
    """
    now = clock.utc_now()
    entry = db.session.scalar(
        select(OutboxEntry)
        .where(
            OutboxEntry.booking_id == booking_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.completion_no == completion_no,
        )
        .with_for_update()
    )
    if entry is None:
        return
    entry.set_back_at = now
    if entry.closed_at is None and entry.lease_owner is None:
        entry.state, entry.reason, entry.detail, entry.due_at = State.NOT_SENT, Code.SET_BACK, "", None
        entry.closed_at = now


def set_back_visits(guest_id: int, sent_to: str) -> tuple[int, ...]:
    """Return the guest's visits that Spektrix may show although they were set back, of one customer."""
    return tuple(
        db.session.scalars(
            select(OutboxEntry.id).where(
                OutboxEntry.guest_id == guest_id,
                OutboxEntry.kind == Kind.WRITE_BACK,
                OutboxEntry.set_back_at.is_not(None),
                OutboxEntry.sent_to.in_(("", sent_to)),
            )
        )
    )


def note_no_longer_shown(entry_ids: Collection[int]) -> None:
    """Note that what holds now has reached Spektrix in place of these visits; does not commit."""
    if entry_ids:
        db.session.execute(
            update(OutboxEntry)
            .where(OutboxEntry.id.in_(entry_ids))
            .values(set_back_at=None)
            .execution_options(synchronize_session=False)
        )


def send_once_more(visit: OutboxEntry) -> None:
    """Let a visit that was confirmed be sent again; its next try reads before it sends. Does not commit."""
    visit.state, visit.reason, visit.detail = State.WAITING, Code.VISIT_OVERTAKEN, ""
    visit.due_at, visit.closed_at, visit.queued_until = clock.utc_now(), None, None


def wake(*conditions: object, states: Sequence[State] = OPEN_STATES, reason: Code | None = None) -> int:
    """Make matching open entries due now; does not commit. Returns how many.

    One that is being worked on is left alone: what comes of it is saved over whatever is said here.
    """
    now = clock.utc_now()
    result = db.session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.closed_at.is_(None),
            OutboxEntry.state.in_(states),
            held_by_nobody(now),
            *conditions,  # type: ignore[arg-type]
        )
        .values(due_at=now, queued_until=None, state=State.WAITING, reason=reason, detail="")
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def wake_guest(guest_id: int) -> int:
    """Let visits that waited for the guest's link go on, their grace kept; does not commit."""
    return wake(
        OutboxEntry.guest_id == guest_id,
        OutboxEntry.kind == Kind.WRITE_BACK,
        OutboxEntry.reason == Code.LINK_PENDING,
        states=(State.WAITING,),
    )


def wake_venue(venue_id: int, states: Sequence[State]) -> int:
    """Let a venue's waiting entries go on, such as after its key was replaced; does not commit."""
    # All kinds are named, so that the index on (venue, kind) is used.
    return wake(OutboxEntry.venue_id == venue_id, OutboxEntry.kind.in_(tuple(Kind)), states=states)


def open_write_backs(venue_id: int) -> dict[State, int]:
    """Return how many visits of the venue wait, by state. Only open entries are counted."""
    rows = db.session.execute(
        select(OutboxEntry.state, func.count())
        .where(
            OutboxEntry.venue_id == venue_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.state.in_([*OPEN_STATES, State.NEEDS_ATTENTION]),
        )
        .group_by(OutboxEntry.state)
    )
    return {State(state): count for state, count in rows}


def forget_old_attempts(batches: int = 10) -> int:
    """Delete the calls made more than 90 days ago, in batches that hold no lock for long. Returns how many.

    What is left after `batches` goes with the next round. The entries themselves stay.
    """
    before = clock.utc_now() - KEEP_TRIES_FOR
    forgotten = 0
    for _ in range(batches):
        oldest = select(Attempt.id).where(Attempt.at < before).order_by(Attempt.at).limit(_FORGOTTEN_AT_ONCE)
        result = db.session.execute(
            delete(Attempt).where(Attempt.id.in_(oldest)).execution_options(synchronize_session=False)
        )
        db.session.commit()
        deleted = int(result.rowcount)  # type: ignore[attr-defined]
        forgotten += deleted
        if deleted < _FORGOTTEN_AT_ONCE:
            break
    return forgotten
