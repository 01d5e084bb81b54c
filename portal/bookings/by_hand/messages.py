"""What staff are told after they book a table for somebody: that it is booked, or why not. Text alone."""

from __future__ import annotations

from datetime import date, datetime

from portal.availability.locks import BusyNow
from portal.availability.service import Answer
from portal.bookings.diary import refusals
from portal.bookings.diary.messages import BUSY
from portal.bookings.labels import day_name, people, wall_time
from portal.bookings.models import Booking
from portal.clock import local_date

USED_ALREADY = (
    "You have already made a booking with this form, with other details. It is in the diary. "
    "To make another booking, press Book table again."
)


def booked(booking: Booking, zone: str) -> str:
    """Return the message after a booking is made, shown above its day."""
    table = f", table {booking.table_name}" if booking.table_name else ""
    when = wall_time(booking.starts_at, zone)
    return f"Booked: {booking.booked_name} at {when}, {people(booking.party_size)}{table}."


def not_booked(
    error: Exception, starts_at: datetime, party_size: int, answer: Answer, zone: str, today: date
) -> str:
    """Return why a booking cannot be had, and what to do."""
    if isinstance(error, BusyNow):
        return BUSY
    when = f"{wall_time(starts_at, zone)} on {day_name(local_date(starts_at, zone), today)}"
    if not answer.obstacles:
        return f"{when} was taken and has just become free. Press the button again."
    return f"{people(party_size)} cannot be seated at {when}. {refusals.told_first(answer, party_size)}"
