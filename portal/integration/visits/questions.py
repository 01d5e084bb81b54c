"""What a visit asks that Spektrix still shows although it was set back, and what may be pressed (S43)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.bookings import still_shown
from portal.bookings.still_shown import StillShown
from portal.findings import Code, finding
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.outbox.models import OutboxEntry

SEND, EMPTY = "Send the current values", "Empty both values"


@dataclass(frozen=True)
class Question:
    """What one visit asks; `press` is a manager's button, "" where there is nothing to press."""

    entry_id: int
    text: str
    press: str = ""

    @property
    def empties(self) -> bool:
        """Whether a page asks once more before anything is owed."""
        return self.press == EMPTY


def questions(venue_id: int, entries: Sequence[OutboxEntry]) -> dict[int, Question]:
    """Return what the visits among these entries ask, by the entry's id."""
    shown = still_shown.among(entries)
    if not shown:
        return {}
    integration = integration_of(venue_id)
    return {entry_id: _question(each, integration) for entry_id, each in shown.items()}


def _question(shown: StillShown, integration: Integration | None) -> Question:
    said = finding(Code.STILL_SHOWN).short
    if not shown.is_linked:
        by_hand = "on a customer this guest is no longer linked to. Change it in Spektrix by hand."
        return Question(shown.entry_id, f"{said}, {by_hand}")
    if shown.is_on_its_way:
        return Question(shown.entry_id, f"{said}. The current values are being sent.")
    if integration is None or not integration.active:
        return Question(shown.entry_id, f"{said}. Nothing can be sent while Spektrix is paused.")
    if shown.is_last:
        left = "and this guest has no other completed visit"
        return Question(shown.entry_id, f"{said}, {left}. Empty both values?", EMPTY)
    return Question(shown.entry_id, f"{said}. Send the current values?", SEND)
