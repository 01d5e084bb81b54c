"""The page of the business details: a form for each card, and a page to change the time zone."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal import page_requests
from portal.availability.locks import BusyNow
from portal.bookings.clock_changes import told_times
from portal.bookings.clock_changes.told_time_rules import Outcome
from portal.restaurant import saving
from portal.restaurant.details import service
from portal.restaurant.details.forms import FORMS, LogoForm, TimeZoneForm
from portal.restaurant.details.pictures import MOST_BYTES, NotALogo
from portal.restaurant.details.rules import NotUsable, clean
from portal.restaurant.details.subjects import CARDS, LOGO
from portal.restaurant.forms import agrees_to, number_shown
from portal.restaurant.kept import mark_of
from portal.restaurant.saving import SavedMeanwhile, Values
from portal.restaurant.views import after_save, bp
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only

# What a browser sends around the file.
_AROUND_A_FILE = 64 * 1024
_BUSY = "We are very busy right now, so nothing was changed. Wait a few seconds and try again."


def _look(kind: str, venue: Venue, _row_id: int, _now: Values, earlier: Values) -> None:
    FORMS[kind].showing(earlier, venue.country).look()


for _kind, _about in CARDS.items():
    saving.look_before_undo(_about, partial(_look, _kind))


@bp.get("/details")
@managers_only
def details() -> ResponseReturnValue:
    return _page()


@bp.post("/details/<card>")
@managers_only
def save_details(card: str) -> ResponseReturnValue:
    """Save one card of texts and choices."""
    if card not in CARDS:
        abort(404)
    venue = current_venue()
    form = FORMS[card](venue.country)
    if not form.validate_on_submit():
        return _page(**{card: form}), 422
    try:
        saved = saving.save(venue, CARDS[card], form.values(), number_shown(), current_staff().id)
    except SavedMeanwhile as error:
        merged = FORMS[card].showing(error.other.merged, venue.country)
        return _page(other_save=error.other, **{card: merged}), 409
    return after_save(CARDS[card], saved)


@bp.post("/details/logo")
@page_requests.takes_file(MOST_BYTES + _AROUND_A_FILE)
@managers_only
def save_logo() -> ResponseReturnValue:
    """Keep the logo that was chosen, or none."""
    venue, staff_id = current_venue(), current_staff().id
    form = LogoForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        if "remove" in request.form:
            return after_save(LOGO, service.remove_logo(venue, number_shown(), staff_id))
        file = form.logo_file.data.read() if form.logo_file.data else b""
        return after_save(LOGO, service.save_logo(venue, file, number_shown(), staff_id))
    except NotALogo as error:
        form.logo_file.errors = (str(error),)
        return _page(logo=form), 422
    except SavedMeanwhile as error:
        form.logo_file.errors = (
            f"{error.other.saved_by} changed it meanwhile. Choose your file again to replace it",
        )
        return _page(logo=form), 409


@bp.post("/details/time-zone")
@managers_only
def ask_time_zone() -> ResponseReturnValue:
    """Go to the page that says what another time zone does, unless it is the same."""
    form = TimeZoneForm(current_venue().timezone)
    if not form.validate_on_submit():
        return _page(time_zone=form), 422
    if form.timezone.data == current_venue().timezone:
        return redirect(url_for("restaurant.details", unchanged="time_zone", _anchor="time_zone"), 303)
    return redirect(url_for("restaurant.time_zone", to=form.timezone.data), 303)


@bp.get("/details/time-zone")
@managers_only
def time_zone() -> ResponseReturnValue:
    """Say what another time zone does to bookings to come, and ask."""
    try:
        zone = clean("timezone", request.args.get("to", ""))
    except NotUsable:
        abort(404)
    return _question(zone, told_times.preview(current_venue(), zone))


@bp.post("/details/time-zone/change")
@managers_only
def change_time_zone() -> ResponseReturnValue:
    """Change the time zone, as long as it is still the one that the question named."""
    venue = current_venue()
    form = TimeZoneForm(venue.timezone)
    if not form.validate_on_submit():
        abort(404)
    zone = form.timezone.data or ""
    back = redirect(url_for("restaurant.details", _anchor="time_zone"), 303)
    saving.hold(venue)
    if request.form.get("from") != venue.timezone:
        flash(f"Somebody set the time zone to {venue.timezone} meanwhile, so nothing was changed.", "warn")
        return back
    asked = told_times.preview(venue, zone)
    if not agrees_to(_mark(asked)):
        return _question(zone, asked), 409
    try:
        outcome = told_times.change_zone(venue, zone, current_staff().id)
    except BusyNow:
        flash(_BUSY, "warn")
        return back
    for tone, words in _told(outcome):
        flash(words, tone)
    return back


def _question(zone: str, outcome: Outcome) -> str:
    return render_template(
        "restaurant/details/time_zone.html", zone=zone, outcome=outcome, mark=_mark(outcome)
    )


def _mark(outcome: Outcome) -> str:
    """Name what the question lists, as the bookings of a card that is saved anyway."""
    return mark_of([move.booking_id for move in outcome.moves], outcome.waiting)


def _told(outcome: Outcome) -> list[tuple[str, str]]:
    """Return what a change of the time zone did, and what somebody has to see to."""
    kept = len(outcome.moved)
    words = "1 booking keeps its time" if kept == 1 else f"{kept} bookings keep their times"
    told = [("ok", f"The time zone is {outcome.zone}. {words}.")]
    if outcome.crowded:
        crowded = ", ".join(move.reference for move in outcome.crowded)
        told.append(("warn", f"No table is free any more for these bookings. Find one by hand: {crowded}"))
    if outcome.skipped:
        skipped = ", ".join(move.reference for move in outcome.skipped)
        told.append(("warn", f"The clocks skip the time of these bookings. Tell the guests: {skipped}"))
    return told


def _page(**shown: Any) -> str:
    """Return the page, with a form as it was sent where one came back, and all others as they are saved."""
    venue = current_venue()
    other_save = shown.pop("other_save", None)
    forms: dict[str, FlaskForm] = {
        kind: FORMS[kind].showing(CARDS[kind].read(venue, 0), venue.country) for kind in CARDS
    }
    forms |= {
        "logo": LogoForm(formdata=None),
        "time_zone": TimeZoneForm(venue.timezone, formdata=None, data={"timezone": venue.timezone}),
    }
    numbers = {kind: saving.number_of(venue, kind) for kind in (*CARDS, "logo")}
    for kind in shown:
        # A form that came back goes on from where it began, unless it shows what was saved meanwhile.
        if kind in CARDS and other_save is None:
            numbers[kind] = number_shown()
    return render_template(
        "restaurant/details/details.html",
        forms=forms | shown,
        numbers=numbers,
        page_form=next(iter(shown.values()), None),
        other_save=other_save,
    )
