"""Who is asking: Flask-Login over our session rows, and the two guards that views wear."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from flask import Flask, Response, abort
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user, login_required

from portal.extensions import login
from portal.venues import service, signed_out
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
        self.opens_on_guide = staff.is_manager and staff.venue.guide_closed_at is None

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
    login.unauthorized_handler(signed_out.ask_to_sign_in)


def _load(token: str) -> SignedIn | None:
    staff = service.staff_of(token)
    return SignedIn(token, staff) if staff else None


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
    """Let managers in; staff get a page that says who can do this (403)."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_staff().is_manager:
            abort(403)
        return view(*args, **kwargs)

    # Told to whoever has to know beforehand; the guards around it pass it on.
    guarded.for_managers = True  # type: ignore[attr-defined]
    return signed_in(guarded)
