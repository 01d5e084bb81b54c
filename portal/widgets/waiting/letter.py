"""The email to a guest who waits for a table, once there is one. Plain values in, plain text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_TIMES = 5


@dataclass(frozen=True)
class FreeTable:
    """What the email says. `before` names the show and its start, "" where any time would do."""

    venue_name: str
    guests: str
    day: str
    times: Sequence[str]
    before: str
    booking_url: str
    stop_url: str
    phone: str = ""
    email: str = ""
    address: str = ""


def subject(table: FreeTable) -> str:
    return f"A table for {table.guests} at {table.venue_name}, {table.day}"


def text(table: FreeTable) -> str:
    """Return the letter: what is free, where to book it, that nothing is held, how to stop the emails."""
    times = ", ".join(table.times[:MOST_TIMES])
    more = " and more" if len(table.times) > MOST_TIMES else ""
    before = f" before {table.before}" if table.before else ""
    call = ""
    if table.phone or table.email:
        call = f", or call {table.phone}" if table.phone else f", or email {table.email}"
    haste = (
        "We do not hold a table for you, so somebody else may book it first. If it has gone, that page "
        f"shows the times that are left{call}."
    )
    stop = (
        "You get this one email because you left your address on our booking page. We delete your address "
        f"when the day is over. To stop the emails and delete your address now: {table.stop_url}"
    )
    paragraphs = (
        f"A table for {table.guests} has come free at {table.venue_name} on {table.day}.",
        f"Times free{before} when we sent this: {times}{more}",
        f"Book it here: {table.booking_url}",
        haste,
        *([f"{table.venue_name}\n{table.address}"] if table.address else []),
        stop,
    )
    return "\n\n".join(paragraphs) + "\n"
