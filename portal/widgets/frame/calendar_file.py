"""A booking as a calendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.bookings.models import Booking
from portal.venues.models import Venue

_LINE_BYTES = 75


def of_booking(booking: Booking, venue: Venue, way_to_change: str) -> bytes:
    """Return the calendar file of one booking; times are in UTC, so that no zone table is needed.

    `way_to_change` is the address at which the booking can be changed or cancelled.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Make a Rezzy//Booking//EN",
        "BEGIN:VEVENT",
        f"UID:{booking.public_token}@makearezzy.com",
        f"DTSTAMP:{_stamp(booking.created_at)}",
        f"DTSTART:{_stamp(booking.starts_at)}",
        f"DTEND:{_stamp(booking.ends_at)}",
        f"SUMMARY:{_escaped(f'Table at {venue.name}')}",
        f"DESCRIPTION:{_escaped(_description(booking, venue, way_to_change))}",
        f"LOCATION:{_escaped(_place(venue))}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line) for line in lines)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _place(venue: Venue) -> str:
    return f"{venue.name}, {venue.theatre_name}" if venue.theatre_name else venue.name


def _description(booking: Booking, venue: Venue, way_to_change: str) -> str:
    call = f"\nRunning late? Call {venue.phone}." if venue.phone else ""
    change = f"\nChange or cancel booking: {way_to_change}"
    return f"Booking {booking.reference} for {booking.party_size}.{change}{call}"


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line ended by CRLF and broken every 75 bytes, never inside a character."""
    pieces, piece = [], b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > _LINE_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
