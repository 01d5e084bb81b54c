"""What happens when somebody sends a form after the session has ended."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import page_requests
from portal.page_requests import wants_fragment
from portal.venues import saved_forms
from portal.venues.forms import SignInForm
from portal.venues.return_paths import page_asked_for, safe_next
from portal.venues.saved_forms import SavedForm, TooLong

# A fragment cannot hold a page: portal.js sends the form again as a browser does.
_AS_PAGE = "X-Send-As-Page"
_REPEAT = "You have been signed out, so nothing was changed. Sign in and try again."
_TOO_LONG = (
    "You have been signed out, and what you typed is too long to keep. "
    "Go back in your browser and copy it before you sign in."
)
_NOT_YOURS = "Only managers can save that, so we did not keep what was typed. A manager can enter it again."
_STALE = "This page was out of date. Enter your password again."


def ask_to_sign_in() -> ResponseReturnValue:
    """Send whoever is not signed in to the sign-in page; with it goes what they typed."""
    saved = saved_forms.from_request()
    if saved is not None:
        return _ask(saved)
    return _redirect(_REPEAT if request.method != "GET" else None)


def out_of_date() -> ResponseReturnValue | None:
    """Return what answers a form whose token is of another session, None where nothing is to be saved."""
    if request.endpoint == "venues.sign_in_post":
        if not page_requests.says_ours():
            return None
        # The sign-in page itself was left open, or is loaded again after it has done its work.
        if current_user.is_authenticated:
            return after_signing_in(request.form.get("kept"), request.form.get("next"))
        return sign_in_refused(400, _STALE)
    saved = saved_forms.from_request()
    if saved is None:
        return None
    if not current_user.is_authenticated:
        return _ask(saved)
    if not may_have(saved):
        return None
    return _as_page(400) if wants_fragment() else (page_of(saved), 400)


def sign_in_page(form: SignInForm, status: int, target: str, sealed: str = "") -> ResponseReturnValue:
    """Return the sign-in page, with a saved form in it if there is one."""
    saved = saved_forms.unseal(sealed)
    return render_template(
        "venues/sign_in.html", form=form, next=target, saved=saved, sealed=sealed if saved else ""
    ), status


def sign_in_refused(status: int, why: str) -> ResponseReturnValue:
    """Return the sign-in page with all that was on it but the password, and why it comes again."""
    form = SignInForm()
    form.form_errors.append(why)
    return sign_in_page(form, status, request.form.get("next", ""), request.form.get("kept", ""))


def after_signing_in(sealed: str | None, target: str | None) -> ResponseReturnValue:
    """Return what comes after signing in: the form that was saved, else the page that was asked for."""
    saved = saved_forms.unseal(sealed)
    if saved is None:
        # The managers of a new venue begin with the set-up guide, unless they were on their way elsewhere.
        return redirect(
            url_for("home.home") if current_user.opens_on_guide and not target else safe_next(target)
        )
    if may_have(saved):
        return page_of(saved)
    if saved.venue_id != current_user.venue.id:
        return redirect(url_for("bookings.diary"))
    flash(_NOT_YOURS, "info")
    return redirect(safe_next(target))


def may_have(saved: SavedForm) -> bool:
    """Tell whether whoever is signed in now works at the venue of the form and may send it."""
    endpoint = saved_forms.view_of(saved.path)
    if endpoint is None or saved.venue_id != current_user.venue.id:
        return False
    for_managers = getattr(current_app.view_functions[endpoint], "for_managers", False)
    return current_user.is_manager or not for_managers


def page_of(saved: SavedForm) -> str:
    """Return the page that shows what was typed, with a button that sends it."""
    return render_template("venues/saved_form.html", saved=saved, back=safe_next(saved.back))


def _ask(saved: SavedForm) -> ResponseReturnValue:
    try:
        sealed = saved_forms.seal(saved)
    except TooLong:
        return _redirect(_TOO_LONG)
    if wants_fragment():
        return _as_page(401)
    return sign_in_page(SignInForm(formdata=None), 401, saved.back, sealed)


def _as_page(status: int) -> ResponseReturnValue:
    return "", status, {_AS_PAGE: "1"}


def _redirect(why: str | None) -> ResponseReturnValue:
    address = url_for("venues.sign_in", next=page_asked_for() or None)
    if wants_fragment():
        return "", 401, {"HX-Redirect": address}
    if why:
        flash(why)
    return redirect(address)
