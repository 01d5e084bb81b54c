"""The customers who still show visits of a guest who is not linked to them any more. Changes nothing.

Nothing is sent to them, so only a person can put them right, in Spektrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import Guest, LinkDecision
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import Venue

_MOST_SENDS = 20


@dataclass(frozen=True)
class FormerCustomer:
    """A customer, and the visits that were sent there, newest first.

    `linked_now` is the guest whose next visit replaces both values, if there is one.
    """

    customer_id: str
    sends: Sequence[OutboxEntry]
    linked_now: Guest | None


def of(guest: Guest) -> Sequence[FormerCustomer]:
    """Return the customers who still show what was sent for this guest, as far as their ids are known."""
    link = guest.link
    if link is None:
        return ()
    sent = (OutboxEntry.sent_last_dined.is_not(None), OutboxEntry.state != State.NOT_STORED)
    sends = db.session.scalars(_visits(guest.id).where(*sent).limit(_MOST_SENDS)).all()
    of_guest = select(LinkDecision).where(LinkDecision.guest_id == guest.id).order_by(LinkDecision.id.desc())
    decided = db.session.scalars(of_guest).all() if sends else ()
    customers = {(each.client_name, each.spektrix_customer_id) for each in decided}
    customers -= {(link.client_name, link.spektrix_customer_id)}
    found = (_former(guest, *each, sends) for each in sorted(customers))
    return [each for each in found if each is not None]


def _former(
    guest: Guest, client_name: str, customer_id: str, sends: Sequence[OutboxEntry]
) -> FormerCustomer | None:
    sent_to = guests.note_of(db.session.get_one(Venue, guest.venue_id), client_name, customer_id)
    theirs = [each for each in sends if each.sent_to == sent_to]
    # An empty text: both values were emptied since.
    if not theirs or theirs[0].sent_last_dined == "":
        return None
    holder_id = guests.verified_holder(guest.venue_id, client_name, customer_id)
    if holder_id is None:
        return FormerCustomer(customer_id, theirs, None)
    replaced = db.session.scalar(
        _visits(holder_id)
        .where(OutboxEntry.state == State.CONFIRMED, OutboxEntry.sent_to == sent_to)
        .where(OutboxEntry.id > theirs[0].id)
        .limit(1)
    )
    return None if replaced else FormerCustomer(customer_id, theirs, db.session.get_one(Guest, holder_id))


def _visits(guest_id: int) -> Select[OutboxEntry]:
    return (
        select(OutboxEntry)
        .where(OutboxEntry.guest_id == guest_id, OutboxEntry.kind == Kind.WRITE_BACK)
        .order_by(OutboxEntry.id.desc())
    )
