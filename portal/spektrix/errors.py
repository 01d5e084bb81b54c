"""Every way a call to Spektrix can fail: one tree, mapped from the status in one place.

No error holds a header, a body, an id, a login name or a key, so each may be logged and shown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

UnreachableKind = Literal["dns", "refused", "reset", "tls", "certificate", "not_public", "other"]
NotSpektrixReason = Literal[
    "not_json",
    "malformed",
    "duplicate_keys",
    "wrong_shape",
    "wrong_id",
    "too_large",
    "not_http",
    "odd_status",
]

# 408 and 425 ask for a repeat; 409, 412 and 423 pass once the other writer is done.
RETRYABLE_REJECTIONS = frozenset({408, 409, 412, 423, 425})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an error or answer came from, in words that are safe to log.

    Args:
        call: name of the client method.
        path_template: path below `api/v3/`, placeholders instead of ids.
        status: HTTP status, None when no answer arrived.
        server_date: the answer's own Date header in UTC, None when absent or unreadable.
        retry_after: seconds the server asks us to wait, 1 to 3600, None when it does not say.
        is_json: whether the answer calls itself JSON.
    """

    call: str = ""
    path_template: str = ""
    status: int | None = None
    server_date: datetime | None = None
    retry_after: float | None = None
    is_json: bool = False


NOWHERE = Origin()


class SpektrixError(Exception):
    """A call to Spektrix that did not succeed.

    `retryable` says whether the same call may succeed later with nobody changing anything.
    """

    retryable: bool = False

    def __init__(self, origin: Origin = NOWHERE) -> None:
        super().__init__(origin)
        self.call = origin.call
        self.path_template = origin.path_template
        self.status = origin.status
        self.server_date = origin.server_date
        self.retry_after = origin.retry_after
        self.is_json = origin.is_json

    def __str__(self) -> str:
        status = "no answer" if self.status is None else f"status {self.status}"
        return f"{self.call or 'signing'} {self.path_template or '-'}: {status}"


class SignInRefused(SpektrixError):
    """401: key or login name; a wrong clock has been allowed for if the answer's Date showed one."""


class PermissionMissing(SpektrixError):
    """403 from Spektrix itself: the API user lacks a permission."""


class BlockedAtEdge(SpektrixError):
    """403 as an HTML page: the edge network refused before Spektrix saw the call."""

    retryable = True


class NotFound(SpektrixError):
    """404: unknown id, no such e-mail address, or a wrong client name.

    With `is_json` true Spektrix itself said so; a web page may come from anybody on the way.
    """


class SlowDown(SpektrixError):
    """429: too many calls; wait `retry_after` seconds if it is given."""

    retryable = True


class ServerTrouble(SpektrixError):
    """5xx: an outage; whether a PATCH took effect is unknown."""

    retryable = True


class Rejected(SpektrixError):
    """Any other 4xx; retryable only where the status itself speaks of a passing state."""

    def __init__(self, origin: Origin = NOWHERE) -> None:
        super().__init__(origin)
        self.retryable = origin.status in RETRYABLE_REJECTIONS


class Redirected(SpektrixError):
    """Any 3xx: never followed, since the signature covers the address."""

    retryable = True


class NotSpektrix(SpektrixError):
    """An answer that Spektrix would not give, whatever its status claims.

    An answer about another record (`reason` "wrong_id") is the one that waiting does not mend.
    """

    def __init__(self, reason: NotSpektrixReason = "not_json", origin: Origin = NOWHERE) -> None:
        super().__init__(origin)
        self.args = (reason, origin)
        self.reason: NotSpektrixReason = reason
        self.retryable = reason != "wrong_id"

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.reason}"


class TimedOut(SpektrixError):
    """The whole call took longer than its deadline; whether a PATCH took effect is unknown."""

    retryable = True


class Unreachable(SpektrixError):
    """No usable connection; a wrong certificate and an address that is not public do not mend themselves."""

    def __init__(self, kind: UnreachableKind = "other", origin: Origin = NOWHERE) -> None:
        super().__init__(origin)
        self.args = (kind, origin)
        self.kind: UnreachableKind = kind
        self.retryable = kind not in ("certificate", "not_public")

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.kind}"


class BodyCut(SpektrixError):
    """The answer broke off inside its body; whether a PATCH took effect is unknown."""

    retryable = True


class UnsafeIdentifier(SpektrixError, ValueError):
    """A text that may not become part of a call; nothing was sent."""


class SecretNotBase64(SpektrixError, ValueError):
    """The stored API key is not base64 text, so nothing can be signed; nothing was sent."""


# Whoever answered so carried nothing out, or nothing was sent.
_NOTHING_DONE = (
    SignInRefused,
    PermissionMissing,
    BlockedAtEdge,
    NotFound,
    SlowDown,
    Rejected,
    UnsafeIdentifier,
    SecretNotBase64,
)
_NEVER_CONNECTED = frozenset({"dns", "refused", "tls", "certificate", "not_public"})


def may_take_effect(error: SpektrixError) -> bool:
    """Tell whether an update that ended so may have been carried out, or may be yet."""
    if isinstance(error, Unreachable):
        return error.kind not in _NEVER_CONNECTED
    return not isinstance(error, _NOTHING_DONE)


def refusal(origin: Origin, content_type: str) -> SpektrixError | None:
    """The error that a status stands for, None for a 2xx; the only place that decides this.

    Args:
        origin: carries the status.
        content_type: media type of the answer in lower case, without parameters.
    """
    status = origin.status or 0
    if 200 <= status <= 299:
        return None
    if 300 <= status <= 399:
        return Redirected(origin)
    if 400 <= status <= 499:
        return _client_error(status, origin, content_type)
    if 500 <= status <= 599:
        return ServerTrouble(origin)
    return NotSpektrix("odd_status", origin)


def _client_error(status: int, origin: Origin, content_type: str) -> SpektrixError:
    if status == 403 and "html" in content_type:
        return BlockedAtEdge(origin)
    known: dict[int, type[SpektrixError]] = {
        401: SignInRefused,
        403: PermissionMissing,
        404: NotFound,
        429: SlowDown,
    }
    return known.get(status, Rejected)(origin)
