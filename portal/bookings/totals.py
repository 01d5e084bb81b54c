"""What would be written for guests just now, for many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from portal.bookings.models import Booking, Status
from portal.bookings.rules import COUNTED
from portal.extensions import db


@dataclass(frozen=True)
class Totals:
    """The latest end among a guest's Completed bookings, and how many bookings count."""

    last_ended: datetime | None
    visits: int


def totals_of(guest_ids: Collection[int]) -> dict[int, Totals]:
    """Return each guest's totals; a guest without bookings is left out."""
    if not guest_ids:
        return {}
    ended = case((Booking.status == Status.COMPLETED, Booking.ends_at))
    counts = case((Booking.status.in_(COUNTED), 1), else_=0)
    rows = db.session.execute(
        select(Booking.guest_id, func.max(ended).label("last"), func.sum(counts).label("visits"))
        .where(Booking.guest_id.in_(guest_ids))
        .group_by(Booking.guest_id)
    )
    return {row.guest_id: Totals(row.last, int(row.visits)) for row in rows}
