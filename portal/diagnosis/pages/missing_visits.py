"""The latest visits that are not in Spektrix, to start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.bookings.models import Booking
from portal.extensions import db
from portal.findings import Code
from portal.integration.visits.rows import short
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import Venue

_LOOKED_AT = 50
_SHOWN = 5


@dataclass(frozen=True)
class MissingVisit:
    """One booking whose visit is not in Spektrix, and the short reason."""

    booking_id: int
    name: str
    starts_at: datetime
    why: str


def missing_visits(venue: Venue) -> list[MissingVisit] | None:
    """Return the newest few of the venue's latest visits that are not confirmed, None where there is none."""
    latest = db.session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.venue_id == venue.id, OutboxEntry.kind == Kind.WRITE_BACK)
        .order_by(OutboxEntry.created_at.desc(), OutboxEntry.id.desc())
        .limit(_LOOKED_AT)
    )
    visits = [entry for entry in latest if entry.correction is None]
    if not visits:
        return None
    entries = [entry for entry in visits if entry.state != State.CONFIRMED][:_SHOWN]
    ids = [entry.booking_id for entry in entries]
    found = db.session.scalars(select(Booking).where(Booking.venue_id == venue.id, Booking.id.in_(ids)))
    bookings = {booking.id: booking for booking in found}
    return [_missing(entry, bookings[entry.booking_id]) for entry in entries]


def _missing(entry: OutboxEntry, booking: Booking) -> MissingVisit:
    why = short(entry.venue_id, Code(entry.reason) if entry.reason else None) or "On its way"
    return MissingVisit(booking.id, booking.booked_name, booking.starts_at, why)
