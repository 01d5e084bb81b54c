"""Guest profiles and their customer links. All are parts: whoever calls them commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, delete, func, select, union_all, update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.guests import link_rules, names, rules
from portal.guests.models import (
    CustomerLink,
    Decision,
    Guest,
    GuestWord,
    LinkBasis,
    LinkDecision,
    LinkState,
    words_of,
)
from portal.plain_sql import rows
from portal.scoping import NotHere
from portal.venues.models import Venue

# A household or a firm may share a number; more than this and it tells nobody apart.
_MOST_WITH_ONE_NUMBER = 20
# Made once: every booking asks this under its day's lock, and making it costs more than asking. No guest is
# loaded either, since most who book are new.
_OF_VENUE = select(Guest.id, Guest.name, Guest.email_key, Guest.phone_key).where(
    Guest.venue_id == bindparam("venue_id")
)
_WITH_NUMBER = (
    _OF_VENUE.where(Guest.phone_key == bindparam("phone_key"))
    .order_by(Guest.id)
    .limit(_MOST_WITH_ONE_NUMBER)
    .subquery()
)
_ALIKE = union_all(_OF_VENUE.where(Guest.email_key == bindparam("email_key")), select(_WITH_NUMBER))


class NotThisGuest(Exception):
    """What was typed belongs to somebody else than the guest who was chosen.

    `other` is the guest who has the e-mail address, None where the name is another one.
    """

    def __init__(self, chosen: Guest, other: Guest | None = None) -> None:
        self.chosen_name, self.other_name = chosen.name, other.name if other else ""
        super().__init__("the details are not the chosen guest's")


@dataclass(frozen=True)
class Contact:
    """How a guest gave their details; `email` and `phone` may be empty for a walk-in."""

    name: str
    email: str = ""
    phone: str = ""


def find_or_add(
    venue: Venue, contact: Contact, *, told_staff: bool = True, held: Guest | None = None
) -> Guest:
    """Return the venue's guest of these details, or a new one (Q22).

    An e-mail address finds its guest; without one that is known, phone number and name together do. What the
    profile lacks is filled in, but for an address that somebody typed on the web: it may be a stranger's, who
    knows the guest's name and number.

    Args:
        venue: where the guest dines.
        contact: what they gave.
        told_staff: whether a member of staff took it down.
        held: whom `find` returned in this transaction, if anybody.
    """
    email, phone = _keys(contact, venue.country)
    guest = held or find(venue, contact)
    if guest is None:
        return _add(
            Guest(
                venue_id=venue.id,
                name=contact.name,
                email=contact.email.strip(),
                email_key=email,
                phone=contact.phone,
                phone_key=phone,
                created_at=clock.utc_now(),
                is_searchable=True,
            )
        )
    _fill_in(venue, guest, contact, with_email=told_staff)
    return guest


def chosen(venue: Venue, guest_id: int, contact: Contact) -> Guest:
    """Return the guest whom staff chose, held as by `find`, with what the profile lacks filled in.

    The name has to be the guest's, and the address nobody else's: a booking for another person would count
    as this one's visit. Raises NotThisGuest, and NotHere for one who was erased or merged meanwhile.
    """
    guest = locked(venue.id, guest_id)
    if guest.erased_at is not None:
        raise NotHere("Guest")
    is_named = not is_anonymous(guest) and not is_named_by_address(guest)
    if is_named and not names.may_be_one_name(guest.name, contact.name):
        raise NotThisGuest(guest)
    email, _ = _keys(contact, venue.country)
    with_address = select(Guest).where(Guest.venue_id == venue.id, Guest.email_key == email)
    holder = db.session.scalar(with_address) if email else None
    if holder is not None and holder.id != guest.id:
        raise NotThisGuest(guest, holder)
    fill_in(venue, guest, contact)
    return guest


def fill_in(venue: Venue, guest: Guest, contact: Contact) -> None:
    """Add to a profile what it lacks, as a member of staff took it down; an anonymous one gets a name too."""
    if is_anonymous(guest):
        guest.name = contact.name
    _fill_in(venue, guest, contact, with_email=True)


def is_anonymous(guest: Guest) -> bool:
    """Tell whether nobody is recognised by a profile, as that of a walk-in."""
    return guest.email_key is None and guest.phone_key is None and guest.link is None


def is_named_by_address(guest: Guest) -> bool:
    """Tell whether all that is known of a guest's name is their address, as of one from the waiting list."""
    return bool(guest.email) and guest.name == guest.email


def says_nothing_new(venue: Venue, contact: Contact, known: Contact) -> bool:
    """Tell whether details only leave out, or word otherwise, what was known."""
    new, old = _keys(contact, venue.country), _keys(known, venue.country)
    is_less = all(mine in (None, theirs) for mine, theirs in zip(new, old, strict=True))
    return is_less and names.may_be_one_name(contact.name, known.name)


