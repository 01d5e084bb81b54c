"""After a fix: how many visits are being sent because of it, and which one may be sent at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.extensions import db
from portal.integration.connection.queries import integration_of
from portal.integration.visits.rules import SENDABLE
from portal.outbox import service as outbox
from portal.outbox.models import OutboxEntry, State
from portal.venues.models import Venue

# Two seconds apart, so a page asks for half a minute and no longer.
LOOKS = 15
_ON_THEIR_WAY = (State.WAITING, State.RETRYING, State.BLOCKED, State.NOT_STORED)


@dataclass(frozen=True)
class Sending:
    """How many visits are on their way, and which look at them this is, counted from 0."""

    number: int
    look: int = 0

    @property
    def next_look(self) -> int | None:
        """The number of the next look, None when no more follow."""
        return self.look + 1 if self.number and self.look < LOOKS else None

    @property
    def finished(self) -> bool:
        """Whether the last of them was sent while this page was open."""
        return not self.number and self.look > 0

    @property
    def words(self) -> str:
        if not self.number:
            return "Nothing waits any more."
        visits = "1 visit is" if self.number == 1 else f"{self.number} visits are"
        if self.next_look:
            return f"{visits} being sent."
        return f"{visits} still on the way. Reload the page to check again."


def may_be_sent(venue: Venue, entry_id: int | None) -> bool:
    """Tell whether a manager may send the visit of that entry now instead of waiting for its next try."""
    integration = integration_of(venue.id)
    if integration is None or not integration.active or entry_id is None:
        return False
    state = db.session.scalar(
        select(OutboxEntry.state).where(OutboxEntry.venue_id == venue.id, OutboxEntry.id == entry_id)
    )
    return state in SENDABLE


def sending(venue: Venue, look: int = 0) -> Sending:
    """Return how many visits are on their way; none are while the integration is paused."""
    integration = integration_of(venue.id)
    counts = outbox.open_write_backs(venue.id) if integration is not None and integration.active else {}
    db.session.rollback()
    return Sending(sum(counts.get(state, 0) for state in _ON_THEIR_WAY), look)
