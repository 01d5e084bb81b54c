"""The cards of one table, one area and one group of joined tables."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.availability import tables
from portal.availability.models import DiningArea, DiningTable, TableGroup
from portal.availability.tables import NameTaken
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.venues.models import Venue

_DATES = {"out_from", "out_until"}
_NO_AREA = "No area"


def _subject(kind: str, title: str, model: Any, labels: dict[str, str]) -> Subject:
    def read(venue: Venue, row_id: int) -> Values:
        row = model.get_for(venue.id, row_id)
        return {name: _plain(getattr(row, name)) for name in labels}

    def write(venue: Venue, row_id: int, values: Values) -> None:
        row = model.get_for(venue.id, row_id)
        try:
            tables.change(venue, row, columns(values))
        except NameTaken:
            raise CannotUndo(f"“{values['name']}” is in use by now, so nothing was changed.") from None

    return subject(Subject(kind, title, labels, read, write, _text, f"restaurant.{kind}"))


def columns(values: Values) -> dict[str, Any]:
    """Return the values of a card as columns of its row: dates are dates there."""
    return {
        name: date.fromisoformat(value) if name in _DATES and value else value
        for name, value in values.items()
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if name == "area_id":
        return "Another area" if value else _NO_AREA
    if name == "table_ids":
        return f"{len(value)} tables"
    return "Nothing" if value in (None, "") else str(value)


TABLE = _subject(
    "table",
    "Table",
    DiningTable,
    {
        "name": "Name",
        "seats": "Seats",
        "area_id": "Area",
        "smallest": "Smallest party",
        "largest": "Largest party",
        "last_choice": "Give it last",
        "online": "Bookable online",
        "out_from": "Out of use from",
        "out_until": "Out of use until",
    },
)
AREA = _subject("area", "Area", DiningArea, {"name": "Name", "for_walk_ins": "Kept for walk-ins"})
GROUP = _subject(
    "group",
    "Joined tables",
    TableGroup,
    {
        "name": "Name",
        "table_ids": "Tables",
        "smallest": "Smallest party",
        "largest": "Largest party",
        "online": "Bookable online",
    },
)
