"""The status machine, and what a booking says of Spektrix. Plain values in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from portal.bookings.models import Source, Status
from portal.findings import Code, finding
from portal.findings.links import LINK_FINDINGS
from portal.guests.models import LinkBasis, LinkState
from portal.outbox.models import Correction, State
from portal.venues.models import Doer

MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.CONFIRMED, Status.PENDING_PAYMENT, Status.CANCELLED}),
    Status.PENDING_PAYMENT: frozenset({Status.CONFIRMED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW}),
    Status.COMPLETED: frozenset({Status.CONFIRMED}),
    Status.CANCELLED: frozenset({Status.CONFIRMED}),
    Status.NO_SHOW: frozenset({Status.CONFIRMED}),
}
COUNTED = (Status.CONFIRMED, Status.COMPLETED, Status.PENDING, Status.PENDING_PAYMENT)
SEATED = frozenset(COUNTED)
# Until the party has been, or will not come, its time, its table and whose booking it is may change.
EDITABLE = frozenset({Status.CONFIRMED, Status.PENDING, Status.PENDING_PAYMENT})
PENDING = frozenset({Status.PENDING, Status.PENDING_PAYMENT})
LATE_AFTER = timedelta(minutes=15)

CORRECTION_LABELS = {
    Correction.NEWEST: "Sending the current values",
    Correction.EMPTY: "Emptying both values",
}
STATUS_LABELS = {
    Status.PENDING: "Pending",
    Status.PENDING_PAYMENT: "Pending payment",
    Status.CONFIRMED: "Confirmed",
    Status.COMPLETED: "Completed",
    Status.CANCELLED: "Cancelled",
    Status.NO_SHOW: "No-show",
}
SOURCE_LABELS = {
    Source.WIDGET: "Online",
    Source.PHONE: "Phone",
    Source.EMAIL: "Email",
    Source.WALK_IN: "Walk-in",
}


def move_words(old: Status | None, new: Status, done_by: Doer) -> str:
    """Return a move as a history tells it."""
    if old is None:
        return "Booked"
    if new == Status.CANCELLED and done_by == Doer.GUEST:
        return "Cancelled by the guest, online"
    if new == Status.CANCELLED and done_by == Doer.PORTAL and old in PENDING:
        return "Lapsed, since nobody confirmed it in time"
    return f"{STATUS_LABELS[old]} to {STATUS_LABELS[new].lower()}"


class MoveNotAllowed(Exception):
    """A booking of status `old` cannot become `new`."""

    def __init__(self, old: Status, new: Status) -> None:
        self.old, self.new = old, new
        super().__init__(f"{STATUS_LABELS[old]} cannot become {STATUS_LABELS[new]}")


class NotStartedYet(Exception):
    """A booking is completed before its start only by somebody who was asked (Q23)."""


class NotItsDayYet(Exception):
    """Nobody has come, or stayed away, before the booking's day."""


class PartyIsSeated(MoveNotAllowed):
    """A party that sits at its table has not stayed away, nor given its table up."""


class CannotSeat(Exception):
    """Only the party of a Confirmed booking sits down; this one is `status`."""

    def __init__(self, status: Status) -> None:
        self.status = status
        super().__init__(f"{STATUS_LABELS[status]} cannot be seated")


class CannotEdit(Exception):
    """A booking of this `status` is over, or was given up."""

    def __init__(self, status: Status) -> None:
        self.status = status
        super().__init__(f"{STATUS_LABELS[status]} cannot be changed")


def require_move(old: Status, new: Status) -> None:
    """Raise MoveNotAllowed unless a booking may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise MoveNotAllowed(old, new)


def require_started(starts_at: datetime, now: datetime) -> None:
    """Raise NotStartedYet for a booking that is still to come."""
    if now < starts_at:
        raise NotStartedYet


def require_day_come(service_on: date, today: date) -> None:
    """Raise NotItsDayYet for a booking of a later day."""
    if today < service_on:
        raise NotItsDayYet


def require_not_seated(old: Status, new: Status, seated_at: datetime | None) -> None:
    """Raise PartyIsSeated where a party that sits would be marked as not there."""
    if seated_at is not None and old is Status.CONFIRMED and new is not Status.COMPLETED:
        raise PartyIsSeated(old, new)


def require_seatable(status: Status) -> None:
    """Raise CannotSeat unless a party of this status may sit down."""
    if status is not Status.CONFIRMED:
        raise CannotSeat(status)


def require_editable(status: Status) -> None:
    """Raise CannotEdit unless the party of a booking is still to come, or sits."""
    if status not in EDITABLE:
        raise CannotEdit(status)


def require_guests_own(
    status: Status, seated_at: datetime | None, starts_at: datetime, now: datetime
) -> None:
    """Raise CannotEdit unless a guest may change it: a confirmed booking, until they sit or it starts."""
    if status is not Status.CONFIRMED or seated_at is not None or starts_at <= now:
        raise CannotEdit(status)


def is_late(
    status: Status, seated_at: datetime | None, stay: tuple[datetime, datetime], now: datetime
) -> bool:
    """Tell whether a party has not come a quarter of an hour after its start; `stay` is from when to when."""
    starts_at, ends_at = stay
    waited_for = status is Status.CONFIRMED and seated_at is None
    return waited_for and starts_at + LATE_AFTER <= now < ends_at


def is_over(status: Status, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a party should have left by now, so that Completed suggests itself."""
    return status is Status.CONFIRMED and now >= ends_at


