"""Where the portal opens: on the diary, and for the managers of a new venue on the set-up guide."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.restaurant.guide.steps import Step, next_step, steps
from portal.venues.sessions import current_staff, current_venue, signed_in

bp = Blueprint("home", __name__)


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    # Whoever has to sign in comes back here, not to the diary.
    return redirect(url_for("restaurant.guide" if _next_step() else "bookings.diary"))


@bp.app_context_processor
def _template_names() -> dict[str, object]:
    return {"set_up_next": _next_step}


def _next_step() -> Step | None:
    """Return what a manager has still to set up, None once that is done or put away."""
    return next_step(steps(current_venue())) if current_staff().opens_on_guide else None
