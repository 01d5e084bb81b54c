"""How each letter of a booking stands, as staff read it: what became of it, who does what next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.letters.originals import ORIGINALS
from portal.letters.rules import Why
from portal.outbox.models import LetterKind, LetterState, OwedLetter

_RUNS_IT = "Whoever runs this portal"
_NOT_NEEDED = {
    Why.OVERTAKEN: "A newer letter went in its place",
    Why.NOTHING_NEW: "The guest knew all of it already",
    Why.REPLACED: "The guest was told of the booking that replaced this one",
    Why.NOT_CONFIRMED: "The booking was not confirmed",
    Why.OVER: "Its time had come",
    Why.NOT_STANDING: "The booking no longer stood",
    Why.OTHER_DAY: "The booking had moved to another day",
    Why.SWITCHED_OFF: "This letter is switched off in Messages",
    Why.STOPPED: "The guest wants no reminders",
    Why.NO_EMAIL: "The booking had no email address",
}


@dataclass(frozen=True)
class Trouble:
    """Why a letter cannot be delivered, who mends that, and the next step."""

    text: str
    who: str
    step: str


_FAILED = {
    Why.ADDRESS: Trouble(
        "the mail server refused the address",
        "You",
        "Ask the guest for their email address and correct it in the booking",
    ),
    Why.LETTER: Trouble(
        "the mail server refused the letter",
        _RUNS_IT,
        "Find out from the mail server why, then send it again",
    ),
    Why.WAY: Trouble(
        "the mail server took no letter for a day",
        _RUNS_IT,
        "Repair the way to the mail server, then send it again",
    ),
    Why.RETURNED: Trouble(
        "it came back from the guest’s mail server",
        "You",
        "Ask the guest for their email address and correct it in the booking",
    ),
    Why.OUR_FAULT: Trouble("a fault of ours", "Our support", "Write to our support, then send it again"),
}


@dataclass(frozen=True)
class Line:
    """One letter in the list of a booking.

    `moving` tells that it is about to leave.
    """

    title: str
    tone: str
    label: str
    at: datetime | None
    text: str = ""
    who: str = ""
    step: str = ""
    moving: bool = False


def line(letter: OwedLetter) -> Line:
    """Return how one letter stands."""
    title = ORIGINALS[LetterKind(letter.kind)].title
    if letter.state == LetterState.SENT:
        return Line(title, "ok", "Sent", letter.sent_at, f"To {letter.sent_to}" if letter.sent_to else "")
    if letter.state == LetterState.NOT_NEEDED:
        return Line(title, "off", "Not sent", None, _NOT_NEEDED.get(Why(letter.reason), ""))
    answer = f" ({letter.detail})" if letter.detail else ""
    if letter.state == LetterState.FAILED:
        trouble = _FAILED[Why(letter.reason)]
        text = f"Could not be delivered: {trouble.text}{answer}"
        return Line(title, "bad", "Not delivered", None, text, trouble.who, trouble.step)
    if letter.state == LetterState.WAITING and letter.reason:
        is_ours = letter.reason == Why.OUR_FAULT
        text = "A fault of ours stopped it" if is_ours else f"The mail server did not take it{answer}"
        return Line(title, "warn", "Trying again", letter.due_at, text)
    return Line(title, "info", "Leaving soon", None, moving=True)
