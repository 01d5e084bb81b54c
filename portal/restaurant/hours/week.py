"""The week as a picture: where each period stands, in half hours down and days across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.availability.models import ServicePeriod
from portal.availability.periods import first_and_last
from portal.availability.reading import weekdays_of
from portal.restaurant.days import WEEKDAYS

_MIDNIGHT = 48
# Blocks are tall enough for a name and two times.
_LEAST_ROWS = 3


@dataclass(frozen=True)
class Block:
    """A period on one day. `top` and `end` are rows of the picture; one that runs on began the day before."""

    row: ServicePeriod
    top: int
    end: int
    runs_on: bool = False


@dataclass(frozen=True)
class Hour:
    """An hour of the axis; one with a `gap` stands below hours in which nothing ever happens."""

    text: str
    gap: bool


@dataclass(frozen=True)
class WeekDay:
    """A column."""

    name: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Week:
    """The whole picture."""

    hours: Sequence[Hour]
    days: Sequence[WeekDay]


def drawn(rows: Iterable[ServicePeriod]) -> Week:
    """Return the picture of some periods; hours in which none of them runs are left out."""
    parts: list[tuple[int, ServicePeriod, int, int, bool]] = []
    for row in rows:
        first, last = _half_hours(row)
        for day in weekdays_of(row.weekdays):
            parts.append((day, row, first, min(last, _MIDNIGHT), False))
            if last > _MIDNIGHT:
                parts.append(((day + 1) % 7, row, 0, last - _MIDNIGHT, True))
    used = sorted({half // 2 for _, _, top, end, _ in parts for half in range(top, end)})
    at = {hour: 2 * number + 1 for number, hour in enumerate(used)}
    days: list[list[Block]] = [[] for _ in WEEKDAYS]
    for day, row, top, end, runs_on in parts:
        from_row = at[top // 2] + top % 2
        to_row = at[(end - 1) // 2] + (end - 1) % 2 + 1
        days[day].append(Block(row, from_row, to_row, runs_on))
    return Week(
        [
            Hour(f"{hour:02d}:00", number > 0 and used[number - 1] != hour - 1)
            for number, hour in enumerate(used)
        ],
        [
            WeekDay(name, sorted(blocks, key=lambda block: block.top))
            for name, blocks in zip(WEEKDAYS, days, strict=True)
        ],
    )


def _half_hours(row: ServicePeriod) -> tuple[int, int]:
    """Return from which half hour to before which one a period is drawn, past 48 after midnight."""
    opens, last = first_and_last(row)
    first, end = opens // 30, -(-last // 30)
    if end <= _MIDNIGHT:
        end = max(end, first + _LEAST_ROWS)
        first, end = (first, end) if end <= _MIDNIGHT else (_MIDNIGHT - _LEAST_ROWS, _MIDNIGHT)
    return first, end
