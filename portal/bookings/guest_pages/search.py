"""The guest list and its search, each page answered by an index whatever the number of guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.bookings import references
from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests import search
from portal.guests.models import Guest
from portal.scoping import LARGEST_ID
from portal.venues.models import Venue

A_PAGE = 50


@dataclass(frozen=True)
class GuestList:
    """Up to A_PAGE guests; `next_before` asks for those after them, None where there are none.

    Args:
        guests: in the order in which they are shown.
        next_before: the last of them, if others follow.
        booking: the one whose reference was typed.
        hint: what a search could not do, in a sentence.
    """

    guests: Sequence[Guest]
    next_before: int | None
    booking: Booking | None = None
    hint: str = ""


def newest(venue: Venue, before: int | None) -> GuestList:
    """Return a page of the venue's guests, newest first, those with an id under `before`."""
    query = select(Guest).where(Guest.venue_id == venue.id).order_by(Guest.id.desc())
    if before is not None:
        query = query.where(Guest.id < min(max(before, 0), LARGEST_ID))
    rows = db.session.scalars(query.limit(A_PAGE + 1)).all()
    shown = rows[:A_PAGE]
    return GuestList(shown, shown[-1].id if len(rows) > A_PAGE else None)


def found(venue: Venue, typed: str, after: int | None) -> GuestList:
    """Return a page of the guests who fit what was typed, the best first, and the booking of that reference.

    `after` is the last guest of the page before.
    """
    fits = search.found(venue, typed, A_PAGE, after)
    # They were found at the venue; naming it again would lead SQLite through all of its guests.
    asked = select(Guest).where(Guest.id.in_(fits.guest_ids))
    by_id = {guest.id: guest for guest in db.session.scalars(asked)}
    shown = [by_id[guest_id] for guest_id in fits.guest_ids if guest_id in by_id]
    return GuestList(
        shown,
        fits.guest_ids[-1] if fits.more else None,
        references.find(venue, typed) if after is None else None,
        search.hint(venue, typed, fits),
    )
