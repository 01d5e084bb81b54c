"""What staff can press on a booking, and what is said afterwards. Plain values in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass

from portal.bookings.models import Status
from portal.bookings.rules import MOVES, STATUS_LABELS

MOVE_WORDS = {
    "confirm": Status.CONFIRMED,
    "complete": Status.COMPLETED,
    "cancel": Status.CANCELLED,
    "no-show": Status.NO_SHOW,
}
"""The last part of the address that asks for a move, and the status it leads to."""

_LOOKS = {
    Status.PENDING: ("warn", "hourglass"),
    Status.PENDING_PAYMENT: ("warn", "hourglass"),
    Status.CONFIRMED: ("info", "circle-dot"),
    Status.COMPLETED: ("ok", "circle-check"),
    Status.CANCELLED: ("off", "circle-x"),
    Status.NO_SHOW: ("off", "user-x"),
}
_WORD_OF = {status: word for word, status in MOVE_WORDS.items()}
_BACK_LABELS = {
    Status.COMPLETED: "Undo completed",
    Status.CANCELLED: "Restore",
    Status.NO_SHOW: "Restore",
}


@dataclass(frozen=True)
class Look:
    """The tag of a status."""

    label: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Step:
    """One button: its label, the move it asks for, and how it looks."""

    label: str
    move: str
    variant: str = "default"
    icon: str | None = None


_COMPLETE = Step("Mark completed", "complete", "primary", "check")
_NO_SHOW = Step("No-show", "no-show", icon="user-x")
_CANCEL = Step("Cancel", "cancel", icon="circle-x")


def look_of(status: Status) -> Look:
    """Return how a status is shown wherever it appears."""
    return Look(STATUS_LABELS[status], *_LOOKS[status])


def next_step(status: Status) -> Step:
    """Return the one big button of a booking."""
    if status is Status.CONFIRMED:
        return _COMPLETE
    if status in _BACK_LABELS:
        return Step(_BACK_LABELS[status], "confirm", icon="undo-2")
    return Step("Confirm", "confirm", "primary", "check")


def other_steps(status: Status) -> list[Step]:
    """Return what else can be done, for the folded part."""
    return [step for step in (_NO_SHOW, _CANCEL) if MOVE_WORDS[step.move] in MOVES[status]]


def undo_of(old: Status | None, new: Status) -> str | None:
    """Return the move that takes a booking back from `new` to `old`, if staff have one."""
    if old is None or old not in MOVES[new]:
        return None
    return _WORD_OF.get(old)


def said(name: str, old: Status | None, new: Status) -> str:
    """Return what happened, for the status bar: "Amara Okafor completed"."""
    if new is not Status.CONFIRMED:
        return f"{name} {'marked no-show' if new is Status.NO_SHOW else STATUS_LABELS[new].lower()}"
    if old is Status.COMPLETED:
        return f"{name} is confirmed again"
    return f"{name} restored" if old in _BACK_LABELS else f"{name} confirmed"


def refused(old: Status, new: Status) -> str:
    """Return why a move is not possible, and what to do instead."""
    return (
        f"Nothing was changed. This booking is now {STATUS_LABELS[old].lower()} and cannot become "
        f"{STATUS_LABELS[new].lower()}. Somebody may have just changed it. Its buttons show what is possible."
    )
