"""The guest list and its search, each page answered by an index whatever the number of guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db
from portal.guests.models import Guest
from portal.guests.rules import email_key, name_key
from portal.scoping import LARGEST_ID
from portal.venues.models import Venue

A_PAGE = 50
_LAST_LETTER = chr(0x10FFFF)
_Key = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass(frozen=True)
class GuestList:
    """Up to A_PAGE guests; `next_before` asks for those after them, None where there are none."""

    guests: Sequence[Guest]
    next_before: int | None


def newest(venue: Venue, before: int | None) -> GuestList:
    """Return a page of the venue's guests, newest first, those with an id under `before`."""
    query = select(Guest).where(Guest.venue_id == venue.id).order_by(Guest.id.desc())
    if before is not None:
        query = query.where(Guest.id < min(max(before, 0), LARGEST_ID))
    return _page(db.session.scalars(query.limit(A_PAGE + 1)).all())


def found(venue: Venue, wanted: str, after: int | None) -> GuestList:
    """Return a page of the guests whose name, surname or e-mail address begins with `wanted`.

    Names come first, by the alphabet, then surnames, then addresses; a guest who was in an earlier part is
    left out of a later one. `after` is the last guest of the page before.
    """
    name = name_key(wanted)
    parts = (
        _Part(Guest.name_key, name),
        _Part(Guest.surname_key, name),
        _Part(Guest.email_key, email_key(wanted)),
    )
    last = None
    if after is not None and 0 < after <= LARGEST_ID:
        last = db.session.scalar(select(Guest).where(Guest.id == after, Guest.venue_id == venue.id))
    start = next((n for n, part in enumerate(parts) if last and part.holds(last)), 0) if last else 0
    shown: list[Guest] = []
    for number, part in list(enumerate(parts))[start:]:
        query = select(Guest).where(Guest.venue_id == venue.id, part.matches)
        query = query.where(*(~earlier.matches_or_no for earlier in parts[:number]))
        if last is not None and number == start:
            key = part.key_of(last)
            query = query.where((part.column > key) | ((part.column == key) & (Guest.id > last.id)))
        query = query.order_by(part.column, Guest.id).limit(A_PAGE + 1 - len(shown))
        shown += db.session.scalars(query).all()
        if len(shown) > A_PAGE:
            break
    return _page(shown)


@dataclass(frozen=True)
class _Part:
    """The guests one of whose keys begins with `prefix`."""

    column: _Key
    prefix: str

    @property
    def matches(self) -> ColumnElement[bool]:
        if not self.prefix:
            return false()
        return (self.column >= self.prefix) & (self.column < self.prefix + _LAST_LETTER)

    @property
    def matches_or_no(self) -> ColumnElement[bool]:
        """The same for use under NOT, where a missing key must not make the answer unknown."""
        return self.column.is_not(None) & self.matches

    def key_of(self, guest: Guest) -> str:
        return getattr(guest, self.column.key) or ""

    def holds(self, guest: Guest) -> bool:
        return bool(self.prefix) and self.key_of(guest).startswith(self.prefix)


def _page(rows: Sequence[Guest]) -> GuestList:
    shown = rows[:A_PAGE]
    return GuestList(shown, shown[-1].id if len(rows) > A_PAGE else None)
