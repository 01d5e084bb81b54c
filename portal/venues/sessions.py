"""Who is asking: Flask-Login over our session rows, and the two guards that views wear."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlsplit

from flask import Flask, Response, abort, flash, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_required

from portal.extensions import login
from portal.htmx import wants_fragment
from portal.venues import service
from portal.venues.models import Staff, Venue

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


class SignedIn(UserMixin):
    """The person behind this request. Its id for Flask-Login is the session token, not the person."""

    def __init__(self, token: str, staff: Staff) -> None:
        self.token = token
        self.staff = staff
        self.id = staff.id
        self.name = staff.name
        self.email = staff.email
        self.role = str(staff.role)
        self.is_manager = staff.is_manager
        self.venue = staff.venue

    def get_id(self) -> str:
        return self.token


class KeptFromCaches(SecureCookieSessionInterface):
    """Keeps the cookie out of answers that shared caches may hold: they are the same for everybody."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, and that the answer varies by it, as Flask does, unless the answer is public."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def register() -> None:
    """Teach Flask-Login our sessions."""
    login.user_loader(_load)
    login.unauthorized_handler(_ask_to_sign_in)


def _load(token: str) -> SignedIn | None:
    staff = service.staff_of(token)
    return SignedIn(token, staff) if staff else None


def _ask_to_sign_in() -> ResponseReturnValue:
    address = url_for("venues.sign_in", next=_page_asked_for() or None)
    if wants_fragment():
        return "", 401, {"HX-Redirect": address}
    if request.method != "GET":
        flash("You have been signed out, so nothing was changed. Sign in and repeat the step.")
    return redirect(address)


def _page_asked_for() -> str:
    """Return the page to come back to; for a fragment or a sent form, the page that it was on."""
    if request.method == "GET" and not wants_fragment():
        return request.full_path.rstrip("?")
    on = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    return f"{on.path}?{on.query}" if on.query else on.path


def current_staff() -> SignedIn:
    """Return who is signed in; only views behind a guard may ask."""
    return cast(SignedIn, current_user)


def current_venue() -> Venue:
    """Return the venue of whoever is signed in, where every lookup starts."""
    return current_staff().venue


def signed_in(view: View[P]) -> View[P]:
    """Let anybody of the venue in; others are asked to sign in and come back."""
    return cast(View[P], login_required(view))


def managers_only(view: View[P]) -> View[P]:
    """Let managers in; staff are told who can do this (403)."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_staff().is_manager:
            abort(403)
        return view(*args, **kwargs)

    return signed_in(guarded)


def safe_next(target: str | None) -> str:
    """Return `target` if it is a path of ours, else the diary (X14)."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return url_for("bookings.diary")
    if any(character in target for character in "\\\r\n\t\0"):
        return url_for("bookings.diary")
    return target
