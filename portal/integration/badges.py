"""What Test connection says of Spektrix's answer (R4 to R16)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.integration.findings import Code
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

NO_ANSWER = "No answer"
_LATER = "Nothing here needs changing. Test again in a few minutes."
_NOT_SPEKTRIX = "Ask our support to look: the answer did not come from Spektrix itself."


@dataclass(frozen=True)
class Badge:
    """A mark with the status, what happened, then who mends it and how."""

    tone: str
    mark: str
    headline: str
    advice: tuple[str, ...] = ()


PASSED = Badge(
    "ok",
    "200",
    "Spektrix accepted these credentials",
    ("This tests the credentials alone. It does not say that the two attributes exist.",),
)
_SAYINGS: dict[type[SpektrixError], tuple[str, tuple[str, ...]]] = {
    SignInRefused: (
        "Spektrix did not accept the API user and key",
        (
            "Check the API user name against Spektrix: Settings Interface › Users › API Accounts.",
            "Paste the key again. Spaces at the start and end are removed.",
            "If nobody has the key, your Spektrix admin has to make a new one; Spektrix shows it only once.",
        ),
    ),
    PermissionMissing: (
        "Signed in, but this API user is not allowed to read baskets or update customers",
        ("Ask your Spektrix admin to recreate the API user with standard System Owner permissions.",),
    ),
    BlockedAtEdge: ("A security filter in front of Spektrix refused us", (_NOT_SPEKTRIX,)),
    SlowDown: ("Spektrix asked us to slow down", ("Test again in a minute.",)),
    ServerTrouble: (
        "Spektrix is having a problem at the moment",
        (
            "Nothing here needs changing, and visits wait meanwhile. Test again in a few minutes.",
            "If it goes on, write to support@spektrix.com.",
        ),
    ),
    SecretNotBase64: (
        "This is not a Spektrix API key",
        ("A key is letters, digits, + and /, often ending in =. Copy it again, whole.",),
    ),
    UnsafeIdentifier: (
        "The client name has characters that no Spektrix address has",
        ("Copy it from the address of your Spektrix admin pages.",),
    ),
    TimedOut: ("Spektrix did not answer within 10 seconds", (_LATER,)),
    BodyCut: ("Spektrix's answer broke off", (_LATER,)),
    Rejected: ("Spektrix refused the question", ("Send our support this status and the time of the test.",)),
}
_UNREACHABLE = {
    "dns": "its address could not be looked up",
    "refused": "the connection was refused",
    "reset": "the connection broke off",
    "tls": "no secure connection could be made",
    "certificate": "its certificate is not right",
    "other": "the network failed",
}


_CODES: dict[type[SpektrixError], Code] = {
    SignInRefused: Code.KEY_REFUSED,
    SecretNotBase64: Code.KEY_NOT_BASE64,
    BlockedAtEdge: Code.EDGE_BLOCK,
    SlowDown: Code.SLOW_DOWN,
    ServerTrouble: Code.OUTAGE,
    TimedOut: Code.TIMED_OUT,
    BodyCut: Code.UNREACHABLE,
    Redirected: Code.REDIRECTED,
    NotSpektrix: Code.NOT_SPEKTRIX,
    Rejected: Code.REJECTED,
    UnsafeIdentifier: Code.CLIENT_UNKNOWN,
}
# The call that a client name is tried with; "" is a remembered error.
_ABOUT_THE_NAME = {"probe_client_name", ""}
_REFUSED_RIGHTS = {"basket_by_id": Code.BASKETS_REFUSED, "update_attributes": Code.WRITING_REFUSED}


def code_of(error: SpektrixError) -> Code:
    """Return the one finding that an error of the client stands for.

    A record that is missing says nothing is wrong with the connection, so callers who asked for one decide
    themselves what its 404 means (Q19); here a 404 is one of the client name. A wrong clock raises no error:
    the client has signed by Spektrix's clock by then, and a 401 that remains is about user and key.
    """
    if isinstance(error, PermissionMissing):
        return _REFUSED_RIGHTS.get(error.call, Code.CUSTOMERS_REFUSED)
    if isinstance(error, Unreachable):
        return Code.CERTIFICATE if error.kind == "certificate" else Code.UNREACHABLE
    if isinstance(error, NotFound):
        named = error.is_json or error.call in _ABOUT_THE_NAME
        return Code.CLIENT_UNKNOWN if named else Code.NOT_SPEKTRIX
    return _CODES.get(type(error), Code.OUR_FAULT)


def badge_of(error: SpektrixError | None, client_name: str) -> Badge:
    """Return the badge of a connection test: `error` None is a pass."""
    if error is None:
        return PASSED
    if isinstance(error, NotFound):
        return _not_found(client_name)
    mark = str(error.status) if error.status else NO_ANSWER
    if isinstance(error, Unreachable):
        headline = f"We could not reach Spektrix ({_UNREACHABLE[error.kind]})"
        return Badge(
            "bad", mark, headline, ("Test again in a few minutes. If it goes on, tell our support.",)
        )
    headline, advice = _SAYINGS.get(type(error), ("Something other than Spektrix answered", (_NOT_SPEKTRIX,)))
    return Badge("bad", mark, headline, advice)


def _not_found(client_name: str) -> Badge:
    advice = [
        "The client name is the part after system.spektrix.com/ in the address of your Spektrix admin pages.",
        "Capitals matter.",
    ]
    if client_name != client_name.lower():
        advice.append(f"Try it in small letters: {client_name.lower()}")
    return Badge("bad", "404", f"Spektrix has no client called {client_name}", tuple(advice))
