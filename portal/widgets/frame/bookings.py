"""A guest's own booking: made once for each form, found by its token, changed for another, cancelled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from portal import clock, crypto, database
from portal.availability.locks import BusyNow
from portal.bookings import making, service as bookings, statuses
from portal.bookings.making import NewBooking, SubmissionKey
from portal.bookings.models import Booking, Source, Status
from portal.bookings.rules import MOVES, MoveNotAllowed, PartyIsSeated
from portal.guests.rules import email_key
from portal.guests.service import Contact
from portal.scoping import NotHere
from portal.venues.models import Doer, Venue
from portal.widgets import around_show, rules, service
from portal.widgets.public.forms import Details
from portal.widgets.rules import Choice, NotUsable
from portal.widgets.service import PublishedWidget

# Says what a sealed text is, since other texts are encrypted with the same key.
_SEALED_KIND = "booked"
_LONGEST_SEALED = 800
_CLOSED = {
    Status.COMPLETED: "The restaurant has marked this visit as completed.",
    Status.NO_SHOW: "The restaurant has marked this booking as not used.",
}
_PASSED = "The time of this booking has passed."
_SEATED = "The restaurant has marked that you are at your table."


@dataclass(frozen=True)
class Placed:
    """A booking made from a form. `is_new` is False when the same form had been sent before."""

    booking: Booking
    is_new: bool


class NotCancellable(Exception):
    """A booking that cannot be cancelled; the text is the sentence that says why."""


def place(
    published: PublishedWidget,
    details: Details,
    key: str,
    now: datetime,
    *,
    another: bool = False,
    change: str = "",
) -> Placed:
    """Make the booking of a form, once for its key.

    Args:
        published: the widget.
        details: what was typed.
        key: of the form.
        now: the present.
        another: the guest knows of their table at this time, and means one more.
        change: the earlier booking that this one replaces, sealed.

    Raises NotUsable for a day out of bounds, SubmissionDiffers, AlreadyBooked, and availability's SlotTaken,
    NotOffered and BusyNow.
    """
    zone = published.venue.timezone
    require_within(
        published,
        Choice(clock.local_date(details.starts_at, zone), details.party_size),
        details.starts_at,
        now,
    )
    with_show = details.show_at and around_show.same_evening(details.show_at, details.starts_at, zone)
    reads_basket = details.basket_id is not None and service.reads_baskets(published)
    # The basket does not count, as it may be read late or differently.
    chosen = {name: str(value) for name, value in asdict(details).items() if name != "basket_id"}
    body_hash = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    new = NewBooking(
        starts_at=details.starts_at,
        party_size=details.party_size,
        contact=Contact(details.name, details.email, details.phone),
        source=Source.WIDGET,
        note=details.note,
        step_free=details.step_free,
        basket_id=details.basket_id if reads_basket else None,
        show_starts_at=details.show_at if with_show else None,
        submission=SubmissionKey(published.widget.public_id, key, body_hash),
        only_one=not another,
        replaces=unseal(published.widget.public_id, change),
    )
    making.refuse_early(published.venue, new, now)
    with database.writing():
        booking = making.book(published.venue, new)
    return Placed(booking, is_new=booking.created_at >= now)


def require_within(published: PublishedWidget, choice: Choice, starts_at: datetime, now: datetime) -> None:
    """Raise NotUsable for a start that lies further ahead than the widget offers; `choice` names its day."""
    last_day = service.bounds(published, now).last_day
    if choice.day <= last_day:
        return
    # A start after midnight belongs to the evening before, which may be the last one within bounds.
    late = []
    if choice.day == last_day + timedelta(days=1):
        late = service.times(published, replace(choice, day=last_day), now)
    if starts_at not in {slot.starts_at for slot in late}:
        raise NotUsable("starts_at", f"Time must be on {rules.day_text(last_day)} or earlier")


def find(published: PublishedWidget, token: str) -> Booking:
    """Return the booking with this token. Raises NotHere."""
    booking = bookings.by_token(published.venue.id, token) if rules.is_public_id(token) else None
    if booking is None:
        raise NotHere("booking")
    return booking


def seal(public_id: str, booking: Booking) -> str:
    """Return a booking's token, encrypted for one widget.

    The website's page keeps it until it is left, and hands it back when the widget is opened again. It can
    read nothing in it.
    """
    return crypto.encrypt(json.dumps([_SEALED_KIND, public_id, booking.public_token])).decode()


def unseal(public_id: str, sealed: str) -> str | None:
    """Return the token in a sealed text, None for a text of another widget or none of ours."""
    if not sealed or len(sealed) > _LONGEST_SEALED:
        return None
    try:
        held = json.loads(crypto.decrypt(sealed.encode()))
    except (crypto.CannotDecrypt, ValueError):
        return None
    if not isinstance(held, list) or held[:2] != [_SEALED_KIND, public_id] or len(held) != 3:
        return None
    return str(held[2])


def find_sealed(
    published: PublishedWidget, sealed: str, show_at: datetime | None, now: datetime
) -> Booking | None:
    """Return the booking that a page hands back, if it is confirmed, still to come, and for this show."""
    token = unseal(published.widget.public_id, sealed)
    booking = bookings.by_token(published.venue.id, token) if token else None
    if booking is None or booking.status != Status.CONFIRMED or booking.starts_at <= now:
        return None
    return booking if booking.show_starts_at == show_at else None


def cancel_replaced(
    published: PublishedWidget, sealed: str, booking: Booking, now: datetime
) -> Booking | None:
    """Cancel the earlier booking that a new one replaces, and return it; None where there was none.

    Whoever holds a sealed text proves nothing, so the new booking must name the same e-mail address.
    """
    token = unseal(published.widget.public_id, sealed)
    earlier = bookings.by_token(published.venue.id, token) if token else None
    if earlier is None or earlier.id == booking.id or earlier.starts_at <= now:
        return None
    if email_key(earlier.booked_email) != email_key(booking.booked_email):
        return None
    try:
        with database.writing():
            return statuses.replace(published.venue, earlier, booking)
    except (MoveNotAllowed, BusyNow):
        return None


def was_replaced(venue: Venue, booking: Booking) -> bool:
    """Tell whether a later booking of the guest has this one's entry in their calendar."""
    entry = bookings.calendar_entry(booking)
    of_guest = bookings.bookings_of_guest(venue, booking.guest_id)
    return any(one.calendar_uid == entry.uid and one.calendar_sequence > entry.sequence for one in of_guest)


