"""What a person decides about visits: send now, send again, discard, take back. All are parts: no commits.

Each is one statement that names the states it starts from, so an entry that moved on meanwhile, or that
somebody is just sending, is left alone, and pressing twice does once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.outbox.models import Correction, Kind, OutboxEntry, State
from portal.outbox.service import add, held_by_nobody


def send(venue_id: int, states: Collection[State], ids: Collection[int] | None = None) -> int:
    """Make visits in these states due now, all of the venue's or those of `ids`. Returns how many.

    One that a person had to look at starts anew, with all its tries before it.
    """
    again = {State.NEEDS_ATTENTION} & set(states)
    woken = _change(venue_id, set(states) - again, ids, **_due_now())
    return woken + _change(venue_id, again, ids, **_due_now(), attempts=0, first_failed_at=None)


def discard(venue_id: int, staff_id: int, why: str, ids: Collection[int] | None = None) -> int:
    """Close held visits without sending them, for a reason that a manager gives. Returns how many."""
    now = clock.utc_now()
    return _change(
        venue_id,
        {State.HELD},
        ids,
        state=State.NOT_SENT,
        reason=Code.VISIT_DISCARDED,
        detail=why,
        due_at=None,
        closed_at=now,
        decided_by_id=staff_id,
        decided_at=now,
    )


def take_back(venue_id: int, ids: Collection[int]) -> int:
    """Hold discarded visits again. Returns how many."""
    return _change(
        venue_id,
        {State.NOT_SENT},
        ids,
        OutboxEntry.reason == Code.VISIT_DISCARDED,
        state=State.HELD,
        reason=Code.VISIT_HELD,
        detail="",
        closed_at=None,
        decided_by_id=None,
        decided_at=None,
    )


def correct(
    visit: OutboxEntry, completion_no: int, correction: Correction, sent_to: str, staff_id: int
) -> OutboxEntry:
    """Owe what a person has decided to send in place of a visit that was set back.

    Args:
        visit: the one that was set back.
        completion_no: the booking's next, so that nothing is owed twice.
        correction: what is sent.
        sent_to: the customer who shows the visit; nobody else is written to.
        staff_id: whose decision it was.
    """
    now = clock.utc_now()
    entry = add(
        Kind.WRITE_BACK,
        venue_id=visit.venue_id,
        booking_id=visit.booking_id,
        guest_id=visit.guest_id,
        completion_no=completion_no,
        due_at=now,
    )
    entry.reason, entry.correction, entry.sent_to = None, correction, sent_to
    entry.decided_by_id, entry.decided_at = staff_id, now
    return entry


def _due_now() -> dict[str, Any]:
    return {
        "state": State.WAITING,
        "reason": None,
        "detail": "",
        "due_at": clock.utc_now(),
        "queued_until": None,
        "closed_at": None,
    }


def _change(
    venue_id: int,
    states: Collection[State],
    ids: Collection[int] | None,
    *conditions: ColumnElement[bool],
    **values: object,
) -> int:
    if not states or (ids is not None and not ids):
        return 0
    chosen = () if ids is None else (OutboxEntry.id.in_(ids),)
    result = db.session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.venue_id == venue_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.state.in_(states),
            held_by_nobody(clock.utc_now()),
            *chosen,
            *conditions,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
