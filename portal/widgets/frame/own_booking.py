"""What the pages behind a booking's token say. Nothing in it names the diner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.bookings.models import Booking
from portal.widgets.frame import cancelling, screens
from portal.widgets.frame.screens import Chosen
from portal.widgets.service import PublishedWidget


@dataclass(frozen=True)
class OwnBooking:
    """A booking as its diner may change or cancel it.

    `closed` says why neither can be done any more, "" while it can. `to_come` tells whether another table
    may be looked for on its day.
    """

    table: Chosen
    reference: str
    closed: str
    may_change: bool
    to_come: bool


def shown(published: PublishedWidget, booking: Booking, now: datetime) -> OwnBooking:
    """Return what the pages of a booking say at the moment `now`."""
    at = (booking.status, booking.starts_at, now)
    return OwnBooking(
        table=screens.chosen(published, booking.starts_at, booking.party_size, booking.show_starts_at),
        reference=booking.reference,
        closed=cancelling.why_closed(*at),
        may_change=cancelling.may_change(*at),
        to_come=booking.starts_at > now,
    )
