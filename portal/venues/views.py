"""Sign-in and sign-out pages."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from werkzeug.exceptions import TooManyRequests

from portal.extensions import limiter, visitors_address
from portal.venues import form_tokens, service, signed_out
from portal.venues.forms import SignInForm
from portal.venues.sessions import SignedIn, current_staff, signed_in

bp = Blueprint("venues", __name__)

_TOO_MANY = "Too many tries in a short time. Wait up to 15 minutes, then sign in from this page."
_REFUSED = (
    "The email or password is wrong. Check both. "
    "A manager of your venue knows which email address you sign in with."
)


def _account_and_address() -> str:
    return f"{request.form.get('email', '').strip().casefold()} {visitors_address()}"


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("bookings.diary"))
    return signed_out.sign_in_page(SignInForm(), 200, request.args.get("next", ""))


@bp.post("/sign-in")
@limiter.limit("120 per minute")
@limiter.limit("30 per minute", deduct_when=lambda r: r.status_code == 422)
@limiter.limit("10 per 15 minutes", key_func=_account_and_address, deduct_when=lambda r: r.status_code == 422)
def sign_in_post() -> ResponseReturnValue:
    form = SignInForm()
    target, sealed = request.form.get("next", ""), request.form.get("kept", "")
    if form.validate_on_submit():
        token = service.sign_in(form.email.data or "", form.password.data or "")
        staff = service.staff_of(token) if token else None
        if token and staff:
            # A session planted before sign-in is worthless after it (X18).
            session.clear()
            login_user(SignedIn(token, staff))
            form_tokens.mark_session(staff.venue_id)
            return signed_out.after_signing_in(sealed, target)
        form.form_errors.append(_REFUSED)
    return signed_out.sign_in_page(form, 422, target, sealed)


@bp.errorhandler(429)
def too_many_tries(_error: TooManyRequests) -> ResponseReturnValue:
    """Nothing that is on the page gets lost by waiting."""
    return signed_out.sign_in_refused(429, _TOO_MANY)


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    service.sign_out(current_staff().token)
    logout_user()
    session.clear()
    return redirect(url_for("venues.sign_in"))
