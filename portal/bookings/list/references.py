"""Bookings whose reference begins as somebody typed it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests import names
from portal.venues.models import Venue

_LONGEST = 16


def beginning(venue: Venue, typed: str, most: int) -> Sequence[Booking]:
    """Return up to `most` bookings whose reference begins like what was typed: "GR-7K", "7k2".

    A word without a hyphen or a digit is a name, and no beginning of a reference.
    """
    letters = names.fold(typed).replace(" ", "").upper()
    is_one = typed.isascii() and 0 < len(letters) <= _LONGEST and any(each in "-23456789" for each in typed)
    if not is_one:
        return []
    prefix = venue.reference_prefix.upper()
    begin = f"{prefix}-{letters.removeprefix(prefix)}"
    if begin == f"{prefix}-":
        return []
    asked = select(Booking).where(
        Booking.venue_id == venue.id, Booking.reference >= begin, Booking.reference < f"{begin}\uffff"
    )
    return db.session.scalars(asked.order_by(Booking.reference).limit(most)).unique().all()
