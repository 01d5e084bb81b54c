"""Everything that happened with one guest, Spektrix and our letters, newest first, a page at a time (N8).

Each source is read by the guest and from a mark on, so a page costs the same however long the story is. No
basket, no key and no fingerprint is among what is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.bookings import labels, rules
from portal.bookings.models import Booking, BookingChange, ChangeKind, LinkCheck, Source, StatusChange
from portal.bookings.rules import Note
from portal.extensions import db
from portal.findings import Code, finding
from portal.guests.models import Decision, Guest, LinkBasis, LinkDecision
from portal.outbox.models import Attempt, Correction, Kind, LetterKind, OutboxEntry, OwedLetter, State
from portal.scoping import LARGEST_ID
from portal.venues.models import Doer, Staff, Venue

A_PAGE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"(\d{1,17})-(\d)-(\d{1,10})")


@dataclass(frozen=True, order=True)
class Mark:
    """Where an event stands in the story; later events are greater."""

    at: datetime
    rank: int
    row_id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.rank}-{self.row_id}"


@dataclass(frozen=True)
class Event:
    """One thing that happened: what, to which booking, by whom, and anything more in a second line."""

    mark: Mark
    what: str
    booking_id: int | None = None
    booked_for: datetime | None = None
    who: str = ""
    more: str = ""

    @property
    def at(self) -> datetime:
        return self.mark.at


@dataclass(frozen=True)
class Story:
    """A page of events, newest first; `next_mark` asks for those before them."""

    events: list[Event]
    next_mark: Mark | None


@dataclass(frozen=True)
class _Source:
    """One table's part in the story."""

    query: Select[*tuple[Any, ...]]
    at: InstrumentedAttribute[Any]
    row_id: InstrumentedAttribute[int]
    event: Callable[[Any, Mark], Event]


def mark_from(text: str) -> Mark | None:
    """Return the mark that an address carries, None where it is none of ours."""
    match = _MARK.fullmatch(text)
    if match is None or int(match[3]) > LARGEST_ID:
        return None
    return Mark(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]), int(match[3]))


def page(venue: Venue, guest_id: int, before: Mark | None, limit: int = A_PAGE) -> Story:
    """Return up to `limit` events of a guest, the latest before the mark. Raises NotHere."""
    guest = Guest.get_for(venue.id, guest_id)
    events: list[Event] = []
    for rank, source in enumerate(_sources(guest)):
        events += _read(source, rank, before, limit + 1)
    events.sort(key=lambda event: event.mark, reverse=True)
    shown = events[:limit]
    return Story(shown, shown[-1].mark if len(events) > limit else None)


def _read(source: _Source, rank: int, before: Mark | None, limit: int) -> Iterable[Event]:
    query = source.query.where(source.at.is_not(None))
    if before is not None and rank > before.rank:
        query = query.where(source.at < before.at)
    elif before is not None and rank < before.rank:
        query = query.where(source.at <= before.at)
    elif before is not None:
        same_time = (source.at == before.at) & (source.row_id < before.row_id)
        query = query.where((source.at < before.at) | same_time)
    rows = db.session.execute(query.order_by(source.at.desc(), source.row_id.desc()).limit(limit))
    for row in rows:
        yield source.event(row, Mark(row.event_at, rank, row.event_id))


def _sources(guest: Guest) -> list[_Source]:
    of_guest = Booking.guest_id == guest.id
    owed = (OutboxEntry.guest_id == guest.id, OutboxEntry.kind == Kind.WRITE_BACK)
    entries = select(OutboxEntry, Booking).join(Booking, Booking.id == OutboxEntry.booking_id)
    checks = select(LinkCheck, Booking).join(Booking, Booking.id == LinkCheck.booking_id).where(of_guest)
    moves = (
        select(StatusChange, Booking, Staff.name.label("who"))
        .join(Booking, Booking.id == StatusChange.booking_id)
        .outerjoin(Staff, Staff.id == StatusChange.staff_id)
        .where(of_guest)
    )
    changes = (
        select(BookingChange, Booking, Staff.name.label("who"), Venue.timezone.label("zone"))
        .join(Booking, Booking.id == BookingChange.booking_id)
        .join(Venue, Venue.id == Booking.venue_id)
        .outerjoin(Staff, Staff.id == BookingChange.staff_id)
        .where(of_guest)
    )
    calls = (
        select(Attempt, OutboxEntry, Booking)
        .join(OutboxEntry, OutboxEntry.id == Attempt.entry_id)
        .join(Booking, Booking.id == OutboxEntry.booking_id)
        .where(OutboxEntry.guest_id == guest.id)
    )
    decided = (
        select(OutboxEntry, Booking, Staff.name.label("who"))
        .join(Booking, Booking.id == OutboxEntry.booking_id)
        .outerjoin(Staff, Staff.id == OutboxEntry.decided_by_id)
        .where(*owed)
    )
    links = (
        select(LinkDecision, Staff.name.label("who"))
        .outerjoin(Staff, Staff.id == LinkDecision.staff_id)
        .where(LinkDecision.guest_id == guest.id)
    )
    sent = select(OwedLetter, Booking).join(Booking, Booking.id == OwedLetter.booking_id).where(of_guest)
    return [
        _source(moves, StatusChange.at, StatusChange.id, _moved),
        _source(checks, LinkCheck.seen_at, LinkCheck.id, _asked),
        _source(entries.where(*owed), OutboxEntry.created_at, OutboxEntry.id, _owed),
        _source(calls, Attempt.at, Attempt.id, _called),
        _source(checks, LinkCheck.settled_at, LinkCheck.id, _answered),
        _source(entries.where(*owed), OutboxEntry.closed_at, OutboxEntry.id, _ended),
        _source(decided, OutboxEntry.decided_at, OutboxEntry.id, _sent_or_discarded),
        _source(links, LinkDecision.at, LinkDecision.id, _linked),
        _source(changes, BookingChange.at, BookingChange.id, _changed),
        _source(sent, OwedLetter.sent_at, OwedLetter.id, _written_to),
    ]


