"""Where the portal opens: on the diary, and for the managers of a new venue on the set-up guide."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.restaurant.guide.steps import Step, guests_can_book, next_step, steps
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
    """Return what a manager has still to set up, None once guests can book or the guide is put away."""
    if not current_staff().opens_on_guide:
        return None
    found = steps(current_venue())
    return None if guests_can_book(found) else next_step(found)
