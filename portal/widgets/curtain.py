"""What a table means for the show of its party, as staff read it."""

from __future__ import annotations

from datetime import datetime

from portal.bookings.labels import day_name, wall_time
from portal.clock import local_date
from portal.events import service as events
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.widgets import service as widgets
from portal.widgets.around_show import GuestShow, guest_show, same_evening
from portal.widgets.models import Widget


def show_of(venue: Venue, show_at: datetime) -> GuestShow:
    """Return the show that starts then, with the minutes of the venue's booking page, else the usual ones."""
    try:
        widget = widgets.find_by_venue(venue.slug).widget
    except NotHere:
        widget = Widget(arrive_minutes=15, walk_minutes=0, least_meal_minutes=60)
    return guest_show(show_at, events.shows_at(venue.id, show_at), widget)


def words(show: GuestShow, starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """Say whether a party that stays from one time to another makes its show, and when it must leave."""
    curtain, leave = wall_time(show.starts_at, zone), wall_time(show.leave_by, zone)
    if show.cancelled:
        return f"Their show at {curtain} is cancelled."
    if not same_evening(show.starts_at, starts_at, zone):
        on = local_date(show.starts_at, zone)
        return f"Their show is on another evening: {day_name(on, local_date(starts_at, zone))}, {curtain}."
    if starts_at >= show.first_after:
        return f"They come after their show, which starts at {curtain}."
    if starts_at >= show.starts_at:
        return f"They would miss their show: it starts at {curtain}."
    if starts_at >= show.leave_by:
        return f"There is no time to eat: they must leave by {leave} for curtain at {curtain}."
    if ends_at <= show.leave_by:
        return f"They must leave by {leave} for curtain at {curtain}. Their stay ends before that."
    return (
        f"Their stay ends at {wall_time(ends_at, zone)}, and they must leave by {leave} "
        f"for curtain at {curtain}."
    )
