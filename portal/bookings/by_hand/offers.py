"""The waiting list as staff work through it: what is free for each party, and booking it for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal import clock
from portal.availability import service as availability
from portal.availability.room import Asker
from portal.bookings import making, waiting
from portal.bookings.making import NewBooking, SubmissionKey
from portal.bookings.models import Booking, Source, WaitingRequest
from portal.guests import service as guests
from portal.guests.service import Contact
from portal.scoping import NotHere
from portal.venues.models import Venue

# An hour to eat, and a quarter of an hour to the seats.
_BEFORE_CURTAIN = timedelta(minutes=75)
_MOST_TIMES = 5


@dataclass(frozen=True)
class WaitingParty:
    """A party that waits, and the first times that are free for it; `goes_on` says that there are others."""

    request: WaitingRequest
    times: Sequence[datetime]
    goes_on: bool


@dataclass(frozen=True)
class WaitedDay:
    """A day with those who wait for it, longest first."""

    on: date
    parties: Sequence[WaitingParty]


def waited_days(venue: Venue) -> list[WaitedDay]:
    """Return who waits from today on, day by day, each with what is free."""
    now = clock.utc_now()
    by_day: dict[date, list[WaitingParty]] = {}
    for request in waiting.coming(venue.id, clock.local_date(now, venue.timezone)):
        by_day.setdefault(request.wanted_on, []).append(_party(venue, request, now))
    return [WaitedDay(on, parties) for on, parties in by_day.items()]


def book(venue: Venue, request_id: int, starts_at: datetime, staff_id: int) -> Booking:
    """Book a table for a party that waits, and take it off the list.

    However often and at however many tablets it is pressed, one booking is made: for another time it raises
    SubmissionDiffers. Raises NotHere for a party that is on the list no more, and what `making.book` raises.
    """
    request = WaitingRequest.get_for(venue.id, request_id)
    if request.stopped_at is not None:
        raise NotHere("waiting request")
    contact = Contact(request.name or request.email, request.email, request.phone)
    known = guests.find(venue, contact)
    if known is not None and not request.name:
        contact = Contact(known.name, request.email, request.phone)
    new = NewBooking(
        starts_at=starts_at,
        party_size=request.party_size,
        contact=contact,
        source=Source.PHONE if request.phone else Source.EMAIL,
        note=request.note,
        show_starts_at=request.before_at,
        submission=SubmissionKey(
            f"waiting:{venue.id}",
            request.public_token,
            hashlib.sha256(starts_at.isoformat().encode()).hexdigest(),
        ),
        any_time=True,
        staff_id=staff_id,
    )
    booking = making.book(venue, new)
    # Whoever pressed at the same time may have taken them off.
    with suppress(NotHere):
        waiting.take_off(venue, request_id)
    return booking


def _party(venue: Venue, request: WaitingRequest, now: datetime) -> WaitingParty:
    slots = availability.slots(venue, request.wanted_on, request.party_size, now, Asker.STAFF)
    times = [slot.starts_at for slot in slots]
    if request.before_at is not None:
        latest = request.before_at - _BEFORE_CURTAIN
        # The closest to the show first.
        times = [at for at in reversed(times) if at <= latest]
    return WaitingParty(request, sorted(times[:_MOST_TIMES]), len(times) > _MOST_TIMES)
