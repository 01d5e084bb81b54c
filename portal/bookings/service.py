"""Finding bookings, their history, their calendar entry, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select

from portal.availability import reading
from portal.availability.models import TableQuarter
from portal.availability.room import quarter_begin
from portal.bookings import rules
from portal.bookings.models import Booking, BookingChange, Status, StatusChange
from portal.extensions import db
from portal.venues.models import Venue


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


def next_booked_day(venue: Venue, service_on: date) -> date | None:
    """Return the next service day with bookings that hold a place."""
    return db.session.scalar(
        select(func.min(Booking.service_on)).where(
            Booking.venue_id == venue.id, Booking.service_on > service_on, Booking.status.in_(rules.COUNTED)
        )
    )


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
    sequence = booking.calendar_sequence + max(len(changes) - 1, 0) + booking.edits
    edited_at = booking.edits and db.session.scalar(
        select(func.max(BookingChange.at)).where(BookingChange.booking_id == booking.id)
    )
    changed_at = max(
        changes[-1].at if changes else booking.created_at,
        booking.remade_at or booking.created_at,
        edited_at or booking.created_at,
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
