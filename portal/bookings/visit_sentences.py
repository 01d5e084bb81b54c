"""The one sentence that every Completed booking carries: in Spektrix, or why not and who fixes it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.bookings.rules import sends_in
from portal.findings import NOBODY, Code, finding
from portal.outbox.models import State


@dataclass(frozen=True)
class Sentence:
    """The sentence of one Completed booking; `who` has to do `step`, both "" if the visit is in Spektrix.

    `reason` is why it has not, where the log names one.
    """

    text: str
    who: str = ""
    step: str = ""
    reason: Code | None = None

    @property
    def landed(self) -> bool:
        return not self.who

    @property
    def needs_somebody(self) -> bool:
        """Whether there is a fault to find: what passes by itself, or was decided, is none."""
        return not self.landed and self.who != NOBODY


# Completed before this portal kept a record of visits, or brought in from elsewhere.
UNKNOWN = Sentence("Not in Spektrix because no visit was recorded for it", NOBODY)


def sentence_for(state: State, reason: Code | None, seconds_left: float | None = None) -> Sentence:
    """Say whether the visit of a Completed booking is in Spektrix, else why not and who fixes it.

    Args:
        seconds_left: until it is sent, where Undo can still stop it and that is known.
    """
    if state is State.CONFIRMED:
        day_only = reason is Code.DAY_ONLY
        return Sentence("In Spektrix, the day without the time" if day_only else "In Spektrix")
    if reason is None:
        return Sentence("Being sent to Spektrix now", NOBODY)
    found = finding(reason)
    text = found.says or f"Not in Spektrix because {found.because}"
    if reason is Code.VISIT_WAITING and seconds_left is not None:
        text = sends_in(seconds_left)
    if reason is Code.ATTRIBUTE_TYPE:
        text = "In Spektrix, but not with the value that we sent"
    return Sentence(text, found.who, found.step, reason)