def _fill_in(venue: Venue, guest: Guest, contact: Contact, *, with_email: bool) -> None:
    email, phone = _keys(contact, venue.country)
    if is_named_by_address(guest):
        guest.name = contact.name
    if not guest.phone:
        guest.phone, guest.phone_key = contact.phone, phone
    if guest.email_key is None and with_email:
        guest.email, guest.email_key = contact.email.strip(), email


def find(venue: Venue, contact: Contact) -> Guest | None:
    """Return the venue's guest of these details, if any, whom nobody else erases or merges until the commit.

    Whoever does so just now is waited for. It comes before the lock of any day and of any booking.
    """
    email, phone = _keys(contact, venue.country)
    while guest_id := _alike(venue.id, email, phone, contact.name):
        # Whoever was erased meanwhile has neither any more.
        guest = _held(guest_id)
        if guest and {guest.email_key, guest.phone_key} & ({email, phone} - {None}):
            return guest
    return None


# A booking asks more than once, and a number takes a while to read.
@lru_cache(maxsize=8)
def _keys(contact: Contact, country: str) -> tuple[str | None, str | None]:
    return rules.email_key(contact.email) or None, rules.phone_key(contact.phone, country) or None


def _add(guest: Guest) -> Guest:
    """Write a new guest, with the words by which they are found."""
    rows.add(guest)
    rows.write_many(GuestWord, words_of(guest))
    return guest


def _held(guest_id: int) -> Guest | None:
    """Lock a guest and read them anew; None where they are gone."""
    # Their link has no row to lock before its first answer, so the guest's row stands for both.
    mine = select(Guest.id).where(Guest.id == guest_id).with_for_update(key_share=True)
    if db.session.scalar(mine) is None:
        return None
    anew = select(Guest).where(Guest.id == guest_id).execution_options(populate_existing=True)
    return db.session.scalar(anew)


def _alike(venue_id: int, email: str | None, phone: str | None, name: str) -> int | None:
    """Return the id of the guest with this address, else of the one with this number who may be meant.

    That is the only one whose name may be this one, and who has no other address.
    """
    asked = {"venue_id": venue_id, "email_key": email, "phone_key": phone}
    found = db.session.connection().execute(_ALIKE, asked).all()
    for guest in found:
        if email is not None and guest.email_key == email:
            return int(guest.id)
    by_number = {
        guest.id
        for guest in found
        if names.may_be_one_name(guest.name, name) and (email is None or guest.email_key is None)
    }
    return by_number.pop() if len(by_number) == 1 else None


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


def recipient(link: CustomerLink | None) -> str:
    """Return what recognises the customer whom a verified link allows to write to, "" for none."""
    if link is None or link.state != LinkState.VERIFIED or link.spektrix_customer_id is None:
        return ""
    venue = db.session.get_one(Venue, link.venue_id)
    return note_of(venue, link.client_name, link.spektrix_customer_id)


def note_of(venue: Venue, client_name: str, customer_id: str) -> str:
    """Return what recognises a customer and does not tell who it is."""
    return venue.fingerprint(f"{client_name}:{customer_id}")


def link_verified(
    guest: Guest,
    client_name: str,
    customer_id: str,
    basis: LinkBasis = LinkBasis.BASKET,
    staff_id: int | None = None,
) -> CustomerLink:
    """Save that this guest is that customer, as Spektrix answered (R64, R65) or a manager decided."""
    link = _link_of(guest, client_name)
    link.client_name = client_name
    link.spektrix_customer_id = customer_id
    link.proposed_customer_id = None
    link.basis = basis
    _decide(link, LinkState.VERIFIED, None, staff_id=staff_id)
    return link


def link_refused(
    guest: Guest,
    client_name: str,
    reason: Code,
    detail: str = "",
    *,
    candidate: str | None = None,
    basis: LinkBasis = LinkBasis.BASKET,
) -> CustomerLink:
    """Save why the guest is not linked, and the customer in question, if there is one.

    A verified link is not downgraded (R67). The one exception: the basket names another customer than the
    one linked, so nothing may be written to either until a manager has decided who is who.
    """
    link = _link_of(guest, client_name)
    if link_rules.outlives(_state(link), _reason(link), reason, names_somebody=candidate is not None):
        return link
    if reason is not Code.OTHER_CUSTOMER:
        link.spektrix_customer_id = None
    link.client_name = client_name
    link.proposed_customer_id = candidate
    link.basis = basis
    _decide(link, link_rules.state_for(reason), reason, detail)
    return link


def link_taken_away(link: CustomerLink, customer_id: str, reason: Code, staff_id: int) -> None:
    """Save a manager's word that the guest is not this customer; writes stop at once.

    The customer is kept as the one in question, so that the word can be taken back.
    """
    link.spektrix_customer_id, link.proposed_customer_id = None, customer_id
    _decide(link, LinkState.UNVERIFIED, reason, staff_id=staff_id)


