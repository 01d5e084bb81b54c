"""What the diary and booking pages show, read in a fixed number of queries. Writes nothing."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal import clock
from portal.availability import service as availability, special_days
from portal.availability.room import Asker
from portal.availability.service import DAYS_SHOWN, Month
from portal.bookings import editing, labels, rules, service, still_shown, visit_sentences
from portal.bookings.diary import buttons
from portal.bookings.models import Booking, BookingChange, ChangeKind, LinkCheck, Source, Status, StatusChange
from portal.bookings.rules import Note
from portal.bookings.still_shown import StillShown
from portal.bookings.visit_sentences import Sentence
from portal.events import service as events
from portal.extensions import db
from portal.findings import Code, finding
from portal.guests.models import CustomerLink, LinkBasis, LinkState
from portal.outbox.models import Attempt, Correction, Kind, OutboxEntry, State
from portal.venues.models import Doer, Staff, Venue

CALLS_SHOWN = 12


@dataclass(frozen=True)
class Line:
    """One booking with what it says of Spektrix and what can be pressed.

    `sentence` is there for every Completed booking, `still_shown` for one that is not and whose visit
    Spektrix shows all the same. `is_ahead` is true until the booking's day has come.
    """

    booking: Booking
    note: Note
    sentence: Sentence | None = None
    still_shown: StillShown | None = None
    is_ahead: bool = False

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
class Day:
    """One service day. `next_arrival` is set on the venue's present day only.

    `special` says that it is closed, or how it is unlike its weekday, in the venue's words: Closed: Party.
    `next_booked` is the next day with bookings, set on a day without any.
    """

    on: date
    lines: Sequence[Line]
    next_arrival: Booking | None
    special: str = ""
    next_booked: date | None = None

    @property
    def previous(self) -> date:
        return self.on - timedelta(days=1)

    @property
    def following(self) -> date:
        return self.on + timedelta(days=1)

    @property
    def expected(self) -> list[Booking]:
        """The bookings that hold a place."""
        return [line.booking for line in self.lines if line.status in rules.SEATED]

    @property
    def covers(self) -> int:
        return sum(booking.party_size for booking in self.expected)


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


def day(venue: Venue, on: date | None) -> Day:
    """Return a service day's bookings by time, with their notes: two queries however many there are.

    None means the present day at the venue.
    """
    present = today(venue)
    on = on or present
    bookings = service.day_list(venue, on)
    now = clock.utc_now()
    coming = (b for b in bookings if b.status == Status.CONFIRMED and b.starts_at >= now)
    arrival = next(coming, None) if on == present else None
    special = _special_text(venue, on)
    if bookings:
        return Day(on, lines(venue, bookings), arrival, special)
    # A venue without any hours yet is no closed one.
    open_days = availability.open_days(venue, on, 8)
    if not special and open_days and on not in open_days:
        special = "Closed"
    return Day(on, [], None, special, service.next_booked_day(venue, on))


def _special_text(venue: Venue, on: date) -> str:
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
    return [Send(entry, _entry_note(entry), name or "") for entry, name in rows]


def guest_link(booking: Booking) -> Note:
    """Return what is known of the Spektrix customer behind a booking, whatever became of its visit."""
    return _link_note(booking, _newest(_entries([booking])).get((booking.id, Kind.VERIFY_LINK)))


def months(venue: Venue, first: date, party_size: int) -> list[Month]:
    """Return how the days from `first` stand for a party of ours, with the shows of each."""
    days = availability.month(venue, first, DAYS_SHOWN, party_size, clock.utc_now(), Asker.STAFF)
    last = days[-1].on
    return availability.by_month(days, events.shows_by_day(venue.id, first, last, venue.timezone))


def lines(venue: Venue, bookings: Sequence[Booking]) -> list[Line]:
    """Return bookings as lines, with one query for the notes of all."""
    present = today(venue)
    entries = _entries(bookings)
    newest, shown = _newest(entries), _still_shown(entries)
    return [
        Line(
            booking,
            _note(booking, newest, shown.get(booking.id)),
            _sentence(booking, newest),
            shown.get(booking.id),
            is_ahead=booking.service_on > present,
        )
        for booking in bookings
    ]


_Newest = dict[tuple[int, Kind], OutboxEntry]


def _entries(bookings: Sequence[Booking]) -> Sequence[OutboxEntry]:
    return db.session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.booking_id.in_([booking.id for booking in bookings]))
        .order_by(OutboxEntry.completion_no)
    ).all()


def _newest(entries: Sequence[OutboxEntry]) -> _Newest:
    """Return the newest entry of each booking and kind; later completions overwrite earlier ones."""
    return {(entry.booking_id, Kind(entry.kind)): entry for entry in entries}


def _still_shown(entries: Sequence[OutboxEntry]) -> dict[int, StillShown]:
    """Return what Spektrix still shows, by the booking's id."""
    booking_of = {entry.id: entry.booking_id for entry in entries}
    return {booking_of[entry_id]: shown for entry_id, shown in still_shown.among(entries).items()}


