"""Tables that were added together, as one save, so that Undo can take them out again."""

from __future__ import annotations

from portal.availability import tables
from portal.availability.tables import HasBookings, InGroup
from portal.extensions import db
from portal.restaurant import saving
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.restaurant.tables.subjects import TABLE
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue


def _read(venue: Venue, first_id: int) -> Values:
    """Return the tables from the first one that was added on, and the areas that there are."""
    layout = tables.layout(venue)
    since = [{"id": each.id} | TABLE.read(venue, each.id) for each in layout.tables if each.id >= first_id]
    return {
        "tables": sorted(since, key=lambda each: each["id"]),
        "areas": sorted(area.id for area in layout.areas),
    }


def _write(venue: Venue, first_id: int, values: Values) -> None:
    """Take the tables out again, and the area that was added with them."""
    if values.get("tables"):
        raise CannotUndo("Nothing was undone. Add the tables anew instead.")
    for table in tables.layout(venue).tables:
        if table.id < first_id:
            continue
        try:
            tables.delete_table(venue, table)
        except InGroup as error:
            raise CannotUndo(
                f"{table.name} belongs to the joined tables {error}, so nothing was undone."
            ) from None
        except HasBookings:
            raise CannotUndo(f"{table.name} has been booked since, so nothing was undone.") from None
    db.session.flush()
    for area in tables.layout(venue).areas:
        if "areas" in values and area.id not in values["areas"]:
            tables.delete_area(venue, area)


ADDED = subject(
    Subject(
        "added_tables",
        "Tables",
        {"tables": "taken out again", "areas": "with their area"},
        _read,
        _write,
        lambda _name, value: f"{len(value)}",
        "restaurant.tables_page",
        is_card=False,
    )
)


def keep(venue: Venue, areas: list[int], first_id: int, names: str, staff_id: int | None) -> SettingSave:
    """Add what was added to the saves and to the history; `areas` are those before. Does not commit."""
    audit.record(venue.id, staff_id, Action.RESTAURANT_CHANGED, f"Tables: added {names}")
    before = {"tables": [], "areas": areas}
    return saving.count(venue, ADDED, before, ADDED.read(venue, first_id), staff_id, first_id)
