"""The published widget: what a guest's browser asks for. No cookie is read or set here (P09)."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal import clock, config, database
from portal.availability.locks import BusyNow
from portal.availability.seating import NotOffered, SlotTaken
from portal.bookings.making import AlreadyBooked, SubmissionDiffers
from portal.bookings.models import Booking, Status
from portal.bookings.service import calendar_entry
from portal.extensions import limiter
from portal.page_requests import wants_fragment
from portal.widgets import rules, service
from portal.widgets.frame import (
    bookings,
    calendar_file,
    change_views,
    own_booking_views,
    screens,
    slot_screens,
)
from portal.widgets.frame.calendar_file import Sender
from portal.widgets.openings import views as opening_views
from portal.widgets.public import assets, forms, http, limits, ready, tokens
from portal.widgets.public.forms import DetailsForm
from portal.widgets.service import PublishedWidget
from portal.widgets.waiting import views as waiting_views

bp = Blueprint("public", __name__)
http.handle_errors(bp)
http.allow_embedding(bp)
opening_views.add_routes(bp)
assets.add_routes(bp)
own_booking_views.add_routes(bp)
change_views.add_routes(bp)
waiting_views.add_routes(bp)

# Pausing must reach the host pages within ten seconds (P10).
_CONFIG_SECONDS = 10
_EXPIRED = "This form has been open for more than two hours. Check it and send it again."
_FOREIGN_TOKEN = "This form does not belong to this booking page. Check it and send it again."  # noqa: S105
_DIFFERS = (
    "You have already booked with this form, with other details. That booking has not changed. "
    "To book another table, start again."
)
_TAKEN = "has just been booked by someone else"
_BUSY = "We are very busy right now, so nothing was booked. Wait a few seconds and send it again."


@bp.get("/w/<public_id>/config")
def widget_config(public_id: str) -> ResponseReturnValue:
    published = http.find_widget(public_id)
    url = service.basket_url(published)
    response = jsonify(
        spektrix=url is not None,
        basket_url=url,
        usual_host=service.usual_host() if url else None,
        zone=published.venue.timezone if url else None,
        reason=service.instead_of_basket(published),
    )
    response.cache_control.max_age = _CONFIG_SECONDS
    response.cache_control.public = True
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin in rules.origins_of(published.widget.sites):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


@bp.route("/w/<public_id>", methods=["GET", "POST"])
def pick(public_id: str) -> ResponseReturnValue:
    """Show date, guests and times. POST brings details that were typed before."""
    published = http.find_widget(public_id)
    # The origin of the page around the frame, if that is on the list; no other page is sent messages.
    host = request.args.get("host", "")
    if host not in rules.origins_of(published.widget.sites):
        host = ""
    chosen = any(request.args.get(name) for name in ("date", "performance", "show"))
    waits = bool(host) and not chosen and service.reads_baskets(published)
    return _pick_screen(published, request.values, host=host, step="frame/loading" if waits else "frame/pick")


@bp.get("/w/<public_id>/dates")
def dates(public_id: str) -> ResponseReturnValue:
    """Show which days are open, full or closed for a party."""
    published = http.find_widget(public_id)
    now = clock.utc_now()
    screen = screens.dates(published, request.args, now)
    if not request.args.get("performance"):
        ready.keep(now, screen.stands_until, *screen.days)
    return http.gzipped(http.screen("frame/dates", "Choose a date", published, screen=screen))


@bp.get("/book/<slug>")
def venue_page(slug: str) -> ResponseReturnValue:
    """Show the times of a venue's oldest widget: an address for links and printed codes."""
    try:
        published = service.find_by_venue(slug)
    except service.Moved as error:
        asked = request.query_string.decode("ascii", "ignore")
        return redirect(url_for("public.venue_page", slug=error.slug) + (f"?{asked}" if asked else ""))
    return _pick_screen(http.restrict_to_sites(published), request.args)


@bp.get("/w/<public_id>/slots")
def slots(public_id: str) -> ResponseReturnValue:
    """Answer the times of one day, as JSON, as a fragment or as a page. No address is asked more often."""
    published = http.find_widget(public_id)
    now = clock.utc_now()
    within = service.bounds(published, now)
    if http.wants_json():
        choice = rules.read_choice(request.args, within)
        found, ends_at = service.times_until(published, choice, now)
        ready.keep(now, ends_at, choice.day, choice.day)
        local = [clock.to_local(slot.starts_at, published.venue.timezone) for slot in found]
        return jsonify(
            date=choice.day.isoformat(),
            party_size=choice.party_size,
            slots=[{"time": rules.time_text(each), "starts_at": each.isoformat()} for each in local],
        )
    if not wants_fragment():
        return _pick_screen(published, request.args)
    choice = rules.read_choice(request.args, within, rules.read_any_party)
    show = rules.instant_text(choice.show_at) if choice.show_at else ""
    show_at = service.guest_show(published, choice.show_at)
    times = slot_screens.times(published, choice, show_at, within, now)
    times = slot_screens.with_note(times, published, choice.day)
    # Everything else is made from more than this day.
    if times.start_buttons and not choice.show_at:
        ready.keep(now, service.stands_until(published, choice, now), choice.day, choice.day)
    change = request.args.get("change", "")
    # With a show that goes ahead, day and guests are asked for otherwise.
    names = http.template_context(published)
    html = render_template(
        "widgets/frame/_slots.html",
        **names,
        times=times,
        show=show,
        change=change,
        announce=True,
        choice=choice if show_at is None or show_at.cancelled else None,
    )
    return http.gzipped(html)


