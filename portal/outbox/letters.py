"""Letters owed to guests: owed with the change that they tell of, claimed by one sender, closed.

What a letter says, and whether it is still needed, is worked out by the letters room when it leaves. It is
claimed, and the claim committed, before it is sent, and closed afterwards. So two processes at once send it
once. When one dies in between, another sends it again after the claim has run out, twice at worst, under the
same Message-ID.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal import clock, config, mail
from portal.extensions import db
from portal.outbox import letter_rules
from portal.outbox.models import LetterKind, LetterState, OwedLetter
from portal.plain_sql.rows import New

# Longer than a mail server is ever waited for.
CLAIM_LASTS = timedelta(minutes=2)
_TOKEN_BYTES = 16


@dataclass(frozen=True)
class Claim:
    """A letter that is ours to send, as long as `lease_no` is the row's."""

    letter_id: int
    lease_no: int


def owe(
    kind: LetterKind,
    venue_id: int,
    booking_id: int,
    email: str,
    *,
    asked_by_id: int | None = None,
) -> None:
    """Owe the guest of a booking news of it, in place of what has not left yet. Does not commit.

    Nothing is owed where there is no address, or no way for mail to leave. The booking is held by the caller.

    Args:
        kind: what happened.
        venue_id: whose booking it is.
        booking_id: which.
        email: the address given for it.
        asked_by_id: who pressed for this letter; then it is sent although nothing may have changed.
    """
    if not _can_leave(email):
        return
    now = clock.utc_now()
    due_at = now + timedelta(seconds=config.current().letter_delay_seconds)
    # A letter that was just leaving may wait again, or leave, between the look and the write.
    while True:
        waiting = _waiting(booking_id)
        if waiting is None:
            row = _new(kind, venue_id, booking_id, due_at, now, asked_by_id=asked_by_id)
            new = _insert().values(row.values).on_conflict_do_nothing().returning(OwedLetter.id)
            done = db.session.scalar(new)
        else:
            kept, by = letter_rules.newest(LetterKind(waiting.kind), waiting.asked_by_id, kind, asked_by_id)
            done = db.session.scalar(
                update(OwedLetter)
                .where(OwedLetter.id == waiting.id, OwedLetter.state == LetterState.WAITING)
                .values(kind=kept, asked_by_id=by, attempts=0, detail="", reason="")
                .values(due_at=letter_rules.put_off(due_at, waiting.created_at))
                .returning(OwedLetter.id)
                .execution_options(synchronize_session=False)
            )
        if done is not None:
            return


def _insert() -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, which is each dialect's own."""
    if db.session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(OwedLetter)
    return postgresql.insert(OwedLetter)


def confirmation(venue_id: int, booking_id: int, email: str) -> list[New]:
    """Return what to write with a new booking, of which nothing can be waiting: the letter owed, if any."""
    if not _can_leave(email):
        return []
    now = clock.utc_now()
    due_at = now + timedelta(seconds=config.current().letter_delay_seconds)
    return [_new(LetterKind.CONFIRMATION, venue_id, booking_id, due_at, now)]


def _can_leave(email: str) -> bool:
    return bool(email) and mail.is_set_up(config.current())


def owe_reminders(venue_id: int, on: date, booking_ids: Collection[int], now: datetime) -> None:
    """Owe a reminder of a day to each of these bookings that has none of it yet. Does not commit."""
    have = set(
        db.session.scalars(
            select(OwedLetter.booking_id).where(
                OwedLetter.booking_id.in_(booking_ids), OwedLetter.remind_on == on
            )
        )
    )
    for booking_id in booking_ids:
        if booking_id not in have:
            row = _new(LetterKind.REMINDER, venue_id, booking_id, now, now, remind_on=on)
            db.session.add(OwedLetter(**row.values))


def _new(
    kind: LetterKind, venue_id: int, booking_id: int, due_at: datetime, now: datetime, **more: Any
) -> New:
    values = {
        "venue_id": venue_id,
        "booking_id": booking_id,
        "kind": kind,
        "state": LetterState.WAITING,
        "token": secrets.token_urlsafe(_TOKEN_BYTES),
        "due_at": due_at,
        "created_at": now,
    }
    return New(OwedLetter, values | more)


def _waiting(booking_id: int) -> OwedLetter | None:
    return db.session.scalar(
        select(OwedLetter)
        .where(
            OwedLetter.booking_id == booking_id,
            OwedLetter.state == LetterState.WAITING,
            OwedLetter.kind != LetterKind.REMINDER,
        )
        .execution_options(populate_existing=True)
    )


def due(now: datetime, limit: int) -> Sequence[int]:
    """Return letters to look at now, the longest due first; those among them whose sender died."""
    return db.session.scalars(
        select(OwedLetter.id).where(OwedLetter.due_at <= now).order_by(OwedLetter.due_at).limit(limit)
    ).all()


