"""What a guest is to be told, by what they know and what holds now. Plain values in, plain values out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from portal.bookings.models import Status
from portal.outbox.letter_rules import OVERTAKEN
from portal.outbox.models import LetterKind


class Why(StrEnum):
    """Why a letter was not sent; the words are in `portal.letters.words`."""

    OVERTAKEN = OVERTAKEN
    NOTHING_NEW = "nothing_new"
    REPLACED = "replaced"
    NOT_CONFIRMED = "not_confirmed"
    OVER = "over"
    NOT_STANDING = "not_standing"
    OTHER_DAY = "other_day"
    SWITCHED_OFF = "switched_off"
    STOPPED = "stopped"
    NO_EMAIL = "no_email"
    ADDRESS = "address"
    LETTER = "letter"
    WAY = "way"
    OUR_FAULT = "our_fault"
    RETURNED = "returned"


@dataclass(frozen=True)
class Facts:
    """What a letter tells of a booking, as it is kept to tell a change from none.

    Args:
        to: recognises the address.
        stands: whether there is a booking.
        starts: the start as the guest is told it.
        minutes: how long the table is theirs.
        party: how many come.
        show: the start of their show as they were told it, "" without one.
    """

    to: str
    stands: bool
    starts: str = ""
    minutes: int = 0
    party: int = 0
    show: str = ""

    def kept(self) -> dict[str, Any]:
        """Return them as the database keeps them."""
        return asdict(self)


def read(kept: dict[str, Any] | None) -> Facts | None:
    """Return facts that were kept."""
    return Facts(**kept) if kept else None


@dataclass(frozen=True)
class Standing:
    """How a booking stands when a letter of it is due.

    Args:
        status: of the booking.
        is_over: its start has passed.
        replaced: the guest has another booking instead, of which they are told.
        replaces: this one is instead of another.
        now: what holds now.
        told: what the guest was told last, None for nothing.
    """

    status: Status
    is_over: bool
    replaced: bool
    replaces: bool
    now: Facts
    told: Facts | None


def news(kind: LetterKind, standing: Standing, *, asked: bool) -> LetterKind | Why:
    """Return which letter is sent now in place of the one that was owed, or why none is.

    `asked` tells that somebody pressed for it.
    """
    if standing.is_over or standing.status in {Status.COMPLETED, Status.NO_SHOW}:
        return Why.OVER
    # What went to another address is not known at this one.
    told = standing.told if standing.told and standing.told.to == standing.now.to else None
    if standing.status == Status.CANCELLED:
        if standing.replaced:
            return Why.REPLACED
        return Why.NOTHING_NEW if told and not told.stands else LetterKind.CANCELLATION
    if standing.status != Status.CONFIRMED:
        return Why.NOT_CONFIRMED
    return kind if asked else _of_confirmed(kind, standing, told)


def _of_confirmed(kind: LetterKind, standing: Standing, told: Facts | None) -> LetterKind | Why:
    if told is None:
        is_change = standing.replaces or (kind is LetterKind.CHANGE and standing.told is None)
        return LetterKind.CHANGE if is_change else LetterKind.CONFIRMATION
    if not told.stands:
        return LetterKind.CONFIRMATION
    return Why.NOTHING_NEW if told == standing.now else LetterKind.CHANGE


def reminder(status: Status, *, is_over: bool, is_its_day: bool) -> Why | None:
    """Return why a reminder is not sent, None where it is."""
    if status != Status.CONFIRMED:
        return Why.NOT_STANDING
    if not is_its_day:
        return Why.OTHER_DAY
    return Why.OVER if is_over else None


def masked(email: str) -> str:
    """Return enough of an address for staff to see a slip, and too little to write to it."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"[:80]
