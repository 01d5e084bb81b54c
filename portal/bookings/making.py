"""Making bookings, once for each form that was sent. Never calls Spektrix."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError, OperationalError

from portal import clock, database
from portal.availability import locks, seating as seatings
from portal.availability.models import Seating
from portal.availability.obstacles import Obstacle
from portal.availability.room import Asker
from portal.bookings import link_checks, rules, statuses
from portal.bookings.models import Booking, Source, Status, Submission
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.names import is_one_name
from portal.guests.rules import email_key
from portal.guests.service import Contact
from portal.outbox import letters, service as outbox
from portal.outbox.models import Kind
from portal.plain_sql import rows
from portal.plain_sql.rows import New
from portal.scoping import NotHere
from portal.venues.models import Doer, Venue

SUBMISSIONS_KEPT = timedelta(hours=48)
_TRIES = 5
_REFERENCE_ALPHABET = "23456789ACDEFGHJKLMNPQRTUVWXYZ"
_SERIALIZATION_FAILURES = {"40001", "40P01"}


class AlreadyBooked(Exception):
    """The same guest has a table at this time, and has not said that another is meant."""


class SubmissionDiffers(Exception):
    """The same key came with other contents."""


# Made once: a booking asks these before and under its lock, and making them costs more than asking.
_SENT_BEFORE = select(Submission.body_hash, Submission.booking_id).where(
    Submission.scope == bindparam("scope"), Submission.key == bindparam("key")
)
_AT_THIS_TIME = select(Booking.booked_name, Booking.booked_email, Booking.booked_phone).where(
    Booking.venue_id == bindparam("venue_id"),
    Booking.service_on.in_((bindparam("day"), bindparam("day_before"))),
    Booking.starts_at == bindparam("starts_at"),
    Booking.source == Source.WIDGET,
    Booking.status.in_(rules.SEATED),
    Booking.public_token != bindparam("replaces"),
)

# After any of these the transaction is undone before the caller hears of it.
_PASSING = (
    AlreadyBooked,
    guests.NotThisGuest,
    NotHere,
    seatings.SlotTaken,
    seatings.NotOffered,
    locks.BusyNow,
    IntegrityError,
    OperationalError,
)


@dataclass(frozen=True)
class SubmissionKey:
    """What makes a repeated form recognisable: its maker (`scope`), its key, a hash of all that was typed."""

    scope: str
    key: str
    body_hash: str


@dataclass(frozen=True)
class NewBooking:
    """A booking to make. `starts_at` is an aware instant; `basket_id` is used once and forgotten.

    With `only_one` a guest who has booked this time online already gets AlreadyBooked; the booking whose
    token `replaces` names does not count. `guest_id` is whom staff chose; without it their details tell.
    `place_key` and `stay` are the table and the time that staff gave, None for what the service says. With
    `past_rules` a manager said that the rules shall not count.
    """

    starts_at: datetime
    party_size: int
    contact: Contact
    source: Source
    note: str = ""
    step_free: bool = False
    basket_id: str | None = None
    show_starts_at: datetime | None = None
    submission: SubmissionKey | None = None
    any_time: bool = False
    staff_id: int | None = None
    only_one: bool = False
    replaces: str | None = None
    guest_id: int | None = None
    occasion: str = ""
    allergies: str = ""
    place_key: str | None = None
    stay: timedelta | None = None
    past_rules: bool = False


def book(venue: Venue, new: NewBooking) -> Booking:
    """Make a booking, once per submission key, and owe Spektrix the question who its guest is.

    Raises availability's SlotTaken, NotOffered or BusyNow, SubmissionDiffers and AlreadyBooked; for a chosen
    guest NotThisGuest and NotHere too.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            earlier = _earlier(new.submission)
            if earlier is not None:
                return earlier
            booking, entry_id = _book(venue, new)
            database.commit_and_keep()
        except _PASSING as error:
            db.session.rollback()
            code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
            if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
                raise locks.BusyNow from error
            if not _worth_repeating(error, new.submission) or attempt == _TRIES:
                raise
            continue
        if entry_id is not None:
            outbox.nudge(Kind.VERIFY_LINK, entry_id)
        return booking
    raise AssertionError("the last try returns or raises")


def refuse_early(venue: Venue, new: NewBooking, now: datetime) -> None:
    """Refuse from memory what nobody can have any more, before anything is locked or written.

    The database is asked whether the day's version still stands, so nothing is refused that is free. A form
    that was sent before is let through, as its answer is the booking that it made then. Raises availability's
    SlotTaken and NotOffered, and AlreadyBooked.
    """
    try:
        seatings.look(venue, new.starts_at, new.party_size, now, asker_of(new))
    except (seatings.SlotTaken, seatings.NotOffered):
        if _earlier(new.submission) is not None:
            return
        _refuse_second(venue, new)
        raise


def asker_of(new: NewBooking) -> Asker:
    """Return whose rules bind a booking."""
    if new.source is Source.WALK_IN:
        return Asker.WALK_IN
    return Asker.STAFF if new.any_time else Asker.ONLINE


