"""What the bookings of a day say of Spektrix: a tag for each, and why a visit is or is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import bindparam, or_, select

from portal import clock
from portal.bookings import rules, still_shown, visit_sentences
from portal.bookings.models import Booking, LinkCheck, Source, Status
from portal.bookings.rules import Note
from portal.bookings.still_shown import StillShown
from portal.bookings.visit_sentences import Sentence
from portal.extensions import db
from portal.findings import Code, finding
from portal.guests.models import CustomerLink, LinkBasis, LinkState
from portal.outbox.models import Kind, OutboxEntry, State

# What settled longer ago than this every open diary has seen.
_RECENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of a guest's customer."""

    state: LinkState
    basis: LinkBasis
    reason: Code | None
    detail: str


@dataclass(frozen=True, slots=True)
class Question:
    """How a booking asked which customer its guest is."""

    basis: LinkBasis
    reason: Code | None
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What a note is made from, beside what is owed to Spektrix."""

    booking_id: int
    status: Status
    source: Source
    link: Link | None
    question: Question | None


@dataclass(frozen=True, slots=True)
class Told:
    """All that a booking says of Spektrix.

    `sentence` is there for every Completed booking, `still_shown` for one that is not and whose visit
    Spektrix shows all the same.
    """

    note: Note
    sentence: Sentence | None = None
    still_shown: StillShown | None = None


# By booking and kind; rows have the columns that entries have.
_Newest = dict[tuple[int, Kind], Any]

_OF_DAY = (Booking.venue_id == bindparam("venue_id"), Booking.service_on == bindparam("on"))
_KNOWN = (
    select(
        Booking.id,
        Booking.status,
        Booking.source,
        CustomerLink.state,
        CustomerLink.basis,
        CustomerLink.reason,
        CustomerLink.detail,
        LinkCheck.basis.label("asked_by"),
        LinkCheck.reason.label("refused"),
        LinkCheck.settled_at,
    )
    .outerjoin(CustomerLink, CustomerLink.guest_id == Booking.guest_id)
    .outerjoin(LinkCheck, LinkCheck.booking_id == Booking.id)
    .where(*_OF_DAY)
)
_OWED = (
    select(
        OutboxEntry.id,
        OutboxEntry.booking_id,
        OutboxEntry.guest_id,
        OutboxEntry.kind,
        OutboxEntry.state,
        OutboxEntry.reason,
        OutboxEntry.detail,
        OutboxEntry.due_at,
        OutboxEntry.sent_to,
        OutboxEntry.set_back_at,
    )
    .join(Booking, Booking.id == OutboxEntry.booking_id)
    .where(*_OF_DAY)
    .order_by(OutboxEntry.completion_no)
)
_MOVING = (
    select(OutboxEntry.booking_id, OutboxEntry.id, OutboxEntry.state, OutboxEntry.reason, OutboxEntry.due_at)
    .join(Booking, Booking.id == OutboxEntry.booking_id)
    .where(*_OF_DAY, or_(OutboxEntry.closed_at.is_(None), OutboxEntry.closed_at >= bindparam("since")))
    .order_by(OutboxEntry.id)
)
_ASKED = (
    select(Booking.id, LinkCheck.settled_at, CustomerLink.state, CustomerLink.decided_at)
    .outerjoin(CustomerLink, CustomerLink.guest_id == Booking.guest_id)
    .outerjoin(LinkCheck, LinkCheck.booking_id == Booking.id)
    .where(
        *_OF_DAY,
        or_(
            LinkCheck.id.is_not(None) & LinkCheck.settled_at.is_(None),
            LinkCheck.settled_at >= bindparam("since"),
            CustomerLink.decided_at >= bindparam("since"),
        ),
    )
    .order_by(Booking.id)
)


def of_day(venue_id: int, on: date) -> dict[int, Told]:
    """Return what each booking of a day says of Spektrix, by its id: two queries."""
    asked = {"venue_id": venue_id, "on": on}
    known = [
        Known(
            row.id,
            Status(row.status),
            Source(row.source),
            Link(row.state, row.basis, row.reason, row.detail) if row.state else None,
            Question(row.asked_by, row.refused, row.settled_at is not None) if row.asked_by else None,
        )
        for row in db.session.execute(_KNOWN, asked)
    ]
    return told(known, db.session.execute(_OWED, asked).all())


def moving(venue_id: int, on: date, now: datetime) -> tuple[frozenset[int], int]:
    """Return which bookings of a day are dealing with Spektrix just now, and a number that tells of news."""
    asked = {"venue_id": venue_id, "on": on, "since": now - _RECENT}
    owed = db.session.execute(_MOVING, asked).all()
    questions = db.session.execute(_ASKED, asked).all()
    # While Undo is open the seconds are counted.
    counted = int(now.timestamp()) if any(_counts_down(row, now) for row in owed) else 0
    ids: frozenset[int] = frozenset([*(row[0] for row in owed), *(row[0] for row in questions)])
    return ids, crc32(repr((counted, owed, questions)).encode()) if ids else 0


def _counts_down(row: Any, now: datetime) -> bool:
    return row.reason == Code.VISIT_WAITING and row.due_at is not None and row.due_at > now - _RECENT


def of_bookings(bookings: Sequence[Booking]) -> dict[int, Told]:
    """Return what some bookings say of Spektrix, by their ids: one query."""
    owed = db.session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.booking_id.in_([booking.id for booking in bookings]))
        .order_by(OutboxEntry.completion_no)
    ).all()
    return told([known(booking) for booking in bookings], owed)


def known(booking: Booking) -> Known:
    """Return what is known of the guest of a booking."""
    link, check = booking.guest.link, booking.link_check
    return Known(
        booking.id,
        Status(booking.status),
        Source(booking.source),
        Link(link.state, link.basis, link.reason, link.detail) if link else None,
        Question(check.basis, check.reason, check.settled_at is not None) if check else None,
    )


def told(known: Sequence[Known], owed: Sequence[Any]) -> dict[int, Told]:
    """Return what bookings say, by their ids; `owed` are their entries of the outbox, earlier ones first."""
    newest: _Newest = {(entry.booking_id, Kind(entry.kind)): entry for entry in owed}
    booking_of = {entry.id: entry.booking_id for entry in owed}
    shown = {booking_of[entry_id]: each for entry_id, each in still_shown.among(owed).items()}
    return {
        id_: Told(_note(each, newest, shown.get(id_)), _sentence(each, newest), shown.get(id_))
        for id_, each in ((each.booking_id, each) for each in known)
    }


def _note(known: Known, entries: _Newest, shown: StillShown | None) -> Note:
    if shown is not None:
        found = finding(Code.STILL_SHOWN)
        return Note(*(found.tag or ("warn", "")), found.short, moving=shown.is_on_its_way)
    visit = entries.get((known.booking_id, Kind.WRITE_BACK))
    link = link_note(known, entries.get((known.booking_id, Kind.VERIFY_LINK)))
    if known.status != Status.COMPLETED or visit is None:
        return link
    if visit.reason == Code.VISIT_WAITING and link.tone == "off":
        # Nothing will be sent for a guest without a link, so nothing is promised while Undo is open.
        return replace(link, moving=True)
    return entry_note(visit)


def _sentence(known: Known, entries: _Newest) -> Sentence | None:
    if known.status != Status.COMPLETED:
        return None
    visit = entries.get((known.booking_id, Kind.WRITE_BACK))
    if visit is None:
        return visit_sentences.UNKNOWN
    reason = Code(visit.reason) if visit.reason else None
    if reason is Code.VISIT_WAITING and link_note(known, None).tone == "off":
        # Nothing will be sent: what is said is why the guest is not linked.
        reason = Code(known.link.reason) if known.link and known.link.reason else Code.NO_BASKET_BOOKED
    return visit_sentences.sentence_for(State(visit.state), reason, _seconds_left(visit))


def entry_note(entry: Any) -> Note:
    """Return how one thing that is owed to Spektrix stands."""
    reason = Code(entry.reason) if entry.reason else None
    note = rules.visit_note(State(entry.state), reason, entry.detail, _seconds_left(entry))
    # What is looked at minutes later is no reason to keep a page asking.
    return replace(note, moving=note.moving and entry.kind != Kind.READ_AGAIN)


def _seconds_left(entry: Any) -> float | None:
    return (entry.due_at - clock.utc_now()).total_seconds() if entry.due_at else None


def link_note(known: Known, asked: Any | None) -> Note:
    """Return whether a guest is known to Spektrix; `asked` is the question that is on its way, if one is."""
    question, link = known.question, known.link
    is_asking = question is not None and not question.is_settled
    reason = question.reason if question else _standing_reason(link)
    note = rules.link_note(
        source=known.source,
        asking=LinkBasis(question.basis) if question and is_asking else None,
        state=LinkState(link.state) if link else None,
        basis=_basis(link, question),
        reason=Code(reason) if reason else None,
        detail=link.detail if link and reason and link.reason == reason else "",
    )
    if note.moving and asked is not None and asked.reason:
        found = finding(asked.reason)
        return replace(note, text=found.short, who=found.who, step=found.step)
    return note


def _basis(link: Link | None, question: Question | None) -> LinkBasis:
    """A verified link says what it rests on; otherwise the booking's own question does."""
    if link is not None and (question is None or link.state == LinkState.VERIFIED):
        return LinkBasis(link.basis)
    return LinkBasis(question.basis) if question else LinkBasis.BASKET


def _standing_reason(link: Link | None) -> Code | None:
    """A link that went stale concerns every booking; why another booking's basket failed does not."""
    return link.reason if link and link.state == LinkState.STALE else None
