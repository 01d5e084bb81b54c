"""The letters of one booking: how they stand, and those that staff press for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

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
_ON_ITS_WAY = frozenset({LetterState.WAITING, LetterState.SENDING, LetterState.SENT})
_SHOWN = 12
# Made once: each booking asks this for its answer, and making it costs more than asking.
_SWITCHED_OFF = select(LetterText.id).where(
    LetterText.venue_id == bindparam("venue_id"),
    LetterText.kind == LetterKind.CONFIRMATION,
    LetterText.is_on.is_(False),
)
_FOLLOWS = (
    select(OwedLetter.id)
    .join(Booking, Booking.id == OwedLetter.booking_id)
    .where(
        Booking.venue_id == bindparam("venue_id"),
        Booking.public_token == bindparam("token"),
        OwedLetter.state.in_(_ON_ITS_WAY),
        ~_SWITCHED_OFF.exists(),
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


def confirmation_follows(venue: Venue, token: str) -> bool:
    """Tell whether the guest of a booking that was just made gets a letter."""
    if not mail.is_set_up(config.current()):
        return False
    asked = {"venue_id": venue.id, "token": token}
    return db.session.connection().execute(_FOLLOWS, asked).first() is not None


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
