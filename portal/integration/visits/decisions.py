"""What managers decide about visits: send, send again, discard, take back. Each commits once, last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal import clock
from portal.bookings import still_shown
from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.checks import switch
from portal.integration.connection import blocks, queries
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.integration.visits.rules import SENDABLE
from portal.outbox import decisions, service as outbox
from portal.outbox.models import Correction, Kind, OutboxEntry, State
from portal.scoping import NotHere
from portal.venues import audit
from portal.venues.models import Venue

# What waits for Spektrix or the set-up; held visits are decided about on a page of their own.
_NOT_HELD = tuple(state for state in SENDABLE if state is not State.HELD)
# As many as one page of held visits shows; more than that are not put back at a press.
MOST_TAKEN_BACK = 50
_ACTIONS = {
    Correction.NEWEST: audit.Action.VISIT_PUT_RIGHT,
    Correction.EMPTY: audit.Action.VALUES_EMPTIED,
}


@dataclass(frozen=True)
class Discarded:
    """How many visits were discarded, and their ids where they are few enough to be put back at a press."""

    number: int
    can_be_taken_back: list[int]


class Paused(Exception):
    """Nothing can be sent while the integration is paused."""


class Resting(Exception):
    """Spektrix asked us to call no sooner than `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def send(venue: Venue, entry_id: int) -> bool:
    """Make one visit due now. Returns False where there was nothing to do: it is on its way, or done.

    Raises NotHere, NotConnected, Paused and Resting.
    """
    entry = OutboxEntry.get_for(venue.id, entry_id)
    if entry.kind != Kind.WRITE_BACK:
        raise NotHere(OutboxEntry.__name__)
    integration = _active(venue)
    if entry.state == State.BLOCKED:
        # One try finds out whether the set-up is mended; if it is, the others follow by themselves.
        integration.blocked_until = clock.utc_now()
    woken = decisions.send(venue.id, SENDABLE, [entry_id])
    db.session.commit()
    standing.update(venue.id)
    return woken == 1


def send_what_holds(venue: Venue, entry_id: int, staff_id: int, correction: Correction) -> bool:
    """Owe what holds now in place of a visit that Spektrix still shows although it was set back (S43).

    Returns False where there was nothing to do: Spektrix does not show it any more, what holds now is on its
    way, the guest is linked to another customer, or whether a completed visit remains is otherwise by now.
    Raises NotHere, NotConnected, Paused and Resting.
    """
    visit = OutboxEntry.get_for(venue.id, entry_id)
    # Of two who press at once, the second finds what the first one owes.
    guests.locked(venue.id, visit.guest_id)
    booking = Booking.get_for(venue.id, visit.booking_id)
    db.session.refresh(booking, with_for_update={"of": Booking, "key_share": True})
    db.session.refresh(visit)
    _active(venue)
    shown = still_shown.among([visit]).get(visit.id)
    if shown is None or shown.is_on_its_way or not shown.is_linked:
        db.session.rollback()
        return False
    if shown.is_last != (correction is Correction.EMPTY):
        db.session.rollback()
        return False
    booking.completion_no += 1
    owed_id = decisions.correct(visit, booking.completion_no, correction, shown.sent_to, staff_id).id
    audit.record(venue.id, staff_id, _ACTIONS[correction], "1")
    db.session.commit()
    outbox.nudge(Kind.WRITE_BACK, owed_id)
    standing.update(venue.id)
    return True


def send_all(venue: Venue, staff_id: int) -> int:
    """Try everything that waits for Spektrix, the set-up or a person now. Returns how many.

    Raises NotConnected, Paused and Resting.
    """
    blocks.lift(_active(venue))
    woken = decisions.send(venue.id, _NOT_HELD)
    audit.record(venue.id, staff_id, audit.Action.VISITS_SENT_AGAIN, f"{woken}")
    db.session.commit()
    standing.update(venue.id)
    return woken


def send_held(venue: Venue, staff_id: int, ids: Sequence[int] | None = None) -> int:
    """Resume if it is paused, and let held visits go, each once. Returns how many.

    Raises NotConnected.
    """
    switch.set_active(venue, True, staff_id)
    woken = decisions.send(venue.id, (State.HELD,), ids)
    audit.record(venue.id, staff_id, audit.Action.HELD_VISITS_SENT, f"{woken}")
    db.session.commit()
    return woken


def discard(venue: Venue, staff_id: int, why: str, ids: Sequence[int] | None = None) -> Discarded:
    """Close held visits without sending them, for a reason of 1 to 200 characters."""
    meant = _held(venue.id, ids)
    number = decisions.discard(venue.id, staff_id, why, ids)
    audit.record(venue.id, staff_id, audit.Action.HELD_VISITS_DISCARDED, f"{number}")
    db.session.commit()
    return Discarded(number, meant if len(meant) == number <= MOST_TAKEN_BACK else [])


def take_back(venue: Venue, staff_id: int, ids: Sequence[int]) -> int:
    """Hold discarded visits again. Returns how many."""
    taken = decisions.take_back(venue.id, ids)
    audit.record(venue.id, staff_id, audit.Action.VISITS_TAKEN_BACK, f"{taken}")
    db.session.commit()
    return taken


def note_export(venue: Venue, staff_id: int, what: str) -> None:
    """Note that the log was exported."""
    audit.record(venue.id, staff_id, audit.Action.VISITS_EXPORTED, what)
    db.session.commit()


def _active(venue: Venue) -> Integration:
    integration = integration_of(venue.id)
    if integration is None:
        raise queries.NotConnected
    if not integration.active:
        raise Paused
    until = blocks.resting_until(integration, clock.utc_now())
    if until is not None:
        raise Resting(until)
    return integration


def _held(venue_id: int, ids: Sequence[int] | None) -> list[int]:
    query = select(OutboxEntry.id).where(
        OutboxEntry.venue_id == venue_id,
        OutboxEntry.kind == Kind.WRITE_BACK,
        OutboxEntry.state == State.HELD,
    )
    if ids is not None:
        query = query.where(OutboxEntry.id.in_(ids))
    return list(db.session.scalars(query.limit(MOST_TAKEN_BACK + 1)))
