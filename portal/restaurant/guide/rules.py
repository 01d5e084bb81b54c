"""The set-up guide's results in words. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import NamedTuple

from portal.availability.reading import weekdays_of
from portal.restaurant.days import days_text

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
        f"{each.name}, {days_text(weekdays_of(each.weekdays))}, "
        f"{each.opens:%H:%M} to {each.last_seating:%H:%M}"
        for each in periods[:_MOST_NAMED]
    ]
    more = len(periods) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: 1 table, 40 tables."""
    return f"{number} {one if number == 1 else many}"
