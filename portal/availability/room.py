"""Where people sit, and what of it is taken: covers to the instant, tables by the quarter hour.

A quarter of an hour is the grain of the key that stands behind the tables, so that no table is offered that
the key would refuse. Plain values in, plain values out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cached_property
from itertools import accumulate

from portal.availability.hours import QUARTER_SECONDS

# From and until, in seconds of the epoch, which sort and hash faster than datetimes.
_Stay = tuple[float, float]


class Asker(Enum):
    """Who wants a place: a diner online, staff for somebody who called, staff for somebody at the door."""

    ONLINE = "online"
    STAFF = "staff"
    WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the parties it takes.

    Args:
        smallest, largest: party; `largest` None means as many as it has seats.
        last_choice: given only when no other table fits.
        online: whether diners on the web may get it.
        for_walk_ins: whether it is kept for people at the door.
        area, position: where it stands in the venue's own order.
        out_from, out_until: first and last service day on which it is out of use; None is open at that end.
    """

    id: int
    seats: int
    name: str = ""
    smallest: int = 1
    largest: int | None = None
    last_choice: bool = False
    online: bool = True
    for_walk_ins: bool = False
    area: int = 0
    position: int = 0
    out_from: date | None = None
    out_until: date | None = None

    def is_out(self, service_on: date) -> bool:
        if self.out_from is None and self.out_until is None:
            return False
        return (self.out_from or date.min) <= service_on <= (self.out_until or date.max)


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that are joined for a large party, and the parties they take together."""

    id: int
    name: str
    table_ids: tuple[int, ...]
    smallest: int
    largest: int
    online: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a party gets: one table, or a group of them."""

    table_ids: tuple[int, ...]
    name: str
    smallest: int
    largest: int
    online: bool = True
    for_walk_ins: bool = False
    group_id: int | None = None

    @property
    def key(self) -> str:
        """What forms and addresses call it: t12 for the table with id 12, g3 for a group."""
        return f"t{self.table_ids[0]}" if self.group_id is None else f"g{self.group_id}"

    def takes(self, party_size: int, asker: Asker) -> bool:
        """Tell whether a party of this size may have it when it is free."""
        if not self.smallest <= party_size <= self.largest:
            return False
        if asker is Asker.ONLINE and not self.online:
            return False
        return asker is Asker.WALK_IN or not self.for_walk_ins


@dataclass(frozen=True, slots=True)
class Taken:
    """Covers seated from `starts_at` up to, not including, `ends_at`, by one party or by several.

    `table_ids` are the tables they hold between them, none where covers alone count.
    """

    table_ids: Sequence[int]
    starts_at: datetime
    ends_at: datetime
    covers: int
    parties: int = 1


def places_of(tables: Sequence[Table], groups: Sequence[Group] = ()) -> tuple[Place, ...]:
    """Return every place in the order in which they are given out.

    The smallest that fits comes first, which keeps large tables for large parties as long as both are free.
    Tables of last choice come after the others, and groups after all tables.
    """
    by_id = {table.id: table for table in tables}
    singles = sorted(
        tables, key=lambda one: (one.last_choice, _most(one), one.seats, one.area, one.position, one.id)
    )
    joined = [group for group in groups if all(table_id in by_id for table_id in group.table_ids)]
    joined.sort(key=lambda group: (group.largest, len(group.table_ids), group.position, group.id))
    return (
        *(
            Place((one.id,), one.name, one.smallest, _most(one), one.online, one.for_walk_ins)
            for one in singles
        ),
        *(
            Place(
                group.table_ids,
                group.name,
                group.smallest,
                group.largest,
                group.online,
                any(by_id[table_id].for_walk_ins for table_id in group.table_ids),
                group.id,
            )
            for group in joined
        ),
    )


def _most(table: Table) -> int:
    return table.seats if table.largest is None else table.largest


