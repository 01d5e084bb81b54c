"""What Undo looks at before a service period is what it was."""

from __future__ import annotations

from portal import clock
from portal.availability import periods
from portal.restaurant import kept
from portal.restaurant.days import local_today
from portal.restaurant.hours.forms import PeriodForm
from portal.restaurant.hours.subjects import columns
from portal.restaurant.saving import CannotUndo, Values
from portal.venues.models import Venue


def look(venue: Venue, row_id: int, now: Values, earlier: Values) -> None:
    """Raise CannotUndo where all that a form asks, what else runs, or what is booked forbids it."""
    row = periods.get(venue, row_id)
    then, today = columns(earlier), local_today(venue)
    is_booked = periods.is_booked(venue, row)
    begins_later = row.valid_from is not None and row.valid_from >= today
    changed = {name for name, value in earlier.items() if now[name] != value}
    # What somebody booked is never changed backwards; its last day may be.
    if changed - {"valid_until"} and not begins_later and is_booked:
        raise CannotUndo(f"{row.name} has been booked since. Change it from a date on instead.")
    if other := periods.overlapping(venue, then, row.id):
        raise CannotUndo(f"{row.name} would run at the same time as another {other.name}.")
    form = PeriodForm.of(earlier)
    is_last = periods.versions(venue, row)[-1].id == row.id
    form.use(periods.sizes(venue), today, row, is_booked=is_booked, is_last=is_last)
    form.look()
    to_come = periods.to_come(venue, row, today, clock.utc_now())
    unfit = [
        {each.id for each in periods.no_longer_fit(to_come, hours, venue.timezone)}
        for hours in (then, columns(now))
    ]
    kept.refuse_unfit(len(unfit[0] - unfit[1]))
