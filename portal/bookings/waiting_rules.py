"""When the portal looks again for a table for somebody who waits, and how many get an email about one."""

from __future__ import annotations

from datetime import timedelta

LOOK_EVERY = timedelta(minutes=1)
# Whoever gets the first email has this long to book before the next one gets an email about the same table.
HEAD_START = timedelta(minutes=30)
# Longer than a wake-up, its job and the mail server's patience together take.
_PAUSES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


def rest(tries: int) -> timedelta:
    """Return how long after its try number `tries`, from 1, an email that did not leave is left alone."""
    return _PAUSES[min(tries, len(_PAUSES)) - 1]


def may_tell(places: int, told_lately: int) -> bool:
    """Tell whether one more party may hear of a table.

    Args:
        places: how many parties of this size could be seated at the best of the times they want.
        told_lately: how many who wait for the same day got an email within the head start.
    """
    return told_lately < places
