"""The set-up guide of a new venue, until all is done or somebody puts it away."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.extensions import db
from portal.restaurant.guide.rules import counted
from portal.restaurant.guide.steps import guests_can_book, next_step, steps
from portal.restaurant.views import bp
from portal.venues.sessions import current_venue, managers_only


@bp.get("/guide")
@managers_only
def guide() -> ResponseReturnValue:
    venue = current_venue()
    found = steps(venue)
    return render_template(
        "restaurant/guide/guide.html",
        steps=found,
        following=next_step(found),
        needed=counted(sum(not step.is_optional for step in found), "step", "steps"),
        is_open=guests_can_book(found),
    )


@bp.post("/guide/close")
@managers_only
def close_guide() -> ResponseReturnValue:
    """Put the guide away, done or not."""
    current_venue().guide_closed_at = clock.utc_now()
    db.session.commit()
    flash("The set-up guide is closed. Open it again under Settings.")
    return redirect(url_for("bookings.diary"), 303)