@bp.route("/w/<public_id>/details", methods=["GET", "POST"])
def details(public_id: str) -> ResponseReturnValue:
    """Ask who is coming. POST brings details typed before the time was changed."""
    published = http.find_widget(public_id)
    asked = request.values
    within = service.bounds(published, clock.utc_now())
    starts_at = rules.read_instant(asked.get("starts_at", ""), "starts_at", "Time")
    party_size = rules.read_party_size(rules.asked_party(asked), within)
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in forms.DETAIL_FIELDS}
    typed["step_free"] = bool(typed["step_free"])
    form = DetailsForm(
        country=published.venue.country,
        within=within,
        starts_at=rules.instant_text(starts_at),
        party_size=str(party_size),
        show=asked.get("show", ""),
        change=asked.get("change", ""),
        **typed,
    )
    return _details_screen(published, form, tokens.issue(published.widget.public_id))


@bp.post("/w/<public_id>/bookings")
@limits.for_an_address()
@limiter.limit(limits.BOOKINGS_OF_A_WIDGET, key_func=http.widget_key, deduct_when=limits.has_booked)
@limiter.limit("6 per hour", key_func=http.email_key, deduct_when=limits.has_booked)
@database.reads_first
def book(public_id: str) -> ResponseReturnValue:
    published = http.find_widget(public_id)
    now = clock.utc_now()
    within = service.bounds(published, now)
    form = DetailsForm(http.form_fields(), country=published.venue.country, within=within)
    token, complaint = _checked_token(published, form)
    if not form.validate() or complaint:
        form.form_errors += [complaint] if complaint else []
        return _ask_again(published, form, token)
    change = form.change.data or ""
    try:
        placed = bookings.place(
            published, form.cleaned(), token.key, now, another=bool(form.another.data), change=change
        )
    except SubmissionDiffers:
        raise http.Refused(409, _DIFFERS, "idempotency_key") from None
    except AlreadyBooked:
        return _ask_whether_another(published, form, token)
    except (SlotTaken, NotOffered) as error:
        has_passed = isinstance(error, NotOffered) and form.cleaned().starts_at <= now
        return _time_gone(published, form, "has passed" if has_passed else _TAKEN)
    except BusyNow:
        form.form_errors.append(_BUSY)
        return _ask_again(published, form, token, 503)
    booking = placed.booking
    limits.note_booking(is_new=placed.is_new)
    replaced = bookings.cancel_replaced(published, change, booking, now)
    path = url_for("public.confirmation", public_id=public_id, token=booking.public_token)
    if http.wants_json():
        answer = jsonify(
            reference=booking.reference,
            confirmation_url=config.current().portal_url + path,
            starts_at=clock.iso_with_offset(booking.starts_at, published.venue.timezone),
        )
        return answer, 201 if placed.is_new else 200
    if not wants_fragment():
        return redirect(path, 303)
    return _confirmation_screen(published, booking, replaced)


@bp.get("/w/<public_id>/bookings/<token>")
def confirmation(public_id: str, token: str) -> ResponseReturnValue:
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    if request.args.get("changed") and booking.status != Status.CANCELLED:
        return own_booking_views.changed_screen(published, booking)
    return _confirmation_screen(published, booking)


@bp.get("/w/<public_id>/bookings/<token>/calendar.ics")
def calendar(public_id: str, token: str) -> ResponseReturnValue:
    published = http.find_widget(public_id)
    booking = bookings.find(published, token)
    path = url_for("public.own_booking", public_id=public_id, token=token)
    settings = config.current()
    sender = Sender(clock.utc_now(), settings.mail_from, settings.portal_url + path)
    entry = calendar_entry(booking)
    response = make_response(calendar_file.of_booking(booking, published.venue, entry, sender))
    method = calendar_file.method_of(booking)
    response.content_type = f"text/calendar; charset=utf-8; method={method}"
    response.headers["Content-Disposition"] = f"attachment; filename={booking.reference}.ics"
    return response


def _checked_token(published: PublishedWidget, form: DetailsForm) -> tuple[tokens.FormToken, str]:
    """Return the token for the answer, and what is wrong with the one that came, if anything.

    A form that was open for too long goes on with its own key, so that sending it twice still books once.
    """
    public_id, text = published.widget.public_id, form.form_token.data or ""
    try:
        key = tokens.key_of(public_id, text)
    except tokens.TokenExpired as error:
        return tokens.issue(public_id, error.key), _EXPIRED
    except tokens.TokenForeign:
        return tokens.issue(public_id), _FOREIGN_TOKEN
    if form.idempotency_key.data != key:
        return tokens.issue(public_id), _FOREIGN_TOKEN
    return tokens.FormToken(text, key), ""


