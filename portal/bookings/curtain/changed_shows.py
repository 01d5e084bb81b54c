"""Performances that the theatre moved or cancelled, the bookings they concern, and dealing with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal import clock, config, mail
from portal.bookings import editing, labels, statuses
from portal.bookings.diary import entries
from portal.bookings.models import Booking, Source, Status
from portal.bookings.rules import EDITABLE
from portal.events import service as events
from portal.events.rules import A_MINUTE, ChangedShow, Show
from portal.extensions import db
from portal.outbox import letters
from portal.outbox.models import LetterKind
from portal.venues.models import Venue

_MORNING, _NIGHT = timedelta(hours=5), timedelta(hours=27)


@dataclass(frozen=True)
class Notice:
    """A performance that is not as guests planned, and how many bookings were planned for it.

    `beside` are other shows that start when it was to start, for which some of the bookings may be.
    """

    change: ChangedShow
    bookings: int
    zone: str
    beside: Sequence[Show] = ()

    @property
    def is_open(self) -> bool:
        return self.change.settled_at is None

    @property
    def what(self) -> str:
        """What happened, in a sentence without its full stop."""
        change, zone = self.change, self.zone
        name = change.show.name or "A show without a name"
        was = labels.wall_time(change.was_at, zone)
        if change.show.cancelled:
            return f"{name} at {was} is cancelled"
        if change.stands_again:
            return f"{name} starts at {was} again"
        now = labels.wall_time(change.show.starts_at, zone)
        day = clock.local_date(change.was_at, zone)
        by_now = clock.local_date(change.show.starts_at, zone)
        if by_now != day:
            return f"{name} moved from {was} to {labels.day_name(by_now, day)}, {now}"
        return f"{name} moved from {was} to {now}"

    @property
    def whom(self) -> str:
        """Whom it concerns."""
        was = labels.wall_time(self.change.was_at, self.zone)
        if not self.bookings:
            return f"No booking is planned for {was}"
        return f"{self.bookings} booking{'' if self.bookings == 1 else 's'} planned for {was}"


@dataclass(frozen=True)
class Concerned:
    """A booking that was planned for a performance, and what is left to eat by now.

    `why_no_letter` says why its guest is not written to, "" where they are.
    """

    booking: Booking
    leave_by: datetime | None
    minutes: int | None
    why_no_letter: str

    @property
    def gets_letter(self) -> bool:
        return not self.why_no_letter


@dataclass(frozen=True)
class Dealt:
    """How many guests of a changed performance are written to, and how many are not."""

    letters: int
    others: int


def of_day(venue: Venue, on: date) -> list[Notice]:
    """Return the performances that were to start on the evening of a day and do not, by that start."""
    begins, _ = clock.day_bounds(on, venue.timezone)
    first, end = begins + _MORNING, begins + _NIGHT
    changes = events.changed_shows(venue.id, first, end)
    if not changes:
        return []
    counted = _planned_between(venue, first, end)
    shows = [show for show in events.shows_between(venue.id, first, end) if not show.cancelled]
    return [_notice(venue, change, counted, shows) for change in changes]


def open_of_day(venue: Venue, on: date) -> list[Notice]:
    """Return those of them that concern somebody and that nobody has dealt with."""
    return [notice for notice in of_day(venue, on) if notice.is_open and notice.bookings]


def notice(venue: Venue, change_id: int) -> Notice:
    """Return one of them. Raises NotHere."""
    change = events.changed_show(venue.id, change_id)
    first, end = _minute_of(change.was_at)
    shows = [show for show in events.shows_at(venue.id, change.was_at) if not show.cancelled]
    return _notice(venue, change, _planned_between(venue, first, end), shows)


def concerned(venue: Venue, change: ChangedShow) -> list[Concerned]:
    """Return the bookings that were planned for a performance, by arrival."""
    show, now = change.show, clock.utc_now()
    found = []
    for booking in _bookings_of(venue, change):
        leaves = None
        if not show.cancelled and booking.starts_at < show.starts_at:
            leaves = entries.leave_by(show.starts_at)
        minutes = (leaves - booking.starts_at) // A_MINUTE if leaves else None
        found.append(Concerned(booking, leaves, minutes, _why_no_letter(booking, now)))
    return found


def deal_with(venue: Venue, change_id: int, staff_id: int, *, write: bool) -> Dealt | None:
    """Plan the bookings for the new start, write to their guests where that is wanted, and note who did it.

    All at once and once: returns None where somebody had dealt with it before, and changes nothing then.
    Raises NotHere and BusyNow.
    """
    now = clock.utc_now()
    try:
        change = events.changed_show(venue.id, change_id)
        if not events.settle_change(venue.id, change_id, staff_id, now):
            db.session.rollback()
            return None
        # Each is held before a day is, as by whoever changes one of them.
        held = [statuses.held(venue, booking.id) for booking in _bookings_of(venue, change)]
        written = 0
        for booking in held:
            if not change.show.cancelled:
                editing.follow_show(venue, booking, change.show.starts_at, staff_id)
            if write and not _why_no_letter(booking, now):
                to = booking.booked_email.strip()
                letters.owe(LetterKind.SHOW_CHANGED, venue.id, booking.id, to, asked_by_id=staff_id)
                written += 1
        events.note_letters(venue.id, change_id, written)
        db.session.commit()
    except Exception:
        db.session.rollback()
        raise
    return Dealt(written, len(held) - written)


def _notice(venue: Venue, change: ChangedShow, counted: dict[datetime, int], shows: Sequence[Show]) -> Notice:
    first, end = _minute_of(change.was_at)
    number = sum(number for start, number in counted.items() if first <= start < end)
    beside = [
        show
        for show in shows
        if first <= show.starts_at < end and show.performance_id != change.show.performance_id
    ]
    return Notice(change, number, venue.timezone, beside)


def _minute_of(instant: datetime) -> tuple[datetime, datetime]:
    first = instant.replace(second=0, microsecond=0)
    return first, first + A_MINUTE


def _planned_between(venue: Venue, first: datetime, end: datetime) -> dict[datetime, int]:
    """Return how many bookings are planned for each start of a show."""
    rows = db.session.execute(
        select(Booking.show_starts_at, func.count())
        .where(*_PLANNED, Booking.venue_id == venue.id)
        .where(Booking.show_starts_at >= first, Booking.show_starts_at < end)
        .group_by(Booking.show_starts_at)
    )
    return {start: number for start, number in rows if start is not None}


def _bookings_of(venue: Venue, change: ChangedShow) -> Sequence[Booking]:
    if change.stands_again:
        return []
    first, end = _minute_of(change.was_at)
    return db.session.scalars(
        select(Booking)
        .where(*_PLANNED, Booking.venue_id == venue.id)
        .where(Booking.show_starts_at >= first, Booking.show_starts_at < end)
        .order_by(Booking.starts_at, Booking.id)
    ).all()


_PLANNED = (Booking.status.in_(EDITABLE), Booking.seated_at.is_(None))


def _why_no_letter(booking: Booking, now: datetime) -> str:
    """Return why the guest of a booking gets no letter, as whoever sends it decides; "" where they do."""
    if not booking.booked_email.strip():
        return "no email"
    if booking.source == Source.WALK_IN:
        return "walked in"
    if booking.status != Status.CONFIRMED:
        return "not confirmed yet"
    if booking.starts_at <= now:
        return "their time has come"
    return "" if mail.is_set_up(config.current()) else "this portal sends no email"