def quarters(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """Return the quarter hours that a stay touches, in order: 19:05 to 19:45 gives 19:00, 19:15, 19:30."""
    numbers = _quarter_numbers(starts_at.timestamp(), ends_at.timestamp())
    return [datetime.fromtimestamp(number * QUARTER_SECONDS, UTC) for number in numbers]


def quarter_begin(instant: datetime) -> datetime:
    """Return when the quarter hour began that an instant lies in."""
    return datetime.fromtimestamp(instant.timestamp() // QUARTER_SECONDS * QUARTER_SECONDS, UTC)


class Room:
    """What is taken, arranged so that each slot costs a few steps however many parties there are.

    A set of places is one number with a bit for each, in the order in which they are given out, so the first
    free one is the lowest bit. Parties that share a stay are added up before anything is laid out in time.
    It never changes.

    Args:
        places: from `places_of`; none where covers alone count.
        taken: who sits when.
        absent: tables that nobody can have today: out of use, or hired.
    """

    def __init__(
        self, places: Sequence[Place], taken: Sequence[Taken], absent: frozenset[int] = frozenset()
    ) -> None:
        self.places = places
        self._taken = taken
        self._tables_absent = absent
        # A table that is taken takes each group it belongs to, and a group each of its tables.
        self._with_table: dict[int, int] = defaultdict(int)
        for number, place in enumerate(places):
            for table_id in place.table_ids:
                self._with_table[table_id] |= 1 << number
        self._absent = self._having(absent)
        self._fitting: dict[tuple[int, Asker], int] = {}

    def with_only(self, place: Place) -> Room:
        """Return the same room as it is for those who want this place and no other."""
        return Room([place], self._taken, self._tables_absent)

    def fitting(self, party_size: int, asker: Asker) -> int:
        """Return the set of places that take such a party when they are free and in use."""
        known = self._fitting.get((party_size, asker))
        if known is None:
            known = sum(
                1 << number for number, place in enumerate(self.places) if place.takes(party_size, asker)
            )
            self._fitting[party_size, asker] = known
        return known

    def in_use(self, party_size: int, asker: Asker) -> int:
        """Return those of the fitting places that anybody can have today."""
        return self.fitting(party_size, asker) & ~self._absent

    def free(self, starts_at: datetime, ends_at: datetime, party_size: int, asker: Asker) -> int:
        """Return those of the places in use that nobody holds for any part of a stay."""
        return self.in_use(party_size, asker) & ~self._held_during(starts_at, ends_at)

    def choose(
        self,
        starts_at: datetime,
        ends_at: datetime,
        party_size: int,
        asker: Asker = Asker.STAFF,
        rather: str = "",
    ) -> Place | None:
        """Return the first place in order that is free for a whole stay, None where there is none.

        The place called `rather` goes before all others.
        """
        free = self.free(starts_at, ends_at, party_size, asker)
        if rather:
            for place in self._of(free):
                if place.name == rather:
                    return place
        return next(self._of(free), None)

    def place_with(self, key: str) -> Place | None:
        """Return the place that forms call so, None where there is none."""
        return next((place for place in self.places if place.key == key), None)

    def choices(self, party_size: int, asker: Asker) -> list[Place]:
        """Return the places that such a party can have today when they are free, in order."""
        return list(self._of(self.in_use(party_size, asker)))

    def place_called(self, name: str) -> Place | None:
        """Return the place that staff call so, None where there is none."""
        return next((place for place in self.places if place.name == name), None)

    def is_free(self, place: Place, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether nobody holds any part of a place during a stay, in use or not."""
        return not self._held_during(starts_at, ends_at) >> self.places.index(place) & 1

    def held_from(self, place: Place, from_at: datetime, until_at: datetime) -> datetime | None:
        """Return the first quarter hour of a time in which somebody holds a place, None where nobody does."""
        number = self.places.index(place)
        for quarter in _quarter_numbers(from_at.timestamp(), until_at.timestamp()):
            if self._held.get(quarter, 0) >> number & 1:
                return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)
        return None

    def parties_at_once(
        self, starts_at: datetime, ends_at: datetime, party_size: int, asker: Asker, most: int
    ) -> int:
        """Return how many such parties find places beside each other, up to `most`, given out in order."""
        free = self.free(starts_at, ends_at, party_size, asker)
        found = 0
        while free and found < most:
            place = next(self._of(free))
            free &= ~self._having(place.table_ids)
            found += 1
        return found

    def peak(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return the most covers seated at any instant of a stay."""
        changes, levels = self._seated
        first = bisect_right(changes, starts_at.timestamp())
        last = bisect_left(changes, ends_at.timestamp())
        return max(levels[first : last + 1])

    def starting(self, from_at: datetime, until_at: datetime) -> tuple[int, int]:
        """Return the covers and the parties that start from one instant up to another.

        All of them, since one kitchen cooks for the whole room: a special day or a change of hours gives the
        time another period, and whoever booked it before still comes.
        """
        starts = [party for party in self._taken if from_at <= party.starts_at < until_at]
        return sum(party.covers for party in starts), sum(party.parties for party in starts)

    def _held_during(self, starts_at: datetime, ends_at: datetime) -> int:
        """Return the set of places that somebody holds for any part of a stay, or keeps others from."""
        held = 0
        for quarter in _quarter_numbers(starts_at.timestamp(), ends_at.timestamp()):
            held |= self._held.get(quarter, 0)
        return held

    def _having(self, table_ids: Sequence[int] | frozenset[int]) -> int:
        """Return the set of places that need any of these tables."""
        found = 0
        for table_id in table_ids:
            found |= self._with_table.get(table_id, 0)
        return found

    def _of(self, numbers: int) -> Iterator[Place]:
        """Yield the places of a set in order."""
        while numbers:
            lowest = numbers & -numbers
            yield self.places[lowest.bit_length() - 1]
            numbers ^= lowest

    @cached_property
    def _seated(self) -> tuple[list[float], list[int]]:
        covers: dict[_Stay, int] = defaultdict(int)
        for party in self._taken:
            covers[party.starts_at.timestamp(), party.ends_at.timestamp()] += party.covers
        return _seated_over_time(covers)

    @cached_property
    def _held(self) -> dict[int, int]:
        """The set of places that somebody holds in each quarter hour, or keeps others from."""
        held: dict[_Stay, int] = defaultdict(int)
        for party in self._taken:
            held[party.starts_at.timestamp(), party.ends_at.timestamp()] |= self._having(party.table_ids)
        by_quarter: dict[int, int] = defaultdict(int)
        for stay, places in held.items():
            for quarter in _quarter_numbers(*stay):
                by_quarter[quarter] |= places
        return by_quarter


def _seated_over_time(covers: Mapping[_Stay, int]) -> tuple[list[float], list[int]]:
    """Return when the number seated changes, and that number before, between and after those moments.

    At one moment those who leave come first, so that a place turned on the minute is not counted twice.
    """
    changes = sorted(
        change for (begin, end), size in covers.items() for change in ((begin, size), (end, -size))
    )
    return [moment for moment, _ in changes], list(accumulate((size for _, size in changes), initial=0))


def _quarter_numbers(begin: float, end: float) -> range:
    """Return the quarter hours of the epoch, by number, that a stay touches."""
    return range(int(begin // QUARTER_SECONDS), -int(-end // QUARTER_SECONDS))
