"""Which changes of a connection's state managers are told of by mail, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

from portal.findings import Code, finding
from portal.integration.standing.rules import NOT_CONNECTED, Overall

# A short outage of Spektrix is not worth an email.
OUTAGE_PATIENCE = timedelta(minutes=15)
TRY_AGAIN_AFTER = timedelta(minutes=10)
# An email about a fault is no use a day later.
TRY_FOR = timedelta(hours=24)


class Level(IntEnum):
    """How bad a state is. A connection that has not been proved yet, and one that is paused, are not bad."""

    FINE = 0
    PASSES = 1
    NEEDS_SOMEBODY = 2


def level(state: Overall) -> Level:
    """Return how bad a state is."""
    if state.tone in {"ok", "off"} or state.code in {None, Code.ATTRIBUTES_NOT_SEEN}:
        return Level.FINE
    return Level.PASSES if finding(state.code).passes else Level.NEEDS_SOMEBODY


def mail_due_at(before: Overall | None, now: Overall, told: Overall | None, at: datetime) -> datetime | None:
    """Return when managers are to be told that the state has become `now`, None for never.

    Args:
        before: the state that has just ended, None for the first.
        told: the latest state that managers were told of.
        at: when the state changed.
    """
    if now.tone == "ok":
        return at if told is not None and told.tone != "ok" else None
    if before is None or before.words == NOT_CONNECTED.words or level(now) <= level(before):
        return None
    if told is not None and told.tone != "ok" and told.code is now.code:
        return None
    return at + OUTAGE_PATIENCE if level(now) is Level.PASSES else at
