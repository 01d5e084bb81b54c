"""Where the portal opens: on the diary, and for the managers of a new venue on the set-up guide."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.restaurant.guide.steps import steps
from portal.venues.sessions import current_venue

bp = Blueprint("home", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    is_new = current_user.is_authenticated and current_user.opens_on_guide
    if is_new and not all(step.is_done for step in steps(current_venue())):
        return redirect(url_for("restaurant.guide"))
    return redirect(url_for("bookings.diary"))
