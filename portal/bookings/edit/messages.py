"""What staff are told after they change a booking: what is different, or why nothing is. Text alone."""

from __future__ import annotations

from datetime import date

from portal.availability.locks import BusyNow
from portal.availability.service import Answer
from portal.bookings import labels
from portal.bookings.diary import refusals
from portal.bookings.diary.messages import BUSY
from portal.bookings.editing import ChangedMeanwhile, Wanted
from portal.bookings.labels import day_name, people, wall_time
from portal.bookings.models import Booking, BookingChange, ChangeKind, Status
from portal.bookings.rules import STATUS_LABELS
from portal.clock import local_date

NOTHING_CHANGED = "Nothing was different, so nothing was changed"
NOT_THE_LATEST = "Nothing was changed. The booking was changed again since, so look at its history first."


def changed(booking: Booking, change: BookingChange, zone: str) -> str:
    """Return what was changed: "Amara Okafor moved: table from 1 to 2"."""
    words = labels.change_words(ChangeKind(change.kind), change.fields, zone, booking.service_on)
    return f"{booking.booked_name}: {words[:1].lower()}{words[1:]}"


def not_editable(status: Status, who: str, when: str) -> str:
    """Return why a booking cannot be changed any more: it is over, or was given up."""
    said = f"Nothing was changed. This booking is now {STATUS_LABELS[status].lower()} ({who}, {when})."
    if status in {Status.CANCELLED, Status.NO_SHOW}:
        return f"{said} What you typed is below. Restore the booking first, then save again."
    return f"{said} Press Undo completed on its page first, then save again."


def changed_meanwhile(error: ChangedMeanwhile, zone: str, today: date) -> str:
    """Return who was quicker, and what to do."""
    when = labels.moment(error.at, zone, today)
    return (
        f"Nothing was changed. {error.who} changed this booking on {when}, after you opened it. "
        "What you typed is below. Look at the booking as it is now, then save again to replace it."
    )


def not_seated_so(
    error: Exception, wanted: Wanted, answer: Answer, taken_by: Booking | None, zone: str, today: date
) -> str:
    """Return why a party cannot sit as wanted, by whom its table is taken, and what to do."""
    if isinstance(error, BusyNow):
        return BUSY
    when = f"{wall_time(wanted.starts_at, zone)} on {day_name(local_date(wanted.starts_at, zone), today)}"
    if taken_by is not None:
        return (
            f"Nothing was changed. Table {taken_by.table_name} is taken by {taken_by.booked_name}, "
            f"{wall_time(taken_by.starts_at, zone)} to {wall_time(taken_by.ends_at, zone)}. "
            "Choose another table or time."
        )
    if not answer.obstacles:
        return f"Nothing was changed. {when} was taken and has just become free. Press the button again."
    said = refusals.told_first(answer, wanted.party_size)
    return f"Nothing was changed. {people(wanted.party_size)} cannot be seated at {when}. {said}"
