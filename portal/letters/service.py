"""What is known of the letters of a booking."""

from __future__ import annotations

from portal import config, mail
from portal.bookings import service as bookings
from portal.letters.texts import words_of
from portal.outbox import letters
from portal.outbox.models import LetterKind, LetterState
from portal.venues.models import Venue

_ON_ITS_WAY = frozenset({LetterState.WAITING, LetterState.SENDING, LetterState.SENT})


def confirmation_follows(venue: Venue, token: str) -> bool:
    """Tell whether the guest of a booking that was just made gets a letter."""
    booking = bookings.by_token(venue.id, token) if mail.is_set_up(config.current()) else None
    if booking is None or not words_of(venue.id, LetterKind.CONFIRMATION).is_on:
        return False
    return any(each.state in _ON_ITS_WAY for each in letters.of_booking(booking.id))
