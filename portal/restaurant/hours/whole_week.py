"""The whole week as one card: what changes several services at once is saved, and set back, as a whole."""

from __future__ import annotations

from typing import Any

from portal import clock
from portal.availability import periods
from portal.availability.periods import HasBookings
from portal.restaurant import saving
from portal.restaurant.days import local_today
from portal.restaurant.hours.subjects import PERIOD, columns, values_of
from portal.restaurant.kept import mark_of, refuse_unfit
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue


def _read(venue: Venue, _row_id: int) -> Values:
    rows = sorted(periods.weekly(venue), key=lambda row: row.id)
    return {"services": [{"id": row.id, "follows_id": row.follows_id} | values_of(row) for row in rows]}


def _write(venue: Venue, _row_id: int, values: Values) -> None:
    """Set all services back. Bookings stay where they were promised, or it is not done."""
    unfit = _unfit(venue)
    earlier = {each["id"]: columns(each) | {"follows_id": each["follows_id"]} for each in values["services"]}
    try:
        periods.set_back(venue, earlier, local_today(venue))
    except HasBookings:
        raise CannotUndo(
            "Somebody has booked it since, so nothing was undone. Change the hours from a date on instead."
        ) from None
    refuse_unfit(len(_unfit(venue) - unfit))


def _unfit(venue: Venue) -> set[int]:
    """Return the seatings to come that stand where their service does not run."""
    today, now = local_today(venue), clock.utc_now()
    return {
        seating.id
        for row in periods.weekly(venue)
        for seating in periods.no_longer_fit(
            periods.to_come(venue, row, today, now), periods.columns_of(row), venue.timezone
        )
    }


def _text(_name: str, value: Any) -> str:
    return ", ".join(each["name"] for each in value) or "Nothing"


WEEK = subject(
    Subject(
        "week",
        "Opening hours",
        {"services": "Services"},
        _read,
        _write,
        _text,
        "restaurant.hours",
        is_card=False,
    )
)


def mark(venue: Venue) -> str:
    """Name the week as it is, so that a form can say which one the person saw."""
    return mark_of(_read(venue, 0))


def keep(venue: Venue, before: Values, staff_id: int | None, done: str) -> SettingSave:
    """Add a change of several services to the saves, with each service's own; does not commit.

    Args:
        venue: whose hours they are.
        before: what WEEK.read returned before the change.
        staff_id: who made it.
        done: what was done, for the history.
    """
    after = WEEK.read(venue, 0)
    then = {each["id"]: each for each in after["services"]}
    for was in before["services"]:
        now = then.get(was["id"])
        if now is not None and now != was:
            # Whoever has this service open is told, as of any other save.
            saving.count(venue, PERIOD, was, now, staff_id, was["id"])
    audit.record(venue.id, staff_id, Action.RESTAURANT_CHANGED, f"Opening hours: {done}")
    return saving.count(venue, WEEK, before, after, staff_id)
