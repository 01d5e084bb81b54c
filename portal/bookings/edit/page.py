"""What the pages for changing a booking show: its places, and what stands in its way. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal import clock
from portal.availability import seating as seatings, service as availability
from portal.availability.room import Asker, Place, Room, quarter_begin
from portal.availability.service import Answer, Moving
from portal.bookings import editing, labels
from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.venues.models import Venue

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PlaceLine:
    """One place that a booking may move to.

    Args:
        key: what forms call it.
        name: what staff call it.
        seats: the parties that it takes, in words.
        said: whether it is free, until when, or who has it.
        is_own: whether the booking has it already.
        is_free: whether nobody else has it during the stay.
        fits: whether no rule refuses it to this party.
    """

    key: str
    name: str
    seats: str
    said: str
    is_own: bool
    is_free: bool
    fits: bool


def asker_of(booking: Booking) -> Asker:
    """Return whose rules bind a booking that staff change."""
    return Asker.WALK_IN if booking.source == Source.WALK_IN else Asker.STAFF


def answer_for(venue: Venue, booking: Booking, wanted: editing.Wanted) -> Answer:
    """Return what stands in the way of a change, by the rules of "Why not?"; its own place is free for it."""
    moving = Moving(booking.seating_id, wanted.place_key, wanted.stay)
    asked = wanted.starts_at, wanted.party_size, clock.utc_now(), asker_of(booking)
    return availability.why_not_moved(venue, moving, *asked)


def usual_stay(venue: Venue, starts_at: datetime, party_size: int) -> timedelta | None:
    """Return how long the service says that a party stays, None where no service seats anybody then."""
    slot = availability.why_not_at(venue, starts_at, party_size, clock.utc_now()).slot
    return slot.ends_at - slot.starts_at if slot else None


def places(venue: Venue, booking: Booking, starts_at: datetime) -> list[PlaceLine]:
    """Return every place of the venue for a booking's stay from a time on, those that it may have first."""
    ends_at = starts_at + (booking.ends_at - booking.starts_at)
    # Who sat there earlier this evening is no hindrance to a party that sits already.
    now = clock.utc_now()
    is_on = starts_at == booking.starts_at and starts_at <= now < ends_at
    begins_at = max(starts_at, quarter_begin(now)) if is_on else starts_at
    on = _day_of(venue, booking, starts_at)
    room = availability.day_without(venue, booking.seating_id, None, on).room
    others = _others(venue, booking, on)
    own = editing.place_of(venue, booking)
    lines = [
        _line(venue, room, place, booking, (begins_at, ends_at), others, is_own=place.key == own)
        for place in room.places
    ]
    return sorted(lines, key=lambda line: (not line.is_own, not line.fits, not line.is_free))


def taken_by(venue: Venue, booking: Booking, wanted: editing.Wanted) -> Booking | None:
    """Return the first other booking at the place that is wanted, None where it is free or not named."""
    stay = wanted.stay or booking.ends_at - booking.starts_at
    on = _day_of(venue, booking, wanted.starts_at)
    place = availability.day_without(venue, booking.seating_id, None, on).room.place_with(
        wanted.place_key or ""
    )
    if place is None:
        return None
    others = _others(venue, booking, on)
    return next(iter(_at(place, others, wanted.starts_at, wanted.starts_at + stay)), None)


def _day_of(venue: Venue, booking: Booking, starts_at: datetime) -> date:
    same = starts_at == booking.starts_at
    return booking.service_on if same else clock.local_date(starts_at, venue.timezone)


def _others(venue: Venue, booking: Booking, day: date) -> Sequence[Booking]:
    """Return the other bookings that hold a table on a day or on those beside it, by time."""
    return db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.seating))
        .where(
            Booking.venue_id == venue.id,
            Booking.service_on.between(day - _DAY, day + _DAY),
            Booking.id != booking.id,
            Booking.seating_id.is_not(None),
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()


def _at(place: Place, others: Sequence[Booking], begins_at: datetime, ends_at: datetime) -> list[Booking]:
    """Return who has a place, or a part of it, in any quarter hour of a stay."""
    tables = set(place.table_ids)
    return [
        other
        for other in others
        if other.seating is not None
        and tables & set(seatings.tables_of(other.seating))
        and quarter_begin(other.seating.starts_at) < ends_at
        and other.seating.ends_at > quarter_begin(begins_at)
    ]


def _line(
    venue: Venue,
    room: Room,
    place: Place,
    booking: Booking,
    stay: tuple[datetime, datetime],
    others: Sequence[Booking],
    *,
    is_own: bool,
) -> PlaceLine:
    zone = venue.timezone
    alone = room.with_only(place)
    takes = place.takes(booking.party_size, asker_of(booking))
    is_out = not alone.in_use(place.largest, Asker.WALK_IN)
    taken = _at(place, others, *stay)
    seats = f"{place.smallest} to {place.largest} guests" if place.smallest < place.largest else ""
    if taken:
        first = taken[0]
        said = (
            f"Taken by {first.booked_name}, {labels.wall_time(first.starts_at, zone)} to "
            f"{labels.wall_time(first.ends_at, zone)}"
        )
    elif is_out:
        said = "Out of use or hired that day"
    elif not takes:
        said = f"Not for {labels.people(booking.party_size)}"
    else:
        later = _at(place, others, stay[1], stay[1] + _DAY)
        said = f"Free until {labels.wall_time(later[0].starts_at, zone)}" if later else "Free from then on"
    return PlaceLine(
        place.key,
        place.name,
        seats or labels.people(place.largest),
        said,
        is_own=is_own,
        is_free=not taken,
        fits=takes and not is_out and not taken,
    )
