"""The page of the rules for booking online."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.availability import periods
from portal.restaurant import saving
from portal.restaurant.days import local_today
from portal.restaurant.forms import agrees_to, notice_text, number_shown
from portal.restaurant.kept import Consequences, largest_warning
from portal.restaurant.online.forms import OnlineForm
from portal.restaurant.online.subjects import ONLINE
from portal.restaurant.saving import SavedMeanwhile
from portal.restaurant.views import after_save, bp
from portal.venues.models import Venue
from portal.venues.sessions import current_staff, current_venue, managers_only

saving.look_before_undo(ONLINE, lambda _venue, _row_id, _now, earlier: OnlineForm.of(earlier).look())


@bp.get("/online")
@managers_only
def online() -> ResponseReturnValue:
    return _page(current_venue())


@bp.post("/online")
@managers_only
def save_online() -> ResponseReturnValue:
    """Save the rules; a party that no table takes is asked about first."""
    venue = current_venue()
    form = OnlineForm()
    if not form.validate_on_submit():
        return _page(venue, form), 422
    saving.hold(venue)
    found = Consequences(warnings=largest_warning(venue, form.largest_online.data))
    if found and not agrees_to(found.mark):
        return _page(venue, form, found=found), 409
    try:
        saved = saving.save(venue, ONLINE, form.values(), number_shown(), current_staff().id)
    except SavedMeanwhile as error:
        return _page(venue, OnlineForm.of(error.other.merged), other_save=error.other), 409
    return after_save(ONLINE, saved)


def _page(venue: Venue, form: OnlineForm | None = None, **more: Any) -> str:
    number = saving.number_of(venue, ONLINE.kind)
    if form is not None:
        number = more["other_save"].number if "other_save" in more else number_shown()
    today = local_today(venue)
    rows = [row for row in periods.weekly(venue) if (row.valid_until or date.max) >= today]
    own = [row for row in rows if {row.notice_minutes, row.horizon_days, row.largest_online} != {None}]
    return render_template(
        "restaurant/online/online.html",
        form=form or OnlineForm.of(ONLINE.read(venue, 0)),
        number=number,
        own=own,
        notice_text=notice_text,
        page_form=form,
        **more,
    )
