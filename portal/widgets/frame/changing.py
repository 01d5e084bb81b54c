"""A guest changes time, day or party of their own booking, within the rules for booking online."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portal import clock
from portal.availability.hours import Slot
from portal.bookings import editing
from portal.bookings.editing import ChangedMeanwhile
from portal.bookings.models import Booking, Status
from portal.bookings.rules import CannotEdit
from portal.extensions import db
from portal.venues.models import Doer
from portal.widgets import around_show, service
from portal.widgets.frame import bookings
from portal.widgets.rules import Choice, NotUsable, OwnTable
from portal.widgets.service import PublishedWidget


class NotChangeable(Exception):
    """A booking that its guest can no longer change."""


@dataclass(frozen=True)
class Wanted:
    """What a guest wants in place of what they have; `seen` is the number of edits that they saw."""

    starts_at: datetime
    party_size: int
    seen: int


def own_table(booking: Booking) -> OwnTable:
    """Return what the guest of a booking has now."""
    slot = Slot(booking.starts_at, booking.ends_at, 0, "", booking.service_on)
    return OwnTable(booking.seating_id, slot, booking.party_size)


def keeps_show(booking: Booking, starts_at: datetime, zone: str) -> bool:
    """Tell whether a start is on the evening of the booking's show; without a show there is none to lose."""
    show_at = booking.show_starts_at
    return show_at is None or around_show.same_evening(show_at, starts_at, zone)


def change(published: PublishedWidget, booking: Booking, wanted: Wanted, now: datetime) -> None:
    """Change a booking for its guest. One that is as wanted already stays as it is, so twice is once.

    Raises NotUsable for what the widget does not offer, NotChangeable, ChangedMeanwhile where somebody else
    was quicker, and availability's SlotTaken, NotOffered and BusyNow; then nothing is changed.
    """
    if _is_as_wanted(booking, wanted):
        return
    if not bookings.may_change(booking.status, booking.starts_at, now, booking.seated_at):
        raise NotChangeable
    venue = published.venue
    largest = max(service.bounds(published, now).largest_party, booking.party_size)
    if wanted.party_size > largest:
        raise NotUsable("party_size", f"Guests must be {largest} or fewer to book here")
    day = clock.local_date(wanted.starts_at, venue.timezone)
    choice = Choice(day, wanted.party_size, own=own_table(booking))
    bookings.require_within(published, choice, wanted.starts_at, now)
    to_be = replace(
        editing.as_it_is(booking),
        starts_at=wanted.starts_at,
        party_size=wanted.party_size,
        stay=None,
        keeps_show=keeps_show(booking, wanted.starts_at, venue.timezone),
    )
    try:
        editing.edit(venue, booking.id, to_be, done_by=Doer.GUEST, seen=wanted.seen)
    except CannotEdit:
        raise NotChangeable from None
    except ChangedMeanwhile:
        db.session.refresh(booking)
        if not _is_as_wanted(booking, wanted):
            raise


def _is_as_wanted(booking: Booking, wanted: Wanted) -> bool:
    stands = booking.status == Status.CONFIRMED
    return stands and (booking.starts_at, booking.party_size) == (wanted.starts_at, wanted.party_size)
