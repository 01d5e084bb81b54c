"""What the page of the programme shows: performances by day, and how the last reading went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from portal import clock
from portal.events import service as events
from portal.events.models import EventSync
from portal.events.rules import Show
from portal.findings import Code, Finding
from portal.integration.connection.queries import integration_of
from portal.integration.programme import rules as programme_rules
from portal.venues.models import Venue

DAYS_SHOWN = 30
# How long the page waits for a reading that somebody asked for.
_PATIENCE = timedelta(seconds=60)
_ALL_TIME = timedelta(days=365 * 100)


@dataclass(frozen=True)
class Day:
    """One day at the venue, and what begins on it."""

    on: date
    shows: list[Show]


@dataclass(frozen=True)
class Listing:
    """A bounded stretch of the programme: at most DAYS_SHOWN days and `events.MOST_SHOWN` performances.

    Args:
        days: those on which something begins.
        first: the first day of the stretch, whether or not something begins on it.
        last: its last day.
        later: where the next stretch begins, None when nothing is known after this one.
        cut: whether the last day has more performances than are shown.
    """

    days: list[Day]
    first: date
    last: date
    later: date | None = None
    cut: bool = False


@dataclass(frozen=True)
class Page:
    """All that the page shows.

    Args:
        connected: whether the venue has saved credentials.
        active: whether the integration is on; the programme is read all the same.
        sync: how the last readings went, None before the first.
        listing: what is shown of the programme.
        trouble: what is wrong with reading it, if anything is.
        reading: whether a reading that somebody asked for is still running.
        unanswered: whether one was asked for and did not come in time.
        today: the day at the venue.
        now: the instant of all this.
    """

    connected: bool
    active: bool
    sync: EventSync | None
    listing: Listing
    trouble: Finding | None
    reading: bool
    unanswered: bool
    today: date
    now: datetime

    @property
    def was_read(self) -> bool:
        """Whether there is a programme to show."""
        return self.sync is not None and self.sync.synced_at is not None


def page_of(venue: Venue, first: date | None, asked_at: datetime | None) -> Page:
    """Return the page.

    Args:
        venue: whose programme.
        first: the first day to show, None for today.
        asked_at: when somebody asked for a new reading, None where nobody did.
    """
    now = clock.utc_now()
    today = clock.local_date(now, venue.timezone)
    integration = integration_of(venue.id)
    sync = events.sync_of(venue.id) if integration else None
    awaited = _is_awaited(sync, asked_at) and integration is not None
    reading = awaited and asked_at is not None and now - asked_at < _PATIENCE
    return Page(
        connected=integration is not None,
        active=integration is not None and integration.active,
        sync=sync,
        listing=_listing(venue, max(first or today, today)),
        trouble=None if reading else _trouble(sync, now),
        reading=reading,
        unanswered=awaited and not reading,
        today=today,
        now=now,
    )


def _is_awaited(sync: EventSync | None, asked_at: datetime | None) -> bool:
    if asked_at is None:
        return False
    return sync is None or sync.tried_at is None or sync.tried_at < asked_at


def _trouble(sync: EventSync | None, now: datetime) -> Finding | None:
    if sync is None:
        return None
    if programme_rules.is_overdue(sync.tried_at, now):
        return programme_rules.trouble_of(Code.PROGRAMME_OVERDUE)
    failed = sync.outcome not in ("", programme_rules.OK)
    return programme_rules.trouble_of(sync.outcome) if failed else None


def _listing(venue: Venue, first: date) -> Listing:
    zone, end = venue.timezone, first + timedelta(days=DAYS_SHOWN)
    begins, ends = clock.day_bounds(first, zone)[0], clock.day_bounds(end, zone)[0]
    most = events.MOST_SHOWN
    shows = events.shows_between(venue.id, begins, ends, most + 1)
    days = [
        Day(on, list(some))
        for on, some in groupby(shows, key=lambda show: clock.local_date(show.starts_at, zone))
    ]
    if len(shows) > most:
        return _first_of(days, first, most)
    more = events.shows_between(venue.id, ends, ends + _ALL_TIME, 1)
    later = clock.local_date(more[0].starts_at, zone) if more else None
    return Listing(days, first, end - timedelta(days=1), later)


def _first_of(days: list[Day], first: date, most: int) -> Listing:
    """A day that does not fit begins the next stretch; a day too long for any stretch is cut."""
    *whole, broken = days
    if whole:
        return Listing(whole, first, broken.on - timedelta(days=1), broken.on)
    only = Day(broken.on, broken.shows[:most])
    return Listing([only], first, broken.on, broken.on + timedelta(days=1), cut=True)
