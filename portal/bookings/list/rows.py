"""The list of bookings, each page a range of an index whatever the number of bookings. Writes nothing.

A filter that few bookings fit could lead through years of them. So a page looks at no more than MOST_READ
bookings, and says how far it looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Integer, Select, Tuple, literal, or_, select, tuple_

from portal.bookings.list.rules import Linked, Place, Wanted
from portal.bookings.models import Booking, Source, Status
from portal.extensions import UtcDateTime, db
from portal.guests import search
from portal.guests.models import CustomerLink, LinkState
from portal.venues.models import Venue

A_PAGE = 50
A_BATCH = 1_000
MOST_READ = 1_000
MOST_GUESTS = 50

_BOOKINGS, _LINKS = Booking.__table__, CustomerLink.__table__.c
_BY_PLACE = ("service_on", "starts_at", "id")


@dataclass(frozen=True, slots=True)
class Row:
    """One booking as the list has it."""

    id: int
    reference: str
    status: Status
    source: Source
    party_size: int
    service_on: date
    starts_at: datetime
    table_name: str
    name: str
    email: str
    phone: str
    note: str
    allergies: str
    occasion: str
    step_free: bool
    seated_at: datetime | None
    show_starts_at: datetime | None
    created_at: datetime
    link_state: LinkState | None

    @property
    def is_linked(self) -> bool:
        return self.link_state == LinkState.VERIFIED

    @property
    def place(self) -> Place:
        return Place(self.service_on, self.starts_at, self.id)


_COLUMNS = (
    *("id", "reference", "status", "source", "party_size", "service_on", "starts_at"),
    *("table_name", "booked_name", "booked_email", "booked_phone", "note", "allergies"),
    *("occasion", "step_free", "seated_at", "show_starts_at", "created_at"),
)


@dataclass(frozen=True)
class Part:
    """The part of a venue's bookings that is looked for, with all that is needed to read it.

    Args:
        guest_ids: whose bookings, None for anybody's.
        hint: what a search could not do, in a sentence.
    """

    venue_id: int
    wanted: Wanted
    first: date | None
    last: date | None
    guest_ids: Sequence[int] | None = None
    hint: str = ""

    @property
    def is_read_by_day(self) -> bool:
        return self.guest_ids is None and self.wanted.show_at is None


@dataclass(frozen=True)
class Page:
    """Some rows in their order.

    Args:
        before, after: places to go on from, None at either end.
        looked_until: the last day that was looked at, where the page ended for having read so much.
    """

    rows: Sequence[Row]
    before: Place | None
    after: Place | None
    looked_until: date | None = None


def part(venue: Venue, wanted: Wanted, today: date) -> Part:
    """Return the part of the venue's bookings that fits; a search finds its guests here."""
    first, last = wanted.days(today)
    if not wanted.typed:
        return Part(venue.id, wanted, first, last)
    fits = search.found(venue, wanted.typed, MOST_GUESTS)
    hint = search.hint(venue, wanted.typed, fits)
    if fits.more and not hint:
        hint = f"More than {MOST_GUESTS} guests fit, so we looked at the best ones. Type more letters."
    return Part(venue.id, wanted, first, last, fits.guest_ids, hint)


def page(of: Part, *, after: Place | None = None, before: Place | None = None) -> Page:
    """Return a page: the first, the one after a place, or the one before a place."""
    backwards = before is not None
    found, stopped = _read(of, before or after, A_PAGE + 1, backwards=backwards)
    rows, goes_on = found[:A_PAGE], len(found) > A_PAGE
    last = rows[-1].place if goes_on else stopped
    if backwards:
        rows.reverse()
        return Page(rows, before=last, after=rows[-1].place if rows else before)
    looked_until = stopped.service_on if stopped and not goes_on else None
    return Page(rows, before=_behind(after, rows), after=last, looked_until=looked_until)


def every_row(of: Part, most: int) -> Iterator[Row]:
    """Yield up to `most` rows in order, read in batches that leave no transaction open."""
    place = None
    while most > 0:
        wanted = min(A_BATCH, most)
        found, stopped = _read(of, place, wanted)
        db.session.rollback()
        yield from found
        most -= len(found)
        place = found[-1].place if len(found) == wanted else stopped
        if place is None:
            return


