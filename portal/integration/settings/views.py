"""The Spektrix page: show its state, connect, pause, change settings and disconnect."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import config
from portal.integration.attributes import admin_message
from portal.integration.attributes.looks import look_up
from portal.integration.checks import run as checks, switch
from portal.integration.checks.rules import Verdict
from portal.integration.connection import queries
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.settings import choices as venue_settings, disconnecting, replacing, service
from portal.integration.settings.choices_form import DisconnectForm, SettingsForm
from portal.integration.settings.forms import CredentialsForm
from portal.integration.settings.page import Page, managers_of, page_of
from portal.integration.settings.replacing import Trial
from portal.integration.standing import rules as standing_rules
from portal.page_requests import wants_fragment
from portal.venues import audit
from portal.venues.sessions import current_staff, current_venue, managers_only, signed_in

bp = Blueprint("integration", __name__)


@bp.get("/integrations")
@signed_in
def integrations() -> ResponseReturnValue:
    return redirect(url_for("integration.spektrix"))


@bp.get("/integrations/spektrix")
@signed_in
def spektrix() -> ResponseReturnValue:
    page = _page()
    if page is None:
        return _not_connected(_form(None))
    return render_template("integration/settings/spektrix.html", page=page)


@bp.get("/integrations/spektrix/edit")
@managers_only
def edit() -> ResponseReturnValue:
    stored = integration_of(current_venue().id)
    if stored is None:
        return _back()
    saved = {name: getattr(stored, name) for name in ("client_name", "api_user", "custom_domain")}
    return render_template("integration/settings/edit.html", stored=stored, form=_form(stored, **saved))


@bp.post("/integrations/spektrix/credentials")
@managers_only
def save_credentials() -> ResponseReturnValue:
    """Save details that Spektrix accepts, or untested ones on demand; test the very first afterwards."""
    venue = current_venue()
    stored = integration_of(venue.id)
    form = _form(stored)
    if not form.validate_on_submit():
        return _form_again(form, stored), 422
    typed = form.typed
    if stored is not None and not form.saves_untested:
        trial = replacing.try_typed(venue, typed)
        if not trial.passed:
            return _form_again(form, stored, trial, saving=True), 422
    replaced = stored is not None and bool(typed.api_key)
    service.save_credentials(venue, typed, current_staff().id)
    verdicts = [] if form.saves_untested else checks.run_all(venue)
    flash(*_what_was_saved(verdicts, replaced=replaced))
    if form.removed:
        flash(" ".join(form.removed), "info")
    return _leave_for_page()


@bp.post("/integrations/spektrix/credentials/test")
@managers_only
def test_typed() -> ResponseReturnValue:
    """Ask Spektrix about the details as typed; nothing is saved, and the typed key stays in the browser."""
    venue = current_venue()
    stored = integration_of(venue.id)
    form = _form(stored)
    trial = replacing.try_typed(venue, form.typed) if form.validate_on_submit() else None
    status = 422 if trial is None else 200
    if wants_fragment() and trial is not None:
        return render_template("integration/settings/_typed_test.html", trial=trial, form=form, fragment=True)
    return _form_again(form, stored, trial), status


@bp.post("/integrations/spektrix/active")
@managers_only
def set_active() -> ResponseReturnValue:
    wanted = request.form.get("active")
    if wanted not in {"on", "off"}:
        abort(400)
    switch.set_active(current_venue(), wanted == "on", current_staff().id)
    if wanted == "off":
        flash("Spektrix is paused. Visits completed from now on are held.")
    else:
        flash("Spektrix is active. Visits completed from now on are sent.")
    return _back()


@bp.route("/integrations/spektrix/disconnect", methods=["GET", "POST"])
@managers_only
def disconnect() -> ResponseReturnValue:
    losses = disconnecting.losses(current_venue())
    form = DisconnectForm(wanted=losses.client_name)
    if form.validate_on_submit():
        disconnecting.disconnect(current_venue(), current_staff().id)
        flash("Spektrix is disconnected. Bookings and the values already in Spektrix are kept.")
        return _back()
    page = render_template("integration/settings/disconnect.html", form=form, losses=losses)
    return page, 422 if form.errors else 200


@bp.route("/integrations/spektrix/settings", methods=["GET", "POST"])
@managers_only
def settings() -> ResponseReturnValue:
    venue = current_venue()
    form = SettingsForm(data=asdict(venue_settings.current(venue)))
    if form.validate_on_submit():
        changed = venue_settings.save(venue, form.values, current_staff().id)
        flash("Saved." if changed else "No changes to save.")
        if "test_customer_id" in changed and form.values.test_customer_id:
            look = look_up(venue)
            flash(look.sentence, look.tone)
        return _back()
    changes = audit.latest(venue.id)
    page = render_template(
        "integration/settings/settings.html", form=form, changes=changes, words=audit.WORDS
    )
    return page, 422 if form.errors else 200


@bp.errorhandler(queries.NotConnected)
def _nothing_to_do(_error: queries.NotConnected) -> ResponseReturnValue:
    flash("Spektrix is not connected. Enter the details first.", "warn")
    return _back()


def _page() -> Page | None:
    return page_of(current_venue(), current_staff())


def _back() -> ResponseReturnValue:
    return redirect(url_for("integration.spektrix"), 303)


def _leave_for_page() -> ResponseReturnValue:
    """Go to the Spektrix page; htmx is told to load it whole, since a redirect would be swapped in."""
    if wants_fragment():
        return "", 204, {"HX-Redirect": url_for("integration.spektrix")}
    return _back()


def _form(stored: Integration | None, **saved: str) -> CredentialsForm:
    local = config.current().allow_local_domains
    return CredentialsForm(key_is_stored=stored is not None, local_domains=local, **saved)


def _form_again(
    form: CredentialsForm, stored: Integration | None, trial: Trial | None = None, *, saving: bool = False
) -> str:
    """Show the form as typed, without the key, with its errors."""
    if wants_fragment():
        return render_template(
            "integration/settings/_credentials_form.html",
            form=form,
            stored=stored,
            trial=trial,
            saving=saving,
            fragment=True,
        )
    if stored is None:
        return _not_connected(form, trial)
    return render_template(
        "integration/settings/edit.html", form=form, stored=stored, trial=trial, saving=saving
    )


def _not_connected(form: CredentialsForm, trial: Trial | None = None) -> str:
    venue = current_venue()
    return render_template(
        "integration/settings/not_connected.html",
        form=form,
        trial=trial,
        overall=standing_rules.NOT_CONNECTED,
        managers=managers_of(venue),
        steps=admin_message.API_USER_STEPS,
        message=admin_message.request_all(admin_message.sender(venue, current_staff())),
    )


def _what_was_saved(verdicts: list[Verdict], *, replaced: bool) -> tuple[str, str]:
    """Return the sentence and its tone. It says so when the earlier key is no longer stored."""
    saved = "Saved. The earlier API key is no longer stored." if replaced else "Saved."
    if not verdicts:
        return f"{saved} The details were not tested.", "warn"
    # The first three checks are those of the credentials.
    if any(verdict.stops for verdict in verdicts[:3]):
        return f"{saved} The connection test did not pass.", "warn"
    return f"{saved} Spektrix accepted the details.", "ok"
