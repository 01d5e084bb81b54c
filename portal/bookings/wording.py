"""Days, times and sentences as staff read them. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from portal.availability.service import BusyNow, SlotTaken
from portal.bookings.models import Booking, Status
from portal.bookings.rules import Note
from portal.bookings.sentences import Sentence
from portal.clock import to_local
from portal.findings import Code, finding
from portal.guests.models import LinkState
from portal.outbox.models import ANSWERED

USED_ALREADY = (
    "This form has already made a booking with other details. You find it in the diary. To make another "
    "booking, press Book table again."
)
_CALLS = {
    "basket_by_id": "Ask who owns the basket",
    "customer_by_id": "Read the customer",
    "customer_by_email": "Look the customer up",
    "probe_client_name": "Check the client name",
    "update_attributes": "Send both values",
}
_BUSY = "Somebody else changed this day at the same time, so nothing was changed. Press the button again."


def day_name(on: date, today: date) -> str:
    """Return a day as the diary heads it: Fri 12 June, with its year where that is not this one."""
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on:%a} {on.day} {on:%B}{year}"


def wall_time(instant: datetime, zone: str) -> str:
    """Return the wall time of an instant: 19:30."""
    return f"{to_local(instant, zone):%H:%M}"


def moment(instant: datetime, zone: str, today: date) -> str:
    """Return day and wall time of an instant: Fri 12 June, 19:30."""
    return f"{day_name(to_local(instant, zone).date(), today)}, {wall_time(instant, zone)}"


def people(number: int) -> str:
    """Return a number of guests in words: 2 guests."""
    return "1 guest" if number == 1 else f"{number} guests"


def waiting_parties(sizes: Sequence[int]) -> str:
    """Return how many parties wait for a table and how large they are, who came first first."""
    first, last = [str(size) for size in sizes[:-1]], people(sizes[-1])
    if not first:
        return f"1 party waits for a table: {last}"
    return f"{len(sizes)} parties wait for a table: {', '.join(first)} and {last}"


def advice(note: Note | Sentence) -> str:
    """Return who does what next: "Your Spektrix admin: create the attribute"."""
    if not note.step:
        return note.who
    if note.step.startswith("Their "):
        return f"{note.who}’s {note.step.removeprefix('Their ')}"
    return f"{note.who}: {note.step[:1].lower()}{note.step[1:]}" if note.who else note.step


def call_label(call: str) -> str:
    """Return what a call to Spektrix is for."""
    return _CALLS.get(call, call)


def outcome_label(outcome: str) -> str:
    """Return how a call ended: what was wrong, if anything."""
    if outcome == ANSWERED:
        return "Answered"
    return finding(outcome).short if outcome in set(Code) else outcome


def booked(booking: Booking, zone: str) -> str:
    """Return what is said once a booking is made, above the day it was made for."""
    table = f", table {booking.table_name}" if booking.table_name else ""
    when = wall_time(booking.starts_at, zone)
    return f"Booked: {booking.booked_name} at {when}, {people(booking.party_size)}{table}."


def not_booked(error: Exception, starts_at: datetime, party_size: int, zone: str) -> str:
    """Return why a booking cannot be had, and what to do."""
    if isinstance(error, BusyNow):
        return _BUSY
    wish = f"{people(party_size)} at {wall_time(starts_at, zone)}"
    if isinstance(error, SlotTaken):
        return (
            f"There is no space left for {wish}. Choose another time, or cancel a booking whose guests "
            "are not coming."
        )
    return (
        f"{wish} cannot be seated on that day: the time lies outside the service periods, or the party is "
        "larger than any table. Change the day, the time or the number of guests."
    )


def not_restored(error: Exception) -> str:
    """Return why a cancelled booking does not come back, and what to do."""
    if isinstance(error, BusyNow):
        return _BUSY
    if isinstance(error, SlotTaken):
        return (
            "Nothing was changed. The table now belongs to another booking. "
            "Make a new booking for another time."
        )
    return (
        "Nothing was changed. The venue is no longer open at that time. Make a new booking for another time."
    )


def announced(booking: Booking, text: str, grace_seconds: float) -> str:
    """Return `text`, and for the completed visit of a linked guest when Spektrix will hear of it."""
    link = booking.guest.link
    if booking.status == Status.COMPLETED and link is not None and link.state == LinkState.VERIFIED:
        return f"{text}. Visit will be sent to Spektrix in {grace_seconds:g} seconds"
    return text
