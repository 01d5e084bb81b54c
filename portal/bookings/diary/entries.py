"""The bookings of one day as the diary shows them: one narrow query, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select

from portal.availability import reading
from portal.availability.models import Seating
from portal.bookings import rules
from portal.bookings.diary import buttons
from portal.bookings.diary.buttons import Button
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db

ARRIVE_BEFORE_CURTAIN = timedelta(minutes=15)
_A_MINUTE = timedelta(minutes=1)
# Longer than an open diary goes without looking.
_LATELY = timedelta(minutes=5)


class Look(StrEnum):
    """How a booking looks in the diary at one moment: its status, and what the clock makes of it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LATE = "late"
    OPEN = "open"
    SEATED = "seated"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


WORDS = {
    Look.PENDING: "Pending",
    Look.CONFIRMED: "Confirmed",
    Look.LATE: "Late",
    Look.OPEN: "Still open",
    Look.SEATED: "Seated",
    Look.COMPLETED: "Completed",
    Look.CANCELLED: "Cancelled",
    Look.NO_SHOW: "No-show",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking. `ends_at` is when its party leaves, or left; `table_ids` are those of its place."""

    id: int
    status: Status
    source: Source
    starts_at: datetime
    ends_at: datetime
    party_size: int
    name: str
    note: str
    allergies: str
    step_free: bool
    table_name: str
    table_ids: tuple[int, ...]
    show_starts_at: datetime | None
    seated_at: datetime | None
    edits: int
    overbooked: bool = False

    @property
    def is_expected(self) -> bool:
        """Whether it holds its place: to come, here, or been here."""
        return self.status in rules.SEATED

    @property
    def is_over(self) -> bool:
        """Whether its party has left, or did not come."""
        return self.status in {Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}

    @property
    def is_seated(self) -> bool:
        return self.status == Status.CONFIRMED and self.seated_at is not None

    @property
    def is_to_come(self) -> bool:
        return self.status == Status.CONFIRMED and self.seated_at is None

    def look(self, now: datetime) -> Look:
        """Return how it looks at a moment."""
        if self.status in {Status.PENDING, Status.PENDING_PAYMENT}:
            return Look.PENDING
        if self.status != Status.CONFIRMED:
            return Look(self.status)
        if self.seated_at is not None:
            return Look.SEATED
        if rules.is_over(self.status, self.ends_at, now):
            return Look.OPEN
        stay = self.starts_at, self.ends_at
        return Look.LATE if rules.is_late(self.status, None, stay, now) else Look.CONFIRMED

    def main_button(self, now: datetime, *, is_ahead: bool) -> Button:
        """Return its next step."""
        is_over = rules.is_over(self.status, self.ends_at, now)
        return buttons.main_button(self.status, is_ahead=is_ahead, is_seated=self.is_seated, is_over=is_over)

    def other_buttons(self, now: datetime, *, is_ahead: bool) -> list[Button]:
        """Return what else can be done."""
        is_over = rules.is_over(self.status, self.ends_at, now)
        return buttons.other_buttons(
            self.status, is_ahead=is_ahead, is_seated=self.is_seated, is_over=is_over
        )

    def words(self, now: datetime) -> str:
        """Return its look in words: Seated, 20 min late, Confirmed, overbooked."""
        look = self.look(now)
        words = WORDS[look]
        if look is Look.LATE:
            words = f"{(now - self.starts_at) // _A_MINUTE} min late"
        elif self.status == Status.PENDING_PAYMENT:
            words = rules.STATUS_LABELS[Status.PENDING_PAYMENT]
        return f"{words}, overbooked" if self.overbooked and not self.is_over else words


_ENTRIES = (
    select(
        Booking.id,
        Booking.status,
        Booking.source,
        Booking.starts_at,
        Booking.ends_at,
        Booking.left_at,
        Booking.party_size,
        Booking.booked_name,
        Booking.note,
        Booking.allergies,
        Booking.step_free,
        Booking.table_name,
        Seating.dining_table_id,
        Seating.joined_table_ids,
        Booking.show_starts_at,
        Booking.seated_at,
        Booking.edits,
        Booking.overbooked,
    )
    .outerjoin(Seating, Seating.id == Booking.seating_id)
    .where(Booking.venue_id == bindparam("venue_id"), Booking.service_on == bindparam("on"))
    .order_by(Booking.starts_at, Booking.id)
)


def of_day(venue_id: int, on: date, places: dict[str, tuple[int, ...]]) -> list[Entry]:
    """Return a day's bookings by time.

    Args:
        venue_id: whose.
        on: the service day.
        places: the tables of each place by its name, for a booking that holds none any more.
    """
    rows = db.session.connection().execute(_ENTRIES, {"venue_id": venue_id, "on": on})
    found = []
    for row in rows:
        if row.dining_table_id is not None:
            table_ids: tuple[int, ...] = (row.dining_table_id,)
        elif row.joined_table_ids:
            table_ids = tuple(reading.ids(row.joined_table_ids))
        else:
            table_ids = places.get(row.table_name, ())
        left = row.left_at
        ends_at = max(left, row.starts_at + rules.LATE_AFTER) if left and left < row.ends_at else row.ends_at
        found.append(
            Entry(
                row.id,
                Status(row.status),
                Source(row.source),
                row.starts_at,
                ends_at,
                row.party_size,
                row.booked_name,
                row.note,
                row.allergies,
                row.step_free,
                row.table_name,
                table_ids,
                row.show_starts_at,
                row.seated_at,
                row.edits,
                row.overbooked,
            )
        )
    return found


def of_booking(booking: Booking) -> Entry:
    """Return one booking as the diary shows it, without its tables."""
    return Entry(
        booking.id,
        Status(booking.status),
        Source(booking.source),
        booking.starts_at,
        booking.ends_at,
        booking.party_size,
        booking.booked_name,
        booking.note,
        booking.allergies,
        booking.step_free,
        booking.table_name,
        (),
        booking.show_starts_at,
        booking.seated_at,
        booking.edits,
        booking.overbooked,
    )


@dataclass(frozen=True)
class Leaving:
    """How many guests have to leave for one show, and by when."""

    guests: int
    leave_by: datetime


@dataclass(frozen=True)
class Figures:
    """The line of figures above the diary. What the clock decides is 0 or None on other days than today."""

    covers: int
    bookings: int
    seated: int = 0
    late: int = 0
    next_arrival: Entry | None = None
    leaving: Leaving | None = None


def figures(entries: Sequence[Entry], now: datetime, *, is_today: bool) -> Figures:
    """Return what a day adds up to."""
    expected = [entry for entry in entries if entry.is_expected]
    covers = sum(entry.party_size for entry in expected)
    if not is_today:
        return Figures(covers, len(expected))
    return Figures(
        covers,
        len(expected),
        seated=sum(entry.party_size for entry in entries if entry.is_seated),
        late=sum(entry.look(now) is Look.LATE for entry in entries),
        next_arrival=next((e for e in entries if e.is_to_come and e.starts_at >= now), None),
        leaving=_leaving(expected, now),
    )


def leave_by(curtain: datetime) -> datetime:
    """Return when guests leave their table for a show, on the last full five minutes."""
    at = curtain - ARRIVE_BEFORE_CURTAIN
    return at - timedelta(minutes=at.minute % 5)


def _leaving(expected: Sequence[Entry], now: datetime) -> Leaving | None:
    """Return who leaves for the next show that guests of the house go to."""
    to_leave = [
        (leave_by(entry.show_starts_at), entry.party_size)
        for entry in expected
        if entry.show_starts_at
        and entry.status != Status.COMPLETED
        and entry.starts_at < entry.show_starts_at
        and entry.show_starts_at > now
    ]
    if not to_leave:
        return None
    first = min(at for at, _ in to_leave)
    return Leaving(sum(size for at, size in to_leave if at == first), first)


def is_restless(entry: Entry, now: datetime) -> bool:
    """Tell whether the clock has lately changed how a booking looks, or does so every minute."""
    stay_is_over = now >= entry.ends_at + _LATELY
    return entry.is_to_come and now >= entry.starts_at + rules.LATE_AFTER and not stay_is_over


def overdue(entries: Sequence[Entry], now: datetime) -> tuple[tuple[int, str], ...]:
    """Return those whose look the clock has changed, with their words of this minute."""
    return tuple(
        (entry.id, entry.words(now))
        for entry in entries
        if entry.is_to_come and now >= entry.starts_at + rules.LATE_AFTER
    )
