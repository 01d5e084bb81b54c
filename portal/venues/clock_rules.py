"""The clock rules of a zone for the years to come, as a text that can be kept and compared later.

The machine's rules change with its time zone data. Whoever keeps instants that were made from wall times
keeps these rules beside them, and learns from comparing that the instants have to be made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

# Nobody books further ahead.
_AHEAD = timedelta(days=10 * 366)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_FORM = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class ClockRules:
    """The offsets of a zone: each step says from when on its offset holds, the last one up to `until`."""

    steps: tuple[tuple[datetime, timedelta], ...]
    until: datetime

    def told_time(self, instant: datetime) -> datetime:
        """Return an instant as somebody was told it while these rules held."""
        offset = next(
            (offset for since, offset in reversed(self.steps) if since <= instant), self.steps[0][1]
        )
        return instant.astimezone(timezone(offset))

    def agree(self, other: ClockRules, now: datetime) -> bool:
        """Tell whether two sets of rules say the same from `now` for as long as both say anything."""
        begin, end = max(now, self.steps[0][0], other.steps[0][0]), min(self.until, other.until)
        return self._between(begin, end) == other._between(begin, end)

    def _between(self, begin: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        begun = [(begin, offset) for since, offset in self.steps if since <= begin][-1:]
        return begun + [step for step in self.steps if begin < step[0] < end]

    def text(self) -> str:
        """Return the rules as a text, which `read` understands."""
        steps = (f"{since:{_FORM}}{int(offset.total_seconds()):+d}" for since, offset in self.steps)
        return " ".join([f"{self.until:{_FORM}}", *steps])


@lru_cache(maxsize=256)
def read(text: str) -> ClockRules:
    """Return the rules that `text` made."""
    until, *steps = text.split()
    return ClockRules(
        tuple((_instant(step[:16]), timedelta(seconds=int(step[16:]))) for step in steps), _instant(until)
    )


def of_zone(zone: str, now: datetime) -> ClockRules:
    """Return the rules of `zone`, an IANA name, as this machine knows them."""
    return _from_day(zone, now.astimezone(UTC).date())


@lru_cache(maxsize=256)
def _from_day(zone: str, day: date) -> ClockRules:
    clock = ZoneInfo(zone)
    # A day earlier, so that what has just begun is told by the same rules.
    first = datetime.combine(day, time(), UTC) - _DAY
    until = first + _AHEAD
    steps = [(first, _offset(clock, first))]
    days = (first + number * _DAY for number in range((until - first) // _DAY + 1))
    for before, after in pairwise(days):
        if _offset(clock, before) != _offset(clock, after):
            since = _change(clock, before, after)
            steps.append((since, _offset(clock, since)))
    return ClockRules(tuple(steps), until)


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second at which the offset of `before` no longer holds."""
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(clock, middle) == _offset(clock, before):
            before = middle
        else:
            after = middle
    return after


def _offset(clock: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(clock).utcoffset() or timedelta()


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
