"""Which tables belong to which performance of an evening, and in which order to fire. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portal.bookings.diary.entries import Entry, leave_by
from portal.bookings.models import Status
from portal.events.rules import ChangedShow, Show, same_minute


@dataclass(frozen=True)
class Row:
    """A table on the sheet.

    Args:
        entry: its booking.
        must_leave: by when its party leaves for the show, None after the curtain or without a show.
        planned_at: when its show was to start, where that has changed since.
        fire: its place in the order of the evening, None where nobody has to leave.
    """

    entry: Entry
    must_leave: datetime | None = None
    planned_at: datetime | None = None
    fire: int | None = None


@dataclass(frozen=True)
class Group:
    """The tables of one performance, or of several that start in one minute: a booking knows its start alone.

    Without shows it is what no performance on the programme has.
    """

    starts_at: datetime | None
    shows: Sequence[Show] = ()
    rows: Sequence[Row] = ()

    @property
    def must_leave(self) -> datetime | None:
        return leave_by(self.starts_at) if self.starts_at else None

    @property
    def guests(self) -> int:
        return sum(row.entry.party_size for row in self.rows)

    @property
    def is_cancelled(self) -> bool:
        return bool(self.shows) and all(show.cancelled for show in self.shows)

    @property
    def names(self) -> str:
        return " and ".join(show.name or "A show without a name" for show in self.shows)


@dataclass(frozen=True)
class Sheet:
    """An evening by its performances, then the tables of nobody's show."""

    groups: Sequence[Group]
    others: Sequence[Row]


@dataclass
class _Tables:
    shows: list[Show] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def sheet(entries: Sequence[Entry], shows: Sequence[Show], changes: Sequence[ChangedShow]) -> Sheet:
    """Return an evening's tables by the performance that each belongs to, in the order to fire.

    Args:
        entries: the bookings of the day.
        shows: what is on that evening, cancelled ones too.
        changes: performances that were to start that evening at another time, or are cancelled.
    """
    found: dict[datetime, _Tables] = {}
    for show in shows:
        found.setdefault(_minute(show.starts_at), _Tables()).shows.append(show)
    others = []
    for entry in entries:
        if not entry.is_expected or entry.status is Status.COMPLETED:
            continue
        planned_at = entry.show_starts_at
        if planned_at is None:
            others.append(Row(entry))
            continue
        starts_at = start_by_now(planned_at, shows, changes)
        of = found.setdefault(_minute(starts_at), _Tables())
        is_off = bool(of.shows) and all(show.cancelled for show in of.shows)
        leaves = None if is_off or entry.starts_at >= starts_at else leave_by(starts_at)
        of.rows.append(Row(entry, leaves, None if same_minute(planned_at, starts_at) else planned_at))
    numbers = _order_to_fire([row for tables in found.values() for row in tables.rows])
    groups = [
        Group(starts_at, tuple(tables.shows), _in_order(tables.rows, numbers))
        for starts_at, tables in sorted(found.items())
    ]
    others.sort(key=lambda row: (row.entry.starts_at, row.entry.id))
    return Sheet(groups, others)


def start_by_now(planned_at: datetime, shows: Sequence[Show], changes: Sequence[ChangedShow]) -> datetime:
    """Return when the show of a booking starts by now, that was to start at `planned_at`.

    Where another show goes ahead at that time, the booking may be for that one, so it stays there.
    """
    if any(same_minute(show.starts_at, planned_at) and not show.cancelled for show in shows):
        return planned_at
    for change in changes:
        if same_minute(change.was_at, planned_at) and change.settled_at is None:
            return planned_at if change.show.cancelled else change.show.starts_at
    return planned_at


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _order_to_fire(rows: Sequence[Row]) -> dict[int, int]:
    """Number the bookings whose party has to leave: the earliest to leave first, then by arrival."""
    leaving = [(row.must_leave, row.entry.starts_at, row.entry.id) for row in rows if row.must_leave]
    return {booking_id: number for number, (*_, booking_id) in enumerate(sorted(leaving), 1)}


def _in_order(rows: Sequence[Row], numbers: dict[int, int]) -> list[Row]:
    numbered = [Row(row.entry, row.must_leave, row.planned_at, numbers.get(row.entry.id)) for row in rows]
    last = len(numbers) + 1
    return sorted(numbered, key=lambda row: (row.fire or last, row.entry.starts_at, row.entry.id))
