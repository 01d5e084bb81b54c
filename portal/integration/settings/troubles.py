"""The callout about a fault of the connection: what happened, who can fix it, the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from portal import clock
from portal.findings import Code, Mend, finding
from portal.integration.connection.badges import AnswerBadge, badge_of
from portal.integration.connection.models import CheckResult, CheckState, Integration
from portal.integration.standing import evidence, results, rules as standing_rules
from portal.integration.standing.models import Standing
from portal.venues.models import Venue

_ICONS = {
    Mend.KEY: "key-round",
    Mend.PERMISSION: "shield-alert",
    Mend.NAME: "search-x",
    Mend.CASE: "search-x",
    Mend.WAIT_AND_TEST: "cloud-off",
}
# What each check and each call of a visit asks for; a name stands where an id or address would.
_CHECK_PATHS = {
    results.ANSWERING: "GET events?instanceStart_from=DATE",
    results.CLIENT_NAME: "GET events?instanceStart_from=DATE",
    results.SIGN_IN: "GET customers?email=ADDRESS",
    results.RIGHTS: "GET customers/ID, GET baskets/ID",
    results.ATTRIBUTES: "GET customers/ID",
}
_CALL_PATHS = {
    "probe_client_name": "GET events?instanceStart_from=DATE",
    "customer_by_email": "GET customers?email=ADDRESS",
    "customer_by_id": "GET customers/ID",
    "basket_by_id": "GET baskets/ID",
    "update_attributes": "PATCH customers/ID",
}


class Detail(NamedTuple):
    """One line under the fold, for a support desk."""

    label: str
    value: str


class HelpPlace(NamedTuple):
    """Where the help centre tells more."""

    article: str
    section: str


@dataclass(frozen=True)
class Trouble:
    """What the callout shows.

    Args:
        mend: how the page helps to mend it.
        is_theirs: whether the fault is in Spektrix, so that their support can help.
        repeated: whether it has been seen in more than one test (R15).
        details: the folded technical details.
    """

    code: Code
    badge: AnswerBadge
    tone: str
    icon: str
    mend: Mend
    is_theirs: bool
    repeated: bool
    details: list[Detail]

    @property
    def help(self) -> HelpPlace:
        """The article and section of the help centre that tell more."""
        article, _, section = finding(self.code).help.partition("#")
        return HelpPlace(article, section)


def trouble_of(venue: Venue, integration: Integration, standing: Standing) -> Trouble | None:
    """Return what stands between the venue and Spektrix, while it is paused too; None when nothing does."""
    fault = standing.fault
    if fault is None:
        return None
    code, found = fault.code, finding(fault.code)
    badge = badge_of(code, fault.status, integration.client_name, fault.detail)
    mend = found.mend or Mend.SUPPORT
    return Trouble(
        code=code,
        badge=badge,
        tone=standing_rules.shown(code).tone,
        icon=_ICONS.get(mend, "circle-alert"),
        mend=mend,
        is_theirs=found.is_theirs,
        repeated=_is_repeated(integration, standing, code),
        details=_details(venue, integration, code, badge),
    )


def _is_repeated(integration: Integration, standing: Standing, code: Code) -> bool:
    """A standing begins right after the check that shows it, so a later check has seen the same again."""
    checked = integration.checked_at
    return standing.code == code and checked is not None and checked > standing.began_at


def _details(venue: Venue, integration: Integration, code: Code, badge: AnswerBadge) -> list[Detail]:
    row = next((row for row in integration.checks if row.state == CheckState.FAILED), None)
    if row is not None and row.code == code and code is not Code.WRITING_REFUSED:
        return _details_of_check(row, venue, code)
    attempt = evidence.last_failed_attempt(venue.id)
    if attempt is None:
        return [Detail("Status", badge.mark or "no answer")]
    path = _CALL_PATHS.get(attempt.call, attempt.call)
    return _pairs(attempt.status, path, attempt.at, attempt.duration_ms, venue, code)


def _details_of_check(row: CheckResult, venue: Venue, code: Code) -> list[Detail]:
    return _pairs(row.status, _CHECK_PATHS.get(row.number, ""), row.at, row.duration_ms, venue, code)


def _pairs(
    status: int | None, path: str, at: datetime, took: int | None, venue: Venue, code: Code
) -> list[Detail]:
    pairs = [
        Detail("Status", str(status or "no answer")),
        Detail("Request", path),
        Detail("Time", clock.iso_with_offset(at, venue.timezone)),
    ]
    if took is not None:
        pairs.append(Detail("Took", f"{took} ms"))
    return [*pairs, Detail("Tell support", f"{venue.id}-{code}-{at:%Y%m%dT%H%M%SZ}")]
