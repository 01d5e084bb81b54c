"""Owes reminders: at its hour each venue's guests of the next day are gone through, whoever they are by then.

So a booking that was moved is reminded of on its new day, one that was cancelled is not, and nothing has to
be set or taken back when a booking changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import exists, select, update

from portal import clock, config, mail
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.letters.models import USUAL_HOUR, ReminderHour
from portal.letters.reminders import rules
from portal.letters.texts import words_of
from portal.outbox import letters
from portal.outbox.models import LetterKind, OwedLetter
from portal.venues.models import Venue

_VENUES_A_ROUND = 20


def owe_due() -> None:
    """Owe what is due, of a few venues."""
    if not mail.is_set_up(config.current()):
        return
    _add_new_venues()
    for _ in range(_VENUES_A_ROUND):
        if not _owe_next():
            return


def hour_of(venue_id: int) -> int:
    """Return the hour at which a venue's guests are reminded."""
    row = _row(venue_id)
    return row.hour if row else USUAL_HOUR


def set_hour(venue_id: int, hour: int) -> None:
    """Remind at another hour, from today on where that is still to come or just passed. Does not commit."""
    row = _row(venue_id)
    if row is None:
        row = ReminderHour(venue_id=venue_id)
        db.session.add(row)
    row.hour, row.look_at = hour, clock.utc_now()


def _row(venue_id: int) -> ReminderHour | None:
    return db.session.scalar(select(ReminderHour).where(ReminderHour.venue_id == venue_id))


def _add_new_venues() -> None:
    new = db.session.scalars(
        select(Venue.id).where(~exists().where(ReminderHour.venue_id == Venue.id)).limit(_VENUES_A_ROUND)
    ).all()
    now = clock.utc_now()
    db.session.add_all(ReminderHour(venue_id=venue_id, look_at=now) for venue_id in new)
    db.session.commit()


def _owe_next() -> bool:
    """Go through the venue that has been due longest. Returns False where none is."""
    now = clock.utc_now()
    row = db.session.scalar(
        select(ReminderHour).where(ReminderHour.look_at <= now).order_by(ReminderHour.look_at).limit(1)
    )
    if row is None:
        db.session.rollback()
        return False
    venue = db.session.get_one(Venue, row.venue_id)
    # Of several relays one has it: the others find that it is no longer due.
    taken = db.session.execute(
        update(ReminderHour)
        .where(ReminderHour.id == row.id, ReminderHour.look_at <= now)
        .values(look_at=rules.next_look(now, row.hour, venue.timezone))
        .execution_options(synchronize_session=False)
    )
    day = rules.reminded_now(now, row.hour, venue.timezone)
    if taken.rowcount and day and words_of(venue.id, LetterKind.REMINDER).is_on:  # type: ignore[attr-defined]
        letters.owe_reminders(venue.id, day[0], _to_remind(venue.id, *day), now)
    db.session.commit()
    return True


def _to_remind(venue_id: int, on: date, since: datetime) -> Sequence[int]:
    """Return the bookings of a day whose guests knew of it before the hour, and have had no news since."""
    has_news = exists().where(
        OwedLetter.booking_id == Booking.id,
        OwedLetter.kind != LetterKind.REMINDER,
        OwedLetter.created_at >= since,
    )
    return db.session.scalars(
        select(Booking.id).where(
            Booking.venue_id == venue_id,
            Booking.service_on == on,
            Booking.status == Status.CONFIRMED,
            Booking.source != Source.WALK_IN,
            Booking.booked_email != "",
            Booking.created_at < since,
            ~has_news,
        )
    ).all()
