"""Bookings that staff make: for somebody who calls, writes or stands at the door."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability import service as availability
from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.availability.service import Answer
from portal.bookings import making
from portal.bookings.by_hand import messages
from portal.bookings.by_hand.forms import BookingForm, blank_booking, booking_at
from portal.bookings.diary import page
from portal.bookings.diary.forms import LARGEST_PARTY, DayForm, read_instant
from portal.bookings.diary.views import bp
from portal.bookings.making import SubmissionDiffers
from portal.bookings.models import Source
from portal.venues.sessions import current_staff, current_venue, signed_in


@bp.get("/bookings/new")
@signed_in
def new() -> ResponseReturnValue:
    starts_at, party_size = read_instant(request.args.get("at", "")), request.args.get("party_size", type=int)
    if party_size and not 0 < party_size <= LARGEST_PARTY:
        party_size = None
    if starts_at and party_size:
        return _new(booking_at(current_venue(), starts_at, party_size))
    asked = DayForm(request.args)
    on = asked.date.data if asked.validate() else None
    source = Source.WALK_IN if request.args.get("source") == Source.WALK_IN else Source.PHONE
    form = blank_booking(current_venue(), on, source)
    if party_size:
        form.party_size.data = party_size
    return _new(form)


@bp.get("/bookings/walk-in")
@signed_in
def walk_in() -> ResponseReturnValue:
    return _new(blank_booking(current_venue(), None, Source.WALK_IN))


@bp.post("/bookings/new")
@signed_in
def create() -> ResponseReturnValue:
    form = BookingForm(current_venue())
    if not form.validate_on_submit():
        return _new(form), 422
    wish = form.new_booking(current_staff().id)
    venue = current_venue()
    try:
        booking = making.book(venue, wish)
    except SubmissionDiffers:
        form.start_over()
        form.form_errors.append(messages.USED_ALREADY)
        return _new(form), 422
    except (SlotTaken, NotOffered, BusyNow) as error:
        asked = (wish.starts_at, wish.party_size)
        answer = availability.why_not_at(venue, *asked, clock.utc_now(), making.asker_of(wish))
        said = messages.not_booked(error, *asked, answer, venue.timezone, page.today(venue))
        form.form_errors.append(said)
        return _new(form, answer), 422
    flash(messages.booked(booking, venue.timezone))
    return redirect(url_for("bookings.diary", date=booking.service_on), 303)


def _new(form: BookingForm, refused: Answer | None = None) -> str:
    return render_template("bookings/new.html", form=form, refused=refused)
