"""How a venue's connection stands, in the words of its page. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.integration import remembered, rules
from portal.integration.badges import Badge, badge_of
from portal.integration.models import AttributeState
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
        confirmed_at: when the latest visit was read back from Spektrix, with the key that is saved now.
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
    confirmed_at: datetime | None = None
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
        """Whether visits would not land, or did not, for want of the two names (R30)."""
        return self.active and (bool(self.not_stored) or not self.attributes_found)


@dataclass(frozen=True)
class Overall:
    """The page's own badge: tone, words, icon (None: the tone's own) and the line under the title."""

    tone: str
    words: str
    lead: str
    icon: str | None = None


NOT_CONNECTED = Overall(
    "off", "Not connected", "Connect your box office so the restaurant and the theatre know the same guests."
)
_REFUSED = Overall("bad", "Sign-in refused", "Nothing can be sent until Spektrix accepts the key.")
_PERMISSION = Overall(
    "bad", "Permission missing", "Nothing can be sent until the API user has its permissions."
)
_CLIENT = Overall("bad", "Client not found", "Nothing can be sent until the client name is right.")
_UNAVAILABLE = Overall(
    "warn", "Spektrix unavailable", "Nothing here needs changing. Visits wait and are sent later."
)
_REFUSED_BEFORE = Overall("warn", "Needs attention", "Calls are refused before Spektrix sees them.")
_OURS = Overall(
    "warn", "Needs attention", "Something went wrong on our side. Visits wait and are tried again."
)
_UNTESTED = Overall("warn", "Needs attention", "Not tested since these details were saved.")
_NOT_STORED = Overall("warn", "Needs attention", "Connected, but visits are not being stored.")
_NOT_SEEN = Overall(
    "warn", "Needs attention", "Connected, but the two attributes have not been seen in Spektrix yet."
)
_SOMEBODY = Overall("warn", "Needs attention", "Connected, but some visits need you.")

_OVERALL: dict[type[SpektrixError], Overall] = {
    errors.SignInRefused: _REFUSED,
    errors.SecretNotBase64: _REFUSED,
    errors.PermissionMissing: _PERMISSION,
    errors.NotFound: _CLIENT,
    errors.UnsafeIdentifier: _CLIENT,
    errors.BlockedAtEdge: _REFUSED_BEFORE,
    errors.Rejected: _REFUSED_BEFORE,
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
# The permissions are named one by one (R9).
_HEADLINES = {
    Reason.BASKETS_REFUSED: "Signed in, but this API user is not allowed to read baskets",
    Reason.CUSTOMERS_REFUSED: "Signed in, but this API user is not allowed to update customers",
}
_STATUS = {errors.SignInRefused: 401, errors.PermissionMissing: 403, errors.NotFound: 404}
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
    """Return the page's badge: green only when visits really land in Spektrix (UX section 1)."""
    if facts is None:
        return NOT_CONNECTED
    if not facts.active:
        lead = "" if facts.switched else "Saved, and not switched on yet."
        return Overall("off", "Paused", lead, icon="pause")
    return overall_while_active(facts)


def overall_while_active(facts: Facts) -> Overall:
    """Return the badge that the page shows, or would show if it were not paused."""
    if not facts.key_readable:
        return _REFUSED
    error = error_of(facts)
    if error is not None:
        return _OVERALL.get(type(error), _UNAVAILABLE)
    return _OURS if stalled_by(facts) else _connected(facts)


def _connected(facts: Facts) -> Overall:
    if facts.not_stored:
        return _NOT_STORED
    if proved_at(facts) is None:
        return _UNTESTED
    if not facts.attributes_found:
        return _NOT_SEEN
    if facts.need_somebody:
        return _SOMEBODY
    return Overall("ok", "Working", "Visits reach Spektrix a few seconds after they are marked Completed.")


def proved_at(facts: Facts) -> datetime | None:
    """Return when Spektrix last accepted these credentials, in a test or with a visit; None for never."""
    proofs = [facts.confirmed_at, facts.tested_at if facts.test_outcome == "ok" else None]
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
    return later or rules.fallback_reason(failed) == facts.blocked_reason


def test_failed(facts: Facts) -> bool:
    """Tell whether the last test failed and no visit has landed since."""
    if facts.tested_at is None or facts.test_outcome in {"", "ok"}:
        return False
    return facts.confirmed_at is None or facts.confirmed_at < facts.tested_at


def _error_of_reason(reason: Reason) -> SpektrixError:
    kind = _ERRORS.get(reason)
    if kind is not None:
        return kind(Origin(status=_STATUS.get(kind), is_json=True))
    return errors.Unreachable("other") if reason is Reason.UNREACHABLE else errors.NotSpektrix("not_json")


def tested(facts: Facts) -> SpektrixError | None:
    """Return the last test's error, or None when it passed or there was none."""
    return remembered.error_of(remembered.Answer(facts.test_outcome, facts.test_status, facts.test_detail))


def badge(facts: Facts, client_name: str) -> Badge | None:
    """Return what happened and what to do about it, or None while nothing stands in the way."""
    if not facts.key_readable:
        return UNREADABLE
    error = error_of(facts)
    if error is None:
        return OUR_FAULT if stalled_by(facts) else None
    found = badge_of(error, client_name)
    if facts.blocked_reason in _HEADLINES:
        return replace(found, headline=_HEADLINES[facts.blocked_reason])
    return found


def count(number: int, one: str, more: str) -> str:
    """Say a number with its noun: 1 visit, 12 visits."""
    return f"{number} {one if number == 1 else more}"


def visits(number: int) -> str:
    return count(number, "visit", "visits")
