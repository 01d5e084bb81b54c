"""Which times are on offer, and which table a party gets: plain values in, plain values out.

Two measures guard a slot. Covers count everybody seated, to the instant. Tables are held by the quarter hour,
the grain of the key that stands behind them, so that no table is offered that the key would refuse.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from portal.clock import from_local, to_local

QUARTER_SECONDS = 15 * 60
_Stay = tuple[
    float, float
]  # from and until, in seconds of the epoch, which sort and hash faster than datetimes
_Span = tuple[datetime, datetime] | None
_DAY = timedelta(days=1)
# Other years are slips of the keyboard, and arithmetic at the ends of the calendar overflows.
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Period:
    """Lunch or dinner as it runs on one weekday; times are the venue's wall times, both ends bookable.

    A `last_seating` at or before `opens` lies after midnight and belongs to the day the service began.
    `covers` is how many people may be seated at once while a party of this period sits.
    """

    id: int
    name: str
    opens: time
    last_seating: time
    slot_minutes: int
    stay_minutes: int
    covers: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the largest party it takes."""

    id: int
    seats: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Covers seated from `starts_at` up to, not including, `ends_at`, by one party or by several.

    `table_ids` are the tables they hold between them, none where covers alone count.
    """

    table_ids: Sequence[int]
    starts_at: datetime
    ends_at: datetime
    covers: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A stay to ask for. `service_on` is the day its service began, which after midnight is yesterday."""

    starts_at: datetime
    ends_at: datetime
    period_id: int
    period_name: str
    service_on: date


Offer = tuple[Period, Slot]
"""A slot and the period whose covers bound it."""

Week = Mapping[int, Sequence[Period]]
"""Periods by weekday, Monday 0, each day's in the order in which they open."""


def on_calendar(day: date) -> bool:
    """Return whether a day, or an instant, lies in years that anybody books."""
    return day.year in _YEARS


def periods_on(week: Week, service_on: date) -> Sequence[Period]:
    """Return the periods that begin on a day, none for a closed one."""
    return week.get(service_on.weekday(), ())


@lru_cache(maxsize=4096)
def period_slots(period: Period, service_on: date, zone: str) -> tuple[Slot, ...]:
    """Return every slot of a period that begins on `service_on`, taken or not, in order.

    Starts are wall times in `zone`, an IANA name: one that the spring change skips is left out, and of one
    that autumn repeats only the first pass is offered. Stays are real minutes on any night.
    """
    slots = []
    for wall in _walls(period, service_on):
        starts_at = from_local(wall.date(), wall.time(), zone)
        if starts_at is not None:
            slots.append(_slot(period, starts_at, service_on))
    return tuple(slots)


def slot_at(period: Period, starts_at: datetime, service_on: date, zone: str) -> Slot | None:
    """Return the stay from any instant between opening and last seating, for staff, else None.

    Both passes of a repeated hour count, since somebody standing at the door is there in either.
    """
    opens, last_seating = _bounds(period, service_on)
    wall = to_local(starts_at, zone).replace(tzinfo=None)
    return _slot(period, starts_at, service_on) if opens <= wall <= last_seating else None


def offers_on(week: Week, service_on: date, zone: str) -> Iterator[Offer]:
    """Yield every slot of the services that begin on a day, taken or not."""
    for period in periods_on(week, service_on):
        for slot in period_slots(period, service_on, zone):
            yield period, slot


def offers_at(week: Week, starts_at: datetime, zone: str, *, slots_only: bool = True) -> Iterator[Offer]:
    """Yield each way of sitting down at `starts_at`, the service that began the day before first.

    With `slots_only` the instant must be a slot; without, any instant of the period will do.
    """
    today = to_local(starts_at, zone).date()
    for service_on in (today - _DAY, today):
        for period in periods_on(week, service_on):
            slot = slot_at(period, starts_at, service_on, zone)
            if slot and (not slots_only or slot in period_slots(period, service_on, zone)):
                yield period, slot


def open_slots(offers: Iterable[Offer], room: Room, party_size: int, now: datetime) -> list[Slot]:
    """Return the slots still to come that `party_size` people can have, in order, no start twice.

    Where two periods offer one start, the first that has space keeps it.
    """
    found: dict[datetime, Slot] = {}
    for period, slot in offers:
        is_wanted = slot.starts_at > now and slot.starts_at not in found
        if is_wanted and room.has_space(period, slot, party_size):
            found[slot.starts_at] = slot
    return sorted(found.values(), key=lambda slot: slot.starts_at)


