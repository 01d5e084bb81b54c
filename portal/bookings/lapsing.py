"""Bookings that nobody confirms in time: they hold their table for a while and then give it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from portal import clock
from portal.availability.locks import BusyNow
from portal.availability.models import PENDING_MINUTES, OnlineRules
from portal.bookings import rules, statuses
from portal.bookings.models import Booking, Status, StatusChange
from portal.extensions import db
from portal.scoping import NotHere
from portal.venues.models import Doer, Venue

_AT_A_TIME = 50
# As the index has it, since SQLite uses no index whose condition is worded otherwise.
_PENDING = text("bookings.status IN ('pending', 'pending_payment')")


def lapses_at(booking: Booking) -> datetime | None:
    """Return until when a booking that is not confirmed holds its table, None for as long as it takes."""
    if booking.status not in rules.PENDING:
        return None
    chosen = db.session.get(OnlineRules, booking.venue_id)
    minutes = chosen.pending_minutes if chosen else PENDING_MINUTES
    since = db.session.scalar(select(func.max(StatusChange.at)).where(StatusChange.booking_id == booking.id))
    return (since or booking.created_at) + timedelta(minutes=minutes) if minutes is not None else None


def lapse_due() -> int:
    """Cancel the bookings whose time to be confirmed is over. Returns how many."""
    now = clock.utc_now()
    limits = db.session.execute(
        select(Booking.venue_id, OnlineRules.venue_id, OnlineRules.pending_minutes)
        .outerjoin(OnlineRules, OnlineRules.venue_id == Booking.venue_id)
        .where(_PENDING)
        .distinct()
    ).all()
    due = []
    # Venue by venue, so that many which wait longer at one keep those of another from no round.
    for venue_id, has_rules, chosen in limits:
        minutes = chosen if has_rules else PENDING_MINUTES
        if minutes is not None:
            before = Booking.venue_id == venue_id, Booking.created_at <= now - timedelta(minutes=minutes)
            oldest = select(Booking.id).where(_PENDING, *before).order_by(Booking.created_at)
            due += [(venue_id, booking_id) for booking_id in db.session.scalars(oldest.limit(_AT_A_TIME))]
    # A fresh transaction sees who confirmed meanwhile.
    db.session.rollback()
    return sum(_lapse(venue_id, booking_id) for venue_id, booking_id in due)


def _lapse(venue_id: int, booking_id: int) -> bool:
    venue = db.session.get_one(Venue, venue_id)
    try:
        due_at = lapses_at(statuses.held(venue, booking_id))
        if due_at is None or clock.utc_now() < due_at:
            db.session.rollback()
            return False
        # The booking is held since it was looked at, so nobody has confirmed it in between.
        statuses.move(venue, booking_id, Status.CANCELLED, done_by=Doer.PORTAL)
    except (BusyNow, NotHere):
        # The next round finds it again.
        db.session.rollback()
        return False
    return True
