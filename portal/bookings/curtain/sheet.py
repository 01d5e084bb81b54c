"""Reading the curtain sheet of an evening. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.bookings.curtain import changed_shows, rules
from portal.bookings.curtain.changed_shows import Notice
from portal.bookings.curtain.rules import Sheet
from portal.bookings.diary import kept_days
from portal.events import service as events
from portal.venues.models import Venue


@dataclass(frozen=True)
class Evening:
    """What the sheet of a day shows.

    Args:
        on: the service day.
        sheet: its tables by performance.
        notices: the performances that moved or were cancelled.
        has_programme: whether the venue's programme has ever been read.
    """

    on: date
    sheet: Sheet
    notices: list[Notice]
    has_programme: bool

    @property
    def guests(self) -> int:
        return sum(group.guests for group in self.sheet.groups)


def evening(venue: Venue, on: date) -> Evening:
    """Return the sheet of a service day."""
    kept = kept_days.day(venue, on)
    notices = changed_shows.of_day(venue, on)
    sync = events.sync_of(venue.id)
    found = rules.sheet(kept.entries, kept.house.shows, [notice.change for notice in notices])
    return Evening(on, found, notices, bool(sync and sync.synced_at))