def quarters(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """Return the quarter hours that a stay touches, in order: 19:05 to 19:45 gives 19:00, 19:15, 19:30."""
    numbers = _quarter_numbers(starts_at.timestamp(), ends_at.timestamp())
    return [datetime.fromtimestamp(number * QUARTER_SECONDS, UTC) for number in numbers]


def quarter_begin(instant: datetime) -> datetime:
    """Return when the quarter hour began that an instant lies in."""
    return datetime.fromtimestamp(instant.timestamp() // QUARTER_SECONDS * QUARTER_SECONDS, UTC)


def days_sharing_the_room(week: Week, service_on: date, zone: str) -> list[date]:
    """Return, in order, `service_on` and those of its neighbours whose parties can sit at the same time.

    Ordinarily the day alone; a service past midnight may run into the next day's first.
    """
    span = _span(week, service_on, zone)
    neighbours = (service_on - _DAY, service_on + _DAY)
    return sorted([service_on, *(day for day in neighbours if _meet(span, _span(week, day, zone)))])


class Room:
    """What is taken, arranged so that each slot costs a few steps however many parties there are.

    Tables stand in order of size, and a set of them is one number with a bit for each. Parties that share a
    stay, as those of one slot do, are added up before anything is laid out in time. It never changes.
    """

    def __init__(self, tables: Sequence[Table], taken: Sequence[Taken]) -> None:
        self._tables = sorted(tables, key=lambda table: (table.seats, table.id))
        self._seats = [table.seats for table in self._tables]
        bits = {table.id: 1 << place for place, table in enumerate(self._tables)}
        covers: dict[_Stay, int] = defaultdict(int)
        held: dict[_Stay, int] = defaultdict(int)
        for seated in taken:
            stay = (seated.starts_at.timestamp(), seated.ends_at.timestamp())
            covers[stay] += seated.covers
            for table_id in seated.table_ids:
                held[stay] |= bits.get(table_id, 0)
        self._changes, self._levels = _seated_over_time(covers)
        self._held = _held_by_quarter(held)

    def has_space(self, period: Period, slot: Slot, party_size: int) -> bool:
        """Return whether a party keeps within the period's covers, and has a table where there are tables."""
        if not 0 < party_size <= period.covers - self.peak(slot.starts_at, slot.ends_at):
            return False
        return not self._tables or self.choose_table(slot.starts_at, slot.ends_at, party_size) is not None

    def places(self, period: Period, slot: Slot, party_size: int) -> int:
        """Return how many parties of `party_size` could take the slot beside each other."""
        by_covers = (period.covers - self.peak(slot.starts_at, slot.ends_at)) // party_size
        if not self._tables:
            return max(by_covers, 0)
        return max(min(by_covers, self._free(slot.starts_at, slot.ends_at, party_size).bit_count()), 0)

    def peak(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return the most covers seated at any instant of a stay."""
        first = bisect_right(self._changes, starts_at.timestamp())
        last = bisect_left(self._changes, ends_at.timestamp())
        return max(self._levels[first : last + 1])

    def choose_table(
        self, starts_at: datetime, ends_at: datetime, party_size: int, rather: int | None = None
    ) -> Table | None:
        """Return the smallest table with seats enough that is free for the whole stay, else None.

        The table with the id `rather` goes before all others.
        """
        free = self._free(starts_at, ends_at, party_size)
        for place, table in enumerate(self._tables):
            if table.id == rather and free >> place & 1:
                return table
        return self._tables[(free & -free).bit_length() - 1] if free else None

    def _free(self, starts_at: datetime, ends_at: datetime, party_size: int) -> int:
        """Return the set of tables with seats enough that nobody holds during a stay."""
        held = 0
        for quarter in _quarter_numbers(starts_at.timestamp(), ends_at.timestamp()):
            held |= self._held.get(quarter, 0)
        smallest = bisect_left(self._seats, party_size)
        return ~held & ((1 << len(self._tables)) - (1 << smallest))


def _bounds(period: Period, service_on: date) -> tuple[datetime, datetime]:
    """Return opening and last seating as naive wall times."""
    opens = datetime.combine(service_on, period.opens)
    last_seating = datetime.combine(service_on, period.last_seating)
    return opens, last_seating if last_seating > opens else last_seating + _DAY


def _walls(period: Period, service_on: date) -> Iterator[datetime]:
    opens, last_seating = _bounds(period, service_on)
    minutes_open = (last_seating - opens) // timedelta(minutes=1)
    for minute in range(0, minutes_open + 1, period.slot_minutes):
        yield opens + timedelta(minutes=minute)


def _slot(period: Period, starts_at: datetime, service_on: date) -> Slot:
    # Two instants of an hour that happens twice compare unequal across zones, so everything is in UTC.
    starts_at = starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=period.stay_minutes)
    return Slot(starts_at, ends_at, period.id, period.name, service_on)


def _span(week: Week, service_on: date, zone: str) -> _Span:
    """Return the first and the last instant at which anybody of a day's services can hold a table."""
    edges = []
    for period in periods_on(week, service_on):
        opens, last_seating = _bounds(period, service_on)
        edges += _passes(opens, zone)
        edges += [instant + timedelta(minutes=period.stay_minutes) for instant in _passes(last_seating, zone)]
    quarter = timedelta(seconds=QUARTER_SECONDS)
    return (min(edges) - quarter, max(edges) + quarter) if edges else None


def _passes(wall: datetime, zone: str) -> list[datetime]:
    """Return both readings of a wall time, the same instant twice except on the nights the clocks change."""
    local = wall.replace(tzinfo=ZoneInfo(zone))
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def _meet(one: _Span, other: _Span) -> bool:
    return one is not None and other is not None and one[0] < other[1] and other[0] < one[1]


def _seated_over_time(covers: Mapping[_Stay, int]) -> tuple[list[float], list[int]]:
    """Return when the number seated changes, and that number before, between and after those moments.

    At one moment those who leave come first, so that a place turned on the minute is not counted twice.
    """
    changes = sorted(
        change for (begin, end), size in covers.items() for change in ((begin, size), (end, -size))
    )
    return [moment for moment, _ in changes], list(accumulate((size for _, size in changes), initial=0))


def _held_by_quarter(held: Mapping[_Stay, int]) -> dict[int, int]:
    """Return the set of tables that somebody holds in each quarter hour."""
    by_quarter: dict[int, int] = defaultdict(int)
    for stay, tables in held.items():
        for quarter in _quarter_numbers(*stay):
            by_quarter[quarter] |= tables
    return by_quarter


def _quarter_numbers(begin: float, end: float) -> range:
    """Return the quarter hours of the epoch, by number, that a stay touches."""
    return range(int(begin // QUARTER_SECONDS), -int(-end // QUARTER_SECONDS))
