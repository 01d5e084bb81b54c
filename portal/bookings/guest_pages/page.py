"""What the guest page shows, read in a fixed number of queries. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.bookings import link_checks, rules, service
from portal.bookings.diary import page
from portal.bookings.diary.page import Line
from portal.bookings.guest_pages import former_customers
from portal.bookings.guest_pages.former_customers import FormerCustomer
from portal.bookings.models import Booking, Source
from portal.bookings.rules import Note
from portal.extensions import db
from portal.findings import Code
from portal.guests import link_rules, service as guests
from portal.guests.models import CustomerLink, Guest, LinkBasis, LinkState
from portal.venues.models import Venue


@dataclass(frozen=True)
class GuestPage:
    """A guest, what is known of their Spektrix customer, and their latest bookings.

    Args:
        guest: whose page it is.
        note: how the link stands, in words.
        visits: the latest bookings, newest first.
        candidates: customers that a manager may choose between.
        doubles: guests who look like this one: the same customer came up for both.
        sharers: other guests who booked with a basket that this one used too.
        former_customers: customers who still show visits of this guest, and are not theirs any more.
    """

    guest: Guest
    note: Note
    visits: Sequence[Line]
    candidates: Sequence[str]
    doubles: Sequence[Guest]
    sharers: Sequence[Guest]
    former_customers: Sequence[FormerCustomer]

    @property
    def link(self) -> CustomerLink | None:
        return self.guest.link

    @property
    def is_linked(self) -> bool:
        return self.link is not None and self.link.state == LinkState.VERIFIED

    @property
    def in_conflict(self) -> bool:
        """Whether two customers came up, the one linked so far and another."""
        return len(self.candidates) > 1

    @property
    def may_confirm(self) -> bool:
        """Whether the customer in question is free, so that a manager's word can link the guest."""
        return bool(self.candidates) and not self.doubles

    @property
    def was_unlinked(self) -> bool:
        """Whether a manager has said no already, which can be taken back."""
        return self.link is not None and self.link.reason in {Code.LINK_REJECTED, Code.UNLINKED}


def of(venue: Venue, guest_id: int) -> GuestPage:
    """Return a guest's page. Raises NotHere."""
    guest = Guest.get_for(venue.id, guest_id)
    bookings = service.bookings_of_guest(venue, guest.id)
    return GuestPage(
        guest,
        _note(guest, bookings),
        page.lines(venue, bookings),
        link_rules.candidates(guest.link),
        _doubles(guest),
        link_checks.same_basket(guest),
        former_customers.of(guest),
    )


def _note(guest: Guest, bookings: Sequence[Booking]) -> Note:
    link = guest.link
    checks = [b.link_check for b in bookings if b.link_check is not None]
    asking = next((LinkBasis(check.basis) for check in checks if check.settled_at is None), None)
    return rules.link_note(
        source=Source(bookings[0].source) if bookings else Source.WIDGET,
        asking=asking,
        state=LinkState(link.state) if link else None,
        basis=LinkBasis(link.basis) if link else LinkBasis.BASKET,
        reason=Code(link.reason) if link and link.reason else None,
        detail=link.detail if link else "",
    )


def _doubles(guest: Guest) -> Sequence[Guest]:
    link = guest.link
    if link is None or link.state == LinkState.STALE:
        return ()
    if link.state == LinkState.VERIFIED and link.spektrix_customer_id:
        return guests.proposed_for(guest.venue_id, link.client_name, link.spektrix_customer_id)
    holders = {
        guests.verified_holder(guest.venue_id, link.client_name, candidate)
        for candidate in link_rules.candidates(link)
    } - {None, guest.id}
    return db.session.scalars(select(Guest).where(Guest.id.in_(holders))).all() if holders else ()
