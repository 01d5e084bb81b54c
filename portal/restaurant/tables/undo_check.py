"""What Undo looks at before a table, an area or joined tables are what they were."""

from __future__ import annotations

from typing import Any

from portal import clock
from portal.availability import tables
from portal.restaurant import kept
from portal.restaurant.saving import CannotUndo, Values
from portal.restaurant.tables import kept_bookings
from portal.venues.models import Venue


def look(model: Any, form: Any, venue: Venue, row_id: int, now: Values, earlier: Values) -> None:
    """Raise CannotUndo where all that a form asks, or what is booked, forbids it."""
    _look_at_card(form, venue, earlier)
    row, at = model.get_for(venue.id, row_id), clock.utc_now()
    unfit = [
        {each.booking_id for each in kept_bookings.of_change(venue, row, values, at).kept}
        for values in (earlier, now)
    ]
    kept.refuse_unfit(len(unfit[0] - unfit[1]))


def look_at_deleted(form: Any, venue: Venue, _row_id: int, _now: Values, earlier: Values) -> None:
    """Raise CannotUndo where what was deleted can no longer be as it was."""
    if earlier["row"] is not None:
        _look_at_card(form, venue, earlier["row"])


def _look_at_card(form: Any, venue: Venue, earlier: Values) -> None:
    layout = tables.layout(venue)
    area_id = earlier.get("area_id")
    if area_id and area_id not in {area.id for area in layout.areas}:
        raise CannotUndo("Nothing was undone. The area that it was in has been deleted since.")
    card = form.of(earlier)
    card.use(layout)
    card.look()
