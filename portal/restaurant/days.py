"""The days of the week in words, and the day that it is at the venue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal import clock
from portal.venues.models import Venue

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local_today(venue: Venue) -> date:
    """Return the day at the venue."""
    return clock.local_date(clock.utc_now(), venue.timezone)


def days_text(weekdays: Iterable[int], length: int | None = 3) -> str:
    """Return weekdays, Monday 0, as people say them: "Tue to Sun", "Wed, Sat and Sun", "every day".

    Their names have `length` letters, all of them with None.
    """
    runs: list[list[int]] = []
    for day in sorted(set(weekdays)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words: list[str] = []
    for run in runs:
        names = [WEEKDAYS[day][:length] for day in run]
        # Two days that follow each other are quicker said one by one.
        words += [f"{names[0]} to {names[-1]}"] if len(run) > 2 else names
    if len(runs) == 1 and len(runs[0]) == len(WEEKDAYS):
        return "every day"
    return listed(words)


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence names them: "Lunch, Tea and Dinner"."""
    every = list(words)
    return " and ".join(filter(None, [", ".join(every[:-1]), *every[-1:]]))
