"""How a venue's connection stands, from all that is known of it. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from portal.findings import Code, finding
from portal.integration.connection.models import AttributeState
from portal.outbox import rules as outbox_rules
from portal.outbox.models import ANSWERED, State

_ALL_FOUND = (AttributeState.FOUND, AttributeState.FOUND)
# The first that applies to either attribute is the finding: a name is mended before a type.
_ATTRIBUTE_CODES = {
    AttributeState.NEAR_MISS: Code.ATTRIBUTE_NEAR,
    AttributeState.NOT_FOUND: Code.ATTRIBUTE_MISSING,
    AttributeState.WRONG_TYPE: Code.ATTRIBUTE_TYPE,
    AttributeState.NOT_KEPT: Code.KEPT_NOTHING,
    AttributeState.NOT_CHECKED: Code.ATTRIBUTES_NOT_SEEN,
    AttributeState.AFTER_FIRST_VISIT: Code.ATTRIBUTES_NOT_SEEN,
}


BY_VISIT, BY_TRIAL = "visit", "trial write"


class Proof(NamedTuple):
    """When something last left that landed, with the credentials saved now; what it was."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Facts:
    """What is known of one venue's connection. Instants are aware and in UTC.

    Args:
        test_outcome: of the last test since the credentials were saved: "", "ok" or what was wrong.
        domain_fault: what the last checks found wrong with the custom domain, with the answer's status.
        confirmed_at: when the latest visit that landed was sent, with the credentials saved now.
        trial_at: when the trial write began that landed last, with the credentials saved now.
        failing_since: since when the oldest visit that is tried again has been failing, and why.
        counts: visits by state, only those that still wait or need somebody.
    """

    active: bool = True
    switched: bool = True
    key_readable: bool = True
    blocked_reason: Code | None = None
    blocked_until: datetime | None = None
    test_outcome: str = ""
    test_status: int | None = None
    test_detail: str = ""
    tested_at: datetime | None = None
    domain_fault: Code | None = None
    domain_status: int | None = None
    confirmed_at: datetime | None = None
    trial_at: datetime | None = None
    failing_since: datetime | None = None
    failing_reason: Code | None = None
    attributes: tuple[AttributeState, ...] = ()
    counts: Mapping[State, int] = field(default_factory=dict)

    @property
    def not_stored(self) -> int:
        return self.counts.get(State.NOT_STORED, 0)

    @property
    def need_somebody(self) -> int:
        return self.counts.get(State.NEEDS_ATTENTION, 0)

    @property
    def attributes_found(self) -> bool:
        return self.attributes == _ALL_FOUND

    @property
    def proof(self) -> Proof | None:
        landed = ((self.confirmed_at, BY_VISIT), (self.trial_at, BY_TRIAL))
        return max((Proof(at, by) for at, by in landed if at is not None), default=None)


@dataclass(frozen=True)
class Overall:
    """The page's own badge: tone, words, and the line under the title.

    `code` and `status` are what is wrong, None where nothing is.
    """

    tone: str
    words: str
    lead: str
    code: Code | None = None
    status: int | None = None

    @property
    def icon(self) -> str | None:
        """Where the tone's own would not do."""
        return _ICONS.get(self.words)


@dataclass(frozen=True)
class Fault:
    """What stands between the venue and Spektrix, and the HTTP status that showed it, None without one."""

    code: Code
    status: int | None = None
    detail: str = ""


NOT_CONNECTED = Overall(
    "off", "Not connected", "Connect your box office so the restaurant and the theatre know the same guests."
)
TESTING = Overall("info", "Testing", "Started just now")
_NOT_SWITCHED_ON = Overall("off", "Not switched on", "Your details are saved. Switch Active on to start.")
_PAUSED = Overall("off", "Paused", "")
_UNTESTED = Overall("warn", "Needs attention", "Not tested since these details were saved.")
_UNPROVED = Overall(
    "info",
    "Ready, not proved yet",
    "Connected, but no visit has reached Spektrix yet. A trial write or the first visit proves that they do.",
)
_WORKING = Overall("ok", "Working", "Visits reach Spektrix a few seconds after they are marked Completed.")
_ICONS = {_NOT_SWITCHED_ON.words: "pause", _PAUSED.words: "pause", TESTING.words: "loader-circle"}


