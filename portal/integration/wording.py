"""Words for times and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from portal.outbox.models import State


def ago(since: timedelta) -> str:
    """Say how long ago something was: just now, 2 minutes ago, 3 hours ago, 2 days ago."""
    minutes = int(since.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{count(minutes, 'minute', 'minutes')} ago"
    hours = minutes // 60
    return f"{count(hours, 'hour', 'hours')} ago" if hours < 48 else f"{hours // 24} days ago"


def count(number: int, one: str, more: str) -> str:
    """Say a number with its noun: 1 visit, 12 visits."""
    return f"{number} {one if number == 1 else more}"


def waiting(counts: Mapping[State, int]) -> int:
    """Count the visits that go by themselves once Spektrix and the set-up allow it."""
    return sum(counts.get(state, 0) for state in (State.WAITING, State.RETRYING, State.BLOCKED))


def not_through(counts: Mapping[State, int]) -> str:
    """Say how many visits are not in Spektrix: "1 visit is waiting, 2 visits are not stored"; "" for none."""
    said = [(waiting(counts), "waiting"), (counts.get(State.NOT_STORED, 0), "not stored")]
    return ", ".join(f"{visits(n)} {'is' if n == 1 else 'are'} {what}" for n, what in said if n)


def visits(number: int) -> str:
    return count(number, "visit", "visits")