def claim(letter_id: int, now: datetime) -> Claim | None:
    """Take a letter that is due, and commit; None where somebody else has it or it is no longer due."""
    taken = db.session.execute(
        update(OwedLetter)
        .where(
            OwedLetter.id == letter_id,
            OwedLetter.due_at <= now,
            OwedLetter.state.in_((LetterState.WAITING, LetterState.SENDING)),
        )
        .values(
            state=LetterState.SENDING,
            due_at=now + CLAIM_LASTS,
            lease_no=OwedLetter.lease_no + 1,
            attempts=OwedLetter.attempts + 1,
        )
        .returning(OwedLetter.lease_no)
        .execution_options(synchronize_session=False)
    ).scalar()
    db.session.commit()
    return None if taken is None else Claim(letter_id, taken)


def is_overtaken(letter: OwedLetter) -> bool:
    """Tell whether newer news of the same booking waits, so that this one need not be tried again."""
    newer = _waiting(letter.booking_id)
    return letter.kind != LetterKind.REMINDER and newer is not None and newer.id != letter.id


def is_another_leaving(letter: OwedLetter) -> bool:
    """Tell whether somebody is just sending older news of the same booking, which has to leave first."""
    found = select(OwedLetter.id).where(
        OwedLetter.booking_id == letter.booking_id,
        OwedLetter.id < letter.id,
        OwedLetter.state == LetterState.SENDING,
        OwedLetter.kind != LetterKind.REMINDER,
    )
    return db.session.scalar(found.limit(1)) is not None


def last_told(booking_id: int) -> dict[str, Any] | None:
    """Return what the guest of a booking knows by our letters, None before the first."""
    return db.session.scalar(
        select(OwedLetter.told)
        .where(
            OwedLetter.booking_id == booking_id,
            OwedLetter.told.is_not(None),
            OwedLetter.kind != LetterKind.REMINDER,
            OwedLetter.state.in_((LetterState.SENT, LetterState.NOT_NEEDED)),
        )
        .order_by(OwedLetter.id.desc())
        .limit(1)
    )


def close(claimed: Claim, state: LetterState, **values: Any) -> bool:
    """Close a letter that is still ours, and commit. Returns False where it was taken from us."""
    return _settle(claimed, state=state, due_at=None, **values)


def try_again(claimed: Claim, due_at: datetime, reason: str, detail: str = "") -> bool:
    """Let a letter wait again, and commit; where newer news of its booking waits, that alone is sent."""
    try:
        return _settle(claimed, state=LetterState.WAITING, due_at=due_at, reason=reason, detail=detail)
    except IntegrityError:
        db.session.rollback()
        return close(claimed, LetterState.NOT_NEEDED, reason=letter_rules.OVERTAKEN)


def put_back(claimed: Claim, due_at: datetime) -> bool:
    """Let a letter wait that was not tried at all, and commit."""
    try:
        return _settle(claimed, state=LetterState.WAITING, due_at=due_at, attempts=OwedLetter.attempts - 1)
    except IntegrityError:
        db.session.rollback()
        return close(claimed, LetterState.NOT_NEEDED, reason=letter_rules.OVERTAKEN)


def _settle(claimed: Claim, **values: Any) -> bool:
    settled = db.session.execute(
        update(OwedLetter)
        .where(
            OwedLetter.id == claimed.letter_id,
            OwedLetter.lease_no == claimed.lease_no,
            OwedLetter.state == LetterState.SENDING,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(settled.rowcount)  # type: ignore[attr-defined]


def of_booking(booking_id: int) -> Sequence[OwedLetter]:
    """Return the letters of a booking, newest first."""
    return db.session.scalars(
        select(OwedLetter).where(OwedLetter.booking_id == booking_id).order_by(OwedLetter.id.desc())
    ).all()


def failed(venue_id: int, limit: int) -> Sequence[OwedLetter]:
    """Return a venue's letters that could not be delivered and were not followed by one that was."""
    later = aliased(OwedLetter)
    followed = exists().where(
        later.booking_id == OwedLetter.booking_id,
        later.id > OwedLetter.id,
        later.state == LetterState.SENT,
    )
    return db.session.scalars(
        select(OwedLetter)
        .where(OwedLetter.venue_id == venue_id, OwedLetter.state == LetterState.FAILED, ~followed)
        .order_by(OwedLetter.id.desc())
        .limit(limit)
    ).all()


def by_token(token: str) -> OwedLetter | None:
    """Return the letter whose link was followed."""
    return db.session.scalar(select(OwedLetter).where(OwedLetter.token == token))


def forget(booking_ids: Any) -> None:
    """Drop what has not left of bookings whose guest is erased, and where the rest went. Does not commit."""
    mine = OwedLetter.booking_id.in_(booking_ids)
    open_states = LetterState.WAITING, LetterState.SENDING
    db.session.execute(
        delete(OwedLetter)
        .where(mine, OwedLetter.state.in_(open_states))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(OwedLetter)
        .where(mine)
        .values(sent_to="", detail="", told=None)
        .execution_options(synchronize_session=False)
    )