def overall(facts: Facts | None) -> Overall:
    """Return the page's badge: green only when visits really land in Spektrix (UX section 1)."""
    if facts is None:
        return NOT_CONNECTED
    if not facts.active:
        return _PAUSED if facts.switched else _NOT_SWITCHED_ON
    fault = connection_fault(facts)
    if fault is not None:
        return shown(fault.code, fault.status, proved=facts.proof is not None)
    attribute = attribute_fault(facts.attributes)
    if attribute is None and facts.not_stored and facts.attributes_found:
        return shown(Code.VISIT_SENT_AGAIN)
    if attribute is not None or facts.not_stored:
        return shown(attribute or Code.NOT_STORED)
    if facts.need_somebody:
        return shown(Code.VISIT_GIVEN_UP)
    return _unproved(facts) or _WORKING


def shown(code: Code, status: int | None = None, *, proved: bool = False) -> Overall:
    """Return the badge that says what is wrong; `proved` tells whether it was ever seen to work."""
    badge = finding(code).badge or finding(Code.OUTAGE).badge
    if badge is None:
        raise AssertionError("an outage has a badge")
    lead = (badge.proved_lead if proved else "") or badge.lead
    return Overall(badge.tone, badge.word, lead, code=code, status=status)


def connection_fault(facts: Facts) -> Fault | None:
    """Return what stands between the venue and Spektrix just now."""
    if not facts.key_readable:
        return Fault(Code.KEY_UNREADABLE)
    # What the checks say of the custom domain, they say in place of the test that they did not get to.
    if facts.domain_fault is not None and facts.blocked_reason is None:
        return Fault(facts.domain_fault, facts.domain_status)
    failed = _failed_test(facts)
    if facts.blocked_reason is not None and not _test_knows_more(facts, failed):
        return _fault_of(facts.blocked_reason)
    stalled = _stalled_by(facts)
    return failed or (_fault_of(stalled) if stalled else None)


def attribute_code(states: Sequence[AttributeState]) -> Code | None:
    """Return what is to be said of both attributes together, None when both are there."""
    return next((code for state, code in _ATTRIBUTE_CODES.items() if state in states), None)


def attribute_fault(states: Sequence[AttributeState]) -> Code | None:
    """Return what is wrong with the two attributes, None where nothing is known to be."""
    code = attribute_code(states)
    return None if code is Code.ATTRIBUTES_NOT_SEEN else code


def _fault_of(code: Code) -> Fault:
    return Fault(code, finding(code).status)


def _unproved(facts: Facts) -> Overall | None:
    if _accepted_at(facts) is None:
        return _UNTESTED
    code = None if facts.attributes_found else Code.ATTRIBUTES_NOT_SEEN
    if facts.proof is None:
        return replace(_UNPROVED, code=code)
    return shown(code) if code else None


def _accepted_at(facts: Facts) -> datetime | None:
    """Return when Spektrix last accepted these credentials, in a test or with a write; None for never."""
    tested_at = facts.tested_at if facts.test_outcome == ANSWERED else None
    return max((at for at in (facts.confirmed_at, facts.trial_at, tested_at) if at is not None), default=None)


def _stalled_by(facts: Facts) -> Code | None:
    """Return why visits keep failing, or None where Spektrix has accepted something since they began to."""
    accepted_at = _accepted_at(facts)
    if facts.failing_since is None or (accepted_at is not None and accepted_at > facts.failing_since):
        return None
    return facts.failing_reason


# A check tells these more closely than the call of a visit can.
_CLOSER = {Code.CLIENT_CASE: Code.CLIENT_UNKNOWN}


def _test_knows_more(facts: Facts, failed: Fault | None) -> bool:
    """Tell whether a failed test is what stopped the calls, or came after they were stopped."""
    if failed is None or facts.tested_at is None or facts.blocked_until is None:
        return failed is not None
    later = outbox_rules.probe_at(facts.tested_at) >= facts.blocked_until
    return later or facts.blocked_reason in {failed.code, _CLOSER.get(failed.code)}


def _failed_test(facts: Facts) -> Fault | None:
    """Return how the last test failed; None where it did not, or something has landed since."""
    if facts.tested_at is None or facts.test_outcome in {"", ANSWERED}:
        return None
    if facts.proof is not None and facts.proof.at >= facts.tested_at:
        return None
    return Fault(Code(facts.test_outcome), facts.test_status, facts.test_detail)
