"""The waiting list: diners join it in the widget, get one email, may leave it, and are deleted after the day.

Staff put others on it who call, and offer them a table themselves (`portal.bookings.by_hand.offers`).

The widgets room knows whether there is a table and writes the email; see `portal.widgets.waiting.sending`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from portal import clock
from portal.bookings import waiting_rules
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.guests import rules as guest_rules
from portal.scoping import NotHere
from portal.venues.models import Venue

_MOST_QUESTIONS = 200
_TOKEN_BYTES = 16
TOKEN_LENGTH = len(secrets.token_urlsafe(_TOKEN_BYTES))


@dataclass(frozen=True, repr=False)
class NewRequest:
    """What somebody waits for; `before_at` is the curtain before which they want to eat.

    Whom staff put on the list has no widget.
    """

    widget_id: int | None
    wanted_on: date
    party_size: int
    before_at: datetime | None
    email: str
    name: str = ""
    phone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Question:
    """What one or more of a day's requests ask for; `first_id` is the one that came first."""

    widget_id: int
    party_size: int
    before_at: datetime | None
    first_id: int


@dataclass(frozen=True)
class WaitedDay:
    """A day of a venue for which somebody waits."""

    venue_id: int
    on: date


def add(venue: Venue, new: NewRequest) -> None:
    """Keep a request until its day is over, unless the same one stands already."""
    now = clock.utc_now()
    hold(venue.id)
    key = guest_rules.email_key(new.email)
    phone_key = guest_rules.phone_key(new.phone, venue.country)
    if not _stands_already(venue.id, new, key, phone_key):
        db.session.add(
            WaitingRequest(
                venue_id=venue.id,
                widget_id=new.widget_id,
                public_token=secrets.token_urlsafe(_TOKEN_BYTES),
                wanted_on=new.wanted_on,
                party_size=new.party_size,
                before_at=new.before_at,
                before_told=clock.told_time(new.before_at, venue.timezone) if new.before_at else None,
                name=new.name,
                email=new.email,
                email_key=key,
                phone=new.phone,
                phone_key=phone_key,
                note=new.note,
                created_at=now,
                look_at=now if new.widget_id is not None else None,
                forget_at=clock.day_bounds(new.wanted_on, venue.timezone)[1],
            )
        )
    db.session.commit()


def hold(venue_id: int) -> None:
    """Let others who add, choose, move or stop several of the venue's requests wait for this transaction.

    Without it two that change the same rows in different orders could wait for each other.
    """
    # Weaker than a plain FOR UPDATE, which every new row that names the venue would have to wait for.
    db.session.execute(select(Venue.id).where(Venue.id == venue_id).with_for_update(key_share=True))


def by_token(token: str) -> WaitingRequest:
    """Return the request of a link in an email. Raises NotHere."""
    found = db.session.scalar(select(WaitingRequest).where(WaitingRequest.public_token == token))
    if found is None:
        raise NotHere("waiting request")
    return found


def stop(token: str) -> int:
    """Write no more to the address behind a link, for any day at that venue, and forget it.

    Returns the venue's id. Raises NotHere.
    """
    request = by_token(token)
    venue_id, key = request.venue_id, request.email_key
    if key:
        hold(venue_id)
        db.session.execute(
            update(WaitingRequest)
            .where(WaitingRequest.venue_id == venue_id, WaitingRequest.email_key == key)
            .values(stopped_at=clock.utc_now(), look_at=None, email="", email_key="")
            .execution_options(synchronize_session=False)
        )
    db.session.commit()
    return venue_id


def of_day(venue_id: int, on: date) -> Sequence[WaitingRequest]:
    """Return who waits for a table on a day, longest first."""
    return db.session.scalars(
        select(WaitingRequest)
        .where(*_of(WaitedDay(venue_id, on)), *_standing())
        .order_by(WaitingRequest.id)
        .limit(_MOST_QUESTIONS)
    ).all()


def coming(venue_id: int, first: date) -> Sequence[WaitingRequest]:
    """Return who waits for a table from a day on: day by day, longest first."""
    return db.session.scalars(
        select(WaitingRequest)
        .where(WaitingRequest.venue_id == venue_id, WaitingRequest.wanted_on >= first, *_standing())
        .order_by(WaitingRequest.wanted_on, WaitingRequest.id)
        .limit(_MOST_QUESTIONS)
    ).all()


def take_off(venue: Venue, request_id: int) -> date:
    """Delete one request, and return the day that it waited for. Raises NotHere.

    It was booked for, or is wanted no more.
    """
    request = WaitingRequest.get_for(venue.id, request_id)
    wanted_on = request.wanted_on
    db.session.delete(request)
    db.session.commit()
    return wanted_on


def of_contact(venue_id: int, email: str, phone_key: str) -> Sequence[WaitingRequest]:
    """Return all that is kept for an address or a number at a venue, oldest first."""
    mine = _of_any(venue_id, {guest_rules.email_key(email)}, {phone_key})
    return db.session.scalars(select(WaitingRequest).where(*mine).order_by(WaitingRequest.id)).all()


