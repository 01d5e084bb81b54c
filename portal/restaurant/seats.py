"""Where the seats of the tables and the guests that a service takes do not agree."""

from __future__ import annotations

from datetime import date

from portal.availability import periods
from portal.venues.models import Venue


def seats_left_out(venue: Venue, today: date) -> list[str]:
    """Say which services take fewer guests at once than the tables have seats: some may stay empty."""
    seats = periods.sizes(venue).seats
    return [
        f"{row.name} takes at most {row.covers} guests at once, but your tables have {seats} seats"
        for row in periods.weekly(venue)
        if row.covers < seats and (row.valid_until or date.max) >= today
    ]
