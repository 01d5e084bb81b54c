"""What a website's page keeps of a booking made through it until it is left: sealed, for one widget alone.

The page can read neither time nor name in it; it only hands the text back when the widget is opened again.
"""

from __future__ import annotations

import json

from portal import crypto
from portal.bookings.models import Booking

_KIND = "booked"
_LONGEST = 800


def seal(public_id: str, booking: Booking) -> str:
    """Return what the frame of a widget tells its host page after a booking."""
    return crypto.encrypt(json.dumps([_KIND, public_id, booking.public_token])).decode()


def token_of(public_id: str, sealed: str) -> str | None:
    """Return the token of the booking in a sealed text, None for one of another widget or none of ours."""
    if not sealed or len(sealed) > _LONGEST:
        return None
    try:
        held = json.loads(crypto.decrypt(sealed.encode()))
    except (crypto.CannotDecrypt, ValueError):
        return None
    if not isinstance(held, list) or held[:2] != [_KIND, public_id] or len(held) != 3:
        return None
    return str(held[2])
