"""Sends the letters that are due: each once, the longest due first.

Where the mail server is away no other letter is tried in that round. Nobody waits for it: the relay sends
beside its rounds, and no transaction is open meanwhile.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal import clock, config, mail
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.letters import content, drawing, rules
from portal.letters.reminders import stops
from portal.letters.rules import Standing, Why
from portal.letters.texts import words_of
from portal.log import log_failure
from portal.mail import CannotSend, Letter, Refused
from portal.outbox import letter_rules, letters
from portal.outbox.letters import Claim
from portal.outbox.models import LetterKind, LetterState, OwedLetter
from portal.venues.models import Venue

log = logging.getLogger(__name__)

_LETTERS_A_ROUND = 50
# How long news waits for older news of the same booking that is just leaving.
_TURN = timedelta(seconds=10)


@dataclass(frozen=True, repr=False)
class _Ready:
    """A letter to hand over, and what is noted once it has left."""

    letter: Letter
    kind: LetterKind
    told: dict[str, Any]


def send_due() -> None:
    """Send what is due."""
    if not mail.is_set_up(config.current()):
        return
    due = letters.due(clock.utc_now(), _LETTERS_A_ROUND)
    db.session.rollback()
    for letter_id in due:
        if not send(letter_id):
            return


def send(letter_id: int) -> bool:
    """Send one letter if it is still due and needed. Returns False where the mail server is away."""
    claimed = letters.claim(letter_id, clock.utc_now())
    if claimed is None:
        return True
    try:
        ready = _prepare(claimed)
        db.session.rollback()
    except Exception as error:
        # One venue's odd data must not keep everybody else's letters.
        db.session.rollback()
        log_failure(log, f"letter {letter_id}", error)
        _later(claimed, Why.OUR_FAULT)
        return True
    if ready is None:
        return True
    try:
        mail.send(ready.letter, config.current())
    except CannotSend as failure:
        log.warning("letter %s was not sent: %s", letter_id, failure)
        if failure.refused is Refused.WAY:
            _later(claimed, Why.WAY, failure.answer)
            return False
        letters.close(
            claimed, LetterState.FAILED, kind=ready.kind, reason=Why(failure.refused), detail=failure.answer
        )
        return True
    letters.close(
        claimed,
        LetterState.SENT,
        kind=ready.kind,
        told=ready.told,
        sent_to=rules.masked(ready.letter.to[0]),
        sent_at=clock.utc_now(),
        reason="",
        detail="",
    )
    return True


def _later(claimed: Claim, why: Why, detail: str = "") -> None:
    letter = db.session.get_one(OwedLetter, claimed.letter_id, populate_existing=True)
    due_at = letter_rules.next_try(letter.attempts, clock.utc_now())
    if due_at is None:
        letters.close(claimed, LetterState.FAILED, reason=why, detail=detail)
    else:
        letters.try_again(claimed, due_at, why, detail)


def _prepare(claimed: Claim) -> _Ready | None:
    """Return what is to be sent now; None where nothing is, which has then been noted."""
    owed = db.session.get_one(OwedLetter, claimed.letter_id, populate_existing=True)
    booking = db.session.get_one(Booking, owed.booking_id, populate_existing=True)
    venue = db.session.get_one(Venue, owed.venue_id, populate_existing=True)
    if letters.is_overtaken(owed):
        letters.close(claimed, LetterState.NOT_NEEDED, reason=Why.OVERTAKEN)
        return None
    if owed.kind != LetterKind.REMINDER and letters.is_another_leaving(owed):
        letters.put_back(claimed, clock.utc_now() + _TURN)
        return None
    now = content.facts_now(booking, venue)
    told = rules.read(letters.last_told(booking.id))
    kind = _kind(owed, booking, now, told)
    words = None if isinstance(kind, Why) else words_of(venue.id, kind)
    if words is not None and not words.is_on:
        kind = Why.SWITCHED_OFF
    if isinstance(kind, Why) or words is None:
        # Of a booking that gave way to another its guest hears nothing, and knows that it is gone.
        known = now.kept() if kind is Why.REPLACED else None
        letters.close(claimed, LetterState.NOT_NEEDED, reason=kind, told=known)
        return None
    stop_url = content.stop_address(owed.token) if kind is LetterKind.REMINDER else ""
    written = content.of_booking(kind, booking, venue, words, told=told, stop_url=stop_url)
    calendar = None if kind is LetterKind.REMINDER else content.calendar_of(booking, venue)
    letter = drawing.letter(written, booking.booked_email.strip(), owed.token, calendar)
    return _Ready(letter, kind, now.kept())


def _kind(owed: OwedLetter, booking: Booking, now: rules.Facts, told: rules.Facts | None) -> LetterKind | Why:
    """Return which letter is to be sent, or why none is."""
    if not booking.booked_email.strip():
        return Why.NO_EMAIL
    is_over = booking.starts_at <= clock.utc_now()
    status = Status(booking.status)
    if owed.kind == LetterKind.REMINDER:
        is_its_day = booking.service_on == owed.remind_on
        if stops.are_stopped(booking, now.to):
            return Why.STOPPED
        return rules.reminder(status, is_over=is_over, is_its_day=is_its_day) or LetterKind.REMINDER
    standing = Standing(status, is_over, booking.replaced, bool(booking.calendar_uid), now, told)
    return rules.news(LetterKind(owed.kind), standing, asked=owed.asked_by_id is not None)
