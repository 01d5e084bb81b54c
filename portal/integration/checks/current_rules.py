"""What was learnt after the checks were made: a later call may contradict a tick, or prove what was open.

Plain values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from portal.findings import Code
from portal.integration.checks import rules as check_rules, standing as page_rules
from portal.integration.checks.rules import LastVisit
from portal.integration.checks.standing import Facts, Fault
from portal.integration.connection.models import CheckState

# The check that each fault contradicts; one of our own contradicts none, since it says nothing of Spektrix.
_CHECK_OF: dict[Code, int] = {
    **dict.fromkeys(
        (
            Code.SLOW_DOWN,
            Code.OUTAGE,
            Code.TIMED_OUT,
            Code.UNREACHABLE,
            Code.CERTIFICATE,
            Code.REDIRECTED,
            Code.NOT_SPEKTRIX,
            Code.EDGE_BLOCK,
            Code.DOMAIN_UNREACHABLE,
            Code.DOMAIN_NOT_SPEKTRIX,
        ),
        check_rules.ANSWERING,
    ),
    **dict.fromkeys((Code.CLIENT_UNKNOWN, Code.CLIENT_CASE), check_rules.CLIENT_NAME),
    **dict.fromkeys(
        (Code.KEY_UNREADABLE, Code.KEY_NOT_BASE64, Code.KEY_REFUSED, Code.CLOCK_OFF), check_rules.SIGN_IN
    ),
    **dict.fromkeys(
        (Code.CUSTOMERS_REFUSED, Code.BASKETS_REFUSED, Code.WRITING_REFUSED, Code.REJECTED),
        check_rules.RIGHTS,
    ),
}

_ABOUT_ATTRIBUTES = {
    None,
    Code.ATTRIBUTES_NOT_SEEN,
    Code.ATTRIBUTE_NEAR,
    Code.ATTRIBUTE_MISSING,
    Code.ATTRIBUTE_TYPE,
    Code.KEPT_NOTHING,
}


@dataclass(frozen=True)
class Known:
    """How one check stands.

    Args:
        code: what is wrong, None where nothing is.
        at: when the check was made, None where it never was.
        later: whether something that came after the check says otherwise than it did.
    """

    state: CheckState
    code: Code | None = None
    fact: str = ""
    detail: str = ""
    status: int | None = None
    at: datetime | None = None
    later: bool = False

    @property
    def failed(self) -> bool:
        return self.state is CheckState.FAILED


def connection(made: Mapping[int, Known], facts: Facts) -> dict[int, Known]:
    """Return the checks of the connection in the light of what came after them; those never made stay absent.

    The newest evidence decides, and it is the badge's: a refusal that no check shows contradicts the check
    it belongs to, and what comes after that check is open again.
    """
    checks = {number: made[number] for number in check_rules.OF_THE_CONNECTION if number in made}
    fault = page_rules.connection_fault(facts)
    if fault is None:
        return _proved(checks, facts)
    place = _CHECK_OF.get(fault.code)
    if place is None or any(check.failed and check.code is fault.code for check in checks.values()):
        return checks
    before = {number: _overtaken(check) for number, check in checks.items() if number < place}
    behind = {number: Known(CheckState.SKIPPED, at=check.at) for number, check in checks.items()}
    return {**behind, **before, place: _contradicted(fault, checks.get(place))}


def attributes(made: Known, facts: Facts) -> Known:
    """Return check 5 as the last record seen has it; one that could not be read says nothing of them."""
    now = check_rules.attributes(facts.attributes, None)
    same = (now.state, now.code) == (made.state, made.code)
    if same or (made.code not in _ABOUT_ATTRIBUTES and not _landed_since(made, facts)):
        return made
    return Known(now.state, now.code, now.fact, now.detail, now.status, made.at, later=True)


def last_visit(made: Known, visit: LastVisit | None, facts: Facts) -> Known:
    """Return check 6 as our own log has it now; that needs no call."""
    now = check_rules.last_visit(visit, active=facts.active, held=facts.held)
    if (now.state, now.code, now.fact, now.detail) == (made.state, made.code, made.fact, made.detail):
        return made
    return Known(now.state, now.code, now.fact, now.detail, at=made.at, later=True)


def _proved(checks: dict[int, Known], facts: Facts) -> dict[int, Known]:
    """What was written and read back proves sign-in, client name and the right to write."""
    return {
        number: _shown_by_landing(check) if _landed_since(check, facts) else check
        for number, check in checks.items()
    }


def _landed_since(check: Known, facts: Facts) -> bool:
    return facts.landed_at is not None and check.at is not None and facts.landed_at > check.at


def _shown_by_landing(check: Known) -> Known:
    # A warning with a code, as of a wrong clock, is about something else than whether it works.
    if check.state is CheckState.PASSED or (check.state is CheckState.WARNS and check.code):
        return check
    return Known(CheckState.PASSED, fact="Proved by a later visit", at=check.at, later=True)


def _overtaken(check: Known) -> Known:
    """A check before the one that is contradicted was passed by whatever got as far as that."""
    if not check.failed:
        return check
    return replace(check, state=CheckState.PASSED, code=None, fact="Passed since", detail="", later=True)


def _contradicted(fault: Fault, made: Known | None) -> Known:
    code, status = fault.code, fault.status
    came = f"Spektrix replied {status} to" if status else "Spektrix did not answer"
    if code is Code.KEY_UNREADABLE:
        detail = "The saved key could be read at the last check. Now it cannot."
    elif made is None:
        detail = f"{came} the latest call."
    else:
        detail = f"{came} a call made after the last check."
    return Known(CheckState.FAILED, code, "", detail, status, made.at if made else None, later=True)