def _source(
    query: Select[*tuple[Any, ...]],
    at: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[int],
    event: Callable[[Any, Mark], Event],
) -> _Source:
    return _Source(query.add_columns(at.label("event_at"), row_id.label("event_id")), at, row_id, event)


def _moved(row: Any, mark: Mark) -> Event:
    move, booking = row.StatusChange, row.Booking
    what = rules.move_words(move.old, move.new, move.done_by)
    if move.old is None:
        what = f"{what} ({rules.SOURCE_LABELS[Source(booking.source)].lower()})"
    return Event(mark, what, booking.id, booking.starts_at, Doer(move.done_by).named(row.who))


_LETTERS = {
    LetterKind.CONFIRMATION: "Sent a confirmation",
    LetterKind.CHANGE: "Told of a change by email",
    LetterKind.CANCELLATION: "Told of the cancellation by email",
    LetterKind.REMINDER: "Sent a reminder",
    LetterKind.MOVED: "Told by email that we had to move them",
    LetterKind.SHOW_CHANGED: "Told by email that their show has changed",
}


def _written_to(row: Any, mark: Mark) -> Event:
    letter: OwedLetter = row.OwedLetter
    more = f"To {letter.sent_to}" if letter.sent_to else ""
    return Event(mark, _LETTERS[LetterKind(letter.kind)], row.Booking.id, row.Booking.starts_at, more=more)


def _changed(row: Any, mark: Mark) -> Event:
    change, booking = row.BookingChange, row.Booking
    what = labels.change_words(
        ChangeKind(change.kind), change.fields, row.zone, booking.service_on, brief=True
    )
    return Event(mark, what, booking.id, booking.starts_at, Doer(change.done_by).named(row.who))


def _asked(row: Any, mark: Mark) -> Event:
    by_basket = row.LinkCheck.basis == LinkBasis.BASKET
    what = (
        "Came with a Spektrix basket" if by_basket else "No basket, so we searched Spektrix by their details"
    )
    return Event(mark, what, row.Booking.id, row.Booking.starts_at)


def _answered(row: Any, mark: Mark) -> Event:
    check: LinkCheck = row.LinkCheck
    if check.verified:
        by_basket = check.basis == LinkBasis.BASKET
        what = "Verified: the basket is the guest’s own" if by_basket else "Verified: matched by details"
        return Event(mark, what, row.Booking.id, row.Booking.starts_at)
    more = finding(check.reason).short if check.reason else "There was nothing left to ask"
    return Event(mark, "Not linked by this booking", row.Booking.id, row.Booking.starts_at, more=more)


def _owed(row: Any, mark: Mark) -> Event:
    entry: OutboxEntry = row.OutboxEntry
    note = _note(entry)
    more = "" if entry.closed_at else f"{note.label}: {note.text[:1].lower()}{note.text[1:]}"
    return Event(
        mark, _what(entry, "Visit waiting for Spektrix"), row.Booking.id, row.Booking.starts_at, more=more
    )


def _called(row: Any, mark: Mark) -> Event:
    call: Attempt = row.Attempt
    outcome = labels.outcome_label(call.outcome)
    status = f" ({call.status})" if call.status else ""
    parts = [f"{outcome}{status}"]
    if call.sent:
        parts.append(f"sent {call.sent}")
    if call.received:
        parts.append(f"received {call.received}")
    what = labels.call_label(call.call)
    return Event(mark, what, row.Booking.id, row.Booking.starts_at, "Spektrix", ", ".join(parts))


def _ended(row: Any, mark: Mark) -> Event:
    note = _note(row.OutboxEntry)
    what = _what(row.OutboxEntry, "Visit")
    return Event(mark, f"{what}: {note.label}", row.Booking.id, row.Booking.starts_at, more=note.text)


def _sent_or_discarded(row: Any, mark: Mark) -> Event:
    discarded = row.OutboxEntry.reason == Code.VISIT_DISCARDED
    what = "Visit discarded" if discarded else _what(row.OutboxEntry, "Visit sent again")
    return Event(mark, what, row.Booking.id, row.Booking.starts_at, row.who or "")


def _what(entry: OutboxEntry, otherwise: str) -> str:
    return rules.CORRECTION_LABELS[Correction(entry.correction)] if entry.correction else otherwise


_DECISIONS = {
    Decision.CONFIRMED: "Link confirmed",
    Decision.REJECTED: "Link rejected",
    Decision.UNLINKED: "Unlinked",
    Decision.MERGED: "Merged with another guest",
}


def _linked(row: Any, mark: Mark) -> Event:
    decision: LinkDecision = row.LinkDecision
    more = f"Spektrix customer {decision.spektrix_customer_id}"
    return Event(mark, _DECISIONS[Decision(decision.decision)], who=row.who or "", more=more)


def _note(entry: OutboxEntry) -> Note:
    reason = Code(entry.reason) if entry.reason else None
    return rules.visit_note(State(entry.state), reason, entry.detail)