def asks_by_details(
    source: Source, email: str, state: LinkState | None, reason: Code | None, *, setting_on: bool
) -> bool:
    """Tell whether Spektrix is asked for an account with the guest's details (Q1).

    Not for a guest who is linked, nor for one whose link a manager took away: their next signed-in basket
    links them, and nothing less.
    """
    by_hand = source in {Source.PHONE, Source.EMAIL, Source.WALK_IN}
    settled = state is LinkState.VERIFIED or reason is Code.UNLINKED
    return setting_on and by_hand and bool(email) and not settled


@dataclass(frozen=True)
class Note:
    """What a booking says of Spektrix: a tag, why, who does what next.

    `moving` asks to look again soon. `routine` is true of most bookings and leaves nobody anything to do, so
    lists do not explain it.
    """

    tone: str
    label: str
    text: str = ""
    who: str = ""
    step: str = ""
    moving: bool = False
    routine: bool = False


_VISIT_TAGS: dict[State, tuple[str, str]] = {
    State.WAITING: ("info", "Waiting"),
    State.RETRYING: ("info", "Trying again"),
    State.BLOCKED: ("info", "Waiting"),
    State.HELD: ("off", "Held"),
    State.NOT_STORED: ("warn", "Sent, not stored"),
    State.CONFIRMED: ("ok", "Confirmed in Spektrix"),
    State.NOT_SENT: ("off", "Not sent"),
    State.NEEDS_ATTENTION: ("bad", "Needs you"),
    State.SETTLED: ("off", "Done"),
}


def sends_in(seconds: float) -> str:
    """Say when a visit is sent that Undo can still stop."""
    left = ceil(seconds)
    return (
        f"Sends to Spektrix in {left} second{'s'[: left != 1]}" if left > 0 else "Being sent to Spektrix now"
    )


def visit_note(
    state: State, reason: Code | None, detail: str = "", seconds_left: float | None = None
) -> Note:
    """Say how the visit of a completed booking stands.

    Args:
        seconds_left: until it is sent, where Undo can still stop it and that is known.
    """
    found = finding(reason) if reason else None
    # What is said of a link is no tag for its visit.
    of_visits = found is not None and reason not in LINK_FINDINGS
    tone, label = (found.tag if found and of_visits else None) or _VISIT_TAGS[state]
    moving = state in {State.WAITING, State.RETRYING}
    if state is State.CONFIRMED:
        return Note(tone, label, found.short if found else "Read back and matches", routine=found is None)
    text = found.short if found else "Being sent to Spektrix now"
    if reason is Code.VISIT_WAITING and seconds_left is not None:
        text = sends_in(seconds_left)
    if detail:
        text = f"{text}: {detail}"
    return Note(tone, label, text, found.who if found else "", found.step if found else "", moving)


_VERIFIED_BY = {
    LinkBasis.BASKET: "The basket's customer is this guest",
    LinkBasis.DETAILS: "Matched by details",
    LinkBasis.PERSON: "Linked by a manager",
}
_ASKING = {
    LinkBasis.BASKET: "Asking Spektrix who owns the basket",
    LinkBasis.DETAILS: "Asking Spektrix for an account with the guest's details",
}


def link_note(
    *,
    source: Source,
    asking: LinkBasis | None,
    state: LinkState | None,
    basis: LinkBasis = LinkBasis.BASKET,
    reason: Code | None = None,
    detail: str = "",
) -> Note:
    """Say whether the guest of a booking is known to Spektrix.

    Args:
        source: how the booking came.
        asking: on what basis Spektrix is being asked just now, if it is.
        state: of the guest's link, None where there is none.
        basis: what the link, or the last question, rests on.
        reason: why the guest is not linked, if they are not.
        detail: what differed, masked.
    """
    if state is LinkState.VERIFIED:
        return Note("ok", "Verified", _VERIFIED_BY[basis], routine=True)
    if asking is not None:
        return Note("info", "Checking", _ASKING[asking], moving=True)
    if reason is not None:
        found = finding(reason)
        text = f"{found.short} ({detail})" if detail else found.short
        # Most who phone have no account at the theatre, and nobody has to do anything about that.
        routine = reason is Code.NO_ACCOUNT
        return Note(*(found.tag or ("off", "Unverified")), text, found.who, found.step, routine=routine)
    why = "Booked without a Spektrix basket"
    if source is not Source.WIDGET:
        why = f"Booked by {SOURCE_LABELS[source].lower()}, so there was no basket to ask about"
    return Note("off", "Unverified", why, routine=True)
