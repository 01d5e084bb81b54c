"""The settings of the restaurant: one blueprint for all wings, the list of their pages, and Undo on each."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.restaurant import saving
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, RowGone, Subject
from portal.scoping import NotHere
from portal.venues.sessions import current_staff, current_venue, managers_only
from portal.widgets.setup import settings as widgets

bp = Blueprint("restaurant", __name__, url_prefix="/settings")


class Page(NamedTuple):
    """A page of the settings, by its view's name."""

    endpoint: str
    title: str


# In the order of the list on the left. A wing puts its views on `bp`, adds its line here, and stands in
# portal/shell/web.py.
PAGES = (
    Page("restaurant.details", "Business details"),
    Page("restaurant.hours", "Opening hours"),
    Page("restaurant.special_days", "Special days"),
    Page("restaurant.tables_page", "Tables"),
    Page("restaurant.online", "Online booking"),
    Page("restaurant.guide", "Set-up guide"),
)


@bp.get("")
@managers_only
def index() -> ResponseReturnValue:
    return redirect(url_for(PAGES[0].endpoint))


@bp.post("/undo/<int:save_id>")
@managers_only
def undo(save_id: int) -> ResponseReturnValue:
    """Set back what one save changed, whichever card it was of."""
    venue = current_venue()
    about, row_id = saving.find(venue, save_id)
    try:
        return after_save(about, saving.undo(venue, save_id, current_staff().id), row_id)
    except RowGone as error:
        flash(str(error), "warn")
        return redirect(url_for("restaurant.index"), 303)
    except CannotUndo as error:
        flash(str(error), "warn")
        return redirect(_address(about, row_id), 303)


def after_save(about: Subject, saved: SettingSave | None, row_id: int = 0) -> ResponseReturnValue:
    """Return to the card that was saved, which says so and offers Undo; None where nothing had changed."""
    if saved is None:
        return redirect(_address(about, row_id, unchanged=about.kind), 303)
    return redirect(_address(about, row_id, saved=saved.id), 303)


def _address(about: Subject, row_id: int, **more: object) -> str:
    if not about.is_card:
        return url_for(about.endpoint, **more)  # type: ignore[arg-type]
    if row_id:
        more["row_id"] = row_id
    return url_for(about.endpoint, _anchor=about.kind, **more)  # type: ignore[arg-type]


@bp.context_processor
def _template_names() -> dict[str, object]:
    saved = _saved_now()
    is_of_page = saved is not None and not saving.find(current_venue(), saved.id)[0].is_card
    return {
        "settings_pages": PAGES,
        "saved_now": saved,
        "saved_on_page": saved if is_of_page else None,
        "has_booking_page": lambda: bool(widgets.widgets_of(current_venue())),
    }


def _saved_now() -> SettingSave | None:
    """Return the save that led to this page."""
    save_id = request.args.get("saved", type=int)
    if save_id is None:
        return None
    try:
        return SettingSave.get_for(current_venue().id, save_id)
    except NotHere:
        return None
