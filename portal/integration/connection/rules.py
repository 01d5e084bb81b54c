"""What Spektrix's answers mean for an entry and for the venue's set-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.outbox.reasons import Reason
from portal.spektrix.errors import (
    BlockedAtEdge,
    BodyCut,
    NotFound,
    NotSpektrix,
    PermissionMissing,
    Redirected,
    SecretNotBase64,
    ServerTrouble,
    SignInRefused,
    SlowDown,
    SpektrixError,
    TimedOut,
    Unreachable,
)
from portal.spektrix.schemas import JsonScalar

# The set-up is at fault: nothing of this venue can be sent until somebody mends it.
SET_UP_FAULTS: dict[type[SpektrixError], Reason] = {
    SignInRefused: Reason.KEY_REFUSED,
    SecretNotBase64: Reason.KEY_REFUSED,
    NotFound: Reason.CLIENT_NAME,
    BlockedAtEdge: Reason.EDGE_BLOCK,
}
# The fault passes by itself.
PASSING_FAULTS: dict[type[SpektrixError], Reason] = {
    ServerTrouble: Reason.SPEKTRIX_TROUBLE,
    TimedOut: Reason.TIMED_OUT,
    Unreachable: Reason.UNREACHABLE,
    NotSpektrix: Reason.NOT_SPEKTRIX,
    Redirected: Reason.NOT_SPEKTRIX,
    BodyCut: Reason.UNREACHABLE,
}
_PAUSE_WITHOUT_ADVICE = timedelta(seconds=60)


@dataclass(frozen=True)
class Fault:
    """What an error asks for. `blocks` says whether the venue's set-up is at fault."""

    reason: Reason
    blocks: bool = False
    pause: timedelta | None = None
    final: bool = False


def fault_of(error: SpektrixError) -> Fault:
    """Return what `error` asks for; a 404 that `gateway.found` let through blames the client name (Q19)."""
    kind = type(error)
    if isinstance(error, PermissionMissing):
        baskets = error.call == "basket_by_id"
        return Fault(Reason.BASKETS_REFUSED if baskets else Reason.CUSTOMERS_REFUSED, blocks=True)
    if isinstance(error, SlowDown):
        wait = timedelta(seconds=error.retry_after) if error.retry_after else _PAUSE_WITHOUT_ADVICE
        return Fault(Reason.SLOW_DOWN, pause=wait)
    if isinstance(error, Unreachable) and error.kind == "certificate":
        # Nobody is sent a visit whose certificate is wrong, and no check of it is ever left out (S08).
        return Fault(Reason.CERTIFICATE, blocks=True)
    if kind in SET_UP_FAULTS:
        return Fault(SET_UP_FAULTS[kind], blocks=True)
    if kind in PASSING_FAULTS:
        return Fault(PASSING_FAULTS[kind])
    return Fault(Reason.REJECTED, final=not error.retryable)


def same_count(sent: int, stored: JsonScalar) -> bool:
    """Compare numerically: Text keeps "7", Currency keeps 7.0 (docs/spektrix.md section 6)."""
    if isinstance(stored, bool) or stored is None:
        return False
    try:
        return float(stored) == sent
    except ValueError:
        return False


@dataclass(frozen=True)
class Stored:
    """How the date came back: at all, and with its time."""

    kept: bool
    with_time: bool = False


def same_instant(sent: str, stored: JsonScalar, zone: str) -> Stored:
    """Compare as an instant; as a local or UTC day where the type keeps the day alone (Q7)."""
    if not isinstance(stored, str) or not stored:
        return Stored(False)
    intended = datetime.fromisoformat(sent)
    try:
        found = datetime.fromisoformat(stored)
    except ValueError:
        return Stored(False)
    if found.tzinfo is not None:
        return Stored(found == intended, with_time=found == intended)
    if found == intended.replace(tzinfo=None) or found.replace(tzinfo=UTC) == intended:
        return Stored(True, with_time=True)
    days = {intended.astimezone(ZoneInfo(zone)).date(), intended.astimezone(UTC).date()}
    only_a_day = (found.hour, found.minute, found.second) == (0, 0, 0)
    return Stored(only_a_day and found.date() in days)
