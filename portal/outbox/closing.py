"""What becomes of all that a venue owes when it leaves Spektrix. All are parts: no commits."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select, update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.outbox.models import OPEN_STATES, Kind, OutboxEntry, State

_ENDS = {Kind.WRITE_BACK: State.NOT_SENT, Kind.VERIFY_LINK: State.SETTLED, Kind.READ_AGAIN: State.SETTLED}


def owed(venue_id: int) -> int:
    """Return how many of the venue's visits have not reached Spektrix and still might."""
    found = select(func.count()).select_from(OutboxEntry).where(*_open(venue_id, Kind.WRITE_BACK))
    return db.session.scalar(found) or 0


def close_all(venue_id: int) -> None:
    """Close what is owed as not connected; the entries and their tries stay in the log.

    An entry that somebody holds is left to them: before each change they look at the connection once more,
    and if a send has left already, its result is what the log has to say.
    """
    for kind, state in _ENDS.items():
        db.session.execute(
            update(OutboxEntry)
            .where(*_open(venue_id, kind), OutboxEntry.lease_owner.is_(None))
            .values(
                state=state,
                reason=Code.NOT_CONNECTED,
                due_at=None,
                queued_until=None,
                closed_at=clock.utc_now(),
            )
            .execution_options(synchronize_session=False)
        )


def _open(venue_id: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    states = (*OPEN_STATES, State.NEEDS_ATTENTION) if kind is Kind.WRITE_BACK else OPEN_STATES
    return OutboxEntry.venue_id == venue_id, OutboxEntry.kind == kind, OutboxEntry.state.in_(states)
