"""The page of the business details: a form for each card, and a page to change the time zone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import page_requests
from portal.availability.locks import BusyNow
from portal.bookings.clock_changes import told_times
from portal.bookings.clock_changes.told_time_rules import Outcome
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.days import listed
from portal.restaurant.details import pictures, service
from portal.restaurant.details.forms import FORMS, DetailsForm, LogoForm, TimeZoneForm, WholePage
from portal.restaurant.details.pictures import MOST_BYTES, NotALogo
from portal.restaurant.details.rules import NotUsable, clean, countries
from portal.restaurant.details.service import NewLogo
from portal.restaurant.details.subjects import CARDS, LOGO
from portal.restaurant.forms import agrees_to, number_shown
from portal.restaurant.kept import mark_of
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, OtherSave, SavedMeanwhile, Values
from portal.restaurant.views import after_saves, bp
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
    return _page({})


@bp.post("/details")
@page_requests.takes_file(MOST_BYTES + _AROUND_A_FILE)
@managers_only
def save_details() -> ResponseReturnValue:
    """Save all cards at once, whichever button was pressed, so that nothing typed in another one is lost."""
    venue, typed = current_venue(), _typed()
    # All of them, so that whatever is wrong is said at once.
    refused = [form for form in typed.values() if not form.validate_on_submit()]
    if refused:
        return _page(typed), 422
    cards = [
        saving.Filled(CARDS[kind], form.values(), number_shown(f"number_{kind}"))
        for kind, form in typed.items()
        if isinstance(form, DetailsForm)
    ]
    try:
        saves = service.save(venue, cards, _new_logo(), current_staff().id)
    except NotALogo as error:
        typed["logo"].logo_file.errors = (str(error),)
        return _page(typed), 422
    except CannotUndo as error:
        db.session.rollback()
        typed["booking_page"].slug.errors = [str(error)]
        return _page(typed), 422
    except SavedMeanwhile as error:
        return _page_with(error.other, typed), 409
    zone = typed["time_zone"].timezone.data if "time_zone" in typed else venue.timezone
    if zone != venue.timezone:
        if saves:
            flash(f"Saved: {_titles(saves)}.", "ok")
        return redirect(url_for("restaurant.time_zone", to=zone), 303)
    return after_saves(saves, CARDS.get(request.form.get("at", ""), LOGO))


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


def _typed() -> dict[str, Any]:
    """Return the forms of the cards that were sent; phone numbers are of the country that was sent too."""
    venue = current_venue()
    sent_country = request.form.get("country", "")
    country = sent_country if sent_country in countries() else venue.country
    typed: dict[str, Any] = {kind: FORMS[kind](country) for kind in CARDS if f"number_{kind}" in request.form}
    if "number_logo" in request.form:
        typed["logo"] = LogoForm()
    if "timezone" in request.form:
        typed["time_zone"] = TimeZoneForm(venue.timezone)
    return typed


def _new_logo() -> NewLogo | None:
    """Return what was said of the logo, None where that is nothing. Raises NotALogo."""
    file = request.files.get("logo_file")
    if "remove" in request.form:
        return NewLogo(None, number_shown("number_logo"))
    if file is None or not file.filename:
        return None
    return NewLogo(pictures.read(file.read()), number_shown("number_logo"))


def _page_with(other: OtherSave, typed: dict[str, Any]) -> str:
    """Return the page as it was typed, and what somebody else saved of one card meanwhile."""
    if other.kind == LOGO.kind:
        said = f"{other.saved_by} changed it meanwhile. Choose your file again to replace it"
        typed["logo"].logo_file.errors = (said,)
        return _page(typed, numbers={"logo": other.number})
    merged = FORMS[other.kind].showing(other.merged, current_venue().country)
    return _page(typed | {other.kind: merged}, other_save=other, numbers={other.kind: other.number})


def _page(
    typed: dict[str, Any], *, other_save: OtherSave | None = None, numbers: dict[str, int] | None = None
) -> str:
    """Return the page, with what was typed where it came back, and all else as it is saved.

    `numbers` are the saves that the forms go on from, where that is not the one on which they were filled in.
    """
    venue = current_venue()
    forms: dict[str, Any] = {
        kind: FORMS[kind].showing(CARDS[kind].read(venue, 0), venue.country) for kind in CARDS
    }
    forms |= {
        "logo": LogoForm(formdata=None),
        "time_zone": TimeZoneForm(venue.timezone, formdata=None, data={"timezone": venue.timezone}),
    }
    if request.files.get("logo_file") and not typed["logo"].logo_file.errors:
        # No browser lets a page fill in a file.
        typed["logo"].logo_file.errors = ("Choose the logo file again: nothing is saved yet",)
    in_force = {kind: saving.number_of(venue, kind) for kind in (*CARDS, LOGO.kind)}
    shown = {kind: number_shown(f"number_{kind}") for kind in in_force if kind in typed}
    return render_template(
        "restaurant/details/details.html",
        forms=forms | typed,
        numbers=in_force | shown | (numbers or {}),
        page_form=WholePage(typed.values()) if typed else None,
        other_save=other_save,
    )


def _titles(saves: Sequence[SettingSave]) -> str:
    return listed(saving.find(current_venue(), each.id)[0].title for each in saves)
