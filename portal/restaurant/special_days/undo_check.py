"""What Undo looks at before a special day is what it was."""

from __future__ import annotations

from datetime import date

from portal import clock
from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.restaurant import kept
from portal.restaurant.days import local_today
from portal.restaurant.saving import CannotUndo, Values
from portal.restaurant.special_days.forms import SpecialDayForm
from portal.restaurant.special_days.subjects import plan
from portal.venues.models import Venue


def look(venue: Venue, row_id: int, _now: Values, earlier: Values) -> None:
    """Raise CannotUndo where all that a form asks, or what is booked, forbids it."""
    _look_at_day(venue, SpecialDay.get_for(venue.id, row_id).service_on, earlier)


def look_at_deleted(venue: Venue, day_number: int, _now: Values, earlier: Values) -> None:
    """Raise CannotUndo where a day that was deleted can no longer be as it was."""
    day = date.fromordinal(day_number)
    if day < local_today(venue):
        raise CannotUndo("That day is over, so nothing was undone.")
    if earlier["day"] is not None:
        _look_at_day(venue, day, earlier["day"])


def _look_at_day(venue: Venue, day: date, earlier: Values) -> None:
    form = SpecialDayForm.of(earlier)
    form.use(special_days.tables(venue), local_today(venue), day)
    form.look()
    kept.refuse_unfit(len(special_days.newly_unfit(venue, day, plan(earlier), clock.utc_now())))
