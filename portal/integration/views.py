"""The Spektrix page: see how things stand, connect, test, pause, and send what waited."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.htmx import wants_fragment
from portal.integration import admin_message, page_rules, service
from portal.integration.forms import CredentialsForm
from portal.integration.page import Page, managers_of, page_of
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
        return _not_connected(CredentialsForm(key_is_stored=False))
    return render_template("integration/spektrix.html", page=page)


@bp.get("/integrations/spektrix/edit")
@managers_only
def edit() -> ResponseReturnValue:
    page = _page()
    if page is None:
        return _back()
    form = CredentialsForm(
        key_is_stored=True,
        client_name=page.integration.client_name,
        api_user=page.integration.api_user,
    )
    return render_template("integration/edit.html", page=page, form=form)


@bp.post("/integrations/spektrix/credentials")
@managers_only
def save_credentials() -> ResponseReturnValue:
    page = _page()
    form = CredentialsForm(key_is_stored=page is not None)
    if not form.validate_on_submit():
        if page is None:
            return _not_connected(form), 422
        return render_template("integration/edit.html", page=page, form=form), 422
    typed = form.typed
    service.save_credentials(current_venue(), typed, current_staff().id)
    result = service.test_connection(current_venue())
    replaced = page is not None and bool(typed.api_key)
    flash(*_what_was_saved(passed=result.badge.tone == "ok", replaced=replaced))
    if form.removed:
        flash(" ".join(form.removed), "info")
    return _back()


@bp.post("/integrations/spektrix/test")
@managers_only
def test_connection() -> ResponseReturnValue:
    service.test_connection(current_venue())
    if wants_fragment():
        return render_template("integration/_connection.html", page=_page(), updates=True)
    return _back()


@bp.post("/integrations/spektrix/active")
@managers_only
def set_active() -> ResponseReturnValue:
    wanted = request.form.get("active")
    if wanted not in {"on", "off"}:
        abort(400)
    service.set_active(current_venue(), wanted == "on", current_staff().id)
    if wanted == "off":
        flash("Spektrix is paused. Visits completed from now on are held.")
    else:
        flash("Spektrix is active. Visits completed from now on are sent.")
    return _back()


@bp.post("/integrations/spektrix/send-held")
@managers_only
def send_held() -> ResponseReturnValue:
    """Resume, if it is paused, and let the held visits go."""
    service.set_active(current_venue(), True, current_staff().id)
    flash(_what_was_released(service.send_held(current_venue())))
    return _back()


@bp.post("/integrations/spektrix/send-again")
@managers_only
def send_again() -> ResponseReturnValue:
    released = service.send_again(current_venue())
    flash("Every visit that waits is being tried now." if released else "No visit is waiting.")
    return _back()


@bp.post("/integrations/spektrix/attributes")
@managers_only
def check_attributes() -> ResponseReturnValue:
    badge = service.check_attributes(current_venue())
    if badge is None:
        flash("Both names were looked up in Spektrix just now.")
    else:
        flash(f"{badge.headline}. {' '.join(badge.advice)}", "bad" if badge.tone == "bad" else "info")
    return _back()


@bp.errorhandler(service.NotConnected)
def _nothing_to_do(_error: service.NotConnected) -> ResponseReturnValue:
    flash("Spektrix is not connected, so nothing was done. Enter the details first.", "warn")
    return _back()


def _page() -> Page | None:
    return page_of(current_venue(), current_staff().name)


def _back() -> ResponseReturnValue:
    return redirect(url_for("integration.spektrix"), 303)


def _not_connected(form: CredentialsForm) -> str:
    venue = current_venue()
    return render_template(
        "integration/not_connected.html",
        form=form,
        overall=page_rules.NOT_CONNECTED,
        managers=managers_of(venue),
        steps=admin_message.API_USER_STEPS,
        message=admin_message.request_all(venue.name, current_staff().name),
    )


def _what_was_saved(*, passed: bool, replaced: bool) -> tuple[str, str]:
    """Return the sentence and its tone. It says when there is no way back to an earlier key."""
    saved = "Saved. The earlier API key is no longer stored." if replaced else "Saved."
    if passed:
        return f"{saved} Spektrix accepted the details.", "ok"
    return f"{saved} The connection test did not pass.", "warn"


def _what_was_released(number: int) -> str:
    return f"Spektrix is active. {page_rules.visits(number)} that waited will be sent now."
