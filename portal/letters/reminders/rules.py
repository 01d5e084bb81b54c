"""When the guests of a day are reminded: at a set hour of the day before, as clocks at the venue show it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from portal import clock

# No zone's clocks skip or repeat any of these.
HOURS = range(7, 22)
LOOK_EVERY = timedelta(hours=1)
_DAY = timedelta(days=1)


def reminded_now(now: datetime, hour: int, zone: str) -> tuple[date, datetime] | None:
    """Return the day whose guests are to be reminded now, and since when; None before the hour.

    What could not be sent at its hour is sent until that day ends, and not on the day itself.
    """
    today = clock.local_date(now, zone)
    since = _moment(today, hour, zone)
    return (today + _DAY, since) if since <= now else None


def next_look(now: datetime, hour: int, zone: str) -> datetime:
    """Return when to look again: at the hour itself, and meanwhile so often that a new zone is heeded."""
    today = clock.local_date(now, zone)
    moments = [_moment(today, hour, zone), _moment(today + _DAY, hour, zone)]
    return min([now + LOOK_EVERY, *(each for each in moments if each > now)])


def _moment(day: date, hour: int, zone: str) -> datetime:
    return clock.instant_of_wall(datetime.combine(day, time(hour)), zone)
