"""What Test connection says of Spektrix's answer (R4 to R16)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.findings import Code, finding
from portal.integration.connection import domains
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
_TELL_SPEKTRIX = "If it goes on, write to support@spektrix.com."


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
UNREADABLE = Badge(
    "bad",
    NO_ANSWER,
    "The saved API key cannot be read any more",
    ("Paste the API key again.", "If nobody has it, your Spektrix admin has to make a new one."),
)
# Headline, then the advice sentence by sentence.
_Saying = tuple[str, tuple[str, ...]]
_SAYINGS: dict[type[SpektrixError], _Saying] = {
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
    BlockedAtEdge: (
        "A security filter in front of Spektrix refused us",
        ("The user name and key are not at fault: Spektrix has not seen them.", _NOT_SPEKTRIX),
    ),
    SlowDown: ("Spektrix asked us to slow down", ("Test again in a minute.",)),
    ServerTrouble: (
        "Spektrix is having a problem at the moment",
        (
            "Nothing here needs changing, and visits wait meanwhile. Test again in a few minutes.",
            _TELL_SPEKTRIX,
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
    Redirected: (
        "Spektrix's address sends us elsewhere instead of answering",
        (
            "It is often a maintenance page. Test again in a few minutes.",
            "If it goes on, ask Spektrix support whether your system has moved to another address.",
        ),
    ),
    NotSpektrix: (
        "Something other than Spektrix answered",
        ("It is often a maintenance page. Test again in a few minutes.", _NOT_SPEKTRIX),
    ),
    Rejected: ("Spektrix refused the question", ("Send our support this status and the time of the test.",)),
}
_UNREACHABLE = {
    "dns": "its address could not be looked up",
    "refused": "the connection was refused",
    "reset": "the connection broke off",
    "tls": "no secure connection could be made",
    "not_public": "its address is not a public one",
    "other": "the network failed",
}
_CERTIFICATE = (
    "The certificate at Spektrix's address is not right",
    (
        "Nothing is sent there until it is, since anybody could be answering. The API key is not at fault.",
        "Send the time of this test to support@spektrix.com.",
    ),
)
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
# The signed calls, of which each shows what the API user may not do.
_NAME_A_RIGHT = {"customer_by_email", "customer_by_id", "basket_by_id", "update_attributes"}
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


def is_about_credentials(error: SpektrixError) -> bool:
    """Tell whether an error judges the details; all others say only that Spektrix could not be asked."""
    if isinstance(error, NotFound):
        return code_of(error) is Code.CLIENT_UNKNOWN
    return isinstance(error, (SignInRefused, PermissionMissing, SecretNotBase64, UnsafeIdentifier, Rejected))


def domain_badge(error: SpektrixError, domain: str) -> Badge:
    """Return the badge of a custom domain at which Spektrix does not answer for this client."""
    lost = isinstance(error, (Unreachable, TimedOut))
    code = Code.DOMAIN_UNREACHABLE if lost else Code.DOMAIN_NOT_SPEKTRIX
    mark = str(error.status) if error.status else NO_ANSWER
    said = "Spektrix itself accepted the API user and key."
    where = f"The widget looks for baskets at {domain}. {finding(code).step}."
    return Badge("bad", mark, finding(code).headline, (said, where))


def badge_of(error: SpektrixError | None, client_name: str, *, small_answers: bool | None = None) -> Badge:
    """Return the badge of a connection test.

    Args:
        error: what the test ended with, None for a pass.
        client_name: as sent.
        small_answers: whether the name in small letters answers, None where that was not tried.
    """
    if error is None:
        return PASSED
    mark = str(error.status) if error.status else NO_ANSWER
    headline, advice = _said_of(error, client_name, small_answers)
    return Badge("bad", mark, headline, advice)


def _said_of(error: SpektrixError, client_name: str, small_answers: bool | None) -> _Saying:
    if isinstance(error, NotFound):
        return _not_found(error, client_name, small_answers)
    if isinstance(error, Unreachable):
        return _unreachable(error)
    headline, advice = _SAYINGS.get(type(error), _SAYINGS[NotSpektrix])
    if isinstance(error, PermissionMissing) and error.call in _NAME_A_RIGHT:
        headline = finding(code_of(error)).headline
    return headline, advice


def _unreachable(error: Unreachable) -> _Saying:
    if error.kind == "certificate":
        return _CERTIFICATE
    headline = f"We could not reach Spektrix ({_UNREACHABLE[error.kind]})"
    return headline, ("Test again in a few minutes. If it goes on, tell our support.",)


def _not_found(error: NotFound, client_name: str, small_answers: bool | None) -> _Saying:
    where = (
        "The client name is the part after system.spektrix.com/ in the address of your Spektrix admin pages."
    )
    if code_of(error) is Code.NOT_SPEKTRIX:
        return "A web page said 404, not Spektrix itself", _SAYINGS[NotSpektrix][1]
    if not error.is_json:
        maintenance = (
            "Spektrix itself does not say so with a web page. If the name is right, test again later."
        )
        return f"Nothing was found at the Spektrix address of {client_name}", (where, maintenance)
    headline = f"Spektrix has no client called {client_name}"
    return headline, (where, _about_capitals(client_name, small_answers))


def _about_capitals(client_name: str, small_answers: bool | None) -> str:
    small = client_name.lower()
    if domains.is_host(small):
        return f"{client_name} looks like the address of a website, which is something else."
    if small == client_name:
        return "Copy it exactly as it stands there."
    if small_answers is None:
        return f"Capitals matter. Try it in small letters: {small}"
    if small_answers:
        return f"Capitals matter: {small} does answer."
    return "Capitals matter, but the name in small letters was not found either."
