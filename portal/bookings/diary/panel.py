"""What the side panel says of one booking. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal import clock
from portal.bookings.diary import buttons, entries, page, spektrix_notes
from portal.bookings.diary.entries import Look
from portal.bookings.labels import day_name
from portal.bookings.models import Booking, Status
from portal.events import service as events
from portal.extensions import db
from portal.guests.models import LinkState
from portal.venues.models import Venue


@dataclass(frozen=True)
class Panel:
    """One booking with its next steps; `visits` and `spektrix` are sentences."""

    booking: Booking
    look: Look
    words: str
    main_button: buttons.Button
    other_buttons: Sequence[buttons.Button]
    is_today: bool
    show_name: str
    leave_by: datetime | None
    visits: str
    spektrix: str
    links: Sequence[tuple[str, str]]


def of_booking(venue: Venue, booking: Booking, links: Sequence[tuple[str, str]]) -> Panel:
    """Return the panel of a booking; `links` are pages about it with their names."""
    now, today = clock.utc_now(), page.today(venue)
    entry = entries.of_booking(booking)
    is_ahead = booking.service_on > today
    show = booking.show_starts_at
    return Panel(
        booking,
        entry.look(now),
        entry.words(now),
        entry.main_button(now, is_ahead=is_ahead),
        entry.other_buttons(now, is_ahead=is_ahead),
        booking.service_on == today,
        " or ".join(each.name for each in events.shows_at(venue.id, show) if each.name) if show else "",
        entries.leave_by(show) if show and booking.starts_at < show else None,
        _visits(venue, booking),
        _spektrix(booking),
        links,
    )


def _visits(venue: Venue, booking: Booking) -> str:
    number, last = db.session.execute(
        select(func.count(), func.max(Booking.service_on)).where(
            Booking.guest_id == booking.guest_id,
            Booking.venue_id == venue.id,
            Booking.status == Status.COMPLETED,
            Booking.starts_at < booking.starts_at,
        )
    ).one()
    if not number:
        return "First visit."
    return f"{number} before, last on {day_name(last, page.today(venue))}."


def _spektrix(booking: Booking) -> str:
    link = booking.guest.link
    if link is None or link.state != LinkState.VERIFIED:
        return "Not linked to a Spektrix customer."
    if booking.status == Status.COMPLETED:
        return f"{spektrix_notes.of_bookings([booking])[booking.id].note.label}."
    return "Sent to Spektrix when marked Completed."
