"""Why Spektrix and the portal differ about a guest, in words (Q5, Q6). Plain values in and out."""

from __future__ import annotations

from dataclasses import dataclass

from portal.outbox.models import State


@dataclass(frozen=True)
class Facts:
    """What is known of a linked guest's two values.

    Args:
        holds_now: whether Spektrix holds what would be written now.
        holds_sent: whether Spektrix holds what was last confirmed, None where nothing ever was.
        visits_sent: the number last confirmed.
        visits_now: the number that would be written now.
        newest: how the newest visit stands, None where none was owed.
        why: why it stands so, in words.
    """

    holds_now: bool
    holds_sent: bool | None
    visits_sent: int | None
    visits_now: int
    newest: State | None
    why: str = ""


def reasons(facts: Facts) -> list[str]:
    """Return why the two differ, the likeliest first; empty where they agree."""
    if facts.holds_now:
        return []
    found = []
    if facts.newest is not None and facts.newest is not State.CONFIRMED:
        found.append(f"The last visit is not in Spektrix: {facts.why[:1].lower()}{facts.why[1:]}.")
    if facts.holds_sent is None and facts.newest is None:
        found.append("No visit of this guest has been sent yet. The next completed visit sends both values.")
    elif facts.holds_sent is False:
        found.append(
            "The values in Spektrix have changed since the last send. A person or another system "
            "changed them."
        )
    elif facts.holds_sent:
        found.append(_since(facts))
    return found or [
        ("The values in Spektrix did not come from this portal. The next completed visit replaces them.")
    ]


def _since(facts: Facts) -> str:
    sent = facts.visits_sent or 0
    if facts.visits_now < sent:
        return (
            "A booking was cancelled, moved or marked no-show after the last visit was sent. Nothing is "
            "sent for that. The next completed visit corrects the number."
        )
    if facts.visits_now > sent:
        return (
            "Bookings were made after the last visit was sent. Upcoming bookings count too. The next "
            "completed "
            "visit sends the new number."
        )
    return "A booking was marked or unmarked Completed after the last visit was sent."
