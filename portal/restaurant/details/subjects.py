"""The cards of the business details, the one source of what diners read about the restaurant (R61, R102)."""

from __future__ import annotations

from typing import Any

from portal.restaurant.saving import Subject, Values, subject
from portal.venues.models import Venue


def _read(names: tuple[str, ...], venue: Venue) -> Values:
    return {name: getattr(venue, name) for name in names}


def _write(venue: Venue, values: Values) -> None:
    for name, value in values.items():
        setattr(venue, name, value)


def _text(_name: str, value: Any) -> str:
    return value or "Nothing"


_BUSINESS = {"name": "Name", "theatre_name": "Theatre", "phone": "Phone number"}
BUSINESS = subject(
    Subject(
        "business",
        "Name and contact",
        _BUSINESS,
        lambda venue, _row: _read(tuple(_BUSINESS), venue),
        lambda venue, _row, values: _write(venue, values),
        _text,
        "restaurant.details",
    )
)
