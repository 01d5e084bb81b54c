"""What a feed says of a theatre's programme, and how long a performance runs. Plain values in and out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from portal.clock import instant_of_wall, instant_told

LONGEST_NAME = 200
# A longer one is a typing mistake: no show lasts a day.
LONGEST_MINUTES = 24 * 60
# Start times are given to the minute, so two within one minute are the same.
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
# No country has moved its clocks by more in one go.
MOST_BETWEEN_RULES = timedelta(hours=2)
_INSTANCE = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class FeedEvent:
    """An event as the feed names it. `minutes` is its running time, None where the theatre gave none."""

    spektrix_event_id: str
    name: str
    minutes: int | None


@dataclass(frozen=True)
class FeedPerformance:
    """One showing as the feed names it. `starts_at` is an aware instant."""

    spektrix_instance_id: str
    spektrix_event_id: str
    starts_at: datetime
    cancelled: bool


@dataclass(frozen=True)
class Programme:
    """Both lists as read at one moment, and how many records of them could not be read."""

    events: tuple[FeedEvent, ...]
    performances: tuple[FeedPerformance, ...]
    unreadable: int = 0


@dataclass(frozen=True)
class Show:
    """A performance as diners and staff see it. `ends_at` is None where the running time is unknown."""

    performance_id: int
    name: str
    starts_at: datetime
    ends_at: datetime | None
    cancelled: bool


@dataclass(frozen=True)
class ChangedShow:
    """A performance that no longer starts at `was_at` as guests planned; its `show` says what it is now."""

    change_id: int
    was_at: datetime
    show: Show
    settled_at: datetime | None = None
    settled_by: str = ""
    letters: int = 0

    @property
    def stands_again(self) -> bool:
        """Whether it goes ahead as planned after all."""
        return not self.show.cancelled and same_minute(self.show.starts_at, self.was_at)


def same_minute(one: datetime, other: datetime) -> bool:
    """Tell whether two starts are the same, as starts are given to the minute."""
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def upsets_plans(was_at: datetime, now: FeedPerformance, *, was_cancelled: bool) -> bool:
    """Tell whether somebody who planned for a performance has to be told of what it is now."""
    if was_cancelled:
        return False
    return now.cancelled or not same_minute(was_at, now.starts_at)


def minutes_of(duration: int) -> int | None:
    """Return a running time in minutes, None for 0, which stands for unknown (docs/spektrix.md section 7)."""
    return duration if 0 < duration <= LONGEST_MINUTES else None


def starts_at(start_utc: datetime | None, start: datetime | None, zone: str) -> datetime:
    """Return when a performance starts. Of its two starts Spektrix has made one from the other.

    Tickets say the wall time, so that wins while their clock rules and ours differ. Where the two are hours
    apart, the theatre is in another zone than the venue, and its wall time is none of ours. A wall time alone
    that happens twice means its first pass. `static/starts.js` goes by the same rule, since what it finds is
    looked up in the programme.

    Args:
        start_utc: aware instant; None where it is not known.
        start: wall time at the theatre, without a zone; None where it is not known.
        zone: of the venue, an IANA name.

    Raises ValueError where neither is known.
    """
    if start is None:
        if start_utc is None:
            raise ValueError("no start")
        return start_utc
    if start_utc is None:
        return instant_of_wall(start, zone)
    ahead = start - start_utc.replace(tzinfo=None)
    if abs(ahead) >= A_DAY:
        return start_utc
    by_wall = instant_told(start_utc.astimezone(timezone(ahead)), zone)
    return by_wall if abs(by_wall - start_utc) <= MOST_BETWEEN_RULES else start_utc


def ends_at(starts_at: datetime, minutes: int | None) -> datetime | None:
    """Return when the curtain falls."""
    return starts_at + timedelta(minutes=minutes) if minutes else None


def programme(
    events: Iterable[FeedEvent], performances: Iterable[FeedPerformance], unreadable: int
) -> Programme:
    """Return a programme in which every id occurs once; of two records with one id the later counts."""
    return Programme(
        tuple({one.spektrix_event_id: one for one in events}.values()),
        tuple({one.spektrix_instance_id: one for one in performances}.values()),
        unreadable,
    )


def may_name_instance(text: str) -> bool:
    """Tell whether a text could be an instance id or its leading digits (docs/spektrix.md section 4)."""
    return _INSTANCE.fullmatch(text) is not None
