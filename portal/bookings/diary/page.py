"""What the diary and booking pages show, read in a fixed number of queries. Writes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.availability import service as availability, special_days
from portal.availability.room import Asker
from portal.availability.service import DAYS_SHOWN, Month
from portal.bookings import editing, labels, rules, service
from portal.bookings.diary import buttons, spektrix_notes
from portal.bookings.models import Booking, BookingChange, ChangeKind, Source, Status, StatusChange
from portal.bookings.rules import Note
from portal.bookings.still_shown import StillShown
from portal.bookings.visit_sentences import Sentence
from portal.events import service as events
from portal.extensions import db
from portal.guests.models import LinkState
from portal.outbox.models import Attempt, Correction, Kind, OutboxEntry
from portal.venues.models import Doer, Staff, Venue

CALLS_SHOWN = 12


@dataclass(frozen=True)
class Line:
    """One booking with what it says of Spektrix and what can be pressed.

    `is_ahead` is true until the booking's day has come.
    """

    booking: Booking
    told: spektrix_notes.Told
    is_ahead: bool = False

    @property
    def note(self) -> Note:
        return self.told.note

    @property
    def sentence(self) -> Sentence | None:
        return self.told.sentence

    @property
    def still_shown(self) -> StillShown | None:
        return self.told.still_shown

    @property
    def status(self) -> Status:
        return Status(self.booking.status)

    @property
    def is_seated(self) -> bool:
        return self.status is Status.CONFIRMED and self.booking.seated_at is not None

    @property
    def is_late(self) -> bool:
        """Whether the party is a quarter of an hour late."""
        stay = self.booking.starts_at, self.booking.ends_at
        return rules.is_late(self.status, self.booking.seated_at, stay, clock.utc_now())

    @property
    def is_over(self) -> bool:
        """Whether the stay is over, so that Completed suggests itself."""
        return rules.is_over(self.status, self.booking.ends_at, clock.utc_now())

    @property
    def is_editable(self) -> bool:
        return self.status in rules.EDITABLE

    @property
    def status_look(self) -> buttons.Look:
        return buttons.look_of(self.status, is_seated=self.is_seated, is_late=self.is_late)

    @property
    def source_label(self) -> str:
        return rules.SOURCE_LABELS[Source(self.booking.source)]

    @property
    def sends_planned_end(self) -> bool:
        """Whether Spektrix is told of an end that its party did not stay for (Q24)."""
        link = self.booking.guest.link
        return self.booking.left_at is not None and link is not None and link.state == LinkState.VERIFIED

    @property
    def main_button(self) -> buttons.Button:
        return buttons.main_button(
            self.status, is_ahead=self.is_ahead, is_seated=self.is_seated, is_over=self.is_over
        )

    @property
    def other_buttons(self) -> list[buttons.Button]:
        return buttons.other_buttons(
            self.status, is_ahead=self.is_ahead, is_seated=self.is_seated, is_over=self.is_over
        )


@dataclass(frozen=True)
class Banner:
    """What a day says above its bookings.

    `special` says that it is closed, or how it is unlike its weekday, in the venue's words: Closed: Party.
    `next_booked` is the next day with bookings, set on a day without any.
    """

    special: str = ""
    next_booked: date | None = None


@dataclass(frozen=True)
class Change:
    """One move in a booking's history, and who made it."""

    old: Status | None
    new: Status
    at: datetime
    who: str
    words: str


@dataclass(frozen=True)
class Told:
    """One line of a booking's history. `undo_id` is there for the change that can be taken back."""

    at: datetime
    who: str
    words: str
    undo_id: int | None = None


@dataclass(frozen=True)
class Send:
    """One thing owed to Spektrix for a booking, and how it stands."""

    entry: OutboxEntry
    note: Note
    decided_by: str = ""

    @property
    def is_visit(self) -> bool:
        return self.entry.kind == Kind.WRITE_BACK

    @property
    def title(self) -> str:
        if self.entry.correction:
            return rules.CORRECTION_LABELS[Correction(self.entry.correction)]
        return {
            Kind.WRITE_BACK: f"Sending visit {self.entry.completion_no}",
            Kind.VERIFY_LINK: "Asking which customer this is",
            Kind.READ_AGAIN: "Reading the customer again, because we do not know the result of an update",
        }[self.entry.kind]

    def row_title(self, sends: int) -> str:
        """Return what it is called beside the other visits of the booking, `sends` in all."""
        if self.entry.correction:
            return self.title
        return "Visit" if sends == 1 else f"Visit {self.entry.completion_no}"

    @property
    def calls(self) -> Sequence[Attempt]:
        """The latest calls made for it, oldest first."""
        return self.entry.attempts_made[-CALLS_SHOWN:]

    @property
    def earlier_calls(self) -> int:
        return len(self.entry.attempts_made) - len(self.calls)


