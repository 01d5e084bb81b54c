"""What was deleted of the tables, each as a save of its own, so that Undo can bring it back."""

from __future__ import annotations

from typing import Any

from portal.availability import tables
from portal.availability.models import DiningArea, DiningTable, TableGroup
from portal.availability.tables import NameTaken
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.restaurant.tables.subjects import AREA, GROUP, TABLE, columns
from portal.scoping import NotHere
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue

# What came of an area's tables when it was deleted, beside the area's own columns.
_LEFT = ("tables", "taken_offline", "groups_taken_offline")


def _subject(about: Subject, model: Any) -> Subject:
    def read(venue: Venue, row_id: int) -> Values:
        try:
            return {"row": _row(venue, about, model.get_for(venue.id, row_id))}
        except NotHere:
            return {"row": None}

    def write(venue: Venue, row_id: int, values: Values) -> None:
        _bring_back(venue, model, row_id, values["row"])

    title = f"{about.title} that was deleted"
    return subject(
        Subject(
            f"deleted_{about.kind}",
            title,
            {"row": "brought back"},
            read,
            write,
            lambda _name, value: value["name"] if value else "Nothing",
            "restaurant.tables_page",
            is_card=False,
        )
    )


def _row(venue: Venue, about: Subject, row: Any) -> Values:
    """Return all that it takes to add a row again."""
    values = about.read(venue, row.id) | {"position": row.position}
    if isinstance(row, DiningArea):
        offline = tables.bookable_without(venue, row)
        values |= {
            "tables": [table.id for table in tables.layout(venue).of(row)],
            "taken_offline": [each.id for each in offline if isinstance(each, DiningTable)],
            "groups_taken_offline": [each.id for each in offline if isinstance(each, TableGroup)],
        }
    return values


def _bring_back(venue: Venue, model: Any, row_id: int, values: Values | None) -> None:
    if values is None:
        raise CannotUndo("Nothing was undone. Delete it on its page instead.")
    if db.session.get(model, row_id) is not None:
        # SQLite has given the number to another row.
        raise CannotUndo("Nothing was undone, because something else was added since. Add it anew instead.")
    own = {name: value for name, value in values.items() if name not in _LEFT}
    try:
        row = tables.add(venue, model, columns(own) | {"id": row_id})
    except NameTaken:
        raise CannotUndo(f"“{own['name']}” is in use by now, so nothing was undone.") from None
    if isinstance(row, DiningArea):
        _take_in(venue, row, values)


def _take_in(venue: Venue, area: DiningArea, values: Values) -> None:
    """Put tables back into their area, those that nobody put into another one since."""
    layout = tables.layout(venue)
    for table in layout.of(None):
        if table.id in values["tables"]:
            table.area_id = area.id
            table.online = table.online or table.id in values["taken_offline"]
    for group in layout.groups:
        group.online = group.online or group.id in values["groups_taken_offline"]


SUBJECTS = {
    about.kind: _subject(about, model)
    for about, model in ((TABLE, DiningTable), (AREA, DiningArea), (GROUP, TableGroup))
}


def keep(venue: Venue, kind: str, row: Any, staff_id: int | None) -> SettingSave:
    """Add what is about to be deleted to the saves and to the history; does not commit."""
    about = SUBJECTS[kind]
    detail = f"{about.title}: {row.name}"
    audit.record(venue.id, staff_id, Action.RESTAURANT_CHANGED, detail)
    return saving.count(venue, about, about.read(venue, row.id), {"row": None}, staff_id, row.id)
