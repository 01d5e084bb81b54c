"""The emails to managers when their connection stands otherwise than before, and sending them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal import clock, config, mail
from portal.extensions import db
from portal.findings import Code, finding
from portal.integration import wording
from portal.integration.standing import letter_rules
from portal.integration.standing.models import Standing
from portal.integration.standing.rules import Overall
from portal.mail import Letter
from portal.outbox import service as outbox
from portal.venues.models import Role, Staff, Venue

log = logging.getLogger(__name__)

_UNPROVED = "No visit has reached Spektrix yet"


@dataclass(frozen=True)
class News:
    """What an email says. `began_at` is the venue's wall time, `waiting` a number of visits."""

    venue_name: str
    words: str
    working: bool
    code: Code | None
    began_at: datetime
    waiting: int
    page_url: str
    product_name: str


def headline(code: Code | None) -> str:
    """Say what is wrong in one line."""
    return finding(code).title if code else _UNPROVED


def subject(news: News) -> str:
    if news.working:
        return f"Spektrix is working again at {news.venue_name}"
    return f"Spektrix at {news.venue_name}: {news.words}"


def text(news: News, stop_url: str) -> str:
    """Return the email: what happened and since when, who can fix it, the next step, the links."""
    lines = _recovered(news) if news.working else _worse(news)
    sender = (
        f"{news.product_name} sends this email to every manager of {news.venue_name}, once for each change."
    )
    stop = f"To stop these emails: {stop_url}"
    return "\n\n".join([*lines, f"The Spektrix page: {news.page_url}", f"{sender} {stop}"]) + "\n"


def _recovered(news: News) -> list[str]:
    lines = [f"Spektrix has been working again at {news.venue_name} since {_moment(news)}."]
    if news.waiting:
        lines.append(f"{_visits_wait(news.waiting)} and being sent now.")
    return lines


def _worse(news: News) -> list[str]:
    lines = [f"{headline(news.code)}. This started at {_moment(news)}."]
    if news.code is not None:
        said = finding(news.code)
        lines += [f"Who can fix it: {said.who}.", f"Next step: {said.step}."]
    if news.waiting:
        waiting = _visits_wait(news.waiting)
        lines.append(f"{waiting}. Nothing is lost. We send each visit as soon as this is fixed.")
    return lines


def _visits_wait(number: int) -> str:
    return f"{wording.visits(number)} {'is' if number == 1 else 'are'} waiting"


def _moment(news: News) -> str:
    return news.began_at.strftime("%H:%M on %A %-d %B")


def last_told(venue_id: int) -> Overall | None:
    """Return the latest badge that managers were told of."""
    standing = db.session.scalar(
        select(Standing)
        .where(Standing.venue_id == venue_id, Standing.mailed_at.is_not(None))
        .order_by(Standing.id.desc())
        .limit(1)
    )
    return standing.badge if standing else None


def send_next_letter() -> bool:
    """Send one email that is due, once even if others look at the same time. Returns whether one was."""
    settings = config.current()
    standing = _claimed() if mail.is_set_up(settings) else None
    if standing is None:
        db.session.rollback()
        return False
    standing_id, venue_id = standing.id, standing.venue_id
    letters = _letters(standing)
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
        _try_later(standing_id)
    return True


def _claimed() -> Standing | None:
    """Mark the next due email as sent before sending: twice would be worse than late.

    A letter that could not be sent for a day is dropped.
    """
    now = clock.utc_now()
    standing = db.session.scalar(
        select(Standing)
        .where(Standing.mail_due_at <= now)
        .order_by(Standing.mail_due_at)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
    if standing is None:
        return None
    standing.mail_due_at = None
    if now - standing.began_at > letter_rules.TRY_FOR:
        db.session.commit()
        return None
    standing.mailed_at = now
    return standing


def _letters(standing: Standing) -> list[Letter]:
    """Return one for each manager who wants it, since each has a link of its reader's own."""
    settings = config.current()
    venue = db.session.get_one(Venue, standing.venue_id)
    wants = Staff.role == Role.MANAGER, Staff.letters_stopped_at.is_(None)
    readers = db.session.scalars(
        select(Staff).where(Staff.venue_id == venue.id, *wants).order_by(Staff.id)
    ).all()
    news = News(
        venue_name=venue.name,
        words=standing.words,
        working=standing.tone == "ok",
        code=standing.badge.code,
        began_at=clock.to_local(standing.began_at, venue.timezone),
        waiting=wording.waiting(outbox.open_write_backs(venue.id)),
        page_url=f"{settings.portal_url}/integrations/spektrix",
        product_name=settings.product_name,
    )
    return [_letter_to(reader, news) for reader in readers]


def _letter_to(reader: Staff, news: News) -> Letter:
    stop_url = f"{config.current().portal_url}/letters/{reader.letters_token}"
    return Letter((reader.email,), subject(news), text(news, stop_url), stop_url=stop_url)


def _try_later(standing_id: int) -> None:
    standing = db.session.get_one(Standing, standing_id)
    standing.mailed_at = None
    if standing.ended_at is None:
        standing.mail_due_at = clock.utc_now() + letter_rules.TRY_AGAIN_AFTER
    db.session.commit()
