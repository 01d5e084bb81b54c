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

GUEST_GONE = "The guest you chose has been erased or merged. Find them again, or book with these details."
SEATED_ALREADY = "You have already seated a party with this page. It is in the diary. Press the table again."
BOOKED_FROM_LIST = "Somebody has just booked a table for them, at another time. It is in the diary."
NOT_ON_LIST = (
    "They are not on the list any more: somebody has booked a table for them, or has taken them off."
)
PLACE_GONE = "That table has just been taken. Choose another one."


def seated(booking: Booking, zone: str) -> str:
    """Return the message after somebody from the door was seated."""
    table = f" at table {booking.table_name}" if booking.table_name else ""
    until = wall_time(booking.ends_at, zone)
    return f"{booking.booked_name} seated{table}, {people(booking.party_size)}, until {until}."


def waits(name: str, party_size: int, on: date, today: date) -> str:
    """Return the message after somebody was put on the waiting list."""
    return f"{name} waits for a table: {people(party_size)}, {day_name(on, today)}."


def booked_from_list(booking: Booking, zone: str, *, writes: bool) -> str:
    """Return the message after a party that waited has a table: how they hear of it."""
    if writes:
        return f"{booked(booking, zone)} We email {booking.booked_email}."
    reach = booking.booked_phone or booking.booked_email
    return f"{booked(booking, zone)} Tell them: {reach}"


def not_this_guest(chosen: str, other: str) -> str:
    """Return why a booking cannot be for the guest who was chosen: the name or the address is another's."""
    if other:
        return (
            f"That email address belongs to {other}, and you chose {chosen}. "
            f"Choose {other}, or change the address."
        )
    return f"You chose {chosen}, and the name is another one. Press Somebody else, or type their name again."


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
