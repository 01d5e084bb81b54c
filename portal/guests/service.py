"""Guest profiles and their customer links. All are parts: whoever calls them commits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.guests import rules
from portal.guests.models import CustomerLink, Guest, LinkReason, LinkState
from portal.venues.models import Venue


@dataclass(frozen=True)
class Contact:
    """How a guest gave their details; `email` and `phone` may be empty for a walk-in."""

    name: str
    email: str = ""
    phone: str = ""


def find_or_add(venue: Venue, contact: Contact) -> Guest:
    """Return the venue's guest of that e-mail address, or a new one. Without an address always a new one."""
    key = rules.email_key(contact.email) or None
    guest = (
        db.session.scalar(select(Guest).where(Guest.venue_id == venue.id, Guest.email_key == key))
        if key
        else None
    )
    if guest is None:
        guest = Guest(
            venue_id=venue.id,
            name=contact.name,
            name_key=rules.name_key(contact.name)[:120],
            surname_key=rules.name_key(contact.name).rpartition(" ")[2][:120],
            email=contact.email.strip(),
            email_key=key,
            phone=contact.phone,
            created_at=clock.utc_now(),
        )
        db.session.add(guest)
        db.session.flush()
    elif not guest.phone:
        guest.phone = contact.phone
    return guest


def verified_holder(venue_id: int, client_name: str, customer_id: str) -> int | None:
    """Return the id of the guest whom this customer is verified for, if any."""
    return db.session.scalar(
        select(CustomerLink.guest_id).where(
            CustomerLink.venue_id == venue_id,
            CustomerLink.client_name == client_name,
            CustomerLink.spektrix_customer_id == customer_id,
            CustomerLink.state == LinkState.VERIFIED,
        )
    )


def link_verified(guest: Guest, client_name: str, customer_id: str) -> CustomerLink:
    """Save that this guest is that customer, as Spektrix answered (R64, R65)."""
    link = _link_of(guest, client_name)
    link.client_name = client_name
    link.spektrix_customer_id = customer_id
    link.state = LinkState.VERIFIED
    link.reason = None
    link.detail = ""
    link.decided_at = clock.utc_now()
    return link


def link_refused(guest: Guest, client_name: str, reason: LinkReason, detail: str = "") -> CustomerLink:
    """Save why the guest is not linked. A verified link is not downgraded (R67).

    The one exception: the basket names another customer than the one linked, so nothing may be written
    to either until it is clear who is who.
    """
    link = _link_of(guest, client_name)
    if link.state == LinkState.VERIFIED and reason is not LinkReason.OTHER_CUSTOMER:
        return link
    link.state = LinkState.UNVERIFIED
    link.reason = reason
    link.detail = detail
    link.decided_at = clock.utc_now()
    return link


def mark_stale(link: CustomerLink, reason: LinkReason) -> None:
    """Stop writes to a customer that is gone or belongs to another client name (N16)."""
    link.state = LinkState.STALE
    link.reason = reason
    link.decided_at = clock.utc_now()


def _link_of(guest: Guest, client_name: str) -> CustomerLink:
    if guest.link is None:
        guest.link = CustomerLink(
            venue_id=guest.venue_id,
            client_name=client_name,
            state=LinkState.UNVERIFIED,
            decided_at=clock.utc_now(),
        )
    return guest.link
