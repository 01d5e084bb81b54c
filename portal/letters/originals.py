"""The letters as they are until a venue has its own words."""

from __future__ import annotations

from dataclasses import dataclass

from portal.outbox.models import LetterKind


@dataclass(frozen=True)
class Original:
    """One kind of letter.

    Args:
        title: what staff call it.
        when: when it is sent, for staff.
        heading: its first line.
        subject: of the email.
        text: what stands above the details of the booking.
    """

    title: str
    when: str
    heading: str
    subject: str
    text: str


ORIGINALS = {
    LetterKind.CONFIRMATION: Original(
        "Confirmation",
        "Sent when a table is booked, online or by your staff",
        "Your table is booked",
        "Your table at {venue}: {day} at {time}",
        "Hello {guest},\n\nThank you for booking. We look forward to seeing you on {day} at {time}.",
    ),
    LetterKind.CHANGE: Original(
        "Change",
        "Sent when the day, time, number of guests or show of a booking changes",
        "Your booking has changed",
        "Your booking has changed: {day} at {time}, {venue}",
        "Hello {guest},\n\nYour booking has changed. It is now for {party} on {day} at {time}.",
    ),
    LetterKind.CANCELLATION: Original(
        "Cancellation",
        "Sent when a booking is cancelled, by the guest or by your staff",
        "Your booking is cancelled",
        "Your booking is cancelled: {day}, {venue}",
        "Hello {guest},\n\nYour booking for {party} on {day} at {time} is cancelled. "
        "You need to do nothing else. We hope to see you another time.",
    ),
    LetterKind.REMINDER: Original(
        "Reminder",
        "Sent the day before, to guests who booked before that",
        "See you soon",
        "A reminder: your table at {venue}, {day} at {time}",
        "Hello {guest},\n\nThis is a reminder of your table for {party} on {day} at {time}. "
        "If your plans have changed, tell us, so that somebody else can have the table.",
    ),
    LetterKind.MOVED: Original(
        "We had to move you",
        "Sent when your staff press “We had to move you” on a booking",
        "We had to move your booking",
        "We had to move your booking: {day} at {time}, {venue}",
        "Hello {guest},\n\nWe had to move your booking, and we apologise. You now have a table for {party} "
        "on {day} at {time}.\n\nIf that does not suit you, tell us and we will find another time.",
    ),
    LetterKind.SHOW_CHANGED: Original(
        "Your show has changed",
        "Sent when your staff press “Write to these guests”, as the theatre moved or cancelled a show",
        "Your show has changed",
        "Your show has changed: {show}",
        "Hello {guest},\n\nThe theatre has changed your show. It is now: {show}.\n\nYour table for {party} "
        "on {day} at {time} stands as you booked it. If another time suits you better, change it with the "
        "link below, or tell us.",
    ),
}
