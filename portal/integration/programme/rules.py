"""When a programme is read again, and what is said where it could not be. Plain values in and out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.findings import NOBODY, SUPPORT, Cause, Code, Finding, finding
from portal.integration.connection.badges import code_of
from portal.spektrix.errors import NotSpektrix, PermissionMissing, SignInRefused, SlowDown, SpektrixError

OK = "ok"
# Outcomes that only a programme can have; all others are codes of findings.
TOO_LARGE = "programme_too_large"
OVERDUE = "programme_overdue"

HOUR = timedelta(hours=1)
SOONER = timedelta(minutes=10)
# Venues that connected in one minute do not ask in one minute ever after.
SPREAD_SECONDS = 300.0
# A programme that was to be read an hour ago, and was not even tried, is nobody's doing but ours.
_LATE = timedelta(hours=2, seconds=SPREAD_SECONDS)

_BY_ITSELF = "You do not need to change anything. The portal reads the programme again within 15 minutes"
_BUNDLE = "Send us the support bundle. Your settings are fine"
_HEADLINES = {
    Code.TIMED_OUT: "Spektrix did not send its programme in time",
    Code.REJECTED: "Spektrix does not let this portal read its public programme",
    Code.OUR_FAULT: "Something went wrong in this portal while it read the programme",
}
_OF_THE_PROGRAMME = {
    TOO_LARGE: Finding(
        Cause.OURS,
        "The theatre's programme is larger than this portal reads",
        SUPPORT,
        _BUNDLE,
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
    OVERDUE: Finding(
        Cause.OURS,
        "The programme has not been read for more than two hours. It should be read every hour",
        SUPPORT,
        "Press Read the programme again. If that does not help, send us the support bundle",
        "diagnosis.bundle",
        "troubleshooting#ours",
    ),
}


@dataclass(frozen=True)
class Tried:
    """How reading a programme ended: "ok", or why not; and how long Spektrix asked us to wait, if it did."""

    outcome: str
    wait: timedelta = timedelta()


def tried(error: SpektrixError) -> Tried:
    """Return what a failed reading is noted as.

    The lists are public, so a refusal says nothing of the API user (docs/spektrix.md section 7).
    """
    if isinstance(error, (PermissionMissing, SignInRefused)):
        return Tried(Code.REJECTED)
    if isinstance(error, NotSpektrix) and error.reason == "too_large":
        return Tried(TOO_LARGE)
    wait = error.retry_after if isinstance(error, SlowDown) else None
    return Tried(code_of(error), timedelta(seconds=wait or 0))


def next_at(now: datetime, ended: Tried, spread_seconds: float) -> datetime:
    """Return when to read the lists again: hourly, sooner after a fault, never before Spektrix said.

    Args:
        now: when the reading ended.
        ended: how it ended.
        spread_seconds: from 0 to SPREAD_SECONDS, another for each venue and time.
    """
    usual = HOUR if ended.outcome == OK else SOONER
    return now + max(usual, ended.wait) + timedelta(seconds=spread_seconds)


def is_overdue(tried_at: datetime | None, now: datetime) -> bool:
    """Tell whether nobody has as much as tried for too long."""
    return tried_at is not None and now - tried_at > _LATE


def trouble_of(outcome: str) -> Finding:
    """Return what is said of a programme that could not be read."""
    if outcome in _OF_THE_PROGRAMME:
        return _OF_THE_PROGRAMME[outcome]
    code = Code(outcome) if outcome in set(Code) else Code.OUR_FAULT
    found = finding(code)
    step = _BY_ITSELF if found.who == NOBODY else _BUNDLE if found.who == SUPPORT else found.step
    return replace(found, headline=_HEADLINES.get(code, found.headline), step=step)
