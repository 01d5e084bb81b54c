"""Days as the diary shows them, kept in memory for as long as the database says that nothing has changed.

Every question first reads the day's mark, one short query. The rows of the list and the blocks of the tables
are rendered once each: a row that is as it was is not rendered again, and each piece knows the version with
which it last changed, so that an open diary is sent what is new to it alone. That is known only of versions
that were put together here: other processes keep other days, and may have shown what was undone since.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from zlib import crc32

from flask import current_app
from markupsafe import Markup

from portal import clock
from portal.availability import reading, tables
from portal.availability.hours import Period
from portal.bookings.diary import entries, tables_view, versions
from portal.bookings.diary.entries import Entry
from portal.bookings.diary.tables_view import AreaRows, Drawn, Frame, TableRow
from portal.bookings.diary.versions import Mark
from portal.events import service as events
from portal.events.rules import Show
from portal.venues.models import Venue

MOST_DAYS = 60
# More than change while a tablet does not look.
_MOST_VERSIONS = 100
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """A part of the page under its id, and the version of the day with which it last changed."""

    key: str
    content: Hashable
    html: Markup
    version: int


@dataclass(frozen=True)
class Rendered:
    """The pieces of one kind by their key, and the versions of the day at which they were put together."""

    pieces: dict[str, Piece] = field(default_factory=dict)
    versions: tuple[int, ...] = ()


@dataclass(frozen=True)
class House:
    """What a day is drawn on before anybody books: areas, the tables of each place, services and shows."""

    areas: Sequence[AreaRows]
    places: dict[str, tuple[int, ...]]
    periods: Sequence[Period]
    shows: Sequence[Show]


@dataclass
class KeptDay:
    """One service day: its bookings by time, and what the view of tables is drawn on.

    `mark` was read before it, `read_at` is the version right after, so that what changed meanwhile is sent
    once more rather than never.
    """

    on: date
    mark: Mark
    read_at: int
    entries: list[Entry]
    house: House
    frame: Frame
    kinds: dict[str, Rendered] = field(default_factory=dict)
    drawn: Drawn = field(default_factory=dict)
    put_together: dict[str, tuple[Hashable, list[Piece]]] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version that this is, 0 where the day changed while it was read and it is none."""
        return self.mark.version if self.mark.version == self.read_at else 0

    @cached_property
    def frame_number(self) -> int:
        """A number that tells two frames apart, the same in every process."""
        return crc32(repr(self.frame).encode())

    def once(self, kind: str, at: Hashable, make: Callable[[], list[Piece]]) -> list[Piece]:
        """Return the pieces of one kind as they were put together, unless the clock changed some since.

        `at` tells what the clock has changed.
        """
        known = self.put_together.get(kind)
        if known is not None and known[0] == at:
            return known[1]
        made = make()
        self.put_together[kind] = (at, made)
        return made

    def rendered(
        self, kind: str, wanted: Iterable[tuple[str, Hashable]], render: Callable[[list[Any]], list[Markup]]
    ) -> list[Piece]:
        """Return pieces of one kind in order, those that are as they were from memory.

        Args:
            kind: what they are called together.
            wanted: the id of each and what it is made from.
            render: makes the pieces of some contents at once.
        """
        had = self.kinds.get(kind, Rendered())
        known = had.pieces
        contents = list(wanted)
        missing = [one for one in contents if one[0] not in known or known[one[0]].content != one[1]]
        made = dict(
            zip((key for key, _ in missing), render([content for _, content in missing]), strict=True)
        )
        found = [
            Piece(key, content, made[key], self.read_at) if key in made else known[key]
            for key, content in contents
        ]
        # Put in as a whole, since other threads read it.
        seen = (self.version,) if self.version and self.version not in had.versions else ()
        versions_here = (*had.versions, *seen)[-_MOST_VERSIONS:]
        self.kinds[kind] = Rendered({piece.key: piece for piece in found}, versions_here)
        return found


def day(venue: Venue, on: date) -> KeptDay:
    """Return a day from memory if its mark still stands, else as the database has it."""
    known: dict[Any, KeptDay] = current_app.extensions.setdefault("diary_days", {})
    key = (venue.id, venue.timezone, on)
    mark = versions.mark(venue.id, on)
    kept = known.get(key)
    if kept is not None and kept.mark == mark:
        return kept
    house = kept.house if kept and kept.mark.frame == mark.frame else _house(venue, on)
    fresh = _read(venue, on, mark, house)
    if kept is not None:
        fresh.kinds.update(kept.kinds)
        fresh.drawn = kept.drawn
    meanwhile = known.get(key)
    if meanwhile is not None and meanwhile is not kept and meanwhile.mark.version > mark.version:
        # An older reading never takes the place of a newer one.
        return meanwhile
    if len(known) >= MOST_DAYS:
        known.clear()
    known[key] = fresh
    return fresh


def _house(venue: Venue, on: date) -> House:
    layout = tables.layout(venue)
    places: dict[str, tuple[int, ...]] = {table.name: (table.id,) for table in layout.tables}
    places |= {group.name: tuple(group.table_ids) for group in layout.groups}
    areas = [
        AreaRows(
            area.id if area else 0,
            area.name if area else "",
            tuple(TableRow(table.id, table.name, table.seats) for table in layout.of(area)),
        )
        for area in (*layout.areas, None)
    ]
    hours = reading.hours(reading.house(venue), on, on)
    return House([area for area in areas if area.tables], places, hours.on(on), _shows(venue, on))


def _read(venue: Venue, on: date, mark: Mark, house: House) -> KeptDay:
    found = entries.of_day(venue.id, on, house.places)
    axis = tables_view.axis(on, venue.timezone, house.periods, found, house.shows)
    frame = tables_view.frame(house.areas, axis, house.shows, found)
    return KeptDay(on, mark, versions.mark(venue.id, on).version, found, house, frame)


def _shows(venue: Venue, on: date) -> list[Show]:
    """Return what is on from the morning of a day to the small hours of the next."""
    begins, _ = clock.day_bounds(on, venue.timezone)
    return events.shows_between(venue.id, begins + timedelta(hours=5), begins + _DAY + timedelta(hours=3))
