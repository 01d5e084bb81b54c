"""Adding entries, waking those that are due, and what changes them beside their deliveries.

The database holds the fact; a queue entry is only a wake-up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import aliased

from portal import clock, config, job_queue
from portal.extensions import db
from portal.findings import Code
from portal.outbox.models import OPEN_STATES, Attempt, Kind, OutboxEntry, State
from portal.plain_sql import rows
from portal.plain_sql.rows import New

# Where the app keeps whom `visits_changed` tells; this room knows none of those above it.
LISTENER = "rezzy-visits-changed"
KEEP_TRIES_FOR = timedelta(days=90)
_FORGOTTEN_AT_ONCE = 500
# The share of a lease for which a woken entry is left alone before it is woken again.
_QUEUED_SHARE = 0.45


def add(
    kind: Kind, *, venue_id: int, booking_id: int, guest_id: int, due_at: datetime, completion_no: int = 0
) -> OutboxEntry:
    """Add an entry to the caller's transaction; does not commit."""
    new = new_entry(
        kind,
        venue_id=venue_id,
        booking_id=booking_id,
        guest_id=guest_id,
        due_at=due_at,
        completion_no=completion_no,
    )
    entry = OutboxEntry(**new.values)
    rows.add(entry)
    return entry


def new_entry(
    kind: Kind, *, venue_id: int, booking_id: int, guest_id: int, due_at: datetime, completion_no: int = 0
) -> New:
    """Return an entry for the caller to write in its transaction, maybe with other rows."""
    values = {
        "kind": kind,
        "venue_id": venue_id,
        "booking_id": booking_id,
        "guest_id": guest_id,
        "completion_no": completion_no,
        "state": State.WAITING,
        "reason": Code.VISIT_WAITING if kind is Kind.WRITE_BACK else None,
        "due_at": due_at,
        "created_at": clock.utc_now(),
    }
    return New(OutboxEntry, values)


def nudge(kind: Kind, entry_id: int) -> None:
    """Wake the worker for an entry that is due at once. A lost nudge is harmless: the relay finds the row.

    Call it right after the commit, with values copied before: to read the row would open a transaction, and
    none is to stay open while Redis is asked.
    """
    job_queue.enqueue(kind, entry_id)


def visits_changed(venue_id: int) -> None:
    """Tell the room above that visits moved on without being delivered; call it right after the commit."""
    listener: Callable[[int], None] = current_app.extensions[LISTENER]
    listener(venue_id)


def due(now: datetime, limit: int) -> list[tuple[int, Kind]]:
    """Return entries to wake now, verification before the others, oldest due first.

    Those of venues whose Spektrix hung lately are left out, since each would hold the worker for seconds.
    """
    unqueued = OutboxEntry.queued_until.is_(None) | (OutboxEntry.queued_until < now)
    return _rows(_free_and_due(now, now).where(unqueued, ~_hangs()).limit(limit))


def next_due_at() -> datetime | None:
    """Return when the next entry falls due that is not due yet."""
    following = select(func.min(OutboxEntry.due_at)).where(
        OutboxEntry.closed_at.is_(None), OutboxEntry.due_at > clock.utc_now()
    )
    at = db.session.scalar(following)
    db.session.rollback()
    return at


def overdue(due_before: datetime, limit: int) -> list[tuple[int, Kind]]:
    """Return entries due at or before `due_before` that nobody holds, whether woken or not.

    Those of venues whose Spektrix hung lately are left out likewise.
    """
    return _rows(_free_and_due(clock.utc_now(), due_before).where(~_hangs()).limit(limit))


def due_of_hanging(now: datetime) -> list[tuple[int, Kind]]:
    """Return the first due entry of each venue whose Spektrix hung lately, oldest due first."""
    of_each: dict[int, tuple[int, Kind]] = {}
    rows = db.session.execute(_free_and_due(now, now).add_columns(OutboxEntry.venue_id).where(_hangs())).all()
    db.session.rollback()
    for row in rows:
        of_each.setdefault(row.venue_id, (row.id, Kind(row.kind)))
    return list(of_each.values())


def hangs(entry_id: int) -> bool:
    """Tell whether the Spektrix of the entry's venue hung lately."""
    found = db.session.scalar(select(OutboxEntry.id).where(OutboxEntry.id == entry_id, _hangs()))
    db.session.rollback()
    return found is not None


def _hangs() -> ColumnElement[bool]:
    """Return the condition that the venue waits to be tried again after Spektrix did not answer in time."""
    other = aliased(OutboxEntry)
    return OutboxEntry.venue_id.in_(
        select(other.venue_id).where(
            other.closed_at.is_(None),
            other.due_at.is_not(None),
            other.state == State.RETRYING,
            other.reason == Code.TIMED_OUT,
        )
    )


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
        _mark_queued(entry_id, now + lease() * _QUEUED_SHARE)
        woken += 1
    return woken, True


def _mark_queued(entry_id: int, until: datetime) -> None:
    db.session.execute(update(OutboxEntry).where(OutboxEntry.id == entry_id).values(queued_until=until))
    db.session.commit()


def lease() -> timedelta:
    """Return for how long an entry is held."""
    return timedelta(seconds=config.current().lease_seconds)


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
        .with_for_update(key_share=True)
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
