"""The letters of one booking: how they stand, and those that staff press for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select

from portal import clock, config, mail
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.letters import content, text_rules, words
from portal.letters.models import LetterText
from portal.letters.texts import words_of
from portal.letters.words import Line
from portal.outbox import letters
from portal.outbox.models import LetterKind, LetterState, OwedLetter
from portal.venues.models import Venue

PRESSED = (LetterKind.CONFIRMATION, LetterKind.MOVED)
"""The letters that staff may press for."""
_LEAVING = (LetterState.WAITING, LetterState.SENDING)
_SHOWN = 12
_NO_LETTER = "No email follows."
_FAILED_LOOKED_AT = 20
# Made once: each booking asks this for its answer, and making it costs more than asking.
_SWITCHED_OFF = select(LetterText.id).where(
    LetterText.venue_id == bindparam("venue_id"),
    LetterText.kind == LetterKind.CONFIRMATION,
    LetterText.is_on.is_(False),
)
_SENT_OR_LEAVING = (
    select(OwedLetter.state)
    .join(Booking, Booking.id == OwedLetter.booking_id)
    .where(
        Booking.venue_id == bindparam("venue_id"),
        Booking.public_token == bindparam("token"),
        or_(
            OwedLetter.state == LetterState.SENT,
            and_(OwedLetter.state.in_(_LEAVING), ~_SWITCHED_OFF.exists()),
        ),
    )
)


@dataclass(frozen=True)
class Card:
    """What the page of a booking shows of its letters.

    Args:
        booking_id: whose letters they are.
        lines: the letters, newest first.
        why_none: why no letter can be sent, "" where one can.
        buttons: the letters that may be pressed for now.
    """

    booking_id: int
    lines: Sequence[Line]
    why_none: str
    buttons: Sequence[LetterKind]

    @property
    def is_moving(self) -> bool:
        return any(line.moving for line in self.lines)


class CannotAsk(Exception):
    """A letter that cannot be sent; the text is the sentence that says why."""


def said_of_confirmation(venue: Venue, token: str) -> str:
    """Return the sentence in which the booking page tells a guest of their letter."""
    if not mail.is_set_up(config.current()):
        return _NO_LETTER
    asked = {"venue_id": venue.id, "token": token}
    states = set(db.session.connection().execute(_SENT_OR_LEAVING, asked).scalars())
    if LetterState.SENT in states:
        return "We have emailed you a confirmation."
    return "We email you a confirmation in a minute." if states else _NO_LETTER


@dataclass(frozen=True)
class Failed:
    """A letter that could not be delivered, of a booking that is still to come."""

    booking: Booking
    line: Line


def failed_lately(venue: Venue) -> Sequence[Failed]:
    """Return the latest letters that could not be delivered, whose guests are still to come."""
    found = letters.failed(venue.id, _FAILED_LOOKED_AT)
    to_come = select(Booking).where(
        Booking.id.in_([letter.booking_id for letter in found]),
        Booking.status == Status.CONFIRMED,
        Booking.starts_at > clock.utc_now(),
    )
    known = {booking.id: booking for booking in db.session.scalars(to_come)}
    return [
        Failed(known[letter.booking_id], words.line(letter)) for letter in found if letter.booking_id in known
    ]


def card_of(booking: Booking) -> Card:
    """Return what the page of a booking shows of its letters."""
    why_none = _why_none(booking)
    return Card(
        booking.id,
        [words.line(letter) for letter in letters.of_booking(booking.id)[:_SHOWN]],
        why_none,
        [kind for kind in PRESSED if not why_none and not _why_not(booking, kind)],
    )


def ask(venue: Venue, booking_id: int, kind: LetterKind, staff_id: int) -> None:
    """Owe a letter because a member of staff pressed for it. Raises NotHere and CannotAsk.

    Pressed twice, or together with news that has not left, it is one letter.
    """
    booking = Booking.get_for(venue.id, booking_id)
    db.session.refresh(booking, with_for_update={"of": Booking, "key_share": True})
    why = _why_none(booking) or _why_not(booking, kind)
    if why:
        db.session.rollback()
        raise CannotAsk(why)
    letters.owe(kind, venue.id, booking.id, booking.booked_email.strip(), asked_by_id=staff_id)
    db.session.commit()


@dataclass(frozen=True)
class Preview:
    """What a letter would say: its subject and its paragraphs."""

    subject: str
    paragraphs: Sequence[str]


def of_changed_show(booking: Booking, starts_at: datetime) -> Preview:
    """Return the letter to the guest of a booking whose show starts at another time by now, or not at all."""
    venue = db.session.get_one(Venue, booking.venue_id)
    texts = words_of(venue.id, LetterKind.SHOW_CHANGED)
    values = content.values_of(booking, venue) | {"show": content.show_text(venue, starts_at)}
    return Preview(
        text_rules.fill(texts.subject, values), text_rules.paragraphs(text_rules.fill(texts.text, values))
    )


def _why_none(booking: Booking) -> str:
    if not booking.booked_email.strip():
        return "No email, so no letters"
    if booking.source == Source.WALK_IN:
        return "Walked in, so no letters"
    return "" if mail.is_set_up(config.current()) else "This portal sends no email: MAIL_URL is not set"


def _why_not(booking: Booking, kind: LetterKind) -> str:
    if booking.status != Status.CONFIRMED:
        return "This letter is for confirmed bookings"
    if booking.starts_at <= clock.utc_now():
        return "The time of this booking has come, so no letter was sent"
    return "" if words_of(booking.venue_id, kind).is_on else "This letter is switched off in Messages"
