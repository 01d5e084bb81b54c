"""What Spektrix's answers mean: for an entry, for the venue's set-up, and in words for the test badge."""

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
    Rejected,
    SecretNotBase64,
    ServerTrouble,
    SignInRefused,
    SlowDown,
    SpektrixError,
    TimedOut,
    Unreachable,
    UnsafeIdentifier,
)
from portal.spektrix.schemas import JsonScalar

# The set-up is at fault: nothing of this venue can be sent until somebody mends it.
SET_UP_FAULTS: dict[type[SpektrixError], Reason] = {
    SignInRefused: Reason.KEY_REFUSED,
    SecretNotBase64: Reason.KEY_REFUSED,
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
    """Return what `error` asks for; a 404 is decided by the caller, who knows what was asked (Q19)."""
    kind = type(error)
    if isinstance(error, PermissionMissing):
        baskets = error.call == "basket_by_id"
        return Fault(Reason.BASKETS_REFUSED if baskets else Reason.CUSTOMERS_REFUSED, blocks=True)
    if isinstance(error, SlowDown):
        wait = timedelta(seconds=error.retry_after) if error.retry_after else _PAUSE_WITHOUT_ADVICE
        return Fault(Reason.SLOW_DOWN, pause=wait)
    if kind in SET_UP_FAULTS:
        return Fault(SET_UP_FAULTS[kind], blocks=True)
    if kind in PASSING_FAULTS:
        return Fault(PASSING_FAULTS[kind])
    return Fault(Reason.REJECTED, final=not error.retryable)


def fallback_reason(error: SpektrixError) -> Reason:
    """Return the nearest reason for an error met where no other rule applies."""
    return Reason.CLIENT_NAME if isinstance(error, NotFound) else fault_of(error).reason


def same_count(sent: int, stored: JsonScalar) -> bool:
    """Compare numerically: Text keeps "7", Currency keeps 7.0 (API.md section 6)."""
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


@dataclass(frozen=True)
class Badge:
    """What Test connection shows: a mark with the status, what happened, then who mends it and how."""

    tone: str
    mark: str
    headline: str
    advice: tuple[str, ...] = ()


_REFUSED = Badge(
    "bad",
    "401",
    "Spektrix did not accept the API user and key",
    (
        "Check the API user name against Spektrix: Settings Interface › Users › API Accounts.",
        "Paste the key again. Spaces at the start and end are removed.",
        "If nobody has the key, your Spektrix admin has to make a new one. Spektrix shows a key only once.",
    ),
)
_PERMISSION = Badge(
    "bad",
    "403",
    "Signed in, but this API user is not allowed to read baskets or update customers",
    ("Ask your Spektrix admin to recreate the API user with standard System Owner permissions.",),
)
_CHECK_DOMAIN = ("Ask our support to look: the answer did not come from Spektrix itself.",)


def badge_of(error: SpektrixError | None, client_name: str) -> Badge:
    """Return the badge of a connection test: `error` None is a pass (R4 to R16)."""
    if error is None:
        return Badge(
            "ok",
            "200",
            "Spektrix accepted these credentials",
            ("This tests the credentials alone. It does not say that the two attributes exist.",),
        )
    if isinstance(error, SignInRefused):
        return _REFUSED
    if isinstance(error, PermissionMissing):
        return _PERMISSION
    if isinstance(error, NotFound):
        return _not_found(client_name)
    return _other_badge(error)


def _not_found(client_name: str) -> Badge:
    advice = [
        "The client name is the part after system.spektrix.com/ in the address of your Spektrix admin pages.",
        "Capitals matter.",
    ]
    if client_name != client_name.lower():
        advice.append(f"Try it in small letters: {client_name.lower()}")
    return Badge("bad", "404", f"Spektrix has no client called {client_name}", tuple(advice))


def _other_badge(error: SpektrixError) -> Badge:
    mark = str(error.status) if error.status else ""
    if isinstance(error, BlockedAtEdge):
        return Badge("bad", "403", "A security filter in front of Spektrix refused us", _CHECK_DOMAIN)
    if isinstance(error, SlowDown):
        return Badge("bad", mark, "Spektrix asked us to slow down", ("Test again in a minute.",))
    if isinstance(error, ServerTrouble):
        return Badge(
            "bad",
            mark,
            "Spektrix is having a problem at the moment",
            (
                "Nothing here needs changing, and visits wait meanwhile. Test again in a few minutes.",
                "If it goes on, write to support@spektrix.com.",
            ),
        )
    if isinstance(error, SecretNotBase64):
        return Badge(
            "bad",
            "No answer",
            "This is not a Spektrix API key",
            ("A key is letters, digits, + and /, often ending in =. Copy it again, whole.",),
        )
    if isinstance(error, UnsafeIdentifier):
        return Badge(
            "bad",
            "No answer",
            "The client name has characters that no Spektrix address has",
            ("Copy it from the address of your Spektrix admin pages.",),
        )
    if isinstance(error, TimedOut):
        return Badge(
            "bad",
            "No answer",
            "Spektrix did not answer within 10 seconds",
            ("Nothing here needs changing. Test again in a few minutes.",),
        )
    if isinstance(error, Unreachable):
        return Badge(
            "bad",
            "No answer",
            f"We could not reach Spektrix ({_UNREACHABLE[error.kind]})",
            ("Test again in a few minutes. If it goes on, tell our support.",),
        )
    if isinstance(error, BodyCut):
        return Badge(
            "bad",
            mark or "No answer",
            "Spektrix's answer broke off",
            ("Nothing here needs changing. Test again in a few minutes.",),
        )
    if isinstance(error, Rejected):
        return Badge(
            "bad",
            mark,
            "Spektrix refused the question",
            ("Send our support this status and the time of the test.",),
        )
    return Badge("bad", mark or "No answer", "Something other than Spektrix answered", _CHECK_DOMAIN)


_UNREACHABLE = {
    "dns": "its address could not be looked up",
    "refused": "the connection was refused",
    "reset": "the connection broke off",
    "tls": "no secure connection could be made",
    "certificate": "its certificate is not right",
    "other": "the network failed",
}
