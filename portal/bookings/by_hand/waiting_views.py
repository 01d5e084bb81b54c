"""The waiting list: who waits, adding somebody, offering them a table, taking them off."""

from __future__ import annotations

from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, config, mail
from portal.availability import service as availability
from portal.availability.locks import BusyNow
from portal.availability.room import Asker
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings import labels, waiting
from portal.bookings.by_hand import messages, offers
from portal.bookings.by_hand.waiting_forms import WaitingForm
from portal.bookings.diary import page
from portal.bookings.diary.forms import LARGEST_PARTY, DayForm, read_instant
from portal.bookings.diary.messages import BUSY
from portal.bookings.diary.views import bp
from portal.bookings.making import SubmissionDiffers
from portal.bookings.models import Booking, WaitingRequest
from portal.events import service as events
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, signed_in


@bp.get("/bookings/waiting-list")
@signed_in
def waiting_list() -> ResponseReturnValue:
    asked = DayForm(request.args)
    on = (asked.date.data if asked.validate() else None) or page.today(current_venue())
    party_size = request.args.get("party_size", 2, type=int)
    size = party_size if 0 < party_size <= LARGEST_PARTY else 2
    return _list(_blank(on, size))


@bp.get("/bookings/waiting-list/shows")
@signed_in
def shows_to_eat_before() -> ResponseReturnValue:
    """Answer the form that asks which shows its day has."""
    asked = DayForm(request.args)
    on = asked.date.data if asked.validate() else None
    form = WaitingForm(current_venue(), formdata=None, date=on)
    form.offer_shows(_shows(current_venue(), on))
    return render_template("bookings/by_hand/_before.html", form=form)


@bp.post("/bookings/waiting-list")
@signed_in
def wait() -> ResponseReturnValue:
    """Put a party on the list; the form of a new booking sends what it holds here too."""
    venue = current_venue()
    form = WaitingForm(venue)
    form.offer_shows(_shows(venue, form.date.data))
    if not form.validate_on_submit():
        return _list(form), 422
    waiting.add(venue, form.new_request())
    flash(messages.waits(form.name.data, form.party_size.data, form.date.data, page.today(venue)))
    return redirect(url_for("bookings.waiting_list"), 303)


@bp.post("/bookings/waiting-list/<int:waiting_id>/book")
@signed_in
def offer(waiting_id: int) -> ResponseReturnValue:
    """Book the time that was pressed for a party that waits."""
    venue, starts_at = current_venue(), read_instant(request.form.get("at", ""))
    try:
        waits = WaitingRequest.get_for(venue.id, waiting_id)
        if starts_at is None:
            return redirect(url_for("bookings.waiting_list"), 303)
        asked = (starts_at, waits.party_size)
        booking = offers.book(venue, waiting_id, starts_at, current_staff().id)
    except SubmissionDiffers:
        flash(messages.BOOKED_FROM_LIST, "warn")
    except NotHere:
        return _list(_blank(page.today(venue)), messages.NOT_ON_LIST), 404
    except BusyNow:
        flash(BUSY, "warn")
    except (SlotTaken, NotOffered):
        answer = availability.why_not_at(venue, *asked, clock.utc_now(), Asker.STAFF)
        flash(messages.not_booked(SlotTaken(), *asked, answer, venue.timezone, page.today(venue)), "warn")
    else:
        flash(messages.booked_from_list(booking, venue.timezone, writes=_writes_to(booking)))
    return redirect(url_for("bookings.waiting_list"), 303)


@bp.post("/waiting-requests/<int:waiting_id>/remove")
@signed_in
def take_off_list(waiting_id: int) -> ResponseReturnValue:
    """Stop waiting on somebody's behalf, who called perhaps."""
    on = waiting.take_off(current_venue(), waiting_id)
    flash("Taken off the list. Their details are deleted.")
    if request.form.get("from") == "list":
        return redirect(url_for("bookings.waiting_list"), 303)
    return redirect(url_for("bookings.diary", date=on), 303)


def _blank(on: date, party_size: int = 2) -> WaitingForm:
    return WaitingForm(current_venue(), formdata=None, date=on, party_size=party_size)


def _list(form: WaitingForm, said: str = "") -> str:
    venue = current_venue()
    form.offer_shows(_shows(venue, form.date.data))
    return render_template(
        "bookings/by_hand/waiting_list.html", form=form, days=offers.waited_days(venue), said=said
    )


def _shows(venue: Venue, on: date | None) -> list[tuple[datetime, str]]:
    """Return the shows of a day that go ahead, with their start in words."""
    if on is None:
        return []
    found = events.shows_between(venue.id, *clock.day_bounds(on, venue.timezone))
    return [
        (show.starts_at, f"{show.name} at {labels.wall_time(show.starts_at, venue.timezone)}")
        for show in found
        if not show.cancelled
    ]


def _writes_to(booking: Booking) -> bool:
    return bool(booking.booked_email) and mail.is_set_up(config.current())
