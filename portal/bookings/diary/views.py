"""The diary, one booking, its status buttons, and bookings made by staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
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
from portal.bookings.diary import buttons, changes, kept_days, messages, page, panel, refusals, week
from portal.bookings.diary.changes import View
from portal.bookings.diary.forms import (
    DatesForm,
    DayForm,
    WhyNotForm,
    blank_question,
)
from portal.bookings.diary.kept_days import KeptDay
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
    """Answer an open diary that asks what is new: 304 while that is nothing."""
    form = DayForm(request.args)
    if not form.validate() or form.date.data is None:
        return "", 422
    venue, view, seen = current_venue(), _view(request.args.get("view")), request.if_none_match
    kept = kept_days.day(venue, form.date.data)
    mark = changes.mark(venue, kept, view, with_spektrix=view is View.LIST and _with_spektrix())
    if mark in seen:
        return Response(status=304, headers={"ETag": f'"{mark}"'})
    return _new_to(next(iter(seen.as_set()), "") or "", kept, view)


@bp.get("/bookings/<int:booking_id>")
@signed_in
def show(booking_id: int) -> ResponseReturnValue:
    return _booking(page.line(current_venue(), booking_id))


@bp.get("/bookings/<int:booking_id>/panel", endpoint="panel")
@signed_in
def side_panel(booking_id: int) -> ResponseReturnValue:
    booking = Booking.get_for(current_venue().id, booking_id)
    shown = panel.of_booking(current_venue(), booking, _links(booking))
    return render_template("bookings/_panel.html", panel=shown, with_spektrix=_with_spektrix())


@bp.get("/diary/print", endpoint="print_day")
@signed_in
def to_print() -> ResponseReturnValue:
    """Show the day by time, black on white, to be printed."""
    form = DayForm(request.args)
    if not form.validate():
        return redirect(url_for("bookings.diary"))
    venue = current_venue()
    on = form.date.data or page.today(venue)
    now = changes.open_day(venue, kept_days.day(venue, on), View.LIST, with_spektrix=False)
    return render_template("bookings/diary_print.html", now=now, printed_at=clock.utc_now())


@bp.get("/diary/week", endpoint="week")
@signed_in
def week_overview() -> ResponseReturnValue:
    """Show a week: guests by service, closed days, shows."""
    form = DayForm(request.args)
    if not form.validate():
        return redirect(url_for("bookings.week"))
    venue = current_venue()
    days = week.around(venue, form.date.data or page.today(venue))
    beside = {"before": days[0].on - timedelta(days=7), "after": days[-1].on + timedelta(days=1)}
    return render_template("bookings/diary_week.html", days=days, today=page.today(venue), **beside)


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
    venue = current_venue()
    on = on or page.today(venue)
    kept, with_spektrix = kept_days.day(venue, on), _with_spektrix()
    has_tables = bool(kept.house.areas)
    now = changes.open_day(venue, kept, _view_of_page(has_tables), with_spektrix=with_spektrix)
    is_today, present = on == page.today(venue), clock.utc_now()
    only = request.args.get("show", "all")
    return render_template(
        "bookings/diary.html",
        now=now,
        form=form or DayForm(formdata=None, date=on),
        banner=page.banner(venue, on, is_empty=not now.entries),
        previous=on - timedelta(days=1),
        following=on + timedelta(days=1),
        is_today=is_today,
        has_tables=has_tables,
        now_step=now.frame.axis.step_of_now(present) if is_today else None,
        only=only if only in {"arriving", "seated"} else "all",
        with_spektrix=with_spektrix,
        updated=_wall_clock(present),
        now_at=int(present.timestamp()),
        can_move="bookings.move_table" in current_app.view_functions,
        walk_in_address=_address_of("bookings.walk_in", "bookings.new", source="walk_in"),
        search_address=_address_of("bookings.index", "guests.index"),
        help_address=url_for("help.restaurant_article", name="diary"),
    )


def _address_of(endpoint: str, else_endpoint: str, **values: Any) -> str:
    there = endpoint in current_app.view_functions
    return url_for(endpoint) if there else url_for(else_endpoint, **values)


def _view_of_page(has_tables: bool) -> View:
    """Return the view that was asked for, else the last one of this session, else what suits the device."""
    if not has_tables:
        return View.LIST
    asked = request.args.get("view")
    if asked in set(View):
        session["diary_view"] = asked
    on_a_phone = request.headers.get("Sec-CH-UA-Mobile") == "?1"
    return _view(session.get("diary_view") or (View.LIST if on_a_phone else View.TABLES))


def _view(name: str | None) -> View:
    return View(name) if name in set(View) else View.LIST


def _new_to(mark: str, kept: KeptDay, view: View, said: str = "", undo: str | None = None) -> Response:
    """Answer a tablet with what is new to it, and with what its own press brought about."""
    venue, present, on, with_spektrix = current_venue(), clock.utc_now(), kept.on, _with_spektrix()
    now = changes.open_day(venue, kept, view, with_spektrix=with_spektrix)
    is_today = on == page.today(venue)
    body = render_template(
        "bookings/_changes_seen.html",
        now=now,
        mark=mark,
        heading=labels.day_name(on, page.today(venue)),
        banner=page.banner(venue, on, is_empty=not now.entries),
        is_today=is_today,
        now_step=now.frame.axis.step_of_now(present) if is_today else None,
        only="all",
        with_spektrix=with_spektrix,
        updated=_wall_clock(present),
        said=said,
        undo=undo,
    )
    return Response(body, headers={"ETag": f'"{now.mark}"'})


def _wall_clock(instant: datetime) -> str:
    return f"{clock.to_local(instant, current_venue().timezone):%H:%M:%S}"


def _with_spektrix() -> bool:
    """Tell whether the venue has a connection. Later rooms say so to templates alone."""
    return bool(current_app.jinja_env.globals["has_spektrix"]())  # type: ignore[operator]


def _links(booking: Booking) -> list[tuple[str, str]]:
    """Return the pages about a booking, those that there are."""
    wanted = (("Edit booking", "bookings.edit"), ("Move table", "bookings.move_table"))
    found = [(name, endpoint) for name, endpoint in wanted if endpoint in current_app.view_functions]
    found.append(("Open booking", "bookings.show"))
    return [(name, url_for(endpoint, booking_id=booking.id)) for name, endpoint in found]


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
        return _pressed(line.booking, text, undo)
    flash(f"{text}.")
    if request.form.get("from") == "booking":
        return redirect(url_for("bookings.show", booking_id=line.booking.id), 303)
    if request.form.get("from") == "still_open":
        return redirect(url_for("bookings.still_open"), 303)
    return redirect(url_for("bookings.diary", date=line.booking.service_on), 303)


def _address(line: Line, word: str | None) -> str | None:
    return url_for("bookings.move", booking_id=line.booking.id, word=word) if word else None


def _ask_first(booking_id: int) -> ResponseReturnValue:
    """Go to the question; htmx is told to load it whole, so that focus begins there."""
    origin = "booking" if request.form.get("from") == "booking" else None
    address = url_for("bookings.complete_early", booking_id=booking_id, origin=origin)
    return ("", 204, {"HX-Redirect": address}) if wants_fragment() else redirect(address, 303)


def _pressed(booking: Booking, text: str, undo: str | None = None) -> Response:
    mark, view = request.form.get("mark", ""), _view(request.form.get("view"))
    return _new_to(mark, kept_days.day(current_venue(), booking.service_on), view, text, undo)


def not_done(booking_id: int, text: str) -> ResponseReturnValue:
    """Say why nothing was done, beside the booking as it is."""
    line = page.line(current_venue(), booking_id)
    if wants_fragment():
        return _pressed(line.booking, text), 422
    flash(text, "warn")
    if request.form.get("from") == "booking":
        return _booking(line), 422
    return _diary(line.booking.service_on), 422
