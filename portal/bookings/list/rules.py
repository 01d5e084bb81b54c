"""What the list of bookings can be asked for, and where in it a page goes on. Plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from portal.bookings.models import Source, Status
from portal.scoping import LARGEST_ID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{1,17})_([0-9]{1,10})")


class When(StrEnum):
    """Which days are looked at, unless the person chose their own."""

    COMING = "coming"
    PAST = "past"
    ALL = "all"


class Linked(StrEnum):
    """Whether the guest is linked to a Spektrix customer."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; None and "" stand for any.

    Args:
        typed: a name, an email address, a phone number or a reference.
        when: the days that are looked at where neither `since` nor `until` says it.
        since, until: first and last service day.
        show_at: the start of the show before or after which they dine.
    """

    typed: str = ""
    when: When = When.COMING
    since: date | None = None
    until: date | None = None
    status: Status | None = None
    source: Source | None = None
    show_at: datetime | None = None
    linked: Linked | None = None

    @property
    def newest_first(self) -> bool:
        return not (self.since or self.until or self.show_at) and self.when is not When.COMING

    def days(self, today: date) -> tuple[date | None, date | None]:
        """Return the first and the last service day that is looked at, None for no end.

        A show has its own evening, so it needs no days.
        """
        if self.show_at is not None:
            return None, None
        if self.since or self.until:
            return self.since, self.until
        if self.when is When.ALL:
            return None, None
        return (today, None) if self.when is When.COMING else (None, today - timedelta(days=1))

    @property
    def leaves_some_out(self) -> bool:
        """Whether a booking of those days may not fit all the same."""
        return bool(self.status or self.source or self.linked)


@dataclass(frozen=True)
class Place:
    """One booking's place in the list, which is sorted by service day, time and id."""

    service_on: date
    starts_at: datetime
    booking_id: int

    def __str__(self) -> str:
        return f"{self.service_on}_{(self.starts_at - _EPOCH) // timedelta(microseconds=1)}_{self.booking_id}"


def place(text: str) -> Place | None:
    """Return the place that a text, from an address, names. Raises ValueError where it names none."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found[3]) <= LARGEST_ID:
        raise ValueError("no place in the list")
    starts_at = _EPOCH + timedelta(microseconds=int(found[2]))
    return Place(date.fromisoformat(found[1]), starts_at, int(found[3]))
