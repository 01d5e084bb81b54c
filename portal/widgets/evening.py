"""Slots told apart by the show: labels only, which never add, remove or reorder one (Q16, R46).

The rules are those of UX.md section 5. Running times are not known here, so "after" means a usual length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.availability.rules import Slot
from portal.clock import to_local
from portal.widgets.rules import time_text

SEATED_BEFORE = timedelta(minutes=15)
USUAL_LENGTH = timedelta(hours=2, minutes=30)
_SHORTEST_MEAL = timedelta(hours=1)
_WAY_BACK = timedelta(minutes=10)


@dataclass(frozen=True)
class Evening:
    """The slots of one day, parted. Together they are the day's slots, in their order."""

    before: Sequence[Slot]
    during: Sequence[Slot]
    later: Sequence[Slot]


def around(slots: Sequence[Slot], show_at: datetime) -> Evening:
    """Part slots into before the show, during it, and later that evening."""
    last_before = show_at - SEATED_BEFORE - _SHORTEST_MEAL
    first_later = show_at + USUAL_LENGTH + _WAY_BACK
    return Evening(
        [slot for slot in slots if slot.starts_at <= last_before],
        [slot for slot in slots if last_before < slot.starts_at < first_later],
        [slot for slot in slots if slot.starts_at >= first_later],
    )


def time_to_eat(slot: Slot, show_at: datetime) -> str:
    """Return how long a party has before it should be seated in the theatre, as 1 h 45."""
    minutes = (show_at - SEATED_BEFORE - slot.starts_at) // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def plan(starts_at: datetime, show_at: datetime | None, zone: str) -> list[tuple[str, datetime]]:
    """Return the moments of the evening by time: table, seats and curtain; the table alone without a show."""
    moments = [("table", starts_at)]
    if show_at and to_local(show_at, zone).date() == to_local(starts_at, zone).date():
        moments.append(("curtain", show_at))
        if starts_at < show_at - SEATED_BEFORE:
            moments.append(("seats", show_at - SEATED_BEFORE))
    return sorted(moments, key=lambda moment: moment[1])


def counted(evening: Evening) -> str:
    """Return what a screen reader is told: 6 times before the show, 3 later."""
    before = f"{len(evening.before)} time{'' if len(evening.before) == 1 else 's'} before the show"
    return f"{before}, {len(evening.later)} later"


def clock_text(instant: datetime, zone: str) -> str:
    """Return an instant as the venue's clock shows it: 5:30pm."""
    return time_text(to_local(instant, zone))
