"""One special day as a card: its values as plain JSON, and back as a plan."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.availability.special_days import OwnPeriod, Plan
from portal.restaurant.days import local_today
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.venues.models import Venue

KINDS = {"closed": "Closed", "hours": "Other hours", "hire": "Private hire"}
_LABELS = {
    "kind": "What is different",
    "periods": "Hours",
    "table_ids": "Tables that are hired",
    "note": "Note for diners",
}


def kind_of(row: SpecialDay) -> str:
    """Return which of KINDS a day is."""
    if row.closed:
        return "closed"
    return "hours" if row.other_hours else "hire"


def plan(values: Values) -> Plan:
    """Return the values of a whole form as what the day is to be."""
    kind = values["kind"]
    return Plan(
        closed=kind == "closed",
        periods=tuple(_period(each) for each in values["periods"]) if kind == "hours" else (),
        hired_table_ids=() if kind == "closed" else tuple(values["table_ids"]),
        note=values["note"],
    )


def values_of(venue: Venue, row: SpecialDay) -> Values:
    """Return a special day as its form shows it."""
    now = special_days.plan_of(venue, row)
    return {
        "kind": kind_of(row),
        "periods": [period_values(each) for each in now.periods],
        "table_ids": sorted(now.hired_table_ids),
        "note": now.note,
    }


def period_values(period: OwnPeriod) -> Values:
    """Return hours as plain JSON."""
    return {
        "name": period.name,
        "opens": f"{period.opens:%H:%M}",
        "last_seating": f"{period.last_seating:%H:%M}",
        "slot_minutes": period.slot_minutes,
        "stay_minutes": period.stay_minutes,
        "covers": period.covers,
    }


def _period(values: Values) -> OwnPeriod:
    times = {name: time.fromisoformat(values[name]) for name in ("opens", "last_seating")}
    return OwnPeriod(**(values | times))


def periods_text(periods: list[Values]) -> str:
    """Return hours as a person says them: Lunch 12:00 to 14:00."""
    return ", ".join(f"{each['name']} {each['opens']} to {each['last_seating']}" for each in periods)


def _text(name: str, value: Any) -> str:
    if name == "kind":
        return KINDS[value]
    if name == "periods":
        return periods_text(value) or "None"
    if name == "table_ids":
        return f"{len(value)} table{'' if len(value) == 1 else 's'}"
    return value or "Nothing"


def _read(venue: Venue, row_id: int) -> Values:
    return values_of(venue, SpecialDay.get_for(venue.id, row_id))


def _write(venue: Venue, row_id: int, values: Values) -> None:
    row = SpecialDay.get_for(venue.id, row_id)
    if row.service_on < local_today(venue):
        raise CannotUndo("That day is over, so nothing was changed.")
    special_days.change(venue, row, plan(values_of(venue, row) | values))


SPECIAL_DAY = subject(
    Subject("special_day", "Special day", _LABELS, _read, _write, _text, "restaurant.special_day")
)


def _read_deleted(venue: Venue, day_number: int) -> Values:
    row = special_days.on(venue, date.fromordinal(day_number))
    return {"day": values_of(venue, row) if row else None}


def _write_deleted(venue: Venue, day_number: int, values: Values) -> None:
    if values["day"] is None:
        raise CannotUndo("Nothing was undone. Delete the day on its page instead.")
    special_days.add(venue, date.fromordinal(day_number), plan(values["day"]))


# Its rows are numbered as dates are (`date.toordinal`), since a day that is added again has another row.
DELETED = subject(
    Subject(
        "deleted_special_day",
        "Special day that was deleted",
        {"day": "brought back"},
        _read_deleted,
        _write_deleted,
        lambda _name, value: _text("kind", value["kind"]) if value else "Nothing",
        "restaurant.special_days",
        is_card=False,
    )
)
