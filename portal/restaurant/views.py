"""The settings of the restaurant: one blueprint for all wings, the list of their pages, and Undo on each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.restaurant import saving
from portal.restaurant.days import listed
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, RowGone, Subject
from portal.scoping import NotHere
from portal.venues.sessions import current_staff, current_venue, managers_only
from portal.widgets.setup import settings as widgets

bp = Blueprint("restaurant", __name__, url_prefix="/settings")

# More than any page has cards.
_MOST_SAVED = 10


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
    Page("restaurant.messages", "Messages"),
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


def after_saves(saves: Sequence[SettingSave], pressed: Subject) -> ResponseReturnValue:
    """Return to a card of those that were saved together: the one whose button was pressed, if it differs."""
    kinds = [each.kind for each in saves]
    if not saves:
        return redirect(_address(pressed, 0, unchanged=pressed.kind), 303)
    shown = pressed if pressed.kind in kinds else saving.find(current_venue(), saves[0].id)[0]
    return redirect(_address(shown, 0, saved=[each.id for each in saves]), 303)


def _address(about: Subject, row_id: int, **more: object) -> str:
    if not about.is_card:
        return url_for(about.endpoint, **more)  # type: ignore[arg-type]
    if row_id:
        more["row_id"] = row_id
    # To the line that says so, which stands beside the button that was pressed.
    return url_for(about.endpoint, _anchor=f"{about.kind}-saved", **more)  # type: ignore[arg-type]


@bp.context_processor
def _template_names() -> dict[str, object]:
    saves = _saved_now()
    of_page = [each for each in saves if not saving.find(current_venue(), each.id)[0].is_card]
    return {
        "settings_pages": PAGES,
        "saved_now": {(each.kind, each.row_id): each for each in saves},
        "saved_titles": listed(saving.find(current_venue(), each.id)[0].title for each in saves),
        "saved_on_page": of_page[0] if of_page else None,
        "has_booking_page": lambda: bool(widgets.widgets_of(current_venue())),
    }


def _saved_now() -> list[SettingSave]:
    """Return the saves that led to this page."""
    found = []
    for save_id in request.args.getlist("saved", type=int)[:_MOST_SAVED]:
        with suppress(NotHere):
            found.append(SettingSave.get_for(current_venue().id, save_id))
    return found
