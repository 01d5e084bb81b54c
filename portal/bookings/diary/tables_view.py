"""A day as the Tables view draws it: tables down, time across, in steps of five minutes. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from portal.availability.hours import Period
from portal.bookings.diary.entries import Entry, Look
from portal.bookings.models import Status
from portal.clock import instant_of_wall, to_local, which_pass
from portal.events.rules import Show

STEP = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_STEPS_IN_HOUR = _HOUR // STEP
MOST_STEPS = 28 * _STEPS_IN_HOUR
"""How far static/diary_steps.css reaches."""

MOST_LEVELS = 12
_LEAST = 3
_USUAL = (time(12), time(23))
_USUAL_SHOW = timedelta(hours=2, minutes=30)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table as a row of the view."""

    id: int
    name: str
    seats: int


@dataclass(frozen=True)
class AreaRows:
    """An area with its tables, in the venue's order; `id` 0 and no name for the tables of none."""

    id: int
    name: str
    tables: tuple[TableRow, ...]


@dataclass(frozen=True)
class Axis:
    """The hours across: from a full hour, as many steps as the evening needs."""

    begins_at: datetime
    steps: int
    zone: str

    @property
    def hours(self) -> list[tuple[int, str]]:
        """The step at which each hour begins, and its name."""
        found = []
        for number in range(0, self.steps, _STEPS_IN_HOUR):
            local = to_local(self.begins_at + number * STEP, self.zone)
            found.append((number, f"{local:%H:%M} {which_pass(local)}".rstrip()))
        return found

    def step(self, instant: datetime) -> int:
        """Return the step that an instant lies in, the nearest one for an instant beyond the ends."""
        return min(max((instant - self.begins_at) // STEP, 0), self.steps - _LEAST)

    def step_of_now(self, now: datetime) -> int | None:
        """Return the step that the present lies in, None beyond the ends."""
        step = (now - self.begins_at) // STEP
        return step if 0 <= step < self.steps else None

    def width(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return how many steps something takes, never more than there are, never too few to press."""
        first = self.step(starts_at)
        last = -(-(ends_at - self.begins_at) // STEP)
        return max(min(last, self.steps) - first, _LEAST)


@dataclass(frozen=True, slots=True)
class Block:
    """One booking in one row. `level` tells those apart that lie over each other, 0 for the first.

    `place` numbers the rows of joined tables, `partners` names the other tables. `starts` is its exact start,
    in seconds since 1970.
    """

    id: int
    address: str
    place: int
    starts: int
    step: int
    width: int
    level: int
    look: Look
    name: str
    time: str
    guests: int
    words: str
    has_show: bool
    partners: str
    edits: int


@dataclass(frozen=True)
class Lane:
    """The blocks of one table; `levels` is how many lie over each other at most."""

    key: str
    blocks: tuple[Block, ...]
    levels: int = 1


@dataclass(frozen=True, slots=True)
class OnStage:
    """A performance in the strip above the tables."""

    step: int
    width: int
    text: str
    cancelled: bool


@dataclass(frozen=True)
class Frame:
    """All of the view that is no booking; `has_homeless` for a row of those without a table of today's."""

    axis: Axis
    areas: Sequence[AreaRows]
    stage: Sequence[OnStage]
    curtains: Sequence[int] = ()
    has_homeless: bool = False

    @cached_property
    def names(self) -> dict[int, str]:
        return {table.id: table.name for area in self.areas for table in area.tables}


def axis(
    on: date, zone: str, periods: Sequence[Period], entries: Sequence[Entry], shows: Sequence[Show]
) -> Axis:
    """Return the hours that hold the day's services, its bookings and its shows."""
    spans = [_span(on, zone, period) for period in periods]
    spans += [(entry.starts_at, entry.ends_at) for entry in entries if entry.status != Status.CANCELLED]
    if not spans:
        first, last = (instant_of_wall(datetime.combine(on, wall), zone) for wall in _USUAL)
        spans = [(first, last)]
    spans += [
        (show.starts_at, show.ends_at or show.starts_at + _USUAL_SHOW) for show in shows if not show.cancelled
    ]
    first = min(begin for begin, _ in spans)
    first -= timedelta(minutes=to_local(first, zone).minute, seconds=first.second)
    last = max(end for _, end in spans)
    hours = -(-(last - first) // _HOUR)
    return Axis(first, min(hours * _STEPS_IN_HOUR, MOST_STEPS), zone)


def _span(on: date, zone: str, period: Period) -> tuple[datetime, datetime]:
    opens = instant_of_wall(datetime.combine(on, period.opens), zone)
    after_midnight = timedelta(days=period.last_seating <= period.opens)
    last = instant_of_wall(datetime.combine(on + after_midnight, period.last_seating), zone)
    return opens, last + period.longest_stay


def frame(areas: Sequence[AreaRows], of: Axis, shows: Sequence[Show], entries: Sequence[Entry]) -> Frame:
    """Return what the blocks are drawn on."""
    strip = stage(shows, of)
    curtains = sorted({each.step for each in strip if not each.cancelled})
    known = {table.id for area in areas for table in area.tables}
    has_homeless = any(
        entry.status != Status.CANCELLED and not known.intersection(entry.table_ids) for entry in entries
    )
    return Frame(of, areas, strip, curtains, has_homeless)


def stage(shows: Iterable[Show], of: Axis) -> list[OnStage]:
    """Return the strip of what is on."""
    found = []
    for show in shows:
        ends_at = show.ends_at or show.starts_at + _USUAL_SHOW
        if show.starts_at >= of.begins_at + of.steps * STEP or ends_at <= of.begins_at:
            continue
        when = f"{to_local(show.starts_at, of.zone):%H:%M}"
        if show.ends_at:
            when += f" to {to_local(show.ends_at, of.zone):%H:%M}"
        text = f"{show.name or 'Show'}, {'cancelled' if show.cancelled else when}"
        found.append(
            OnStage(of.step(show.starts_at), of.width(show.starts_at, ends_at), text, show.cancelled)
        )
    return found


Drawn = dict[int, tuple[tuple[object, ...], Lane]]
"""The lane of each table by its id, and what it was drawn from."""


def lanes(frame: Frame, entries: Sequence[Entry], now: datetime, pages: str, drawn: Drawn) -> Drawn:
    """Return the blocks of each table by its id; 0 stands for bookings without a table of today's.

    Who holds a place comes first. Who has left, or did not come, makes room for whoever is next.

    Args:
        frame: what the blocks are drawn on.
        entries: the day's bookings by time.
        now: the present.
        pages: where the page of each booking is, up to its id.
        drawn: what was returned before; lanes whose bookings are as they were are taken from it.
    """
    names = frame.names
    rows: dict[int, list[tuple[Entry, int]]] = {table_id: [] for table_id in names}
    for entry in entries:
        if entry.status == Status.CANCELLED:
            continue
        known = [table_id for table_id in entry.table_ids if table_id in names]
        for place, table_id in enumerate(known or [0]):
            rows.setdefault(table_id, []).append((entry, place))
    found: Drawn = {}
    for table_id, row in rows.items():
        made_from = (frame.axis, frame.areas, pages, *row, *(e.words(now) for e, _ in row if e.is_to_come))
        had = drawn.get(table_id)
        if had is not None and had[0] == made_from:
            found[table_id] = had
        else:
            found[table_id] = (made_from, _lane(frame, table_id, row, now, pages))
    return found


def _lane(frame: Frame, table_id: int, row: Sequence[tuple[Entry, int]], now: datetime, pages: str) -> Lane:
    names = frame.names
    of = frame.axis
    blocks: list[Block] = []
    # Those who hold the place are laid out first, so that the others find what is left.
    ordered = sorted(row, key=lambda one: (one[0].is_over, one[0].starts_at))
    taken = [(of.step(e.starts_at), of.step(e.starts_at) + of.width(e.starts_at, e.ends_at)) for e, _ in row]
    held = [span for span, (entry, _) in zip(taken, row, strict=True) if not entry.is_over]
    for entry, place in ordered:
        first = of.step(entry.starts_at)
        last = first + of.width(entry.starts_at, entry.ends_at)
        if entry.is_over:
            # Shown up to whoever has the table after them.
            nexts = [begin for begin, _ in held if first + _LEAST <= begin < last]
            last = min([last, *nexts])
        level = _free_level(blocks, first, last)
        partners = " + ".join(names[one] for one in entry.table_ids if one != table_id and one in names)
        local = to_local(entry.starts_at, of.zone)
        blocks.append(
            Block(
                entry.id,
                f"{pages}{entry.id}",
                place,
                int(entry.starts_at.timestamp()),
                first,
                last - first,
                level,
                entry.look(now),
                entry.name,
                f"{local:%H:%M} {which_pass(local)}".rstrip(),
                entry.party_size,
                entry.words(now),
                entry.show_starts_at is not None,
                partners,
                entry.edits,
            )
        )
    blocks.sort(key=lambda block: (block.step, block.level, block.id))
    levels = max((block.level for block in blocks), default=0) + 1
    return Lane(f"lane-{table_id}", tuple(blocks), levels)


def _free_level(blocks: Sequence[Block], first: int, last: int) -> int:
    """Return the lowest level at which nothing lies between two steps."""
    busy = {b.level for b in blocks if b.step < last and first < b.step + b.width}
    return next((level for level in range(MOST_LEVELS) if level not in busy), MOST_LEVELS - 1)
