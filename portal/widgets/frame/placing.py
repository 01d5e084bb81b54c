"""Bookings made through a published widget: placed once for each form, confirmed, changed for another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from portal import clock
from portal.availability import service as availability
from portal.bookings import service as bookings
from portal.bookings.models import Booking, Source, Status
from portal.bookings.rules import MoveNotAllowed
from portal.bookings.service import NewBooking, SubmissionKey
from portal.guests.service import Contact
from portal.scoping import NotHere
from portal.venues.models import Doer
from portal.widgets import around_show, rules, service
from portal.widgets.frame import booked
from portal.widgets.public.forms import Details
from portal.widgets.rules import NotUsable
from portal.widgets.service import PublishedWidget


@dataclass(frozen=True)
class Placed:
    """A booking made from a form. `is_new` is False when the same form had been sent before."""

    booking: Booking
    is_new: bool


def place(published: PublishedWidget, details: Details, key: str, now: datetime) -> Placed:
    """Make the booking of a form, once for its key.

    Raises NotUsable for a day out of bounds, SubmissionDiffers, and availability's SlotTaken, NotOffered
    and BusyNow.
    """
    _require_open(published, details, now)
    may_ask = details.basket_id is not None and service.basket_source(published) is not None
    booking = bookings.book(
        published.venue,
        NewBooking(
            starts_at=details.starts_at,
            party_size=details.party_size,
            contact=Contact(details.name, details.email, details.phone),
            source=Source.WIDGET,
            note=details.note,
            step_free=details.step_free,
            basket_id=details.basket_id if may_ask else None,
            show_starts_at=_show_of_the_evening(published, details),
            submission=SubmissionKey(published.widget.public_id, key, _body_hash(details)),
        ),
    )
    return Placed(booking, is_new=booking.created_at >= now)


def _require_open(published: PublishedWidget, details: Details, now: datetime) -> None:
    """A start after midnight belongs to the evening before, which may be the last one within bounds."""
    within = service.bounds(published, now)
    day = clock.local_date(details.starts_at, published.venue.timezone)
    if day == within.last_day + timedelta(days=1):
        late = availability.slots(published.venue, within.last_day, details.party_size, now)
        if details.starts_at in {slot.starts_at for slot in late}:
            return
    if day > within.last_day:
        raise NotUsable("starts_at", f"Time must be on {rules.day_text(within.last_day)} or earlier")


def _show_of_the_evening(published: PublishedWidget, details: Details) -> datetime | None:
    if details.show_at is None:
        return None
    zone = published.venue.timezone
    same = around_show.evening_of(details.show_at, zone) == around_show.evening_of(details.starts_at, zone)
    return details.show_at if same else None


def _body_hash(details: Details) -> str:
    """Cover what the diner chose and typed; not the basket, which may be read late or differently."""
    typed = {name: str(value) for name, value in asdict(details).items() if name != "basket_id"}
    return hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()


def confirmed(published: PublishedWidget, token: str) -> Booking:
    """Return the booking of a confirmation address. Raises NotHere."""
    booking = bookings.by_token(published.venue.id, token) if rules.is_public_id(token) else None
    if booking is None:
        raise NotHere("booking")
    return booking


def booked_here(
    published: PublishedWidget, sealed: str, show_at: datetime | None, now: datetime
) -> Booking | None:
    """Return the booking that a page hands back, while it stands, is to come, and is for this show."""
    token = booked.token_of(published.widget.public_id, sealed)
    booking = bookings.by_token(published.venue.id, token) if token else None
    if booking is None or booking.status != Status.CONFIRMED or booking.starts_at <= now:
        return None
    return booking if booking.show_starts_at == show_at else None


def give_back(published: PublishedWidget, sealed: str, booking: Booking, now: datetime) -> Booking | None:
    """Cancel the table that a booking takes the place of, and return it; None where there was none to give.

    Whoever holds a sealed text proves nothing, so the new booking must name the same e-mail address.
    """
    token = booked.token_of(published.widget.public_id, sealed)
    earlier = bookings.by_token(published.venue.id, token) if token else None
    if earlier is None or earlier.id == booking.id or earlier.starts_at <= now:
        return None
    if earlier.booked_email.casefold() != booking.booked_email.casefold():
        return None
    try:
        return bookings.move(published.venue, earlier.id, Status.CANCELLED, done_by=Doer.GUEST)
    except (MoveNotAllowed, availability.BusyNow):
        return None
