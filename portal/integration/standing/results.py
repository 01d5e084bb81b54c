"""How each check stands by now: as it was made, in the light of what came after it.

A later call may contradict a tick, or prove what was open. Plain values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from portal.findings import Code
from portal.integration.connection.models import AttributeState, CheckState
from portal.integration.standing import rules
from portal.integration.standing.rules import Facts, Fault

ANSWERING, CLIENT_NAME, SIGN_IN, RIGHTS, ATTRIBUTES, LAST_VISIT = 1, 2, 3, 4, 5, 6
NAMES = {
    ANSWERING: "Spektrix is answering",
    CLIENT_NAME: "Client name is right",
    SIGN_IN: "API user can sign in",
    RIGHTS: "Allowed to read baskets and update customers",
    ATTRIBUTES: "Both customer attributes exist",
    LAST_VISIT: "Last visit reached Spektrix",
}
# The checks that ask about the connection alone; the others are about what is sent over it.
OF_THE_CONNECTION = (ANSWERING, CLIENT_NAME, SIGN_IN, RIGHTS)

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
        ANSWERING,
    ),
    **dict.fromkeys((Code.CLIENT_UNKNOWN, Code.CLIENT_CASE), CLIENT_NAME),
    **dict.fromkeys((Code.KEY_UNREADABLE, Code.KEY_NOT_BASE64, Code.KEY_REFUSED, Code.CLOCK_OFF), SIGN_IN),
    **dict.fromkeys(
        (Code.CUSTOMERS_REFUSED, Code.BASKETS_REFUSED, Code.WRITING_REFUSED, Code.REJECTED), RIGHTS
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
_NOT_SEEN = {AttributeState.NOT_CHECKED, AttributeState.AFTER_FIRST_VISIT}
_ATTRIBUTE_WORDS = {
    AttributeState.NEAR_MISS: "spelled differently",
    AttributeState.NOT_FOUND: "missing",
    AttributeState.WRONG_TYPE: "with a type that does not keep the values",
    AttributeState.NOT_KEPT: "not kept",
    AttributeState.NOT_CHECKED: "not seen yet",
    AttributeState.AFTER_FIRST_VISIT: "not seen yet",
}


@dataclass(frozen=True)
class Known:
    """How one check stands.

    Args:
        number: the check's, as in NAMES.
        code: what is wrong, None where nothing is.
        fact: the short text at the right of the check's name.
        detail: the reason underneath, as sentences.
        status: HTTP status of the answer that decided, None without one.
        at: when the check was made, None where it never was.
        later: whether something that came after the check says otherwise than it did.
    """

    number: int
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

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self) | {"at": self.at.isoformat() if self.at else None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Known:
        """Read what `as_json` has made."""
        at = datetime.fromisoformat(stored["at"]) if stored["at"] else None
        code = Code(stored["code"]) if stored["code"] else None
        return cls(**{**stored, "state": CheckState(stored["state"]), "code": code, "at": at})


def by_now(made: Mapping[int, Known], facts: Facts) -> dict[int, Known]:
    """Return the checks in the light of what came after them; those never made stay absent.

    The newest evidence decides, and it is the badge's: a refusal that no check shows contradicts the check
    it belongs to, and what comes after that check is open again. The last visit is left out: the card reads
    it from the log, where it is one row found by index.
    """
    checks = _of_the_connection({n: made[n] for n in OF_THE_CONNECTION if n in made}, facts)
    stopped = any(check.failed for check in checks.values())
    for number, check in made.items():
        if number == ATTRIBUTES and not (stopped and check.state is CheckState.SKIPPED):
            checks[number] = _attributes_by_now(check, facts)
        elif number not in {*OF_THE_CONNECTION, LAST_VISIT}:
            checks[number] = check
    return checks


def attributes(states: Sequence[AttributeState], *, record_is_gone: bool = False) -> Known:
    """Return check 5 as the last record seen has it.

    Args:
        record_is_gone: Spektrix has no longer the customer who was to be looked at.
    """
    if set(states) <= _NOT_SEEN:
        detail = "There is no customer record to check yet. The first visit will prove it."
        if record_is_gone:
            detail = "The customer we check is no longer in Spektrix. Enter another test customer."
        return Known(
            ATTRIBUTES, CheckState.WARNS, Code.ATTRIBUTES_NOT_SEEN, "Found after first visit", detail
        )
    code = rules.attribute_code(states)
    if code is None:
        return Known(ATTRIBUTES, CheckState.PASSED, None, "Both found", status=200)
    counted = [(states.count(state), words) for state, words in _ATTRIBUTE_WORDS.items()]
    detail = f"{', '.join(f'{number} {words}' for number, words in counted if number)}. See below."
    return Known(ATTRIBUTES, CheckState.FAILED, code, "", detail, 200)


def _of_the_connection(checks: dict[int, Known], facts: Facts) -> dict[int, Known]:
    fault = rules.connection_fault(facts)
    if fault is None:
        return {number: _proved(check, facts) for number, check in checks.items()}
    place = _CHECK_OF.get(fault.code)
    if place is None or any(check.failed and check.code is fault.code for check in checks.values()):
        return checks
    before = {number: _overtaken(check) for number, check in checks.items() if number < place}
    behind = {number: Known(number, CheckState.SKIPPED, at=check.at) for number, check in checks.items()}
    return {**behind, **before, place: _contradicted(place, fault, checks.get(place))}


def _attributes_by_now(made: Known, facts: Facts) -> Known:
    """A look that failed says nothing of the attributes, and stands until something has landed."""
    now = attributes(facts.attributes)
    same = (now.state, now.code) == (made.state, made.code)
    if same or (made.code not in _ABOUT_ATTRIBUTES and not _landed_since(made, facts)):
        return made
    return replace(now, at=made.at, later=True)


def _proved(check: Known, facts: Facts) -> Known:
    """What was written and read back proves sign-in, client name and the right to write."""
    # A warning with a code, as of a wrong clock, is about something else than whether it works.
    proves_nothing = check.state is CheckState.PASSED or (check.state is CheckState.WARNS and check.code)
    if proves_nothing or not _landed_since(check, facts):
        return check
    return Known(check.number, CheckState.PASSED, None, "Proved by a later visit", at=check.at, later=True)


def _landed_since(check: Known, facts: Facts) -> bool:
    return facts.proof is not None and check.at is not None and facts.proof.at > check.at


def _overtaken(check: Known) -> Known:
    """A check before the one that is contradicted was passed by whatever got as far as that."""
    if not check.failed:
        return check
    return replace(check, state=CheckState.PASSED, code=None, fact="Passed since", detail="", later=True)


def _contradicted(place: int, fault: Fault, made: Known | None) -> Known:
    code, status = fault.code, fault.status
    came = f"Spektrix replied {status} to" if status else "Spektrix did not answer"
    if code is Code.KEY_UNREADABLE:
        detail = "The saved key could be read at the last check. Now it cannot."
    elif made is None:
        detail = f"{came} the latest call."
    else:
        detail = f"{came} a call made after the last check."
    return Known(place, CheckState.FAILED, code, "", detail, status, made.at if made else None, later=True)
