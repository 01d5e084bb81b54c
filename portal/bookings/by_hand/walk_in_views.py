"""Walk-ins: how many, which table, done."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings import making, statuses
from portal.bookings.by_hand import messages
from portal.bookings.by_hand.free_places import at_the_door
from portal.bookings.by_hand.walk_in_forms import WalkInForm
from portal.bookings.diary import page, refusals
from portal.bookings.diary.forms import LARGEST_PARTY
from portal.bookings.diary.messages import BUSY
from portal.bookings.diary.views import bp
from portal.bookings.making import NewBooking, SubmissionDiffers
from portal.bookings.models import Source
from portal.bookings.rules import SOURCE_LABELS, CannotSeat
from portal.guests.service import Contact
from portal.scoping import NotHere
from portal.venues.sessions import current_staff, current_venue, signed_in

_TILES = range(1, 13)


@bp.get("/bookings/walk-in")
@signed_in
def walk_in() -> ResponseReturnValue:
    """Ask how many they are, then which table they get."""
    if "party_size" not in request.args:
        return _how_many(is_wrong=False)
    party_size = request.args.get("party_size", 0, type=int)
    if not 0 < party_size <= LARGEST_PARTY:
        return _how_many(is_wrong=True), 422
    return _which_table(WalkInForm.blank(party_size))


@bp.post("/bookings/walk-in")
@signed_in
def seat_walk_in() -> ResponseReturnValue:
    """Book the table from now on and mark that they sit."""
    venue, form = current_venue(), WalkInForm()
    if not form.validate_on_submit():
        return _how_many(is_wrong=True) if form.party_size.errors else _which_table(form), 422
    door = at_the_door(venue, form.party_size.data)
    place = door.place_with(form.place.data)
    new = NewBooking(
        starts_at=door.now,
        party_size=form.party_size.data,
        contact=Contact(form.name.data or SOURCE_LABELS[Source.WALK_IN]),
        source=Source.WALK_IN,
        submission=form.submission(venue.id),
        any_time=True,
        staff_id=current_staff().id,
        place_key=form.place.data or None,
        stay=None if place is None or place.is_whole_stay else place.ends_at - door.now,
    )
    try:
        booking = making.book(venue, new)
        statuses.seat(venue, booking.id, current_staff().id)
    except SubmissionDiffers:
        form.start_over()
        form.form_errors.append(messages.SEATED_ALREADY)
        return _which_table(form), 422
    except CannotSeat:
        # A second press of the same button, after somebody has changed the booking.
        return redirect(url_for("bookings.show", booking_id=booking.id), 303)
    except (SlotTaken, NotOffered, NotHere):
        form.form_errors.append(messages.PLACE_GONE)
        return _which_table(form), 422
    except BusyNow:
        form.form_errors.append(BUSY)
        return _which_table(form), 422
    flash(messages.seated(booking, venue.timezone))
    return redirect(url_for("bookings.diary", date=booking.service_on), 303)


def _how_many(*, is_wrong: bool) -> str:
    return render_template(
        "bookings/by_hand/how_many.html", tiles=_TILES, largest=LARGEST_PARTY, is_wrong=is_wrong
    )


def _which_table(form: WalkInForm) -> str:
    venue, party_size = current_venue(), form.party_size.data
    door = at_the_door(venue, party_size)
    return render_template(
        "bookings/by_hand/which_table.html",
        form=form,
        door=door,
        refusal=refusals.told_first(door.answer, party_size) if door.answer else "",
        today=page.today(venue),
    )
