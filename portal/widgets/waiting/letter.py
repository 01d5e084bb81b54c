"""What somebody who waits for a table reads when there is one. Plain values in, plain text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_TIMES = 5


@dataclass(frozen=True)
class FreeTable:
    """What a letter tells. `before` names the show and its curtain, "" where any time would do."""

    venue_name: str
    guests: str
    day: str
    times: Sequence[str]
    before: str
    booking_url: str
    stop_url: str
    phone: str = ""


def subject(table: FreeTable) -> str:
    return f"A table for {table.guests} at {table.venue_name}, {table.day}"


def text(table: FreeTable) -> str:
    """Return the letter: what is free, where it is booked, that nothing is held, how it is stopped."""
    lines = [
        f"A table for {table.guests} has come free at {table.venue_name} on {table.day}.",
        _times(table),
        f"Book it here: {table.booking_url}",
        _haste(table),
        _once(table),
    ]
    return "\n\n".join(lines) + "\n"


def _once(table: FreeTable) -> str:
    return (
        "This is the one email about this table, since your address was left on our booking page. It is "
        f"deleted when the day is over. To hear no more, and have it deleted now: {table.stop_url}"
    )


def _times(table: FreeTable) -> str:
    shown = ", ".join(table.times[:MOST_TIMES])
    more = " and more" if len(table.times) > MOST_TIMES else ""
    before = f" before {table.before}" if table.before else ""
    return f"Free{before} as this was sent: {shown}{more}"


def _haste(table: FreeTable) -> str:
    call = f", or call {table.phone}" if table.phone else ""
    return (
        "No table is held for you, and somebody else may be quicker. If it has gone, that page shows what is "
        f"left{call}."
    )
