"""How a venue's connection stands, in the words of its page. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.findings import Code, finding
from portal.integration.checks import rules as check_rules
from portal.integration.connection import remembered, rules
from portal.integration.connection.badges import Badge, badge_of, code_of
from portal.integration.connection.models import AttributeState
from portal.outbox import rules as outbox_rules
from portal.outbox.models import State
from portal.outbox.reasons import Reason
from portal.spektrix import errors
from portal.spektrix.errors import Origin, SpektrixError

_ALL_FOUND = (AttributeState.FOUND, AttributeState.FOUND)


@dataclass(frozen=True)
class Facts:
    """What is known of one venue's connection. Instants are aware and in UTC.

    Args:
        test_outcome: of the last test since the credentials were saved: "", "ok" or an error's class name.
        domain_fault: what the last checks found wrong with the custom domain, with the answer's status.
        confirmed_at: when the latest visit was read back from Spektrix, with the key that is saved now.
        trial_at: when a trial write was last read back, with the key that is saved now.
        failing_since: since when the oldest visit that is tried again has been failing, and why.
        counts: visits by state, only those that still wait or need somebody.
    """

    active: bool = True
    switched: bool = True
    key_readable: bool = True
    blocked_reason: Reason | None = None
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
    failing_reason: Reason | None = None
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


NOT_CONNECTED = Overall(
    "off", "Not connected", "Connect your box office so the restaurant and the theatre know the same guests."
)
TESTING = Overall("info", "Testing", "Started just now", icon="loader-circle")
_REFUSED = Overall("bad", "Sign-in refused", "Nothing can be sent until Spektrix accepts the key.")
_PERMISSION = Overall(
    "bad", "Permission missing", "Nothing can be sent until the API user has its permissions."
)
_CLIENT = Overall("bad", "Client not found", "Nothing can be sent until the client name is right.")
_UNAVAILABLE = Overall("warn", "Spektrix unavailable", "Your details are fine.")
_UNAVAILABLE_AT_FIRST = replace(_UNAVAILABLE, lead="Your details are not at fault.")
_REFUSED_BEFORE = Overall("warn", "Needs attention", "Calls are refused before Spektrix sees them.")
_OURS = Overall(
    "warn", "Needs attention", "Something went wrong on our side. Visits wait and are tried again."
)
_DOMAIN = Overall("warn", "Needs attention", "Visits are sent, but the custom domain is not right.")
_NOT_STORED = Overall("warn", "Needs attention", "Connected, but visits are not being stored.")
_SENT_AGAIN = Overall(
    "warn", "Needs attention", "Both attributes are right now. What was not stored is being sent again."
)
_SOMEBODY = Overall("warn", "Needs attention", "Connected, but some visits need you.")
_UNTESTED = Overall("warn", "Needs attention", "Not tested since these details were saved.")
_UNPROVED = Overall(
    "warn",
    "Needs attention",
    "Connected, but no visit has reached Spektrix yet. A trial write or the first visit proves that they do.",
)
_NOT_SEEN = Overall(
    "warn", "Needs attention", "Connected, but the two attributes have not been seen in Spektrix yet."
)
_WORKING = Overall("ok", "Working", "Visits reach Spektrix a few seconds after they are marked Completed.")

_OVERALL: dict[Code, Overall] = {
    Code.KEY_UNREADABLE: _REFUSED,
    Code.KEY_NOT_BASE64: _REFUSED,
    Code.KEY_REFUSED: _REFUSED,
    Code.CUSTOMERS_REFUSED: _PERMISSION,
    Code.BASKETS_REFUSED: _PERMISSION,
    Code.WRITING_REFUSED: _PERMISSION,
    Code.CLIENT_UNKNOWN: _CLIENT,
    Code.CLIENT_CASE: _CLIENT,
    Code.EDGE_BLOCK: _REFUSED_BEFORE,
    Code.REJECTED: _REFUSED_BEFORE,
    Code.OUR_FAULT: _OURS,
    Code.CLOCK_OFF: replace(_REFUSED, lead="Our clock is wrong. The API key is not at fault."),
    Code.DOMAIN_UNREACHABLE: _DOMAIN,
    Code.DOMAIN_NOT_SPEKTRIX: _DOMAIN,
    Code.ATTRIBUTE_NEAR: _NOT_STORED,
    Code.ATTRIBUTE_MISSING: _NOT_STORED,
    Code.ATTRIBUTE_TYPE: _NOT_STORED,
    Code.NOT_STORED: _NOT_STORED,
    Code.VISIT_GIVEN_UP: _SOMEBODY,
}
_ERRORS: dict[Reason, type[SpektrixError]] = {
    Reason.KEY_REFUSED: errors.SignInRefused,
    Reason.BASKETS_REFUSED: errors.PermissionMissing,
    Reason.CUSTOMERS_REFUSED: errors.PermissionMissing,
    Reason.CLIENT_NAME: errors.NotFound,
    Reason.EDGE_BLOCK: errors.BlockedAtEdge,
    Reason.SPEKTRIX_TROUBLE: errors.ServerTrouble,
    Reason.TIMED_OUT: errors.TimedOut,
    Reason.SLOW_DOWN: errors.SlowDown,
    Reason.REJECTED: errors.Rejected,
}
_REFUSED_CALLS = {Reason.BASKETS_REFUSED: "basket_by_id", Reason.CUSTOMERS_REFUSED: "update_attributes"}
_STATUS = {
    errors.SignInRefused: 401,
    errors.PermissionMissing: 403,
    errors.BlockedAtEdge: 403,
    errors.NotFound: 404,
}
UNREADABLE = Badge(
    "bad",
    "",
    "The saved API key cannot be read any more",
    ("Paste the API key again.", "If nobody has it, your Spektrix admin has to make a new one."),
)
OUR_FAULT = Badge(
    "bad",
    "",
    "Something went wrong on our side",
    ("Nothing here needs changing. Visits are tried again; if it goes on, tell our support.",),
)


def overall(facts: Facts | None) -> Overall:
    """Return the page's badge: green only when visits really land in Spektrix."""
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
        status = status_of(facts, fault)
        # Details that were never seen to work are not called fine because nobody answers.
        unavailable = _UNAVAILABLE if facts.landed_at else _UNAVAILABLE_AT_FIRST
        return replace(_OVERALL.get(fault, unavailable), code=fault, status=status)
    attribute = attribute_fault(facts)
    if attribute is None and facts.not_stored and facts.attributes_found:
        return replace(_SENT_AGAIN, code=Code.VISIT_SENT_AGAIN)
    if attribute is not None or facts.not_stored:
        return replace(_NOT_STORED, code=attribute or Code.NOT_STORED)
    if facts.need_somebody:
        return replace(_SOMEBODY, code=Code.VISIT_GIVEN_UP)
    return _unproved(facts) or _WORKING


