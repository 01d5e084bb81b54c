"""When a programme is read again, and what is said where it could not be. Plain values in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.findings import Code, Finding, finding
from portal.findings.programme import about_programme

OK = "ok"

HOUR = timedelta(hours=1)
SOONER = timedelta(minutes=10)
# Venues that connected in one minute do not ask in one minute ever after.
SPREAD_SECONDS = 300.0
# A programme that was to be read an hour ago, and was not even tried, is nobody's doing but ours.
_LATE = timedelta(hours=2, seconds=SPREAD_SECONDS)


@dataclass(frozen=True)
class Tried:
    """How reading a programme ended: "ok", or why not; and how long Spektrix asked us to wait, if it did."""

    outcome: str
    wait: timedelta = timedelta()


def next_at(now: datetime, ended: Tried, spread_seconds: float) -> datetime:
    """Return when to read the lists again: hourly, sooner after a fault, never before Spektrix said.

    Args:
        now: when the reading ended.
        ended: how it ended.
        spread_seconds: from 0 to SPREAD_SECONDS, another for each venue and time.
    """
    usual = HOUR if ended.outcome == OK else SOONER
    return now + max(usual, ended.wait) + timedelta(seconds=spread_seconds)


def is_overdue(tried_at: datetime | None, now: datetime) -> bool:
    """Tell whether nobody has as much as tried for too long."""
    return tried_at is not None and now - tried_at > _LATE


def trouble_of(outcome: str) -> Finding:
    """Return what is said of a programme that could not be read."""
    code = Code(outcome) if outcome in set(Code) else Code.OUR_FAULT
    return about_programme(code, finding(code))
