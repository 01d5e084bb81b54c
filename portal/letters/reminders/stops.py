"""Who wants no reminders: of one booking, or at one address of one venue."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters import content
from portal.letters.models import StoppedReminders
from portal.outbox import letters
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.widgets import rules as widget_rules


@dataclass(frozen=True, repr=False)
class Reader:
    """Whoever follows the link of a reminder; `address` is the hash of where it went."""

    venue: Venue
    booking: Booking
    address: str
    has_stopped: bool


def reader_of(token: str) -> Reader:
    """Return who reads the letter of a link. Raises NotHere, also once its guest has been erased."""
    letter = letters.by_token(token) if widget_rules.is_public_id(token) else None
    if letter is None:
        raise NotHere("letter")
    booking = Booking.get_for(letter.venue_id, letter.booking_id)
    if not booking.booked_email:
        raise NotHere("letter")
    venue = db.session.get_one(Venue, letter.venue_id)
    # Where this letter went, which may not be the address of today.
    address = (letter.told or {}).get("to") or content.facts_now(booking, venue).to
    return Reader(venue, booking, address, are_stopped(booking, address))


def are_stopped(booking: Booking, address: str) -> bool:
    """Tell whether the guest of a booking wants no reminder of it; `address` is the hash of theirs."""
    found = select(StoppedReminders.id).where(
        StoppedReminders.venue_id == booking.venue_id,
        or_(StoppedReminders.booking_id == booking.id, StoppedReminders.address == address),
    )
    return db.session.scalar(found.limit(1)) is not None


def stop(reader: Reader, *, only_this: bool) -> None:
    """Send no more reminders of a booking, or to an address for any booking of its venue; twice is once."""
    db.session.add(
        StoppedReminders(
            venue_id=reader.venue.id,
            booking_id=reader.booking.id if only_this else None,
            address=None if only_this else reader.address,
            stopped_at=clock.utc_now(),
        )
    )
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
