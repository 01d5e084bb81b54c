"""The last test's answer as three short columns, and the error made again from them for the page's words."""

from __future__ import annotations

from dataclasses import dataclass

from portal.spektrix import errors
from portal.spektrix.errors import (
    NotFound,
    NotSpektrix,
    Origin,
    PermissionMissing,
    SpektrixError,
    Unreachable,
)

PASSED = "ok"
# The small letters of the client name did answer.
OTHER_CASE = "case"
_WEB_PAGE = "page"
_KINDS: dict[str, type[SpektrixError]] = {
    kind.__name__: kind
    for kind in (
        errors.SignInRefused,
        errors.PermissionMissing,
        errors.BlockedAtEdge,
        errors.NotFound,
        errors.SlowDown,
        errors.ServerTrouble,
        errors.Rejected,
        errors.Redirected,
        errors.NotSpektrix,
        errors.TimedOut,
        errors.Unreachable,
        errors.BodyCut,
        errors.UnsafeIdentifier,
        errors.SecretNotBase64,
    )
}


@dataclass(frozen=True)
class Answer:
    """What is kept of a test: `outcome` is "", "ok" or the name of the error's class."""

    outcome: str
    status: int | None
    detail: str = ""


def answer_of(error: SpektrixError | None) -> Answer:
    """Return what is kept of a test that ended so; `error` None is a pass."""
    if error is None:
        return Answer(PASSED, 200)
    return Answer(type(error).__name__, error.status, _detail(error))


def error_of(kept: Answer) -> SpektrixError | None:
    """Make the error again, or None for a pass and for no test at all."""
    if kept.outcome in ("", PASSED):
        return None
    kind = _KINDS.get(kept.outcome, NotSpektrix)
    told = kept.detail if kind is PermissionMissing else ""
    origin = Origin(call=told, status=kept.status, is_json=kept.detail != _WEB_PAGE)
    if kind is Unreachable:
        return Unreachable(kept.detail or "other", origin)  # type: ignore[arg-type]  # kept from such an error
    if kind is NotSpektrix:
        return NotSpektrix(kept.detail or "not_json", origin)  # type: ignore[arg-type]
    return kind(origin)


def _detail(error: SpektrixError) -> str:
    if isinstance(error, Unreachable):
        return error.kind
    if isinstance(error, NotSpektrix):
        return error.reason
    if isinstance(error, PermissionMissing):
        return error.call
    if isinstance(error, NotFound) and not error.is_json:
        return _WEB_PAGE
    return ""
