"""How the log of visits is narrowed down, and how each visit's result is said. Plain values in and out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from portal.bookings.rules import visit_note
from portal.findings import NOBODY, Code
from portal.outbox.models import State
from portal.scoping import LARGEST_ID

MOST_COUNTED = 2_000
SHOWN_FOR = timedelta(days=90)
NOTHING = "Nothing to do"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(\d{1,17})-(\d{1,10})", re.ASCII)


class Show(StrEnum):
    """What the log is narrowed down to; the value stands in its address."""

    ALL = "all"
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    RETRYING = "trying-again"
    NOT_STORED = "not-stored"
    HELD = "held"
    NEEDS_YOU = "needs-you"
    NOT_SENT = "not-sent"


LABELS = {
    Show.ALL: "All",
    Show.CONFIRMED: "Confirmed",
    Show.WAITING: "Waiting",
    Show.RETRYING: "Trying again",
    Show.NOT_STORED: "Not stored",
    Show.HELD: "Held",
    Show.NEEDS_YOU: "Needs you",
    Show.NOT_SENT: "Not sent",
}
STATES_OF: dict[Show, tuple[State, ...]] = {
    Show.ALL: (
        State.WAITING,
        State.RETRYING,
        State.BLOCKED,
        State.HELD,
        State.NOT_STORED,
        State.CONFIRMED,
        State.NOT_SENT,
        State.NEEDS_ATTENTION,
    ),
    Show.CONFIRMED: (State.CONFIRMED,),
    Show.WAITING: (State.WAITING, State.BLOCKED),
    Show.RETRYING: (State.RETRYING,),
    Show.NOT_STORED: (State.NOT_STORED,),
    Show.HELD: (State.HELD,),
    Show.NEEDS_YOU: (State.NEEDS_ATTENTION,),
    Show.NOT_SENT: (State.NOT_SENT,),
}
# The card of recent visits names the others only while there are any.
ALWAYS_NAMED = frozenset({Show.ALL, Show.CONFIRMED, Show.RETRYING, Show.NEEDS_YOU, Show.NOT_SENT})

SEND_NOW, SEND_AGAIN = "Send now", "Send again"
_PRESS = {
    State.RETRYING: SEND_NOW,
    State.BLOCKED: SEND_NOW,
    State.HELD: SEND_NOW,
    State.NOT_STORED: SEND_AGAIN,
    State.NEEDS_ATTENTION: SEND_AGAIN,
}
SENDABLE = tuple(_PRESS)


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the log. Days are the venue's, both included."""

    show: Show = Show.ALL
    q: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Place:
    """One visit's place in the log, which is sorted by the time of completion and then by id."""

    at: datetime
    entry_id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.entry_id}"


@dataclass(frozen=True)
class KnownVisit:
    """What is known of one visit. `next_try` and `now` are wall times of one zone.

    `because` is why it was sent and not kept, where that is known more closely than the log has it.
    """

    state: State
    reason: Code | None = None
    detail: str = ""
    because: str = ""
    attempts: int = 0
    next_try: datetime | None = None
    now: datetime | None = None


@dataclass(frozen=True)
class Result:
    """How a visit stands: tag, why, who does what next, and what a manager may press ("" for nothing)."""

    tone: str
    label: str
    text: str
    who: str
    step: str
    press: str = ""

    @property
    def icon(self) -> str | None:
        """The tag's icon, None for its tone's own."""
        return "pause" if self.label == "Held" else None

    @property
    def advice(self) -> str:
        """Who does what next, in one sentence; "" where nobody needs to do anything."""
        if self.step == NOTHING:
            return ""
        return self.step if self.who == NOBODY else f"{self.who}: {self.step[:1].lower()}{self.step[1:]}"


def result(visit: KnownVisit) -> Result:
    """Say how a visit stands."""
    left = (visit.next_try - visit.now).total_seconds() if visit.next_try and visit.now else None
    note = visit_note(visit.state, visit.reason, visit.detail, left)
    label, step = note.label, note.step or NOTHING
    text = f"Sent, but {visit.because}" if visit.because else note.text
    if visit.state is State.CONFIRMED:
        label = "Confirmed"
        text = f"Confirmed on try {visit.attempts}" if _came_late(visit) else text
    elif visit.state is State.HELD:
        step = "Send or discard it on the Held visits page"
    elif visit.next_try and visit.state in {State.RETRYING, State.NOT_STORED}:
        number = f"Try {visit.attempts + 1}" if visit.state is State.RETRYING else "Next try"
        text = f"{text}. {number} {_when(visit.next_try, visit.now)}"
    return Result(note.tone, label, text, note.who or NOBODY, step, _PRESS.get(visit.state, ""))


def _came_late(visit: KnownVisit) -> bool:
    return visit.attempts > 1 and visit.reason is None


def _when(then: datetime, now: datetime | None) -> str:
    if now is not None and then <= now:
        return "is due now"
    if now is not None and then.date() != now.date():
        return f"on {then:%a} {then.day} {then:%b}, {then:%H:%M}"
    return f"at {then:%H:%M}"


def place(text: str) -> Place | None:
    """Return the place that `text`, from an address, names. Raises ValueError where it names none."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found[2]) <= LARGEST_ID:
        raise ValueError("no place in the log")
    return Place(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))


def counted(number: int) -> str:
    """Say a number that was counted no further than just above MOST_COUNTED."""
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"
