"""Making bookings and moving them through their statuses. Never calls Spektrix."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, delete, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from portal import clock, config
from portal.availability import reading, seating as seatings
from portal.availability.models import TableQuarter
from portal.availability.room import Asker, quarter_begin
from portal.bookings import link_checks, rules
from portal.bookings.models import Booking, Source, Status, StatusChange, Submission
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.names import is_one_name
from portal.guests.rules import email_key
from portal.guests.service import Contact
from portal.outbox import service as outbox
from portal.outbox.models import Kind, OutboxEntry
from portal.venues.models import Doer, Venue

SUBMISSIONS_KEPT = timedelta(hours=48)
_TRIES = 5
_REFERENCE_ALPHABET = "23456789ACDEFGHJKLMNPQRTUVWXYZ"
_SERIALIZATION_FAILURES = {"40001", "40P01"}


class AlreadyBooked(Exception):
    """The same guest has a table at this time, and has not said that another is meant."""


class SubmissionDiffers(Exception):
    """The same key came with other contents."""


# After any of these the transaction is undone before the caller hears of it.
_PASSING = (
    AlreadyBooked,
    seatings.SlotTaken,
    seatings.NotOffered,
    seatings.BusyNow,
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
    token `replaces` names does not count.
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


def book(venue: Venue, new: NewBooking) -> Booking:
    """Make a booking, once per submission key, and owe Spektrix the question who its guest is.

    Raises availability's SlotTaken, NotOffered or BusyNow, SubmissionDiffers and AlreadyBooked.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            earlier = _earlier(new.submission)
            if earlier is not None:
                return earlier
            booking, question = _book(venue, new)
            db.session.commit()
        except _PASSING as error:
            db.session.rollback()
            code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
            if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
                raise seatings.BusyNow from error
            if not _worth_repeating(error, new.submission) or attempt == _TRIES:
                raise
            continue
        if question is not None:
            outbox.nudge(question)
        return booking
    raise AssertionError("the last try returns or raises")


def _asker(new: NewBooking) -> Asker:
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
    row = db.session.scalar(
        select(Submission).where(Submission.scope == submission.scope, Submission.key == submission.key)
    )
    if row is None:
        return None
    if not secrets.compare_digest(row.body_hash, submission.body_hash):
        raise SubmissionDiffers
    return db.session.get(Booking, row.booking_id)


def _book(venue: Venue, new: NewBooking) -> tuple[Booking, OutboxEntry | None]:
    now = clock.utc_now()
    # Asked first, as the guest may hold the last table; asked again once nobody else can book.
    _refuse_second(venue, new)
    seating = seatings.take(venue, new.starts_at, new.party_size, now, _asker(new))
    _refuse_second(venue, new)
    by_guest = new.source is Source.WIDGET
    guest = guests.find_or_add(venue, new.contact, told_staff=not by_guest)
    letters = "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(5))
    booking = Booking(
        venue_id=venue.id,
        guest=guest,
        seating=seating,
        reference=f"{venue.reference_prefix}-{letters}",
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
        step_free=new.step_free,
        show_starts_at=new.show_starts_at,
        show_told=clock.told_time(new.show_starts_at, venue.timezone) if new.show_starts_at else None,
        created_at=now,
    )
    db.session.add(booking)
    db.session.flush()
    _note_change(booking, None, booking.status, new.staff_id, Doer.GUEST if by_guest else None)
    if new.submission:
        db.session.add(
            Submission(
                scope=new.submission.scope,
                key=new.submission.key,
                body_hash=new.submission.body_hash,
                booking_id=booking.id,
                created_at=now,
            )
        )
    return booking, link_checks.ask(venue, booking, new.basket_id, now)


def _refuse_second(venue: Venue, new: NewBooking) -> None:
    """Raise AlreadyBooked where a guest has a table at this time.

    Name or phone has to agree too, so that nobody learns of a table by typing another's e-mail address.
    """
    if not new.only_one:
        return
    # By its day, so that the question does not grow with history; after midnight that is the evening before.
    day = clock.local_date(new.starts_at, venue.timezone)
    asked = select(Booking.booked_name, Booking.booked_email, Booking.booked_phone).where(
        Booking.venue_id == venue.id,
        Booking.service_on.in_((day, day - timedelta(days=1))),
        Booking.starts_at == new.starts_at,
        Booking.source == Source.WIDGET,
        Booking.status.in_(rules.SEATED),
        Booking.public_token != (new.replaces or ""),
    )
    email, name = email_key(new.contact.email), new.contact.name
    for row in db.session.execute(asked):
        is_theirs = is_one_name(row.booked_name, name) or row.booked_phone == new.contact.phone
        if is_theirs and email_key(row.booked_email) == email:
            raise AlreadyBooked


