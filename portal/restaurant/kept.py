"""What pages say before a change is saved: bookings that no longer fit, and parties that no table takes.

Whoever saves anyway agrees to the list that they saw, so the form names it (`mark`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from portal.availability import periods
from portal.availability.models import Seating
from portal.bookings.models import Booking
from portal.clock import to_local
from portal.extensions import db
from portal.restaurant.saving import CannotUndo
from portal.venues.models import Venue


class Kept(NamedTuple):
    """One booking as the list names it; `starts_at` is the venue's wall time."""

    booking_id: int
    name: str
    party_size: int
    starts_at: datetime


@dataclass(frozen=True)
class Consequences:
    """What a person has to know before a change is saved: who would no longer fit, and what looks wrong."""

    kept: Sequence[Kept] = ()
    warnings: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.kept or self.warnings)

    @property
    def mark(self) -> str:
        """Name this list, and no other."""
        return mark_of([each.booking_id for each in self.kept], self.warnings)


def mark_of(*listed: object) -> str:
    """Return a short name for what a person is shown, another one as soon as anything of it differs."""
    return hashlib.sha256(repr(listed).encode()).hexdigest()[:16]


def bookings_of(venue: Venue, seatings: Sequence[Seating]) -> list[Kept]:
    """Return the bookings of some seatings, by time."""
    if not seatings:
        return []
    found = db.session.execute(
        select(Booking.id, Booking.booked_name, Booking.party_size, Booking.starts_at)
        .where(
            Booking.venue_id == venue.id,
            Booking.service_on.in_({each.service_on for each in seatings}),
            Booking.seating_id.in_([each.id for each in seatings]),
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    return [Kept(row[0], row[1], row[2], to_local(row[3], venue.timezone)) for row in found]


def refuse_unfit(number: int) -> None:
    """Raise CannotUndo where bookings fit now that would not any more, since Undo asks nobody."""
    if number:
        raise CannotUndo(
            f"Nothing was undone. {number} booking{'' if number == 1 else 's'} to come would no longer fit. "
            "Make the change by hand instead."
        )


def largest_warning(venue: Venue, largest: int | None) -> Sequence[str]:
    """Say that no table takes the largest party that may book online, if that is so."""
    most = periods.sizes(venue).largest_party
    if not most or largest is None or largest <= most:
        return ()
    sentence = (
        f"Largest party online is {largest}, but your largest table or joined tables take {most}. "
        f"Parties of {most + 1} or more will find no times."
    )
    return (sentence,)
