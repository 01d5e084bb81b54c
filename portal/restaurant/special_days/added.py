"""Special days that were added together, as one save, so that Undo can take them out again."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from portal import clock
from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.extensions import db
from portal.restaurant import kept, saving
from portal.restaurant.days import local_today
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.restaurant.special_days.subjects import values_of
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue


def _rows(venue: Venue, first_id: int) -> list[SpecialDay]:
    wanted = select(SpecialDay).where(SpecialDay.venue_id == venue.id, SpecialDay.id >= first_id)
    return list(db.session.scalars(wanted.order_by(SpecialDay.id)))


def _read(venue: Venue, first_id: int) -> Values:
    """Return the days from the first one that was added on."""
    return {
        "days": [{"on": row.service_on.isoformat()} | values_of(venue, row) for row in _rows(venue, first_id)]
    }


def _write(venue: Venue, first_id: int, values: Values) -> None:
    """Let the days be like any other again."""
    if values["days"]:
        raise CannotUndo("Nothing was undone. Add the days anew instead.")
    rows = _rows(venue, first_id)
    if any(row.service_on < local_today(venue) for row in rows):
        raise CannotUndo("A day of them is over, so nothing was undone.")
    now = clock.utc_now()
    kept.refuse_unfit(sum(len(special_days.newly_unfit(venue, row.service_on, None, now)) for row in rows))
    for row in rows:
        special_days.delete(row)


ADDED = subject(
    Subject(
        "added_special_days",
        "Special days",
        {"days": "taken out again"},
        _read,
        _write,
        lambda _name, value: f"{len(value)}",
        "restaurant.special_days",
        is_card=False,
    )
)


def add(venue: Venue, plans: dict[date, special_days.Plan], said: str, staff_id: int | None) -> SettingSave:
    """Add special days and return the save. Does not commit. Raises DateTaken and BusyNow.

    `said` names the days in the history.
    """
    rows = [special_days.add(venue, day, plan) for day, plan in plans.items()]
    db.session.flush()
    first_id = min(row.id for row in rows)
    audit.record(venue.id, staff_id, Action.RESTAURANT_CHANGED, f"Special day added: {said}")
    return saving.count(venue, ADDED, {"days": []}, ADDED.read(venue, first_id), staff_id, first_id)
