"""Record the state of a venue's connection over time, and email its managers when it changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal import clock, config, mail
from portal.extensions import db
from portal.findings import Code, finding
from portal.integration import wording
from portal.integration.checks import evidence, health_letters, health_rules, standing as page_rules
from portal.integration.checks.health_rules import Level, Stood, level
from portal.integration.checks.standing import Facts, Overall
from portal.integration.connection.models import ConnectionState
from portal.integration.connection.queries import integration_of
from portal.mail import Letter
from portal.outbox import service as outbox
from portal.outbox.models import OutboxEntry, State
from portal.outbox.rules import Outcome
from portal.outbox.service import Handler
from portal.venues.models import Role, Staff, Venue

log = logging.getLogger(__name__)

_NEWS_FOR = timedelta(minutes=5)
_NAMES = "Both attribute names are now right."

# Outcomes of a delivery that show nothing about the connection.
_SAYS_NOTHING = {State.WAITING, State.HELD, State.NOT_SENT}
_WRONG = {"warn", "bad"}


@dataclass(frozen=True)
class Notice:
    """What the diary says while something is wrong with the connection.

    `not_through` tells how many visits wait or were not stored, "" for none.
    """

    tone: str
    words: str
    headline: str
    not_through: str = ""


def note(venue_id: int) -> None:
    """Save the connection's state if it has changed. A use case, so it commits.

    Called after checks, saves, switches and deliveries.
    """
    db.session.execute(select(Venue.id).where(Venue.id == venue_id).with_for_update())
    integration = integration_of(venue_id)
    now = page_rules.overall(evidence.facts_of(integration) if integration else None)
    before = current(venue_id)
    if before is None or (before.words, before.code) != (now.words, now.code or ""):
        _turn(venue_id, before, now, clock.utc_now())
    db.session.commit()


def deliver(entry_id: int, handler: Handler) -> Outcome | None:
    """Deliver one outbox entry, and note what that shows about the venue's connection."""
    outcome = outbox.deliver(entry_id, handler)
    if outcome is not None and outcome.state not in _SAYS_NOTHING:
        _note_delivery(entry_id, outcome)
    return outcome


def _note_delivery(entry_id: int, outcome: Outcome) -> None:
    """After a confirmed visit or a settled question, one small query usually shows that nothing has changed.

    A question that was settled may have shown that what stopped the calls is over.
    """
    row = db.session.execute(
        select(OutboxEntry.venue_id, ConnectionState.tone)
        .outerjoin(
            ConnectionState,
            (ConnectionState.venue_id == OutboxEntry.venue_id) & ConnectionState.ended_at.is_(None),
        )
        .where(OutboxEntry.id == entry_id)
        .order_by(ConnectionState.id.desc())
        .limit(1)
    ).one_or_none()
    db.session.rollback()
    if row is None:
        return
    if outcome.state is State.SETTLED:
        changes = row.tone in _WRONG
    else:
        changes = not (outcome.state is State.CONFIRMED and row.tone == "ok")
    if changes:
        note(row.venue_id)


def current(venue_id: int) -> ConnectionState | None:
    """Return the state that lasts, None before the first was noted."""
    latest = db.session.scalar(
        select(ConnectionState)
        .where(ConnectionState.venue_id == venue_id)
        .order_by(ConnectionState.id.desc())
        .limit(1)
    )
    return latest if latest is not None and latest.ended_at is None else None


def notice(venue_id: int) -> Notice | None:
    """Return the diary's notice, None while the connection works, is paused or does not exist."""
    state = current(venue_id)
    if state is None or state.tone in {"ok", "off"}:
        return None
    counts = wording.not_through(outbox.open_write_backs(venue_id))
    return Notice(state.tone, state.words, health_letters.headline(_code(state)), counts)


def mended(venue_id: int, facts: Facts, now: datetime) -> str | None:
    """Return what has just been fixed, as a sentence; None where nothing was, or something is still wrong."""
    if not facts.active or page_rules.connection_fault(facts) or page_rules.attribute_fault(facts):
        return None
    if facts.not_stored:
        return _NAMES if facts.attributes_found else None
    latest = db.session.scalars(
        select(ConnectionState)
        .where(ConnectionState.venue_id == venue_id)
        .order_by(ConnectionState.id.desc())
        .limit(2)
    ).all()
    if len(latest) < 2 or now - latest[0].began_at > _NEWS_FOR:
        return None
    was = latest[1]
    code = Code(was.code) if was.code else None
    if code is None or level(Stood(was.tone, was.words, code)) is not Level.NEEDS_SOMEBODY:
        return None
    return f"Fixed: {finding(code).title}."