def why_closed(status: Status, starts_at: datetime, now: datetime, seated_at: datetime | None = None) -> str:
    """Say why a guest can no longer change a booking; "" while they can, and once it is cancelled."""
    if status == Status.CANCELLED:
        return ""
    if Status.CANCELLED not in MOVES[status]:
        return _CLOSED[status]
    if starts_at <= now:
        return _PASSED
    return _SEATED if seated_at else ""


def may_cancel(status: Status, starts_at: datetime, now: datetime, seated_at: datetime | None = None) -> bool:
    """Tell whether a guest may cancel a booking: a standing one, until they sit or its time comes."""
    return status != Status.CANCELLED and not why_closed(status, starts_at, now, seated_at)


def may_change(status: Status, starts_at: datetime, now: datetime, seated_at: datetime | None = None) -> bool:
    """Tell whether a guest may change a booking: a confirmed one, until they sit or its time comes."""
    return status == Status.CONFIRMED and may_cancel(status, starts_at, now, seated_at)


def cancel(published: PublishedWidget, booking: Booking, now: datetime) -> None:
    """Cancel a booking for its guest. One that somebody else has just cancelled stays cancelled.

    Raises NotCancellable, also where the staff were quicker, and availability's BusyNow.
    """
    closed = why_closed(booking.status, booking.starts_at, now, booking.seated_at)
    if closed:
        raise NotCancellable(closed)
    try:
        statuses.move(published.venue, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
    except MoveNotAllowed as error:
        seated_at = now if isinstance(error, PartyIsSeated) else None
        closed = why_closed(error.old, booking.starts_at, now, seated_at)
        if closed:
            raise NotCancellable(closed) from None
