"""Finding the guest for whom a booking is made, while somebody types. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.bookings import service
from portal.bookings.models import Source
from portal.bookings.rules import SOURCE_LABELS
from portal.extensions import db
from portal.guests import search
from portal.guests.models import Guest
from portal.guests.service import is_named_by_address
from portal.scoping import NotHere
from portal.venues.models import Venue

MOST_FOUND = 8
_VISITS_SHOWN = 4
_VISITS_READ = 30
_MOST_TOLD = 3
_NAMELESS = SOURCE_LABELS[Source.WALK_IN]


@dataclass(frozen=True)
class FoundGuest:
    """A guest who fits what was typed; `last_visit` is when their last visit ended."""

    id: int
    name: str
    email: str
    phone: str
    visits: int
    last_visit: datetime | None


@dataclass(frozen=True)
class Visit:
    """A booking of a guest, as staff see it while they make the next one."""

    id: int
    on: date
    starts_at: datetime
    party_size: int
    status: str


@dataclass(frozen=True)
class ChosenGuest:
    """A guest with what staff want to know of them: their latest bookings, notes and allergies.

    `name` is "" where only an address is known.
    """

    id: int
    name: str
    email: str
    phone: str
    visits: Sequence[Visit]
    notes: Sequence[str]
    allergies: Sequence[str]
    step_free: bool


def found(venue: Venue, typed: str) -> list[FoundGuest]:
    """Return the guests who fit best, without those of whom nothing is known."""
    ids = list(search.found(venue, typed, MOST_FOUND).guest_ids)
    columns = select(Guest.id, Guest.name, Guest.email, Guest.phone).where(Guest.id.in_(ids))
    rows = {row.id: row for row in db.session.execute(columns)}
    totals = service.totals_of(ids)
    known = [rows[each] for each in ids if each in rows and not _is_nobody(*rows[each][1:])]
    return [
        FoundGuest(
            *row,
            totals[row.id].visits if row.id in totals else 0,
            totals[row.id].last_ended if row.id in totals else None,
        )
        for row in known
    ]


def chosen(venue: Venue, guest_id: int) -> ChosenGuest:
    """Return one guest. Raises NotHere, for one who is erased too."""
    guest = Guest.get_for(venue.id, guest_id)
    if guest.erased_at is not None:
        raise NotHere("Guest")
    bookings = service.bookings_of_guest(venue, guest_id, _VISITS_READ)
    return ChosenGuest(
        guest.id,
        "" if is_named_by_address(guest) else guest.name,
        guest.email,
        guest.phone,
        [
            Visit(one.id, one.service_on, one.starts_at, one.party_size, one.status)
            for one in bookings[:_VISITS_SHOWN]
        ],
        _told(one.note for one in bookings),
        _told(one.allergies for one in bookings),
        any(one.step_free for one in bookings),
    )


def _told(texts: Iterable[str]) -> list[str]:
    """Return what was said, newest first, each once."""
    return list(dict.fromkeys(text for text in texts if text))[:_MOST_TOLD]


def _is_nobody(name: str, email: str, phone: str) -> bool:
    """Tell whether a guest is somebody at the door of whom nothing was written down."""
    return name == _NAMELESS and not email and not phone