def send_next_letter() -> bool:
    """Send one email that is due, once even if others look at the same time. Returns whether one was."""
    settings = config.current()
    state = _claimed() if mail.is_set_up(settings) else None
    if state is None:
        db.session.rollback()
        return False
    state_id, venue_id = state.id, state.venue_id
    letters = _letters(state)
    db.session.commit()
    failures = []
    for letter in letters:
        try:
            mail.send(letter, settings)
        except mail.CannotSend as failure:
            log.warning("a letter to venue %s was not sent: %s", venue_id, failure)
            failures.append(failure)
    # To somebody who has theirs a second one would be worse than a colleague's that was lost.
    if letters and len(failures) == len(letters):
        _try_later(state_id)
    return True


def _turn(venue_id: int, before: ConnectionState | None, now: Overall, at: datetime) -> None:
    """Close the state that has ended and cancel its email, then open the next one."""
    told = _told(venue_id)
    due = health_rules.mail_due_at(
        _stood(before) if before else None, Stood(now.tone, now.words, now.code), told, at
    )
    if before is not None:
        before.ended_at, before.mail_due_at = at, None
    can_mail = mail.is_set_up(config.current())
    db.session.add(
        ConnectionState(
            venue_id=venue_id,
            words=now.words,
            tone=now.tone,
            code=now.code or "",
            status=now.status,
            began_at=at,
            mail_due_at=due if can_mail else None,
        )
    )


def _told(venue_id: int) -> Stood | None:
    """Return the latest state that managers were told of."""
    state = db.session.scalar(
        select(ConnectionState)
        .where(ConnectionState.venue_id == venue_id, ConnectionState.mailed_at.is_not(None))
        .order_by(ConnectionState.id.desc())
        .limit(1)
    )
    return _stood(state) if state else None


def _stood(state: ConnectionState) -> Stood:
    return Stood(state.tone, state.words, _code(state))


def _code(state: ConnectionState) -> Code | None:
    return Code(state.code) if state.code else None


def _claimed() -> ConnectionState | None:
    """Mark the next due email as sent before sending: twice would be worse than late.

    A letter that could not be sent for a day is dropped.
    """
    now = clock.utc_now()
    state = db.session.scalar(
        select(ConnectionState)
        .where(ConnectionState.mail_due_at <= now)
        .order_by(ConnectionState.mail_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if state is None:
        return None
    state.mail_due_at = None
    if now - state.began_at > health_rules.TRY_FOR:
        db.session.commit()
        return None
    state.mailed_at = now
    return state


def _letters(state: ConnectionState) -> list[Letter]:
    """Return one for each manager who wants it, since each has a link of its reader's own."""
    settings = config.current()
    venue = db.session.get_one(Venue, state.venue_id)
    wants = Staff.role == Role.MANAGER, Staff.letters_stopped_at.is_(None)
    readers = db.session.scalars(
        select(Staff).where(Staff.venue_id == venue.id, *wants).order_by(Staff.id)
    ).all()
    news = health_letters.News(
        venue_name=venue.name,
        words=state.words,
        working=state.tone == "ok",
        code=_code(state),
        began_at=clock.to_local(state.began_at, venue.timezone),
        waiting=_waiting(venue.id),
        page_url=f"{settings.portal_url}/integrations/spektrix",
        product_name=settings.product_name,
    )
    return [_letter_to(reader, news) for reader in readers]


def _letter_to(reader: Staff, news: health_letters.News) -> Letter:
    stop_url = f"{config.current().portal_url}/letters/{reader.letters_token}"
    text = health_letters.text(news, stop_url)
    return Letter((reader.email,), health_letters.subject(news), text, stop_url=stop_url)


def _waiting(venue_id: int) -> int:
    counts = outbox.open_write_backs(venue_id)
    return sum(counts.get(state, 0) for state in (State.WAITING, State.RETRYING, State.BLOCKED))


def _try_later(state_id: int) -> None:
    state = db.session.get_one(ConnectionState, state_id)
    state.mailed_at = None
    if state.ended_at is None:
        state.mail_due_at = clock.utc_now() + health_rules.TRY_AGAIN_AFTER
    db.session.commit()