def note_decision(link: CustomerLink, customer_id: str, decision: Decision, staff_id: int) -> None:
    """Keep who decided what about a guest and a customer."""
    db.session.add(
        LinkDecision(
            venue_id=link.venue_id,
            guest_id=link.guest_id,
            client_name=link.client_name,
            spektrix_customer_id=customer_id,
            decision=decision,
            staff_id=staff_id,
            at=clock.utc_now(),
        )
    )


def proposed_for(venue_id: int, client_name: str, customer_id: str, limit: int = 5) -> Sequence[Guest]:
    """Return the guests who would be linked to this customer if it were not another guest's."""
    return db.session.scalars(
        select(Guest)
        .join(CustomerLink, CustomerLink.guest_id == Guest.id)
        .where(
            CustomerLink.venue_id == venue_id,
            CustomerLink.client_name == client_name,
            CustomerLink.proposed_customer_id == customer_id,
            CustomerLink.reason.in_([Code.CUSTOMER_TAKEN, Code.SHARED_BASKET]),
        )
        .limit(limit)
    ).all()


def is_rejected(guest_id: int, client_name: str, customer_id: str) -> bool:
    """Tell whether the latest decision about this guest and this customer was to keep them apart."""
    latest = db.session.scalar(
        select(LinkDecision.decision)
        .where(
            LinkDecision.guest_id == guest_id,
            LinkDecision.client_name == client_name,
            LinkDecision.spektrix_customer_id == customer_id,
        )
        .order_by(LinkDecision.id.desc())
        .limit(1)
    )
    return latest == Decision.REJECTED


def locked(venue_id: int, guest_id: int) -> Guest:
    """Return the guest with their link as it stands, for this transaction alone to change. Raises NotHere."""
    guest = Guest.get_for(venue_id, guest_id)
    if _held(guest.id) is None:
        raise NotHere("Guest")
    return guest


def forget(guest: Guest, name: str, now: datetime) -> None:
    """Take everything away that says who the guest is, their link and what was decided about it included."""
    for table in (LinkDecision, CustomerLink):
        db.session.execute(
            delete(table).where(table.guest_id == guest.id).execution_options(synchronize_session=False)
        )
    db.session.expire(guest, ["link"])
    guest.name, guest.email, guest.phone = name, "", ""
    guest.email_key = guest.phone_key = None
    guest.erased_at = now


def mark_stale(link: CustomerLink, reason: Code) -> None:
    """Stop writes to a customer that is gone or belongs to another client name (N16)."""
    _decide(link, LinkState.STALE, reason)


def mark_all_stale(venue_id: int, client_name: str) -> None:
    """Stop trusting every link made under `client_name`: its ids are other people's at another client."""
    db.session.execute(
        update(CustomerLink)
        .where(CustomerLink.venue_id == venue_id, CustomerLink.client_name == client_name)
        .values(
            state=LinkState.STALE,
            reason=Code.CLIENT_CHANGED,
            proposed_customer_id=None,
            decided_at=clock.utc_now(),
        )
        .execution_options(synchronize_session=False)
    )


def count_linked(venue_id: int) -> int:
    """Return how many guests of the venue are linked to a customer of Spektrix."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(CustomerLink)
            .where(CustomerLink.venue_id == venue_id, CustomerLink.spektrix_customer_id.is_not(None))
        )
        or 0
    )


def is_anybody_linked(venue_id: int) -> bool:
    """Tell whether any guest of the venue is linked to a customer of Spektrix, so that lists say who."""
    linked = CustomerLink.venue_id == venue_id, CustomerLink.state == LinkState.VERIFIED
    return db.session.scalar(select(CustomerLink.id).where(*linked).limit(1)) is not None


def delete_all_links(venue_id: int) -> None:
    """Forget every customer id of the venue's guests, and what was decided about them."""
    for table in (CustomerLink, LinkDecision):
        db.session.execute(
            delete(table).where(table.venue_id == venue_id).execution_options(synchronize_session=False)
        )


def _decide(
    link: CustomerLink,
    state: LinkState,
    reason: Code | None,
    detail: str = "",
    *,
    staff_id: int | None = None,
) -> None:
    link.state, link.reason, link.detail = state, reason, detail[:200]
    link.decided_at, link.decided_by_id = clock.utc_now(), staff_id


def _state(link: CustomerLink) -> LinkState:
    return LinkState(link.state)


def _reason(link: CustomerLink) -> Code | None:
    return Code(link.reason) if link.reason else None


def _link_of(guest: Guest, client_name: str) -> CustomerLink:
    if guest.link is None:
        guest.link = CustomerLink(
            venue_id=guest.venue_id,
            client_name=client_name,
            state=LinkState.UNVERIFIED,
            decided_at=clock.utc_now(),
        )
    return guest.link
