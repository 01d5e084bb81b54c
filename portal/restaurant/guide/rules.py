"""The set-up guide's results in words. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_NAMED = 3


class Served(NamedTuple):
    """A service period: `weekdays` has a bit for each, Monday 1."""

    name: str
    weekdays: int
    opens: time
    last_seating: time


def hours_text(periods: Sequence[Served]) -> str:
    """Return when a venue serves: "Dinner, Tue to Sun, 17:00 to 21:30"; "" where it does not."""
    named = [
        f"{each.name}, {days_text(each.weekdays)}, {each.opens:%H:%M} to {each.last_seating:%H:%M}"
        for each in periods[:_MOST_NAMED]
    ]
    more = len(periods) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def days_text(weekdays: int) -> str:
    """Return days of the week as people say them: "Tue to Sun", "Wed, Sat and Sun", "every day"."""
    if weekdays == 0b1111111:
        return "every day"
    runs: list[list[int]] = []
    for day in range(7):
        if not weekdays >> day & 1:
            continue
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        # Two days that follow each other are quicker said one by one.
        words += [f"{_DAYS[run[0]]} to {_DAYS[run[-1]]}"] if len(run) > 2 else [_DAYS[day] for day in run]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: 1 table, 40 tables."""
    return f"{number} {one if number == 1 else many}"