def move(
    venue: Venue,
    booking_id: int,
    new: Status,
    staff_id: int | None = None,
    done_by: Doer | None = None,
    *,
    early: bool = False,
) -> Booking:
    """Move a booking to another status, with all that the move brings about.

    Its history names the member of staff, else who `done_by` says, else the portal itself. `early` is the
    answer of somebody who was asked whether to complete it before its start (Q23).

    Completed owes Spektrix a visit and frees the table from now on (Q24); set back in time stops the visit
    and takes the table again; leaving the seated statuses frees it. Raises NotHere, MoveNotAllowed,
    NotStartedYet, BusyNow, and SlotTaken or NotOffered when one that moves back cannot have its place again;
    then nothing is changed and no lock is held.
    """
    try:
        booking = Booking.get_for(venue.id, booking_id)
        db.session.refresh(booking, with_for_update={"of": Booking})
        old = Status(booking.status)
        rules.require_move(old, new)
        if new is Status.COMPLETED and not early:
            rules.require_started(booking.starts_at, clock.utc_now())
        booking.status = new
        _bring_about(venue, booking, old, new)
        _note_change(booking, old, new, staff_id, done_by)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    return booking


def replace(venue: Venue, earlier: Booking, booking: Booking) -> Booking:
    """Cancel the booking that a guest's new one replaces, and hand its calendar entry on.

    Returns the earlier one. Raises what `move` raises; then both stay as they were.
    """
    entry = calendar_entry(earlier)
    booking.calendar_uid = entry.uid
    # Cancelling the earlier one counts too.
    booking.calendar_sequence = entry.sequence + 2
    earlier.replaced = True
    return move(venue, earlier.id, Status.CANCELLED, done_by=Doer.GUEST)


def _note_change(
    booking: Booking, old: Status | None, new: Status, staff_id: int | None, done_by: Doer | None
) -> None:
    by = Doer.STAFF if staff_id else done_by or Doer.PORTAL
    at = clock.utc_now()
    db.session.add(
        StatusChange(booking_id=booking.id, old=old, new=new, staff_id=staff_id, done_by=by, at=at)
    )


def _bring_about(venue: Venue, booking: Booking, old: Status, new: Status) -> None:
    """Do what a move means for the visit and for the table."""
    now = clock.utc_now()
    if new is Status.COMPLETED:
        _owe_visit(booking, now)
        _leave(venue, booking, now)
    elif old is Status.COMPLETED:
        booking.completed_at = booking.left_at = None
        outbox.set_back(booking.id, booking.completion_no)
        if now < booking.ends_at:
            _seat_again(venue, booking, now)
    elif new not in rules.SEATED:
        seating_id, booking.seating = booking.seating_id, None
        db.session.flush()
        if seating_id is not None:
            seatings.release(venue, seating_id)
    elif old not in rules.SEATED:
        _seat_again(venue, booking, now)
        if booking.replaced:
            # Its entry in the guest's calendar went to the booking that replaced it, which stands too.
            booking.calendar_uid, booking.replaced = secrets.token_urlsafe(16), False


def _leave(venue: Venue, booking: Booking, now: datetime) -> None:
    """Free the table for the next party, if this one leaves before its planned end (Q24)."""
    if now >= booking.ends_at:
        return
    booking.left_at = now
    if booking.seating_id is not None:
        booking.seating = seatings.leave(venue, booking.seating_id, now)


def _seat_again(venue: Venue, booking: Booking, now: datetime) -> None:
    stay = seatings.Stay(booking.starts_at, booking.ends_at, booking.party_size, booking.table_name)
    seating_id, booking.seating = booking.seating_id, None
    db.session.flush()
    seating = seatings.take_again(venue, stay, now, seating_id)
    booking.seating, booking.table_name = seating, seating.table_name


def _owe_visit(booking: Booking, now: datetime) -> None:
    """The visit is due once Undo has run out. The relay wakes the worker then, so nobody is woken now."""
    booking.completion_no += 1
    booking.completed_at = now
    grace = timedelta(seconds=config.current().write_back_grace_seconds)
    outbox.add(
        Kind.WRITE_BACK,
        venue_id=booking.venue_id,
        booking_id=booking.id,
        guest_id=booking.guest_id,
        completion_no=booking.completion_no,
        due_at=now + grace,
    )