def next_to_look_at() -> int | None:
    """Take the day that has been due longest for a look, and return one of its requests' ids.

    Its next look is set first, so that of several relays one has it looked at.
    """
    now = clock.utc_now()
    row = db.session.execute(
        select(WaitingRequest.id, WaitingRequest.venue_id, WaitingRequest.wanted_on)
        .where(WaitingRequest.look_at <= now)
        .order_by(WaitingRequest.look_at)
        .limit(1)
    ).one_or_none()
    if row is None:
        db.session.rollback()
        return None
    hold(row.venue_id)
    taken = db.session.execute(
        update(WaitingRequest)
        .where(*_of(WaitedDay(row.venue_id, row.wanted_on)), WaitingRequest.look_at <= now)
        .values(look_at=now + waiting_rules.LOOK_EVERY)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return row.id if taken.rowcount else None  # type: ignore[attr-defined]


def day_of(request_id: int) -> WaitedDay | None:
    """Return the day that a request waits for, None when it is gone."""
    row = db.session.execute(
        select(WaitingRequest.venue_id, WaitingRequest.wanted_on).where(WaitingRequest.id == request_id)
    ).one_or_none()
    return WaitedDay(*row) if row else None


def questions(day: WaitedDay, now: datetime) -> list[Question]:
    """Return what diners who may get an email now wait for on a day, first come, first served."""
    first = func.min(WaitingRequest.id)
    asked = WaitingRequest.widget_id, WaitingRequest.party_size, WaitingRequest.before_at
    rested = or_(WaitingRequest.rests_until.is_(None), WaitingRequest.rests_until <= now)
    rows = db.session.execute(
        select(*asked, first)
        .where(*_of(day), *_standing(), rested, WaitingRequest.widget_id.is_not(None))
        .group_by(*asked)
        .order_by(first)
        .limit(_MOST_QUESTIONS)
    )
    return [Question(*row) for row in rows]  # type: ignore[arg-type]  # each has a widget


def told_lately(day: WaitedDay, now: datetime) -> int:
    """Return how many who wait for a day got an email, or are about to, and still have their head start."""
    since = now - waiting_rules.HEAD_START
    return db.session.scalar(select(func.count()).where(*_of(day), WaitingRequest.claimed_at > since)) or 0


def claim(request_id: int, now: datetime) -> WaitingRequest:
    """Claim the one email of a request; does not commit. The caller holds the venue."""
    request = db.session.get_one(WaitingRequest, request_id, populate_existing=True)
    request.tries += 1
    request.claimed_at = now
    request.rests_until = now + waiting_rules.rest(request.tries)
    return request


def settle(request_id: int, *, left: bool) -> None:
    """Save whether a claimed email was sent; one that was not is tried again after a pause."""
    outcome = {"told_at": clock.utc_now(), "look_at": None} if left else {"claimed_at": None}
    db.session.execute(
        update(WaitingRequest)
        .where(WaitingRequest.id == request_id)
        .values(**outcome)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def forget_of(venue_id: int, emails: Collection[str], phone_keys: Collection[str] = ()) -> None:
    """Delete all that is kept for some addresses and numbers at a venue; does not commit."""
    hold(venue_id)
    mine = _of_any(venue_id, {guest_rules.email_key(email) for email in emails}, phone_keys)
    db.session.execute(delete(WaitingRequest).where(*mine).execution_options(synchronize_session=False))


def _of_any(
    venue_id: int, email_keys: Collection[str], phone_keys: Collection[str]
) -> tuple[ColumnElement[bool], ...]:
    emails, phones = set(email_keys) - {""}, set(phone_keys) - {""}
    either = or_(WaitingRequest.email_key.in_(emails), WaitingRequest.phone_key.in_(phones))
    return WaitingRequest.venue_id == venue_id, either


def forget_past() -> int:
    """Delete the requests whose day is over. Returns how many."""
    result = db.session.execute(delete(WaitingRequest).where(WaitingRequest.forget_at <= clock.utc_now()))
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]


def _stands_already(venue_id: int, new: NewRequest, email_key: str, phone_key: str) -> bool:
    if not email_key and not phone_key:
        return False
    found = db.session.scalar(
        select(WaitingRequest.id)
        .where(
            WaitingRequest.venue_id == venue_id,
            WaitingRequest.email_key == email_key,
            WaitingRequest.phone_key == phone_key,
            WaitingRequest.wanted_on == new.wanted_on,
            WaitingRequest.party_size == new.party_size,
            WaitingRequest.before_at.is_not_distinct_from(new.before_at),
            *_standing(),
        )
        .limit(1)
    )
    return found is not None


def _of(day: WaitedDay) -> tuple[ColumnElement[bool], ...]:
    return WaitingRequest.venue_id == day.venue_id, WaitingRequest.wanted_on == day.on


def _standing() -> tuple[ColumnElement[bool], ...]:
    return WaitingRequest.told_at.is_(None), WaitingRequest.stopped_at.is_(None)
