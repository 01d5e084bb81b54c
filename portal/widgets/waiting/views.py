"""Waiting for a table: the form, its answer, and the page that stops the emails."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.bookings import waiting as requests
from portal.extensions import db, limiter
from portal.page_requests import wants_fragment
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.widgets import rules, service
from portal.widgets.public import forms, http, limits, tokens
from portal.widgets.service import PublishedWidget
from portal.widgets.waiting import wanted_tables
from portal.widgets.waiting.forms import WaitingForm
from portal.widgets.waiting.wanted_tables import WantedTable

_FORM = "application/x-www-form-urlencoded"
_PURPOSE = "waiting"
_NOT_A_FORM = "The request must be sent as a form, so nothing was saved."
_NO_EMAILS = "We cannot send emails about free tables right now, so nothing was saved. Try again later."
_EXPIRED = "This form has been open for more than two hours. Check it and send it again."
_FOREIGN = "This form does not belong to this booking page. Check it and send it again."
_TOO_MANY = "There were too many requests for emails. Wait ten minutes, then try again."


def add_routes(bp: Blueprint) -> None:
    """Let the public blueprint answer for waiting."""
    path = "/w/<public_id>/waiting"
    bp.add_url_rule(path, "waiting", waiting_page, methods=["GET", "POST"])
    bp.add_url_rule(f"{path}/requests", "wait", wait, methods=["POST"])
    bp.add_url_rule(f"{path}/asked", "waits", waits)
    bp.add_url_rule("/waiting/<token>", "stop_waiting_page", stop_waiting_page)
    bp.add_url_rule("/waiting/<token>", "stop_waiting", stop_waiting, methods=["POST"])


def waiting_page(public_id: str) -> ResponseReturnValue:
    """Ask where to write. POST brings details that were typed before the last table went."""
    published = http.find_widget(public_id)
    wanted = _wanted_table(published, request.values)
    return _form(published, wanted, WaitingForm(email=request.form.get("email", "")))


@limits.for_an_address(_TOO_MANY)
@limiter.limit("6 per hour", key_func=http.email_key, deduct_when=http.succeeded, error_message=_TOO_MANY)
def wait(public_id: str) -> ResponseReturnValue:
    """Save what is waited for. The answer is the same whether the address was on the list already or not."""
    published = http.find_widget(public_id)
    if request.mimetype != _FORM:
        raise http.Refused(415, _NOT_A_FORM)
    form = WaitingForm(http.form_fields())
    wanted = _wanted_table(published, http.form_fields())
    is_valid = form.validate()
    try:
        tokens.require_key(public_id, form.form_token.data or "", _PURPOSE)
    except tokens.TokenExpired:
        form.form_errors.append(_EXPIRED)
    except tokens.TokenForeign:
        form.form_errors.append(_FOREIGN)
    if not is_valid or form.form_errors:
        return make_response(_form(published, wanted, form), 422)
    wanted_tables.add_request(published, wanted, form.cleaned_email)
    if wants_fragment():
        return _asked(published, wanted)
    day, party = wanted.day.isoformat(), wanted.party_size
    asked = url_for("public.waits", public_id=public_id, date=day, party=party, show=wanted.show or None)
    return redirect(asked, 303)


def waits(public_id: str) -> ResponseReturnValue:
    """Say what happens now. The address says what is waited for, not who waits."""
    published = http.find_widget(public_id)
    return _asked(published, _wanted_table(published, request.args))


def stop_waiting_page(token: str) -> ResponseReturnValue:
    """Show the button. Mail programs follow links by themselves, so opening the page stops nothing."""
    try:
        found = requests.by_token(_readable(token))
    except NotHere:
        return _nothing_to_stop(token), 404
    step = "stopped" if found.stopped_at else "ask"
    return _stop_page(found.venue_id, step)


@limiter.limit(limits.TRIES)
def stop_waiting(token: str) -> ResponseReturnValue:
    try:
        venue_id = requests.stop(_readable(token))
    except NotHere:
        return _nothing_to_stop(token), 404
    return _stop_page(venue_id, "stopped")


def _readable(token: str) -> str:
    if not rules.is_public_id(token):
        raise NotHere("waiting request")
    return token


def _nothing_to_stop(token: str) -> str:
    is_whole = rules.is_public_id(token) and len(token) == requests.TOKEN_LENGTH
    return _stop_page(None, "gone" if is_whole else "incomplete")


def _stop_page(venue_id: int | None, step: str) -> str:
    return render_template(
        "widgets/public/step.html",
        venue=db.session.get_one(Venue, venue_id) if venue_id else None,
        widget=None,
        step=step,
        fragment="widgets/waiting/_stop_waiting.html",
        title="Emails about a table",
    )


def _wanted_table(published: PublishedWidget, asked: Mapping[str, str]) -> WantedTable:
    """Return what may be waited for. Raises NotUsable, or Refused where no table or no email can come."""
    now = clock.utc_now()
    within = service.bounds(published, now)
    choice = rules.read_choice(asked, within)
    if not wanted_tables.can_email():
        raise http.Refused(409, _NO_EMAILS)
    found = wanted_tables.find(published, choice, service.guest_show(published, choice.show_at), within, now)
    if found is None:
        guests, day = rules.guests_text(choice.party_size), rules.day_text(choice.day)
        raise http.Refused(422, f"No table for {guests} can come free on {day}. Choose another date.")
    return found


def _form(published: PublishedWidget, wanted: WantedTable, form: WaitingForm) -> str:
    typed = {name: request.form.get(name, "") for name in forms.DETAIL_FIELDS if name != "email"}
    return http.screen(
        "waiting/waiting",
        "Email me",
        published,
        form=form,
        wanted=wanted,
        day=rules.day_text(wanted.day),
        typed={name: value for name, value in typed.items() if value},
        form_token=tokens.issue(published.widget.public_id, _PURPOSE).text,
    )


def _asked(published: PublishedWidget, wanted: WantedTable) -> str:
    return http.screen(
        "waiting/waits", "Waiting for a table", published, wanted=wanted, day=rules.day_text(wanted.day)
    )
