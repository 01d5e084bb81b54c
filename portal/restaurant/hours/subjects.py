"""One service period as a card: its values as plain JSON, and back as columns."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from portal.availability import periods
from portal.availability.models import ServicePeriod
from portal.availability.reading import weekday_bits, weekdays_of
from portal.restaurant.days import days_text
from portal.restaurant.forms import notice_text
from portal.restaurant.saving import Subject, Values, subject
from portal.venues.models import Venue

STAYS = {2: "stay_2", 4: "stay_4", 6: "stay_6"}
# Columns that their form shows as they are.
_SAME = (
    "name",
    "slot_minutes",
    "stay_minutes",
    "covers",
    "most_covers",
    "most_parties",
    "notice_minutes",
    "horizon_days",
    "largest_online",
)

_LABELS = {
    "name": "Name",
    "weekdays": "Days",
    "opens": "Opens",
    "last_seating": "Last seating",
    "slot_minutes": "A table every",
    "covers": "Most guests at once",
    "stay_2": "Up to 2 guests stay",
    "stay_4": "3 or 4 guests stay",
    "stay_6": "5 or 6 guests stay",
    "stay_minutes": "7 guests or more stay",
    "most_covers": "Most guests to start together",
    "most_parties": "Most parties to start together",
    "notice_minutes": "Notice",
    "horizon_days": "Days ahead",
    "largest_online": "Largest party online",
    "valid_from": "First day",
    "valid_until": "Last day",
}


def values_of(row: ServicePeriod) -> Values:
    """Return a period as its form shows it."""
    return {
        **{name: getattr(row, name) for name in _SAME},
        **{name: _stay(row, largest) for largest, name in STAYS.items()},
        "weekdays": sorted(weekdays_of(row.weekdays)),
        "opens": f"{row.opens:%H:%M}",
        "last_seating": f"{row.last_seating:%H:%M}",
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
    }


def _stay(row: ServicePeriod, party_size: int) -> int:
    return next((minutes for largest, minutes in row.stays if party_size <= largest), row.stay_minutes)


def columns(values: Values) -> dict[str, Any]:
    """Return the values of a whole form as columns."""
    stays = [[largest, values[name]] for largest, name in STAYS.items()]
    return {
        **{name: values[name] for name in _SAME},
        "weekdays": weekday_bits(values["weekdays"]),
        "opens": time.fromisoformat(values["opens"]),
        "last_seating": time.fromisoformat(values["last_seating"]),
        "stays": [] if all(minutes == values["stay_minutes"] for _, minutes in stays) else stays,
        "valid_from": day(values["valid_from"]),
        "valid_until": day(values["valid_until"]),
    }


def day(text: str | None) -> date | None:
    """Return a date of the values."""
    return date.fromisoformat(text) if text else None


def _text(name: str, value: Any) -> str:
    if name == "weekdays":
        return days_text(value)
    if value is None:
        return "Nothing"
    return notice_text(value) if name == "notice_minutes" else str(value)


def _read(venue: Venue, row_id: int) -> Values:
    return values_of(periods.get(venue, row_id))


def _write(venue: Venue, row_id: int, values: Values) -> None:
    """Set a period for all of its days."""
    row = periods.get(venue, row_id)
    periods.change(row, columns(values_of(row) | values))


PERIOD = subject(Subject("period", "Service period", _LABELS, _read, _write, _text, "restaurant.period"))
