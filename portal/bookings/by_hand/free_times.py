"""The free times of a day for a party of ours, and what to do where there are none. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from portal import clock
from portal.availability import service as availability
from portal.availability.hours import on_calendar
from portal.availability.room import Asker
from portal.availability.service import DayState
from portal.bookings.labels import people
from portal.venues.models import Venue

_DAYS_AHEAD = 21
_MOST_DAYS = 3


@dataclass(frozen=True)
class FreeTime:
    """A time that can be had, and the table that the party would get, "" where covers alone count."""

    starts_at: datetime
    table: str


@dataclass(frozen=True)
class FreeTimes:
    """What a party can have on a day.

    Args:
        services: each service with its times, in order.
        refusal: why there are none, "" where there are some.
        may_wait: whether a place on the waiting list makes sense.
        other_days: the next days with a free time, where this one has none.
    """

    on: date
    party_size: int
    services: Sequence[tuple[str, Sequence[FreeTime]]]
    refusal: str = ""
    may_wait: bool = False
    other_days: Sequence[date] = ()

    @property
    def count(self) -> int:
        return sum(len(times) for _, times in self.services)

    @property
    def said(self) -> str:
        """The same in a few words, for whoever cannot see it."""
        if self.refusal:
            return self.refusal
        return f"{self.count} free time{'s'[: self.count != 1]} for {people(self.party_size)}"


def free_times(venue: Venue, on: date, party_size: int) -> FreeTimes:
    """Return the times that are still to come and free for a party, service by service."""
    now = clock.utc_now()
    slots = availability.slots(venue, on, party_size, now, Asker.STAFF)
    if slots:
        tables = availability.tables_for(venue, slots, party_size, Asker.STAFF)
        times = [(slot.period_name, FreeTime(slot.starts_at, tables[slot])) for slot in slots]
        services = [
            (name, [time for _, time in group]) for name, group in groupby(times, key=lambda one: one[0])
        ]
        return FreeTimes(on, party_size, services)
    days = availability.month(venue, on, _DAYS_AHEAD, party_size, now, Asker.STAFF) if on_calendar(on) else []
    today = clock.local_date(now, venue.timezone)
    free = [day.on for day in days[1:] if day.state is DayState.OPEN and day.on >= today]
    state = days[0].state if days else DayState.CLOSED
    if on < today or state is DayState.TOO_LATE:
        refusal = "The last time of that day has passed"
    elif state is DayState.CLOSED:
        refusal = "The restaurant is closed that day"
    else:
        refusal = f"No table for {people(party_size)} that day"
    is_full = state is DayState.FULL and on >= today
    may_wait = is_full and availability.could_seat(venue, on, party_size, Asker.STAFF)
    return FreeTimes(on, party_size, [], refusal, may_wait, free[:_MOST_DAYS])
