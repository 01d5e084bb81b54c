"""How a venue's connection stands, in the words of its page. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.findings import Code, finding
from portal.integration.checks import rules as check_rules
from portal.integration.connection.badges import AnswerBadge, badge_of
from portal.integration.connection.models import AttributeState
from portal.outbox import rules as outbox_rules
from portal.outbox.models import ANSWERED, State

_ALL_FOUND = (AttributeState.FOUND, AttributeState.FOUND)


@dataclass(frozen=True)
class Facts:
    """What is known of one venue's connection. Instants are aware and in UTC.

    Args:
        test_outcome: of the last test since the credentials were saved: "", "ok" or what was wrong.
        domain_fault: what the last checks found wrong with the custom domain, with the answer's status.
        confirmed_at: when the latest visit was read back from Spektrix, with the key that is saved now.
        trial_at: when a trial write was last read back, with the key that is saved now.
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
    def waiting(self) -> int:
        """Visits that go by themselves once Spektrix and the set-up allow it."""
        return sum(self.counts.get(state, 0) for state in (State.WAITING, State.RETRYING, State.BLOCKED))

    @property
    def held(self) -> int:
        return self.counts.get(State.HELD, 0)

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
    def attributes_wanted(self) -> bool:
        """Whether visits do not land, or will not, for want of the two attributes (R30)."""
        return bool(self.not_stored) or attribute_fault(self) is not None

    @property
    def landed_at(self) -> datetime | None:
        """When something was last written with the present key, and read back."""
        return max((at for at in (self.confirmed_at, self.trial_at) if at is not None), default=None)


@dataclass(frozen=True)
class Overall:
    """The page's own badge: tone, words, icon (None: the tone's own) and the line under the title.

    `code` and `status` are what is wrong, None where nothing is.
    """

    tone: str
    words: str
    lead: str
    icon: str | None = None
    code: Code | None = None
    status: int | None = None


@dataclass(frozen=True)
class Fault:
    """What stands between the venue and Spektrix, and the HTTP status that showed it, None without one."""

    code: Code
    status: int | None = None
    detail: str = ""


NOT_CONNECTED = Overall(
    "off", "Not connected", "Connect your box office so the restaurant and the theatre know the same guests."
)
TESTING = Overall("info", "Testing", "Started just now", icon="loader-circle")
_UNTESTED = Overall("warn", "Needs attention", "Not tested since these details were saved.")
_UNPROVED = Overall(
    "info",
    "Ready, not proved yet",
    "Connected, but no visit has reached Spektrix yet. A trial write or the first visit proves that they do.",
)
_WORKING = Overall("ok", "Working", "Visits reach Spektrix a few seconds after they are marked Completed.")


def overall(facts: Facts | None) -> Overall:
    """Return the page's badge: green only when visits really land in Spektrix (UX section 1)."""
    if facts is None:
        return NOT_CONNECTED
    if not facts.active:
        if not facts.switched:
            return Overall(
                "off", "Not switched on", ("Your details are saved. Switch Active on to start."), icon="pause"
            )
        return Overall("off", "Paused", "", icon="pause")
    return overall_while_active(facts)


def overall_while_active(facts: Facts) -> Overall:
    """Return the badge that the page shows, or would show if it were not paused."""
    fault = connection_fault(facts)
    if fault is not None:
        return _shown(fault.code, fault.status, proved=facts.landed_at is not None)
    attribute = attribute_fault(facts)
    if attribute is None and facts.not_stored and facts.attributes_found:
        return _shown(Code.VISIT_SENT_AGAIN)
    if attribute is not None or facts.not_stored:
        return _shown(attribute or Code.NOT_STORED)
    if facts.need_somebody:
        return _shown(Code.VISIT_GIVEN_UP)
    return _unproved(facts) or _WORKING


def _shown(code: Code, status: int | None = None, *, proved: bool = False) -> Overall:
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
    failed = tested(facts) if test_failed(facts) else None
    if facts.blocked_reason is not None and not _test_knows_more(facts, failed):
        return _fault_of(facts.blocked_reason)
    stalled = stalled_by(facts)
    return failed or (_fault_of(stalled) if stalled else None)


def _fault_of(code: Code) -> Fault:
    return Fault(code, finding(code).status)


def attribute_fault(facts: Facts) -> Code | None:
    """Return what is wrong with the two attributes, None where nothing is known to be."""
    code = check_rules.attribute_code(facts.attributes)
    return None if code is Code.ATTRIBUTES_NOT_SEEN else code


def is_unproved(facts: Facts) -> bool:
    """Tell whether nothing is known to be wrong, and nothing has been seen to land yet."""
    if connection_fault(facts) or attribute_fault(facts) or facts.not_stored:
        return False
    return facts.landed_at is None or not facts.attributes_found


def _unproved(facts: Facts) -> Overall | None:
    if proved_at(facts) is None:
        return _UNTESTED
    code = None if facts.attributes_found else Code.ATTRIBUTES_NOT_SEEN
    if facts.landed_at is None:
        return replace(_UNPROVED, code=code)
    return _shown(code) if code else None


def proved_at(facts: Facts) -> datetime | None:
    """Return when Spektrix last accepted these credentials, in a test or with a write; None for never."""
    proofs = [facts.landed_at, facts.tested_at if facts.test_outcome == ANSWERED else None]
    return max((proof for proof in proofs if proof is not None), default=None)


def stalled_by(facts: Facts) -> Code | None:
    """Return why visits keep failing, or None where Spektrix has accepted something since they began to."""
    proof = proved_at(facts)
    if facts.failing_since is None or (proof is not None and proof > facts.failing_since):
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


def test_failed(facts: Facts) -> bool:
    """Tell whether the last test failed and nothing has landed since."""
    if facts.tested_at is None or facts.test_outcome in {"", ANSWERED}:
        return False
    return facts.landed_at is None or facts.landed_at < facts.tested_at


def tested(facts: Facts) -> Fault | None:
    """Return how the last test failed, None when it passed or there was none."""
    if facts.test_outcome in {"", ANSWERED}:
        return None
    return Fault(Code(facts.test_outcome), facts.test_status, facts.test_detail)


def badge(facts: Facts, client_name: str) -> AnswerBadge | None:
    """Return what happened and what to do about it, or None while nothing stands in the way."""
    fault = connection_fault(facts)
    return badge_of(fault.code, fault.status, client_name, fault.detail) if fault else None