def _confirmation_screen(
    published: PublishedWidget, booking: Booking, replaced: Booking | None = None
) -> str:
    if booking.status == Status.CANCELLED:
        return own_booking_views.cancelled_screen(published, booking)
    screen = screens.confirmation(published, booking, replaced)
    sealed = bookings.seal(published.widget.public_id, booking) if screen.may_cancel else ""
    return http.screen(
        "frame/confirmation",
        screen.title,
        published,
        screen=screen,
        token=booking.public_token,
        sealed=sealed,
    )


def _ask_again(
    published: PublishedWidget, form: DetailsForm, token: tokens.FormToken, status: int = 422
) -> ResponseReturnValue:
    """Show the form again with its errors and all that was typed. An impossible time or party is refused."""
    faults = {field.name: field.errors[0] for field in form if field.errors}
    sentence = next(iter(form.form_errors), None) or next(iter(faults.values()))
    if http.wants_json():
        return _with_retry(jsonify(error=sentence, fields=faults), status)
    hidden = next((name for name in ("starts_at", "party_size", "show") if name in faults), None)
    if hidden:
        raise http.Refused(status, faults[hidden], hidden)
    return _with_retry(_details_screen(published, form, token), status)


def _ask_whether_another(
    published: PublishedWidget, form: DetailsForm, token: tokens.FormToken
) -> ResponseReturnValue:
    """Ask who has a table at this time whether another is meant. The form comes back with what says so."""
    limits.excuse()
    starts_at = form.cleaned().starts_at
    time = rules.time_text(clock.to_local(starts_at, published.venue.timezone))
    sentence = f"You already have a table at {time}."
    if http.wants_json():
        error = f"{sentence} Send another with the value yes to book another."
        return jsonify(error=error, field="another"), 409
    form.form_errors.append(f"{sentence} Book another?")
    form.another.data = "yes"
    return make_response(_details_screen(published, form, token), 422)


def _with_retry(answer: ResponseReturnValue, status: int) -> Response:
    response = make_response(answer, status)
    if status == 503:
        response.headers.update({"Retry-After": "5", **http.SHOW_IN_FRAME})
    return response


def _time_gone(published: PublishedWidget, form: DetailsForm, what_happened: str) -> ResponseReturnValue:
    """Say that a time is no longer free, and show the times that are."""
    limits.excuse()
    typed = form.cleaned()
    wanted = screens.chosen_time(published, typed.starts_at, typed.party_size, typed.show_at)
    sentence = f"{wanted.time} {what_happened}"
    if http.wants_json():
        return jsonify(error=f"{sentence}. Pick another time.", field="starts_at"), 409
    today = clock.local_date(clock.utc_now(), published.venue.timezone).isoformat()
    asked = {
        "date": max(wanted.day, today),
        "party": str(wanted.party_size),
        "show": wanted.show,
        "change": form.change.data or "",
    }
    gone = slot_screens.Message(sentence, "Pick another time. We have kept the details you entered.")
    html = _pick_screen(published, asked, typed=_typed_details(form.data), gone=gone)
    return make_response(html, 422)


def _typed_details(values: Any) -> dict[str, str]:
    """Return what a guest typed, for hidden fields; empty when nothing was."""
    typed = {name: values.get(name) or "" for name in forms.DETAIL_FIELDS}
    return {**typed, "step_free": "on" if typed["step_free"] else ""} if any(typed.values()) else {}


def _pick_screen(
    published: PublishedWidget,
    asked: Any,
    *,
    host: str = "",
    step: str = "frame/pick",
    typed: dict[str, str] | None = None,
    gone: slot_screens.Message | None = None,
) -> ResponseReturnValue:
    screen = screens.pick(published, asked, clock.utc_now())
    typed = _typed_details(request.form) if typed is None else typed
    html = http.screen(
        step,
        "Book a table",
        published,
        screen=screen,
        times=screen.times,
        show=screen.show,
        change=screen.change,
        host=host,
        typed=typed,
        gone=gone,
        invites=not screen.show and service.reads_baskets(published),
    )
    return http.gzipped(html)


def _details_screen(
    published: PublishedWidget, form: DetailsForm, token: tokens.FormToken
) -> ResponseReturnValue:
    starts_at = rules.read_instant(form.starts_at.data or "", "starts_at", "Time")
    show = form.show.data
    show_at = rules.read_instant(show, "show", "Show") if show else None
    chosen = screens.chosen_time(published, starts_at, int(form.party_size.data or 0), show_at)
    reads_basket = service.reads_baskets(published)
    return http.screen(
        "frame/details",
        "Your details",
        published,
        form=form,
        token=token,
        chosen=chosen,
        reads_basket=reads_basket,
    )
