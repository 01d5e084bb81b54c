"""The buttons of a booking, and how its status looks. Plain values in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.bookings.models import Status
from portal.bookings.rules import MOVES, STATUS_LABELS

MOVE_WORDS = {
    "confirm": Status.CONFIRMED,
    "complete": Status.COMPLETED,
    "cancel": Status.CANCELLED,
    "no-show": Status.NO_SHOW,
}
"""The last part of the address that asks for a move, and the status it leads to."""
SEAT_WORDS = ("seat", "unseat")
"""The same for the mark of a party that sits at its table."""

_LOOKS = {
    Status.PENDING: ("warn", "hourglass"),
    Status.PENDING_PAYMENT: ("warn", "hourglass"),
    Status.CONFIRMED: ("info", "circle-dot"),
    Status.COMPLETED: ("ok", "circle-check"),
    Status.CANCELLED: ("off", "circle-x"),
    Status.NO_SHOW: ("off", "user-x"),
}
_WORD_OF = {status: word for word, status in MOVE_WORDS.items()}
BACK_LABELS = {
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
class Button:
    """One button: its label, the move it asks for, and how it looks."""

    label: str
    move: str
    variant: str = "default"
    icon: str | None = None


_COMPLETE = Button("Mark completed", "complete", "primary", "check")
_NO_SHOW = Button("No-show", "no-show", icon="user-x")
_CANCEL = Button("Cancel", "cancel", icon="circle-x")
_SEAT = Button("Seat now", "seat", "primary", "armchair")
_UNSEAT = Button("Not seated", "unseat", icon="undo-2")


def look_of(status: Status, *, is_seated: bool = False, is_late: bool = False) -> Look:
    """Return how a status is shown wherever it appears; Seated and Late are marks on a Confirmed one."""
    if status is Status.CONFIRMED and is_seated:
        return Look("Seated", "ok", "armchair")
    if status is Status.CONFIRMED and is_late:
        return Look("Late", "warn", "clock")
    return Look(STATUS_LABELS[status], *_LOOKS[status])


def main_button(status: Status, *, is_ahead: bool, is_seated: bool = False, is_over: bool = False) -> Button:
    """Return the one big button of a booking, a quiet one while nothing is to be done before its day."""
    if status is Status.CONFIRMED:
        if is_ahead:
            return replace(_COMPLETE, variant="default")
        return _COMPLETE if is_seated or is_over else _SEAT
    if status in BACK_LABELS:
        return Button(BACK_LABELS[status], "confirm", icon="undo-2")
    return Button("Confirm", "confirm", "primary", "check")


def other_buttons(
    status: Status, *, is_ahead: bool, is_seated: bool = False, is_over: bool = False
) -> list[Button]:
    """Return what else can be done, for the folded part.

    Nobody has stayed away before the day has come, nor while they sit at their table.
    """
    if status is not Status.CONFIRMED:
        return [_CANCEL] if Status.CANCELLED in MOVES[status] else []
    if is_seated:
        return [_UNSEAT]
    if is_ahead:
        return [_CANCEL]
    return [_NO_SHOW, _CANCEL] if is_over else [replace(_COMPLETE, variant="default"), _NO_SHOW, _CANCEL]


def undo_of(old: Status | None, new: Status) -> str | None:
    """Return the move that takes a booking back from `new` to `old`, if staff have one."""
    if old is None or old not in MOVES[new]:
        return None
    return _WORD_OF.get(old)
