"""Finding a booking by its reference, as somebody typed or heard it."""

from __future__ import annotations

from sqlalchemy import select

from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests import names
from portal.venues.models import Venue

_LONGEST = 16


def find(venue: Venue, typed: str) -> Booking | None:
    """Return the venue's booking with that reference: in small letters, spaced, or without its beginning."""
    letters = names.fold(typed).replace(" ", "").upper()
    if not letters.isascii() or not 0 < len(letters) <= _LONGEST:
        return None
    prefix = venue.reference_prefix.upper()
    wanted = {typed.strip().upper(), f"{prefix}-{letters}", f"{prefix}-{letters.removeprefix(prefix)}"}
    asked = select(Booking).where(
        Booking.venue_id == venue.id, Booking.reference.in_(each for each in wanted if each.isascii())
    )
    return db.session.scalars(asked.order_by(Booking.id.desc()).limit(1)).first()
