"""Merging two guests who are one person."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from portal.bookings.models import Booking, BookingChange, LinkCheck
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import CustomerLink, Guest, LinkDecision, LinkState
from portal.outbox.models import OutboxEntry
from portal.venues import audit
from portal.venues.models import Venue

_TRIES = 3


class Refusal(StrEnum):
    """Why two guests were not merged; nothing was changed then."""

    SAME = "same"
    ERASED = "erased"
    TWO_CUSTOMERS = "two_customers"
    BUSY = "busy"


class NotMerged(Exception):
    """The two cannot become one guest as things stand."""

    def __init__(self, why: Refusal) -> None:
        self.why = why
        super().__init__(why)


def merge(venue: Venue, kept_id: int, other_id: int, staff_id: int) -> None:
    """Move everything of guest `other_id` to guest `kept_id` and remove the other, in one transaction.

    Raises NotHere, and NotMerged.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            _merge(venue, kept_id, other_id, staff_id)
            db.session.commit()
            break
        except IntegrityError as error:
            # A row was added for the other guest once theirs had been moved; a second try moves it too.
            db.session.rollback()
            if attempt == _TRIES:
                raise NotMerged(Refusal.BUSY) from error
        except NotMerged:
            db.session.rollback()
            raise
    db.session.expire_all()


def _merge(venue: Venue, kept_id: int, other_id: int, staff_id: int) -> None:
    if kept_id == other_id:
        raise NotMerged(Refusal.SAME)
    # Always in this order, so that two people who merge the same two do not wait for each other for ever.
    locked = {guest_id: guests.locked(venue.id, guest_id) for guest_id in sorted((kept_id, other_id))}
    kept, other = locked[kept_id], locked[other_id]
    if kept.erased_at or other.erased_at:
        raise NotMerged(Refusal.ERASED)
    if _customer(kept) and _customer(other):
        raise NotMerged(Refusal.TWO_CUSTOMERS)
    for table in (Booking, BookingChange, LinkCheck, OutboxEntry, LinkDecision):
        _run(update(table).where(table.guest_id == other_id).values(guest_id=kept_id))
    leased = exists().where(OutboxEntry.guest_id == kept_id, OutboxEntry.lease_owner.is_not(None))
    if db.session.scalar(select(leased)):
        # What is on its way was counted for one of the two alone.
        raise NotMerged(Refusal.BUSY)
    _join_links(kept, other)
    email, email_key = other.email, other.email_key
    phone, phone_key = other.phone, other.phone_key
    db.session.flush()
    _run(delete(Guest).where(Guest.id == other_id))
    if kept.email_key is None:
        kept.email, kept.email_key = email, email_key
    if not kept.phone:
        kept.phone, kept.phone_key = phone, phone_key
    audit.record(venue.id, staff_id, audit.Action.GUESTS_MERGED, f"guest {other_id} into guest {kept_id}")


def _customer(guest: Guest) -> str | None:
    verified = guest.link is not None and guest.link.state == LinkState.VERIFIED
    return guest.link.spektrix_customer_id if guest.link and verified else None


def _join_links(kept: Guest, other: Guest) -> None:
    """Keep the verified link of the two; where neither is verified, that of the guest who stays."""
    if other.link is None:
        return
    if kept.link is not None and not _customer(other):
        _run(delete(CustomerLink).where(CustomerLink.guest_id == other.id))
        return
    _run(delete(CustomerLink).where(CustomerLink.guest_id == kept.id))
    _run(update(CustomerLink).where(CustomerLink.guest_id == other.id).values(guest_id=kept.id))


def _run(statement: object) -> None:
    db.session.execute(statement, execution_options={"synchronize_session": False})  # type: ignore[call-overload]
