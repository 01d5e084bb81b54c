"""What a manager decides about a guest's customer link: confirm, reject, unlink (N7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.findings import Code
from portal.guests import link_rules, service as guests
from portal.guests.models import CustomerLink, Decision, Guest, LinkBasis, LinkState
from portal.integration.connection.queries import integration_of
from portal.venues import audit
from portal.venues.models import Venue


class Refusal(StrEnum):
    """Why a decision was not taken; nothing was changed then."""

    CHANGED = "changed"
    TAKEN = "taken"
    NOT_CONNECTED = "not_connected"


class NotDecided(Exception):
    """The decision does not fit how things stand now; `holder` is the guest who has the customer."""

    def __init__(self, why: Refusal, holder: int | None = None) -> None:
        self.why, self.holder = why, holder
        super().__init__(why)


@dataclass(frozen=True)
class Deciding:
    """Who decides about which guest and customer; all of one venue."""

    venue: Venue
    guest_id: int
    customer_id: str
    staff_id: int


def confirm(wanted: Deciding) -> None:
    """Link the guest to the customer in question, by a manager's word.

    In a conflict of two customers the other one is kept apart from this guest from then on. Raises NotHere,
    and NotDecided when the customer is no longer the one in question or belongs to another guest by now.
    """
    try:
        _confirm(wanted)
        db.session.commit()
    except IntegrityError as error:
        # Another guest was linked to this customer at the same moment.
        db.session.rollback()
        raise NotDecided(Refusal.TAKEN) from error
    except NotDecided:
        db.session.rollback()
        raise


def _confirm(wanted: Deciding) -> None:
    guest, link = _in_question(wanted)
    integration = integration_of(wanted.venue.id)
    if integration is None or integration.client_name != link.client_name:
        raise NotDecided(Refusal.NOT_CONNECTED)
    holder = guests.verified_holder(wanted.venue.id, link.client_name, wanted.customer_id)
    if holder not in (None, guest.id):
        raise NotDecided(Refusal.TAKEN, holder)
    for other in link_rules.candidates(link):
        if other != wanted.customer_id:
            guests.note_decision(link, other, Decision.REJECTED, wanted.staff_id)
    guests.note_decision(link, wanted.customer_id, Decision.CONFIRMED, wanted.staff_id)
    guests.link_verified(guest, link.client_name, wanted.customer_id, LinkBasis.PERSON, wanted.staff_id)
    _record(wanted, audit.Action.LINK_CONFIRMED)
    db.session.flush()


def reject(wanted: Deciding) -> None:
    """Keep the guest and whoever is in question apart, in a conflict both; they are not proposed again.

    Raises NotHere, and NotDecided when the customer is no longer the one in question.
    """
    try:
        _, link = _in_question(wanted)
        for candidate in link_rules.candidates(link):
            guests.note_decision(link, candidate, Decision.REJECTED, wanted.staff_id)
        guests.link_taken_away(link, wanted.customer_id, Code.LINK_REJECTED, wanted.staff_id)
        _record(wanted, audit.Action.LINK_REJECTED)
        db.session.commit()
    except NotDecided:
        db.session.rollback()
        raise


def unlink(wanted: Deciding) -> None:
    """Take a verified link away. Writes stop at once; the guest's next signed-in basket may link them again.

    Raises NotHere, and NotDecided when the guest is not linked to that customer.
    """
    guest = guests.locked(wanted.venue.id, wanted.guest_id)
    link = guest.link
    linked = link is not None and link.state == LinkState.VERIFIED
    if link is None or not linked or link.spektrix_customer_id != wanted.customer_id:
        db.session.rollback()
        raise NotDecided(Refusal.CHANGED)
    guests.note_decision(link, wanted.customer_id, Decision.UNLINKED, wanted.staff_id)
    guests.link_taken_away(link, wanted.customer_id, Code.UNLINKED, wanted.staff_id)
    _record(wanted, audit.Action.LINK_REMOVED)
    db.session.commit()


def _in_question(wanted: Deciding) -> tuple[Guest, CustomerLink]:
    guest = guests.locked(wanted.venue.id, wanted.guest_id)
    if guest.link is None or wanted.customer_id not in link_rules.candidates(guest.link):
        raise NotDecided(Refusal.CHANGED)
    return guest, guest.link


def _record(wanted: Deciding, action: audit.Action) -> None:
    audit.record(wanted.venue.id, wanted.staff_id, action, f"guest {wanted.guest_id}")
