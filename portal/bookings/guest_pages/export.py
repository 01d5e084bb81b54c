"""All that is kept about one guest, for the guest. No basket, no key, nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.bookings import waiting
from portal.bookings.guest_pages import timeline
from portal.bookings.models import Booking
from portal.extensions import db
from portal.guests.models import Guest
from portal.venues import audit
from portal.venues.models import Venue

_MOST_EVENTS = 100_000


def of(venue: Venue, guest_id: int, staff_id: int) -> dict[str, Any]:
    """Return everything about a guest as JSON can hold it, and note who asked. Raises NotHere.

    Members of staff are left out by name: the file goes to the guest.
    """
    guest = Guest.get_for(venue.id, guest_id)
    link = guest.link
    bookings = db.session.scalars(
        select(Booking).where(Booking.guest_id == guest.id).order_by(Booking.starts_at, Booking.id)
    )
    answer = {
        "venue": venue.name,
        "guest": {
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            "since": _text(guest.created_at),
        },
        "spektrix": link
        and {
            "customer": link.spektrix_customer_id,
            "state": str(link.state),
            "basis": str(link.basis),
            "reason": str(link.reason) if link.reason else None,
            "decided_at": _text(link.decided_at),
        },
        "bookings": [_booking(booking) for booking in bookings],
        "waiting": [
            {
                "for": request.wanted_on.isoformat(),
                "guests": request.party_size,
                "before_the_show_at": _text(request.before_at),
                "asked_at": _text(request.created_at),
                "told_at": _text(request.told_at),
            }
            for request in waiting.of_contact(venue.id, guest.email, guest.phone_key or "")
        ],
        "timeline": [
            {"at": _text(event.at), "what": event.what, "more": event.more}
            for event in timeline.page(venue, guest_id, None, _MOST_EVENTS).events
        ],
    }
    audit.record(venue.id, staff_id, audit.Action.GUEST_EXPORTED, f"guest {guest_id}")
    db.session.commit()
    return answer


def _booking(booking: Booking) -> dict[str, Any]:
    return {
        "reference": booking.reference,
        "status": str(booking.status),
        "source": str(booking.source),
        "starts_at": _text(booking.starts_at),
        "ends_at": _text(booking.ends_at),
        "seated_at": _text(booking.seated_at),
        "left_at": _text(booking.left_at),
        "guests": booking.party_size,
        "table": booking.table_name,
        "name": booking.booked_name,
        "email": booking.booked_email,
        "phone": booking.booked_phone,
        "note": booking.note,
        "occasion": booking.occasion,
        "allergies": booking.allergies,
        "step_free": booking.step_free,
        "show_starts_at": _text(booking.show_starts_at),
        "made_at": _text(booking.created_at),
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
