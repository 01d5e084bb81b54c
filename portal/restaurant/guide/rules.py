"""The set-up guide's results in words. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import NamedTuple

from portal.availability.reading import weekdays_of
from portal.restaurant.days import days_text

_MOST_NAMED = 3


class Served(NamedTuple):
    """A service period: `weekdays` has a bit for each, Monday 1; `valid_from` None for always so far."""

    name: str
    weekdays: int
    opens: time
    last_seating: time
    valid_from: date | None = None


def hours_text(periods: Sequence[Served], today: date) -> str:
    """Return when a venue serves: "Dinner, Tue to Sun, 17:00 to 21:30"; "" where it does not.

    What serves now comes before what begins later, which says from when: "Dinner from 1 January 2027, …".
    """
    in_order = sorted(periods, key=lambda each: _begins_later(each, today))
    named = [
        f"{each.name}{_from_day(each, today)}, {days_text(weekdays_of(each.weekdays))}, "
        f"{each.opens:%H:%M} to {each.last_seating:%H:%M}"
        for each in in_order[:_MOST_NAMED]
    ]
    more = len(periods) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _begins_later(period: Served, today: date) -> bool:
    return period.valid_from is not None and period.valid_from > today


def _from_day(period: Served, today: date) -> str:
    begins = period.valid_from
    return f" from {begins:%-d %B %Y}" if begins and _begins_later(period, today) else ""


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun: 1 table, 40 tables."""
    return f"{number} {one if number == 1 else many}"