def today(venue: Venue) -> date:
    """Return the calendar day at the venue."""
    return clock.local_date(clock.utc_now(), venue.timezone)


def banner(venue: Venue, on: date, *, is_empty: bool) -> Banner:
    """Return what a day says above its bookings."""
    special = special_text(venue, on)
    if not is_empty:
        return Banner(special)
    # A venue without any hours yet is no closed one.
    open_days = availability.open_days(venue, on, 8)
    if not special and open_days and on not in open_days:
        special = "Closed"
    return Banner(special, service.next_booked_day(venue, on))


def special_text(venue: Venue, on: date) -> str:
    """Return how a day is unlike its weekday, "" for one like any other."""
    row = special_days.on(venue, on)
    if row is None:
        return ""
    special = special_days.plan_of(venue, row)
    if special.closed:
        if special.note.lower().startswith("closed"):
            return special.note
        what = "Closed"
    elif special.periods:
        hours = (f"{each.name} {each.opens:%H:%M} to {each.last_seating:%H:%M}" for each in special.periods)
        what = f"Other hours, {', '.join(hours)}"
    else:
        number = len(special.hired_table_ids)
        what = f"Private hire of {number} table{'' if number == 1 else 's'}"
    return f"{what}: {special.note}" if special.note else what


def line(venue: Venue, booking_id: int) -> Line:
    """Return one booking as a line. Raises NotHere."""
    return lines(venue, [Booking.get_for(venue.id, booking_id)])[0]


def history(booking: Booking) -> list[Told]:
    """Return all that was done to a booking, with the names of those who did, oldest first."""
    zone, on = db.session.get_one(Venue, booking.venue_id).timezone, booking.service_on
    latest = editing.latest_change(booking)
    can_undo = latest is not None and latest.kind != ChangeKind.UNDONE and booking.status in rules.EDITABLE
    changes = db.session.execute(
        select(BookingChange, Staff.name)
        .outerjoin(Staff, Staff.id == BookingChange.staff_id)
        .where(BookingChange.booking_id == booking.id)
        .order_by(BookingChange.id)
    )
    moved = [Told(move.at, move.who, move.words) for move in _moves(booking)]
    changed = [
        Told(
            change.at,
            Doer(change.done_by).named(name),
            labels.change_words(ChangeKind(change.kind), change.fields, zone, on),
            change.id if can_undo and latest is not None and change.id == latest.id else None,
        )
        for change, name in changes
    ]
    return list(heapq.merge(moved, changed, key=lambda one: one.at))


def last_change(booking: Booking) -> Change:
    """Return the latest move of a booking."""
    return _moves(booking)[-1]


def _moves(booking: Booking) -> list[Change]:
    rows = db.session.execute(
        select(StatusChange, Staff.name)
        .outerjoin(Staff, Staff.id == StatusChange.staff_id)
        .where(StatusChange.booking_id == booking.id)
        .order_by(StatusChange.id)
    )
    return [
        Change(
            Status(move.old) if move.old else None,
            Status(move.new),
            move.at,
            who=Doer(move.done_by).named(name),
            words=rules.move_words(move.old, move.new, move.done_by),
        )
        for move, name in rows
    ]


def sends(booking: Booking) -> list[Send]:
    """Return everything ever owed to Spektrix for a booking with its calls, newest first."""
    rows = db.session.execute(
        select(OutboxEntry, Staff.name)
        .outerjoin(Staff, Staff.id == OutboxEntry.decided_by_id)
        .where(OutboxEntry.venue_id == booking.venue_id, OutboxEntry.booking_id == booking.id)
        .options(selectinload(OutboxEntry.attempts_made))
        .order_by(OutboxEntry.id.desc())
    )
    return [Send(entry, spektrix_notes.entry_note(entry), name or "") for entry, name in rows]


def guest_link(booking: Booking) -> Note:
    """Return what is known of the Spektrix customer behind a booking, whatever became of its visit."""
    asked = db.session.scalar(
        select(OutboxEntry)
        .where(OutboxEntry.booking_id == booking.id, OutboxEntry.kind == Kind.VERIFY_LINK)
        .order_by(OutboxEntry.completion_no.desc())
        .limit(1)
    )
    return spektrix_notes.link_note(spektrix_notes.known(booking), asked)


def months(venue: Venue, first: date, party_size: int) -> list[Month]:
    """Return how the days from `first` stand for a party of ours, with the shows of each."""
    days = availability.month(venue, first, DAYS_SHOWN, party_size, clock.utc_now(), Asker.STAFF)
    last = days[-1].on
    return availability.by_month(days, events.shows_by_day(venue.id, first, last, venue.timezone))


def lines(venue: Venue, bookings: Sequence[Booking]) -> list[Line]:
    """Return bookings as lines, with one query for the notes of all."""
    present = today(venue)
    told = spektrix_notes.of_bookings(bookings)
    return [Line(booking, told[booking.id], is_ahead=booking.service_on > present) for booking in bookings]
