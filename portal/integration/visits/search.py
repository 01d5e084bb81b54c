"""Finding visits by what somebody typed: a guest's name, surname or e-mail address, or a booking's reference.

Each is looked up by an index that is sorted letter by letter, so that no history is read through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, union

from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests.models import Guest
from portal.guests.rules import email_key, name_key
from portal.outbox.models import OutboxEntry

MOST_GUESTS = 50
_LAST = chr(0x10FFFF)


@dataclass(frozen=True)
class Search:
    """Conditions of which a visit must meet one. None means no search."""

    conditions: tuple[ColumnElement[bool], ...] | None = None
    first_guests_only: bool = False


def search(venue_id: int, typed: str) -> Search:
    """Return how to find the visits that `typed` names; "" names all of them."""
    if not typed:
        return Search()
    booking_id = db.session.scalar(
        select(Booking.id).where(Booking.venue_id == venue_id, Booking.reference == typed.upper())
    )
    if booking_id is not None:
        return Search((OutboxEntry.booking_id == booking_id,))
    guests = _guests(venue_id, typed)
    return Search((OutboxEntry.guest_id.in_(guests[:MOST_GUESTS]),), len(guests) > MOST_GUESTS)


def _guests(venue_id: int, typed: str) -> list[int]:
    """Return guests whose name, surname or e-mail address begins so, one more than are shown."""
    keys = (
        (Guest.name_key, name_key(typed)),
        (Guest.surname_key, name_key(typed)),
        (Guest.email_key, email_key(typed)),
    )
    parts = [
        select(
            select(Guest.id)
            .where(Guest.venue_id == venue_id, *_begins(column, key))
            .order_by(column)
            .limit(MOST_GUESTS + 1)
            .subquery()
            .c.id
        )
        for column, key in keys
        if key
    ]
    return list(db.session.scalars(union(*parts).limit(MOST_GUESTS + 1))) if parts else []


def _begins(column: Any, key: str) -> tuple[ColumnElement[bool], ...]:
    return (column >= key, column < key + _LAST)
