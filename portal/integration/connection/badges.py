"""What a test of the connection came to, as the pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.findings import Cause, Code, finding
from portal.findings.connection import NETWORK_FAULTS, WEB_PAGE_ADVICE, advice_on_client_name
from portal.integration.connection import domains
from portal.integration.connection.failures import WEB_PAGE

NO_ANSWER = "No answer"


@dataclass(frozen=True)
class AnswerBadge:
    """A mark with the status, what happened, then who mends it and how."""

    tone: str
    mark: str
    headline: str
    advice: tuple[str, ...] = ()


PASSED = AnswerBadge(
    "ok",
    "200",
    "Spektrix accepted these credentials",
    ("This tests the API user and key only. It does not show whether the two attributes exist.",),
)


def badge_of(
    code: Code | None,
    status: int | None,
    client_name: str,
    detail: str = "",
    *,
    small_answers: bool | None = None,
) -> AnswerBadge:
    """Return the badge of a test that ended so.

    Args:
        code: what was wrong, None for a pass.
        status: HTTP status of the answer, None where none came.
        client_name: as sent.
        detail: as `CallFailed` has it.
        small_answers: whether the name in small letters answers, None where that was not tried.
    """
    if code is None:
        return PASSED
    found = finding(code)
    lost = NO_ANSWER if found.cause is Cause.SPEKTRIX else ""
    title, advice = found.title, found.advice
    if detail in NETWORK_FAULTS and code is Code.UNREACHABLE:
        title = f"{title} ({NETWORK_FAULTS[detail]})"
    if code is Code.CLIENT_UNKNOWN:
        advice = (*advice, _on_the_name(client_name, detail, small_answers))
    return AnswerBadge("bad", str(status) if status else lost, title, advice)


def _on_the_name(client_name: str, detail: str, small_answers: bool | None) -> str:
    if detail == WEB_PAGE:
        return WEB_PAGE_ADVICE
    is_website = domains.is_host(client_name.lower())
    return advice_on_client_name(client_name, is_website=is_website, small_answers=small_answers)
