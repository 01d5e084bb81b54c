"""The page of the business details: one form for each card."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.restaurant import saving
from portal.restaurant.details.forms import BusinessForm
from portal.restaurant.details.subjects import BUSINESS
from portal.restaurant.forms import CardForm, number_shown
from portal.restaurant.saving import SavedMeanwhile
from portal.restaurant.views import after_save, bp
from portal.venues.sessions import current_staff, current_venue, managers_only


@bp.get("/details")
@managers_only
def details() -> ResponseReturnValue:
    return _page()


@bp.post("/details/business")
@managers_only
def save_business() -> ResponseReturnValue:
    form = BusinessForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        saved = saving.save(current_venue(), BUSINESS, form.values(), number_shown(), current_staff().id)
    except SavedMeanwhile as error:
        return _page(BusinessForm.of(error.other.merged), other_save=error.other), 409
    return after_save(BUSINESS, saved)


def _page(form: CardForm | None = None, **more: Any) -> str:
    """Return the page, with one form as it was sent and all others as they are saved."""
    venue = current_venue()
    forms: dict[str, CardForm] = {BUSINESS.kind: BusinessForm.of(BUSINESS.read(venue, 0))}
    numbers = {kind: saving.number_of(venue, kind) for kind in forms}
    if form is not None:
        forms[form.card] = form
        numbers[form.card] = more["other_save"].number if "other_save" in more else number_shown()
    return render_template(
        "restaurant/details/details.html", forms=forms, numbers=numbers, page_form=form, **more
    )