def who_has_table(booking: Booking, table_name: str, now: datetime) -> Booking | None:
    """Return the first other booking that has a place, or a part of it, for some of this one's stay."""
    since = booking.starts_at if now >= booking.ends_at else max(booking.starts_at, now)
    tables = reading.tables_of(booking.venue_id, table_name)
    return db.session.scalar(
        select(Booking)
        .join(TableQuarter, TableQuarter.seating_id == Booking.seating_id)
        .where(
            Booking.venue_id == booking.venue_id,
            Booking.id != booking.id,
            TableQuarter.dining_table_id.in_(tables),
            TableQuarter.starts_at >= quarter_begin(since),
            TableQuarter.starts_at < booking.ends_at,
        )
        .order_by(TableQuarter.starts_at)
        .limit(1)
    )


def day_list(venue: Venue, service_on: date) -> Sequence[Booking]:
    """Return the bookings of one service day, by time."""
    return db.session.scalars(
        select(Booking)
        .where(Booking.venue_id == venue.id, Booking.service_on == service_on)
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def bookings_of_guest(venue: Venue, guest_id: int, limit: int = 50) -> Sequence[Booking]:
    """Return a guest's latest bookings at the venue, newest first."""
    return db.session.scalars(
        select(Booking)
        .where(Booking.venue_id == venue.id, Booking.guest_id == guest_id)
        .order_by(Booking.starts_at.desc(), Booking.id.desc())
        .limit(limit)
    ).all()


def history(booking: Booking) -> Sequence[StatusChange]:
    """Return the moves of one booking, oldest first."""
    return db.session.scalars(
        select(StatusChange).where(StatusChange.booking_id == booking.id).order_by(StatusChange.id)
    ).all()


@dataclass(frozen=True)
class CalendarEntry:
    """What a calendar knows an entry by; each change counts `sequence` on, which tells the newest file."""

    uid: str
    sequence: int
    changed_at: datetime


def calendar_entry(booking: Booking) -> CalendarEntry:
    """Return the calendar entry of a booking; a booking that replaced another has the entry of that one."""
    changes = history(booking)
    sequence = booking.calendar_sequence + max(len(changes) - 1, 0)
    changed_at = max(
        changes[-1].at if changes else booking.created_at, booking.remade_at or booking.created_at
    )
    return CalendarEntry(booking.calendar_uid or booking.public_token, sequence, changed_at)


def by_token(venue_id: int, token: str) -> Booking | None:
    """Return the booking behind a confirmation address."""
    return db.session.scalar(
        select(Booking).where(Booking.public_token == token, Booking.venue_id == venue_id)
    )


def visit_totals(guest_id: int) -> tuple[datetime | None, int]:
    """Return the latest end among a guest's Completed bookings, and how many bookings count (Q4, R89)."""
    last = db.session.scalar(
        select(func.max(Booking.ends_at)).where(
            Booking.guest_id == guest_id, Booking.status == Status.COMPLETED
        )
    )
    visits = db.session.scalar(
        select(func.count()).where(Booking.guest_id == guest_id, Booking.status.in_(rules.COUNTED))
    )
    return last, visits or 0


@dataclass(frozen=True)
class Totals:
    """The latest end among a guest's Completed bookings, and how many bookings count."""

    last_ended: datetime | None
    visits: int


def totals_of(guest_ids: Collection[int]) -> dict[int, Totals]:
    """Return each guest's totals; a guest without bookings is left out."""
    if not guest_ids:
        return {}
    ended = case((Booking.status == Status.COMPLETED, Booking.ends_at))
    counts = case((Booking.status.in_(rules.COUNTED), 1), else_=0)
    rows = db.session.execute(
        select(Booking.guest_id, func.max(ended).label("last"), func.sum(counts).label("visits"))
        .where(Booking.guest_id.in_(guest_ids))
        .group_by(Booking.guest_id)
    )
    return {row.guest_id: Totals(row.last, int(row.visits)) for row in rows}


def forget_old_submissions() -> int:
    """Drop submission keys past 48 hours. Returns how many."""
    result = db.session.execute(
        delete(Submission).where(Submission.created_at < clock.utc_now() - SUBMISSIONS_KEPT)
    )
    db.session.commit()
    return int(result.rowcount)  # type: ignore[attr-defined]
