"""Which visits Spektrix still shows although their bookings are no longer Completed. Changes nothing.

A visit that was set back after it was sent stays in Spektrix until the guest's next one, or until a person
has what holds now sent (S43).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select

from portal.bookings import rules, service
from portal.bookings.models import Booking, Status
from portal.bookings.service import Totals
from portal.extensions import db
from portal.guests import service as guests
from portal.outbox.models import Kind, OutboxEntry, State

# A visit in one of these brings what holds now by itself.
_ON_THEIR_WAY = (State.WAITING, State.RETRYING, State.BLOCKED, State.NOT_STORED)


@dataclass(frozen=True)
class StillShown:
    """A visit that Spektrix still shows, and what may be done about it.

    Args:
        entry_id: of the visit.
        sent_to: recognises the customer who shows it.
        is_linked: whether the guest is linked to that customer still.
        is_last: whether no completed visit of the guest remains.
        is_on_its_way: whether what holds now is being sent already.
    """

    entry_id: int
    sent_to: str
    is_linked: bool
    is_last: bool
    is_on_its_way: bool


def among(entries: Sequence[OutboxEntry]) -> dict[int, StillShown]:
    """Return those of the visits that Spektrix still shows, by the entry's id.

    Where none of them was set back nothing is asked of the database.
    """
    visits = [entry for entry in entries if entry.set_back_at is not None]
    if not visits:
        return {}
    bookings = db.session.scalars(select(Booking).where(Booking.id.in_([v.booking_id for v in visits])))
    by_id = {booking.id: booking for booking in bookings}
    totals = service.totals_of({visit.guest_id for visit in visits})
    found = (_still_shown(visit, by_id[visit.booking_id], totals[visit.guest_id]) for visit in visits)
    return {each.entry_id: each for each in found if each is not None}


def _still_shown(visit: OutboxEntry, booking: Booking, now: Totals) -> StillShown | None:
    linked_to = guests.recipient(booking.guest.link)
    sent_to = visit.sent_to or linked_to
    known = _last_known(visit.guest_id, sent_to)
    if booking.status == Status.COMPLETED or known is None or not _shows(known, visit, booking, now):
        return None
    return StillShown(
        visit.id,
        sent_to,
        is_linked=sent_to == linked_to,
        is_last=now.last_ended is None,
        is_on_its_way=_is_on_its_way(visit.guest_id),
    )


def _last_known(guest_id: int, sent_to: str) -> OutboxEntry | None:
    """Return what was read back last of that customer."""
    return db.session.scalar(
        select(OutboxEntry)
        .where(
            OutboxEntry.guest_id == guest_id,
            OutboxEntry.kind == Kind.WRITE_BACK,
            OutboxEntry.state == State.CONFIRMED,
            OutboxEntry.sent_to == sent_to,
            OutboxEntry.sent_to != "",
        )
        .order_by(OutboxEntry.closed_at.desc(), OutboxEntry.id.desc())
        .limit(1)
    )


def _shows(known: OutboxEntry, visit: OutboxEntry, booking: Booking, now: Totals) -> bool:
    """Tell whether the date is this visit's, or the number counts it though nothing counts it now."""
    if not known.sent_last_dined:
        return False
    if visit.state != State.CONFIRMED and known.booking_id == visit.booking_id:
        # The earlier visit of the same booking is the one that was sent, so that one asks.
        return False
    is_its_end = datetime.fromisoformat(known.sent_last_dined) == booking.ends_at
    was_counted = visit.state == State.CONFIRMED and booking.status not in rules.COUNTED
    return (is_its_end and now.last_ended != booking.ends_at) or (
        was_counted and known.sent_visits != now.visits
    )


def _is_on_its_way(guest_id: int) -> bool:
    owed = exists().where(
        OutboxEntry.guest_id == guest_id,
        OutboxEntry.kind == Kind.WRITE_BACK,
        OutboxEntry.state.in_(_ON_THEIR_WAY),
    )
    return bool(db.session.scalar(select(owed)))