def _note(booking: Booking, entries: _Newest, shown: StillShown | None) -> Note:
    if shown is not None:
        found = finding(Code.STILL_SHOWN)
        return Note(*(found.tag or ("warn", "")), found.short, moving=shown.is_on_its_way)
    visit = entries.get((booking.id, Kind.WRITE_BACK))
    link = _link_note(booking, entries.get((booking.id, Kind.VERIFY_LINK)))
    if booking.status != Status.COMPLETED or visit is None:
        return link
    if visit.reason == Code.VISIT_WAITING and link.tone == "off":
        # Nothing will be sent for a guest without a link, so nothing is promised while Undo is open.
        return replace(link, moving=True)
    return _entry_note(visit)


def _sentence(booking: Booking, entries: _Newest) -> Sentence | None:
    if booking.status != Status.COMPLETED:
        return None
    visit = entries.get((booking.id, Kind.WRITE_BACK))
    if visit is None:
        return visit_sentences.UNKNOWN
    reason = Code(visit.reason) if visit.reason else None
    if reason is Code.VISIT_WAITING and _link_note(booking, None).tone == "off":
        # Nothing will be sent: what is said is why the guest is not linked.
        link = booking.guest.link
        reason = Code(link.reason) if link and link.reason else Code.NO_BASKET_BOOKED
    return visit_sentences.sentence_for(State(visit.state), reason, _seconds_left(visit))


def _entry_note(entry: OutboxEntry) -> Note:
    reason = Code(entry.reason) if entry.reason else None
    note = rules.visit_note(State(entry.state), reason, entry.detail, _seconds_left(entry))
    # What is looked at minutes later is no reason to keep a page asking.
    return replace(note, moving=note.moving and entry.kind != Kind.READ_AGAIN)


def _seconds_left(entry: OutboxEntry) -> float | None:
    return (entry.due_at - clock.utc_now()).total_seconds() if entry.due_at else None


def _link_note(booking: Booking, question: OutboxEntry | None) -> Note:
    check, link = booking.link_check, booking.guest.link
    asking = check is not None and check.settled_at is None
    reason = check.reason if check else _standing_reason(link)
    note = rules.link_note(
        source=Source(booking.source),
        asking=LinkBasis(check.basis) if check and asking else None,
        state=LinkState(link.state) if link else None,
        basis=_basis(link, check),
        reason=Code(reason) if reason else None,
        detail=link.detail if link and reason and link.reason == reason else "",
    )
    if note.moving and question is not None and question.reason:
        found = finding(question.reason)
        return replace(note, text=found.short, who=found.who, step=found.step)
    return note


def _basis(link: CustomerLink | None, check: LinkCheck | None) -> LinkBasis:
    """A verified link says what it rests on; otherwise the booking's own question does."""
    if link is not None and (check is None or link.state == LinkState.VERIFIED):
        return LinkBasis(link.basis)
    return LinkBasis(check.basis) if check else LinkBasis.BASKET


def _standing_reason(link: CustomerLink | None) -> Code | None:
    """A link that went stale concerns every booking; why another booking's basket failed does not."""
    return link.reason if link and link.state == LinkState.STALE else None
