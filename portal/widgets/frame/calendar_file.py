"""A booking as a calendar file (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.bookings.models import Booking
from portal.venues.models import Venue

_LINE_BYTES = 75


def of_booking(booking: Booking, venue: Venue, change_url: str) -> bytes:
    """Return the calendar file of one booking; times are in UTC, so that no zone table is needed.

    `change_url` is the address at which the booking can be changed or cancelled.
    """
    place = f"{venue.name}, {venue.theatre_name}" if venue.theatre_name else venue.name
    description = (
        f"Booking {booking.reference} for {booking.party_size}.\nChange or cancel booking: {change_url}"
    )
    if venue.phone:
        description += f"\nRunning late? Call {venue.phone}."
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


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