def connection_fault(facts: Facts) -> Code | None:
    """Return what stands between the venue and Spektrix just now."""
    if not facts.key_readable:
        return Code.KEY_UNREADABLE
    # What the checks say of the custom domain, they say in place of the test that they did not get to.
    if facts.domain_fault is not None and facts.blocked_reason is None:
        return facts.domain_fault
    error = error_of(facts)
    if error is not None:
        is_case = isinstance(error, errors.NotFound) and facts.test_detail == remembered.OTHER_CASE
        return Code.CLIENT_CASE if is_case else code_of(error)
    return Code.OUR_FAULT if stalled_by(facts) else None


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
    return replace(_NOT_SEEN, code=code) if code else None


def status_of(facts: Facts, fault: Code) -> int | None:
    """Return the HTTP status that showed `fault`, None where no answer did."""
    if fault is facts.domain_fault:
        return facts.domain_status
    error = error_of(facts) if facts.key_readable else None
    return error.status if error else None


def proved_at(facts: Facts) -> datetime | None:
    """Return when Spektrix last accepted these credentials, in a test or with a write; None for never."""
    proofs = [facts.landed_at, facts.tested_at if facts.test_outcome == "ok" else None]
    return max((proof for proof in proofs if proof is not None), default=None)


def error_of(facts: Facts) -> SpektrixError | None:
    """Return what stands between the venue and Spektrix just now, as the error that showed it."""
    failed = tested(facts) if test_failed(facts) else None
    if facts.blocked_reason is not None and not _test_knows_more(facts, failed):
        return _error_of_reason(facts.blocked_reason)
    if failed is not None:
        return failed
    stalled = stalled_by(facts)
    return None if stalled in (None, Reason.OUR_FAULT) else _error_of_reason(stalled)


def stalled_by(facts: Facts) -> Reason | None:
    """Return why visits keep failing, or None where Spektrix has accepted something since they began to."""
    proof = proved_at(facts)
    if facts.failing_since is None or (proof is not None and proof > facts.failing_since):
        return None
    return facts.failing_reason


def _test_knows_more(facts: Facts, failed: SpektrixError | None) -> bool:
    """Tell whether a failed test is what stopped the calls, or came after they were stopped."""
    if failed is None or facts.tested_at is None or facts.blocked_until is None:
        return failed is not None
    later = outbox_rules.probe_at(facts.tested_at) >= facts.blocked_until
    return later or rules.fault_of(failed).reason == facts.blocked_reason


def test_failed(facts: Facts) -> bool:
    """Tell whether the last test failed and nothing has landed since."""
    if facts.tested_at is None or facts.test_outcome in {"", "ok"}:
        return False
    return facts.landed_at is None or facts.landed_at < facts.tested_at


def _error_of_reason(reason: Reason) -> SpektrixError:
    kind = _ERRORS.get(reason)
    if kind is not None:
        call = _REFUSED_CALLS.get(reason, "")
        return kind(Origin(call=call, status=_STATUS.get(kind), is_json=True))
    if reason is Reason.CERTIFICATE:
        return errors.Unreachable("certificate")
    return errors.Unreachable("other") if reason is Reason.UNREACHABLE else errors.NotSpektrix("not_json")


def tested(facts: Facts) -> SpektrixError | None:
    """Return the last test's error, or None when it passed or there was none."""
    return remembered.error_of(remembered.Answer(facts.test_outcome, facts.test_status, facts.test_detail))


def badge(facts: Facts, client_name: str) -> Badge | None:
    """Return what happened and what to do about it, or None while nothing stands in the way."""
    fault = connection_fault(facts)
    if fault is None:
        return None
    if fault is Code.KEY_UNREADABLE:
        return UNREADABLE
    if fault is facts.domain_fault:
        said = finding(fault)
        return Badge("warn", str(facts.domain_status or ""), said.headline, (f"{said.step}.",))
    error = error_of(facts)
    if error is None:
        return OUR_FAULT
    small = True if fault is Code.CLIENT_CASE else None
    return badge_of(error, client_name, small_answers=small)
