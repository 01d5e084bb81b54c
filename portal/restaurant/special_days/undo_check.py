"""What Undo looks at before a special day is what it was."""

from __future__ import annotations

from portal import clock
from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.restaurant import kept
from portal.restaurant.days import local_today
from portal.restaurant.saving import Values
from portal.restaurant.special_days.forms import SpecialDayForm
from portal.restaurant.special_days.subjects import plan
from portal.venues.models import Venue


def look(venue: Venue, row_id: int, _now: Values, earlier: Values) -> None:
    """Raise CannotUndo where all that a form asks, or what is booked, forbids it."""
    day = SpecialDay.get_for(venue.id, row_id).service_on
    form = SpecialDayForm.of(earlier)
    form.use(special_days.tables(venue), local_today(venue), day)
    form.look()
    kept.refuse_unfit(len(special_days.newly_unfit(venue, day, plan(earlier), clock.utc_now())))
