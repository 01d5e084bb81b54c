"""Finding visits by what somebody typed: whatever finds a guest, or a booking's reference."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from portal.bookings import references
from portal.guests import search as guest_search
from portal.outbox.models import OutboxEntry
from portal.venues.models import Venue

MOST_GUESTS = 50


@dataclass(frozen=True)
class Search:
    """Conditions of which a visit must meet one; None means no search.

    `hint` says what it could not do, in a sentence.
    """

    conditions: tuple[ColumnElement[bool], ...] | None = None
    hint: str = ""


def search(venue: Venue, typed: str) -> Search:
    """Return how to find the visits that `typed` names; "" names all of them."""
    if not typed:
        return Search()
    booking = references.find(venue, typed)
    of_booking = (OutboxEntry.booking_id == booking.id,) if booking else ()
    fits = guest_search.found(venue, typed, MOST_GUESTS)
    many = f"More than {MOST_GUESTS} guests match. These are the visits of the first. Type more letters."
    hint = many if fits.more else guest_search.hint(venue, typed, fits)
    return Search((*of_booking, OutboxEntry.guest_id.in_(fits.guest_ids)), hint)
