"""Bookings that staff make for somebody who calls or writes, and what their form asks for meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.availability import service as availability
from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.availability.service import Answer
from portal.bookings import making
from portal.bookings.by_hand import look_up as guests, messages
from portal.bookings.by_hand.forms import BookingForm, blank_booking, booking_at
from portal.bookings.by_hand.free_times import FreeTimes, free_times
from portal.bookings.by_hand.look_up import ChosenGuest
from portal.bookings.diary import page, refusals
from portal.bookings.diary.forms import LARGEST_PARTY, DatesForm, DayForm, SearchForm, read_instant
from portal.bookings.diary.views import bp
from portal.bookings.making import SubmissionDiffers
from portal.bookings.models import Source
from portal.bookings.rules import STATUS_LABELS
from portal.guests.service import NotThisGuest
from portal.scoping import NotHere
from portal.venues.sessions import current_staff, current_venue, signed_in


@bp.get("/bookings/new")
@signed_in
def new() -> ResponseReturnValue:
    starts_at, party_size = read_instant(request.args.get("at", "")), request.args.get("party_size", type=int)
    if party_size and not 0 < party_size <= LARGEST_PARTY:
        party_size = None
    asked = DayForm(request.args)
    on = asked.date.data if asked.validate() else None
    source = Source.WALK_IN if request.args.get("source") == Source.WALK_IN else Source.PHONE
    if starts_at and party_size:
        form = booking_at(current_venue(), starts_at, party_size)
    else:
        form = blank_booking(current_venue(), on, source)
        form.party_size.data = party_size or form.party_size.data
    if guest_id := request.args.get("guest", type=int):
        _choose(form, guest_id)
    return _new(form)


@bp.post("/bookings/new")
@signed_in
def create() -> ResponseReturnValue:
    venue, form = current_venue(), BookingForm(current_venue())
    if step := request.form.get("do"):
        return _stepped(form, step)
    if not form.validate_on_submit():
        return _new(form), 422
    wish = form.new_booking(current_staff().id)
    # For anybody but a manager the rules count, whatever is sent.
    wish = replace(wish, past_rules=wish.past_rules and current_staff().is_manager)
    try:
        booking = making.book(venue, wish)
    except SubmissionDiffers:
        form.start_over()
        form.form_errors.append(messages.USED_ALREADY)
        return _new(form), 422
    except NotThisGuest as error:
        form.form_errors.append(messages.not_this_guest(error.chosen_name, error.other_name))
        return _new(form), 422
    except NotHere:
        form.guest_id.data = ""
        form.form_errors.append(messages.GUEST_GONE)
        return _new(form), 422
    except (SlotTaken, NotOffered, BusyNow) as error:
        asked = (wish.starts_at, wish.party_size)
        answer = availability.why_not_at(venue, *asked, clock.utc_now(), making.asker_of(wish))
        said = messages.not_booked(error, *asked, answer, venue.timezone, page.today(venue))
        form.form_errors.append(said)
        # Where the day was only busy there is nothing to go past.
        may = current_staff().is_manager and not isinstance(error, BusyNow)
        broken = refusals.broken(answer, wish.party_size) if may else []
        return _new(form, answer, broken=broken), 422
    flash(messages.booked(booking, venue.timezone))
    return redirect(url_for("bookings.diary", date=booking.service_on), 303)


@bp.get("/bookings/free-times", endpoint="free_times")
@signed_in
def times_of_day() -> ResponseReturnValue:
    """Answer the form that asks which times are free for its day and its party."""
    form = DatesForm(request.args)
    right = form.validate() and form.date.data is not None
    times = free_times(current_venue(), form.date.data, form.party_size.data) if right else None
    return render_template("bookings/by_hand/_free_times.html", times=times, chosen_at=None, is_update=True)


@bp.get("/bookings/guests")
@signed_in
def look_up() -> ResponseReturnValue:
    """Answer the form that asks who fits what is typed."""
    form = SearchForm(q=request.args.get("guest_q", ""), formdata=None)
    typed = form.q.data if form.validate() else ""
    found = guests.found(current_venue(), typed) if typed else []
    return render_template("bookings/by_hand/_guest_options.html", found=found, typed=typed)


@bp.get("/bookings/guests/<int:guest_id>")
@signed_in
def choose_guest(guest_id: int) -> ResponseReturnValue:
    chosen = guests.chosen(current_venue(), guest_id)
    return render_template(
        "bookings/by_hand/_chosen_guest.html", chosen=chosen, statuses=STATUS_LABELS, is_update=True
    )


def _stepped(form: BookingForm, step: str) -> ResponseReturnValue:
    """Show the form again after a button of it that books nothing, for browsers without scripts."""
    word, _, rest = step.partition("-")
    if word == "guest" and rest.isascii() and rest.isdigit():
        _choose(form, int(rest))
    elif word == "nobody":
        form.guest_id.data = ""
    elif word == "day":
        try:
            form.date.data = date.fromisoformat(rest)
        except ValueError:
            return _new(form), 422
        form.date.raw_data, form.slot.data = [rest], ""
    elif word == "find":
        typed = form.guest_q.data or ""
        return _new(form, found=guests.found(current_venue(), typed) if typed else [])
    return _new(form)


def _choose(form: BookingForm, guest_id: int) -> None:
    """Choose a guest, and fill in what is known of them."""
    chosen = guests.chosen(current_venue(), guest_id)
    form.guest_id.data = str(guest_id)
    for name in ("name", "email", "phone"):
        form[name].data = getattr(chosen, name) or form[name].data
    form.allergies.data = form.allergies.data or next(iter(chosen.allergies), "")
    form.step_free.data = form.step_free.data or chosen.step_free


def _new(form: BookingForm, refused: Answer | None = None, **more: object) -> str:
    starts_at = form.starts_at
    return render_template(
        "bookings/new.html",
        form=form,
        refused=refused,
        times=_times(form),
        chosen_at=starts_at,
        chosen=_chosen(form),
        statuses=STATUS_LABELS,
        asked_time=clock.to_local(starts_at, current_venue().timezone).strftime("%H:%M")
        if starts_at
        else None,
        **more,
    )


def _times(form: BookingForm) -> FreeTimes | None:
    on, party_size = form.date.data, form.party_size.data
    if on is None or not party_size or form.date.errors or form.party_size.errors:
        return None
    return free_times(current_venue(), on, party_size) if 0 < party_size <= LARGEST_PARTY else None


def _chosen(form: BookingForm) -> ChosenGuest | None:
    guest_id = form.chosen_guest_id
    try:
        return guests.chosen(current_venue(), guest_id) if guest_id is not None else None
    except NotHere:
        return None
