"""A booking as a calendar file (RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.bookings.models import Booking, Status
from portal.bookings.service import CalendarEntry
from portal.venues.models import Venue

_LINE_BYTES = 75


@dataclass(frozen=True)
class Sender:
    """Who sends the file: when, from which e-mail address, and where the booking is changed, if anywhere."""

    now: datetime
    email: str
    change_url: str


def of_booking(booking: Booking, venue: Venue, entry: CalendarEntry, sender: Sender) -> bytes:
    """Return the calendar file of one booking; times are in UTC, so that no zone table is needed.

    Opened after a change, it moves the entry that an earlier file made; of a cancelled booking it removes it.
    """
    status = "CANCELLED" if booking.status == Status.CANCELLED else "CONFIRMED"
    where = (venue.name, venue.theatre_name, *venue.address.split("\n"))
    place = ", ".join(part for part in where if part)
    description = f"Booking {booking.reference} for {booking.party_size}."
    if sender.change_url:
        description += f"\nChange or cancel booking: {sender.change_url}"
    if venue.phone:
        description += f"\nRunning late? Call {venue.phone}."
    elif venue.email:
        description += f"\nRunning late? Email {venue.email}."
    if venue.cancellation_text:
        description += f"\n\n{venue.cancellation_text}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Make a Rezzy//Booking//EN",
        f"METHOD:{method_of(booking)}",
        "BEGIN:VEVENT",
        f"UID:{entry.uid}@makearezzy.com",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_stamp(sender.now)}",
        f"CREATED:{_stamp(booking.created_at)}",
        f"LAST-MODIFIED:{_stamp(entry.changed_at)}",
        f"STATUS:{status}",
        f'ORGANIZER;CN="{_quoted(venue.name)}":mailto:{sender.email}',
        f"DTSTART:{_stamp(booking.starts_at)}",
        f"DTEND:{_stamp(booking.ends_at)}",
        f"SUMMARY:{_escaped(f'Table at {venue.name}')}",
        f"DESCRIPTION:{_escaped(description)}",
        f"LOCATION:{_escaped(place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    folded = []
    for line in lines:
        # A line is broken every 75 bytes, never inside a character; what follows starts with a space.
        piece = b""
        for character in line:
            encoded = character.encode()
            if len(piece) + len(encoded) > _LINE_BYTES:
                folded.append(piece)
                piece = b" "
            piece += encoded
        folded.append(piece)
    return b"".join(line + b"\r\n" for line in folded)


def method_of(booking: Booking) -> str:
    """Return the method of RFC 5546: an entry to keep, or one to take away again."""
    return "CANCEL" if booking.status == Status.CANCELLED else "PUBLISH"


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _quoted(text: str) -> str:
    """Return a name for a parameter in quotes, which can hold neither quotes nor breaks (RFC 5545, 3.2)."""
    return " ".join(text.replace('"', "'").split())


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