def _worth_repeating(error: Exception, submission: SubmissionKey | None) -> bool:
    """A double click or a guest added meanwhile is found on the next round; a lost slot is not."""
    if isinstance(error, (seatings.SlotTaken, AlreadyBooked)):
        return _earlier(submission) is not None
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in _SERIALIZATION_FAILURES
    return isinstance(error, IntegrityError)


def _earlier(submission: SubmissionKey | None) -> Booking | None:
    if submission is None:
        return None
    asked = {"scope": submission.scope, "key": submission.key}
    row = db.session.connection().execute(_SENT_BEFORE, asked).first()
    if row is None:
        return None
    if not secrets.compare_digest(row.body_hash, submission.body_hash):
        raise SubmissionDiffers
    return db.session.get(Booking, row.booking_id)


def _book(venue: Venue, new: NewBooking) -> tuple[Booking, int | None]:
    """Write a booking with all that hangs on it; return it, and the id of the entry to nudge, if any."""
    now = clock.utc_now()
    # Found before the day is held, since those who change a guest hold them before their bookings.
    chosen = guests.chosen(venue, new.guest_id, new.contact) if new.guest_id is not None else None
    held = chosen or guests.find(venue, new.contact)
    try:
        seating, broken = _seating(venue, new, now)
    except (seatings.SlotTaken, seatings.NotOffered):
        # The guest may hold the last table.
        _refuse_second(venue, new)
        raise
    _refuse_second(venue, new)
    by_guest = new.source is Source.WIDGET
    guest = chosen or guests.find_or_add(venue, new.contact, told_staff=not by_guest, held=held)
    code = "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(5))
    booking = Booking(
        venue_id=venue.id,
        guest_id=guest.id,
        seating_id=seating.id,
        reference=f"{venue.reference_prefix}-{code}",
        public_token=secrets.token_urlsafe(16),
        status=Status.CONFIRMED,
        source=new.source,
        party_size=new.party_size,
        service_on=seating.service_on,
        starts_at=seating.starts_at,
        starts_told=clock.told_time(seating.starts_at, venue.timezone),
        ends_at=seating.ends_at,
        table_name=seating.table_name,
        booked_name=new.contact.name,
        booked_email=new.contact.email.strip(),
        booked_phone=new.contact.phone,
        note=new.note,
        occasion=new.occasion,
        allergies=new.allergies,
        step_free=new.step_free,
        overbooked=bool(broken),
        show_starts_at=new.show_starts_at,
        show_told=clock.told_time(new.show_starts_at, venue.timezone) if new.show_starts_at else None,
        created_at=now,
    )
    rows.add(booking)
    if broken:
        statuses.note_overbooked(booking, broken, new.staff_id)
    doer = Doer.GUEST if by_guest else None
    following = [statuses.change_of(booking, None, booking.status, new.staff_id, doer)]
    if new.source is not Source.WALK_IN:
        following += letters.confirmation(venue.id, booking.id, booking.booked_email)
    if new.submission:
        sent = vars(new.submission) | {"booking_id": booking.id, "created_at": now}
        following.append(New(Submission, sent))
    question = link_checks.question(venue, booking, new.basket_id, now)
    written = rows.write(*following, *question)
    return booking, written[-1] if question else None


def _seating(venue: Venue, new: NewBooking, now: datetime) -> tuple[Seating, Sequence[Obstacle]]:
    """Return where a party sits, and the rules that are broken by it."""
    if new.place_key is None and new.stay is None and not new.past_rules:
        return seatings.take(venue, new.starts_at, new.party_size, now, asker_of(new)), ()
    wanted = seatings.Wanted(
        new.starts_at,
        new.party_size,
        new.place_key,
        new.stay,
        asker=asker_of(new),
        past_rules=new.past_rules,
    )
    seated = seatings.reseat(venue, None, wanted, now)
    return seated.seating, seated.broken


def _refuse_second(venue: Venue, new: NewBooking) -> None:
    """Raise AlreadyBooked where a guest has a table at this time.

    Name or phone has to agree too, so that nobody learns of a table by typing another's e-mail address.
    """
    if not new.only_one:
        return
    # By its day, so that the question does not grow with history; after midnight that is the evening before.
    day = clock.local_date(new.starts_at, venue.timezone)
    asked = {
        "venue_id": venue.id,
        "day": day,
        "day_before": day - timedelta(days=1),
        "starts_at": new.starts_at,
        "replaces": new.replaces or "",
    }
    email, name = email_key(new.contact.email), new.contact.name
    for row in db.session.connection().execute(_AT_THIS_TIME, asked):
        is_theirs = is_one_name(row.booked_name, name) or row.booked_phone == new.contact.phone
        if is_theirs and email_key(row.booked_email) == email:
            raise AlreadyBooked


def forget_old_submissions() -> int:
    """Drop submission keys past 48 hours. Returns how many."""
    result = db.session.execute(
        delete(Submission).where(Submission.created_at < clock.utc_now() - SUBMISSIONS_KEPT)
    )
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]
