"""Letters to look at: of a booking to come or an invented one, sent to nobody but the member of staff."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select

from portal import clock, config, mail
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.letters import content, drawing
from portal.letters.content import Content
from portal.letters.rules import Facts
from portal.letters.texts import Words
from portal.outbox.models import LetterKind
from portal.scoping import NotHere
from portal.venues.models import Venue

_MOST_OFFERED = 10
_STAY = timedelta(minutes=105)
_AN_HOUR = timedelta(hours=1)


def offered(venue: Venue) -> Sequence[Booking]:
    """Return the next bookings to come, for which a letter can be looked at."""
    return db.session.scalars(
        select(Booking)
        .where(
            Booking.venue_id == venue.id,
            Booking.service_on >= clock.local_date(clock.utc_now(), venue.timezone),
            Booking.status == Status.CONFIRMED,
            Booking.starts_at > clock.utc_now(),
        )
        .order_by(Booking.service_on, Booking.starts_at, Booking.id)
        .limit(_MOST_OFFERED)
    ).all()


def of(venue: Venue, kind: LetterKind, words: Words, booking_id: int | None) -> Content:
    """Return a letter with these words: of one of the venue's bookings, or of an invented one."""
    booking = _booking(venue, booking_id)
    # As if it had been an hour earlier, so that a change shows what was.
    told = Facts(
        to="",
        stands=True,
        starts=clock.to_local(booking.starts_at - _AN_HOUR, venue.timezone).isoformat(),
        minutes=(booking.ends_at - booking.starts_at) // timedelta(minutes=1),
        party=booking.party_size,
    )
    stop_url = content.stop_address("sample") if kind is LetterKind.REMINDER else ""
    return content.of_booking(kind, booking, venue, words, told=told, stop_url=stop_url)


def send(written: Content, to: str) -> None:
    """Send a letter to somebody who wants to see it; no calendar takes it for a booking.

    Raises CannotSend. No transaction is open while the mail server is asked.
    """
    name, subject = f"test-{secrets.token_urlsafe(16)}", f"Test: {written.subject}"
    letter = drawing.letter(written, to, name, None, subject=subject)
    db.session.rollback()
    mail.send(letter, config.current())


def _booking(venue: Venue, booking_id: int | None) -> Booking:
    if booking_id is not None:
        try:
            return Booking.get_for(venue.id, booking_id)
        except NotHere:
            pass
    day = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=7)
    starts_at = clock.instant_of_wall(datetime.combine(day, time(19)), venue.timezone)
    # Never saved, so that no list and no figure has it.
    return Booking(
        venue_id=venue.id,
        reference=f"{venue.reference_prefix}-7K2MW",
        public_token=secrets.token_urlsafe(16),
        status=Status.CONFIRMED,
        party_size=2,
        service_on=day,
        starts_at=starts_at,
        ends_at=starts_at + _STAY,
        booked_name="Alex Morgan",
        booked_email="",
    )
