"""The diary, one booking, its status buttons, and bookings made by staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from portal import clock, config
from portal.availability import service as availability
from portal.availability.hours import on_calendar
from portal.availability.locks import BusyNow
from portal.availability.obstacles import Rule
from portal.availability.room import Asker
from portal.availability.seating import NotOffered, SlotTaken
from portal.availability.service import DAYS_SHOWN
from portal.bookings import labels, link_checks, service, statuses
from portal.bookings.diary import buttons, changes, messages, page, refusals
from portal.bookings.diary.forms import (
    DatesForm,
    DayForm,
    WhyNotForm,
    blank_question,
)
from portal.bookings.diary.page import Line
from portal.bookings.models import Booking, Status
from portal.bookings.rules import CannotSeat, MoveNotAllowed, NotItsDayYet, NotStartedYet, PartyIsSeated
from portal.page_requests import wants_fragment
from portal.venues.sessions import current_staff, current_venue, signed_in

bp = Blueprint("bookings", __name__)

# What still moves is asked for every two seconds for a minute; then a person has to reload.
LAST_TRY = 30


@bp.get("/diary")
@signed_in
def diary() -> ResponseReturnValue:
    form = DayForm(request.args)
    if form.validate():
        return _diary(form.date.data)
    return _diary(None, form), 422


@bp.get("/diary/changes", endpoint="changes")
@signed_in
def what_changed() -> ResponseReturnValue:
    """Answer an open diary that asks what others changed: nothing to swap (204) while that is nothing."""
    form = DayForm(request.args)
    if not form.validate() or form.date.data is None:
        return "", 422
    loaded = request.args.get("loaded", "")
    found = changes.since(current_venue(), form.date.data, request.args.get("seen", ""), loaded)
    if found is None:
        return "", 204
    return render_template(
        "bookings/_changes_seen.html",
        now=found.now,
        changed=found.changed,
        new=found.new,
        loaded=loaded,
        next_try=1,
    )


@bp.get("/bookings/<int:booking_id>")
@signed_in
def show(booking_id: int) -> ResponseReturnValue:
    return _booking(page.line(current_venue(), booking_id))


@bp.get("/bookings/<int:booking_id>/row")
@signed_in
def row(booking_id: int) -> ResponseReturnValue:
    line = page.line(current_venue(), booking_id)
    return render_template("bookings/_booking_row.html", line=line, next_try=_next_try())


@bp.post("/bookings/<int:booking_id>/<any(confirm, complete, cancel, 'no-show', seat, unseat):word>")
@signed_in
def move(booking_id: int, word: str) -> ResponseReturnValue:
    if word in buttons.SEAT_WORDS:
        return _mark_seated(booking_id, word)
    venue = current_venue()
    had_table = Booking.get_for(venue.id, booking_id).table_name
    try:
        early = word == "complete" and request.form.get("early") == "yes"
        statuses.move(venue, booking_id, buttons.MOVE_WORDS[word], current_staff().id, early=early)
    except NotStartedYet:
        return _ask_first(booking_id)
    except NotItsDayYet:
        return not_done(booking_id, messages.NOT_ITS_DAY)
    except PartyIsSeated:
        return not_done(booking_id, messages.IS_SEATED)
    except MoveNotAllowed as error:
        # A second press of the same button finds its work done.
        if error.old != error.new:
            return not_done(booking_id, messages.not_moved(error.old, error.new))
    except (SlotTaken, NotOffered, BusyNow) as error:
        booking = Booking.get_for(venue.id, booking_id)
        taken_by = service.who_has_table(booking, had_table, clock.utc_now())
        # Whoever had a place is not held back by rules for newcomers.
        answer = availability.why_not_at(
            venue, booking.starts_at, booking.party_size, clock.utc_now(), Asker.WALK_IN
        )
        text = messages.not_restored(error, booking, had_table, taken_by, answer, venue.timezone)
        return not_done(booking_id, text)
    return _moved(page.line(venue, booking_id), had_table)


@bp.get("/bookings/<int:booking_id>/complete-early")
@signed_in
def complete_early(booking_id: int) -> ResponseReturnValue:
    """Ask before a booking is completed that has not started (Q23)."""
    booking = Booking.get_for(current_venue().id, booking_id)
    if booking.status != Status.CONFIRMED or booking.starts_at <= clock.utc_now():
        return redirect(url_for("bookings.show", booking_id=booking.id))
    return render_template("bookings/complete_early.html", booking=booking, origin=request.args.get("origin"))


@bp.get("/diary/why-not")
@signed_in
def why_not() -> ResponseReturnValue:
    """Say why a party cannot have a time: each rule in order, by the rules that refuse it."""
    if not {"party_size", "time"} & set(request.args):
        asked_day = DayForm(request.args)
        on = asked_day.date.data if asked_day.validate() else None
        return render_template("bookings/why_not.html", form=blank_question(current_venue(), on))
    form = WhyNotForm(current_venue(), request.args)
    if not form.validate():
        return render_template("bookings/why_not.html", form=form), 422
    venue, party_size = current_venue(), form.party_size.data
    asked = (form.date.data, form.time.data, party_size)
    now, present = clock.utc_now(), page.today(venue)
    answer = availability.why_not(venue, *asked, now)
    online = availability.why_not(venue, *asked, now, Asker.ONLINE)
    is_closed = any(each.rule is Rule.CLOSED for each in answer.obstacles)
    pages = {rule.rule for rule in current_app.url_map.iter_rules()} if current_staff().is_manager else set()
    return render_template(
        "bookings/why_not.html",
        form=form,
        answer=answer,
        said=messages.why_not(*asked, answer, present),
        online=refusals.first_of(online, party_size),
        open_day=availability.nearest_open_day(venue, form.date.data, present) if is_closed else None,
        rules=refusals.checked_rules(answer, party_size),
        settings_pages=pages,
    )


@bp.get("/bookings/dates")
@signed_in
def dates() -> ResponseReturnValue:
    """Show which days are open, full or closed for a party, for about two months."""
    form = DatesForm(MultiDict({"party_size": "2"} | request.args.to_dict()))
    if not form.validate():
        return render_template("bookings/dates.html", form=form, months=[]), 422
    form.date.data = form.date.data or page.today(current_venue())
    months = page.months(current_venue(), form.date.data, form.party_size.data)
    following = form.date.data + timedelta(days=DAYS_SHOWN)
    return render_template(
        "bookings/dates.html", form=form, months=months, later=following if on_calendar(following) else None
    )


@bp.app_template_filter()
def day_name(on: date) -> str:
    return labels.day_name(on, page.today(current_venue()))


@bp.app_template_filter()
def wall_time(instant: datetime) -> str:
    return labels.wall_time(instant, current_venue().timezone)


@bp.app_template_filter()
def moment(instant: datetime) -> str:
    venue = current_venue()
    return labels.moment(instant, venue.timezone, page.today(venue))


@bp.app_template_filter()
def on_day_at(instant: datetime) -> str:
    venue = current_venue()
    return labels.on_day_at(instant, venue.timezone, page.today(venue))


@bp.app_template_filter()
def phone_link(text: str) -> Markup:
    return labels.phone_link(text, current_venue().country)


for sentence in (
    labels.people,
    labels.advice,
    labels.call_label,
    labels.outcome_label,
    labels.waiting_parties,
):
    bp.add_app_template_filter(sentence)


def _next_try() -> int | None:
    """Return the number of the next look, or None after the last one."""
    tries = request.args.get("try", 0, type=int) + 1
    return tries if 0 < tries <= LAST_TRY else None


def _diary(on: date | None, form: DayForm | None = None) -> str:
    now = changes.open_day(current_venue(), on)
    form = form or DayForm(formdata=None, date=now.day.on)
    return render_template("bookings/diary.html", now=now, form=form, next_try=1)


def _booking(line: Line) -> str:
    name = "bookings/_spektrix_card.html" if wants_fragment() else "bookings/show.html"
    return render_template(
        name,
        line=line,
        link=page.guest_link(line.booking),
        sharers=link_checks.same_basket(line.booking.guest),
        sends=page.sends(line.booking),
        history=page.history(line.booking),
        next_try=_next_try(),
    )


def _mark_seated(booking_id: int, word: str) -> ResponseReturnValue:
    """Mark that a party sits at its table, or take that back."""
    venue = current_venue()
    mark = statuses.seat if word == "seat" else statuses.unseat
    try:
        mark(venue, booking_id, current_staff().id)
    except CannotSeat as error:
        return not_done(booking_id, messages.not_seated(error.status))
    except NotItsDayYet:
        return not_done(booking_id, messages.NOT_ITS_DAY)
    except BusyNow:
        return not_done(booking_id, messages.BUSY)
    line = page.line(venue, booking_id)
    return told(line, messages.seated(line.booking), _address(line, "unseat" if word == "seat" else "seat"))


def _moved(line: Line, had_table: str) -> ResponseReturnValue:
    change = page.last_change(line.booking)
    grace = config.current().write_back_grace_seconds
    zone = current_venue().timezone
    text = messages.moved(line.booking.booked_name, change.old, change.new)
    text = messages.with_sending_time(line.booking, text, grace, zone)
    if line.booking.table_name != had_table:
        taken_by = service.who_has_table(line.booking, had_table, clock.utc_now())
        text = messages.with_other_table(text, had_table, line.booking, taken_by, zone)
    return told(line, text, _address(line, buttons.undo_of(change.old, change.new)))


def told(line: Line, text: str, undo: str | None) -> ResponseReturnValue:
    """Say what happened; `undo` is the address that takes it back, None for none."""
    if wants_fragment():
        return _row_and_status(line, text, undo)
    flash(f"{text}.")
    if request.form.get("from") == "booking":
        return redirect(url_for("bookings.show", booking_id=line.booking.id), 303)
    return redirect(url_for("bookings.diary", date=line.booking.service_on), 303)


def _address(line: Line, word: str | None) -> str | None:
    return url_for("bookings.move", booking_id=line.booking.id, word=word) if word else None


def _ask_first(booking_id: int) -> ResponseReturnValue:
    """Go to the question; htmx is told to load it whole, so that focus begins there."""
    origin = "booking" if request.form.get("from") == "booking" else None
    address = url_for("bookings.complete_early", booking_id=booking_id, origin=origin)
    return ("", 204, {"HX-Redirect": address}) if wants_fragment() else redirect(address, 303)


def _row_and_status(line: Line, text: str, undo: str | None) -> str:
    now = changes.open_day(current_venue(), line.booking.service_on)
    return render_template(
        "bookings/_booking_moved.html", line=line, now=now, text=text, undo=undo, next_try=1
    )


def not_done(booking_id: int, text: str) -> ResponseReturnValue:
    """Say why nothing was done, beside the booking as it is."""
    line = page.line(current_venue(), booking_id)
    if wants_fragment():
        return _row_and_status(line, text, None), 422
    flash(text, "warn")
    if request.form.get("from") == "booking":
        return _booking(line), 422
    return _diary(line.booking.service_on), 422