def _behind(after: Place | None, rows: Sequence[Row]) -> Place | None:
    """Return the place before which the page before this one ends."""
    if after is None:
        return None
    return rows[0].place if rows else after


def _read(
    of: Part, place: Place | None, most: int, *, backwards: bool = False
) -> tuple[list[Row], Place | None]:
    """Return up to `most` rows behind a place, and the place at which reading stopped short of the end."""
    table = _table(of)
    order = _Order(of, table, descending=of.wanted.newest_first is not backwards)
    stop = _stop(order, place) if of.is_read_by_day and of.wanted.leaves_some_out else None
    columns = (*(table.c[name] for name in _COLUMNS), _LINKS.state)
    with_link = (table, CustomerLink.__table__, _LINKS.guest_id == table.c.guest_id)
    asked = (
        select(*columns).outerjoin_from(*with_link).where(*order.between(place, stop), *_filters(of, table))
    )
    rows = db.session.connection().execute(order.of(asked).limit(most)).all()
    found = [Row(*row) for row in rows]
    return found, stop if len(found) < most else None


def _table(of: Part) -> FromClause:
    """Return all bookings, or first those of the guests who were found.

    Set apart, so that no database goes through the bookings of all days to find those of a few guests.
    """
    if of.guest_ids is None:
        return _BOOKINGS
    # They were found at the venue, so it need not be named again.
    mine = select(_BOOKINGS).where(_BOOKINGS.c.guest_id.in_(of.guest_ids))
    return mine.cte("of_guests").prefix_with("MATERIALIZED", dialect="postgresql")


class _Order:
    """How a part is sorted: by day, time and id; the bookings of one show without the day."""

    def __init__(self, part: Part, table: FromClause, *, descending: bool) -> None:
        self._part, self._table, self._descending = part, table, descending
        self._left_out = 0 if part.wanted.show_at is None else 1
        self._columns = [table.c[name] for name in _BY_PLACE[self._left_out :]]

    def of(self, asked: Select[Any]) -> Select[Any]:
        return asked.order_by(*(column.desc() if self._descending else column for column in self._columns))

    def between(self, behind: Place | None, up_to: Place | None) -> list[ColumnElement[bool]]:
        """Return what holds for the part behind a place, and no further than another.

        Where a place says more than a day, the day is left out: SQLite reads from whichever end it met first.
        """
        part, here = self._part, tuple_(*self._columns)
        found = [self._table.c.venue_id == part.venue_id] if part.guest_ids is None else []
        low, high = (up_to, behind) if self._descending else (behind, up_to)
        if low is not None and (part.first is None or low.service_on >= part.first):
            there = self._values(low)
            found.append(here >= there if low is up_to else here > there)
        elif part.first is not None:
            found.append(self._table.c.service_on >= part.first)
        if high is not None and (part.last is None or high.service_on <= part.last):
            there = self._values(high)
            found.append(here <= there if high is up_to else here < there)
        elif part.last is not None:
            found.append(self._table.c.service_on <= part.last)
        return found

    def _values(self, place: Place) -> Tuple:
        values = (
            literal(place.service_on, Date()),
            literal(place.starts_at, UtcDateTime()),
            literal(place.booking_id, Integer()),
        )
        return tuple_(*values[self._left_out :])


def _stop(order: _Order, place: Place | None) -> Place | None:
    """Return the place MOST_READ bookings behind a place, None where there are not so many."""
    places = select(*(_BOOKINGS.c[name] for name in _BY_PLACE)).where(*order.between(place, None))
    asked = order.of(places).offset(MOST_READ - 1).limit(1)
    row = db.session.connection().execute(asked).one_or_none()
    return Place(*row) if row else None


def _filters(of: Part, table: FromClause) -> list[ColumnElement[bool]]:
    wanted = of.wanted
    found: list[ColumnElement[bool]] = []
    if wanted.show_at is not None:
        found.append(table.c.show_starts_at == wanted.show_at)
    if wanted.status is not None:
        found.append(table.c.status == wanted.status)
    if wanted.source is not None:
        found.append(table.c.source == wanted.source)
    if wanted.linked is Linked.YES:
        found.append(_LINKS.state == LinkState.VERIFIED)
    elif wanted.linked is Linked.NO:
        found.append(or_(_LINKS.state.is_(None), _LINKS.state != LinkState.VERIFIED))
    return found
