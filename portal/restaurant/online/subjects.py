"""The card of the rules for booking online."""

from __future__ import annotations

from typing import Any

from portal.availability import periods
from portal.restaurant.forms import notice_text
from portal.restaurant.saving import Subject, Values, subject
from portal.venues.models import Venue

_LABELS = {
    "notice_minutes": "Notice",
    "horizon_days": "Days ahead",
    "largest_online": "Largest party online",
    "pending_minutes": "Bookings not confirmed lapse after",
}


def _read(venue: Venue, _row_id: int) -> Values:
    rules = periods.online_rules(venue)
    return {name: getattr(rules, name) for name in _LABELS}


def _write(venue: Venue, _row_id: int, values: Values) -> None:
    periods.change_online_rules(venue, values)


def _text(name: str, value: Any) -> str:
    if value is None:
        return "Never" if name == "pending_minutes" else "No limit"
    if name == "pending_minutes":
        return f"{value} minutes"
    return notice_text(value) if name == "notice_minutes" else str(value)


ONLINE = subject(
    Subject("online", "Rules for booking online", _LABELS, _read, _write, _text, "restaurant.online")
)
