"""What staff are told after they press a button: what happened, or why nothing did. Text alone."""

from __future__ import annotations

from datetime import date, time

from portal.availability.locks import BusyNow
from portal.availability.seating import SlotTaken
from portal.availability.service import Answer
from portal.bookings.diary import refusals
from portal.bookings.diary.buttons import BACK_LABELS
from portal.bookings.labels import day_name, people, wall_time
from portal.bookings.models import Booking, Status
from portal.bookings.rules import STATUS_LABELS
from portal.guests.models import LinkState

NOT_ITS_DAY = (
    "Nothing was changed. This booking is for a later day, so nobody has come or stayed away yet. "
    "To give its table up, press Cancel."
)
IS_SEATED = (
    "Nothing was changed. This party is marked as seated, so it cannot be a no-show or cancelled. "
    "Press Not seated first if they are not here."
)
BUSY = "Somebody else changed this day at the same time, so nothing was changed. Press the button again."


def moved(name: str, old: Status | None, new: Status) -> str:
    """Return what happened, for the status bar: "Amara Okafor completed"."""
    if new is not Status.CONFIRMED:
        return f"{name} {'marked no-show' if new is Status.NO_SHOW else STATUS_LABELS[new].lower()}"
    if old is Status.COMPLETED:
        return f"{name} is confirmed again"
    return f"{name} restored" if old in BACK_LABELS else f"{name} confirmed"


def seated(booking: Booking) -> str:
    """Return what the mark of a party that sits says: "Amara Okafor seated at table 3"."""
    if booking.seated_at is None:
        return f"{booking.booked_name} is not seated any more"
    return f"{booking.booked_name} seated{f' at table {booking.table_name}' if booking.table_name else ''}"


def not_seated(status: Status) -> str:
    """Return why the party of a booking cannot be marked as seated, and what to do instead."""
    return (
        f"Nothing was changed. This booking is now {STATUS_LABELS[status].lower()}, so its party cannot be "
        "marked as seated. Somebody may have just changed it. Its buttons show what you can do now."
    )


def not_moved(old: Status, new: Status) -> str:
    """Return why a move is not possible, and what to do instead."""
    return (
        f"Nothing was changed. This booking is now {STATUS_LABELS[old].lower()} and cannot become "
        f"{STATUS_LABELS[new].lower()}. Somebody may have just changed it. "
        "Its buttons show what you can do now."
    )


def why_not(on: date, wall: time, party_size: int, answer: Answer, today: date) -> str:
    """Return in one sentence whether a party can have a time, and if not the first reason."""
    who, when = people(party_size), f"{wall:%H:%M} on {day_name(on, today)}"
    if not answer.obstacles:
        return f"{who} can be seated at {when}"
    return f"{who} cannot be seated at {when}"


def not_restored(
    error: Exception, booking: Booking, had_table: str, taken_by: Booking | None, answer: Answer, zone: str
) -> str:
    """Return why a booking does not have its place again, by whom that is taken, and what to do."""
    if isinstance(error, BusyNow):
        return BUSY
    if isinstance(error, SlotTaken) and taken_by is not None:
        return (
            f"Nothing was changed. Table {had_table} now belongs to another booking: {_who(taken_by, zone)}. "
            "Free that table first, or make a new booking for another time."
        )
    if not answer.obstacles:
        return "Nothing was changed. There is room again now. Press the button again."
    return f"Nothing was changed. {refusals.told_first(answer, booking.party_size)}"


def with_other_table(text: str, had_table: str, booking: Booking, taken_by: Booking | None, zone: str) -> str:
    """Return `text`, and which other table a booking that came back has, and why."""
    because = f"Table {had_table} is taken by {_who(taken_by, zone)}" if taken_by else "Its table is taken"
    return f"{text}. {because}, so they have table {booking.table_name}"


def _who(booking: Booking, zone: str) -> str:
    return f"{booking.booked_name}, {wall_time(booking.starts_at, zone)}"


def with_sending_time(booking: Booking, text: str, grace_seconds: float, zone: str) -> str:
    """Return `text`, and for the completed visit of a linked guest when and of what Spektrix will hear."""
    link = booking.guest.link
    if booking.status != Status.COMPLETED or link is None or link.state != LinkState.VERIFIED:
        return text
    end = f", with its planned end, {wall_time(booking.ends_at, zone)}" if booking.left_at else ""
    return f"{text}. Visit will be sent to Spektrix in {grace_seconds:g} seconds{end}"
