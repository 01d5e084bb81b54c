"""Decisions about entries of the outbox: what a try came to, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom

from portal.findings import Code
from portal.outbox.models import Kind, State

TRY_FOR = timedelta(hours=72)
KEEP_TRYING_FOR = timedelta(days=21)
_VERIFY_GAPS = (5, 10, 20, 40, 60)
_SHORTEST_GAP_SECONDS = 5
_LONGEST_GAP_SECONDS = 30 * 60
_RARE_GAP = timedelta(hours=6)
_PROBE_GAP = timedelta(minutes=5)
_NOT_STORED_GAP = timedelta(minutes=15)
# Spektrix may show for a while what it held before, so nobody is blamed before it was read again after each.
_LOOK_AGAIN_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
# An update may take effect long after its answer was lost, so the customer is read again after each of these.
_READ_AGAIN_AFTER = (timedelta(minutes=2), timedelta(minutes=10))


@dataclass(frozen=True)
class Sent:
    """The two values as last sent (R87, R89), or EMPTIED."""

    last_dined: str
    visits: int


# Both attributes were sent without a value.
EMPTIED = Sent("", 0)


@dataclass(frozen=True)
class Outcome:
    """What a try came to. `due_at` None on an open state means: until somebody or something wakes it.

    `counts` is False where nothing was wrong with the entry itself, so that a fault of the set-up uses up
    no attempts (P5). `in_doubt` is True where an update has left and was not seen in place. `sent_at`
    is when the last update of this try left, None without one. `sent_to` recognises the customer that `sent`
    went to.
    """

    state: State
    reason: Code | None = None
    due_at: datetime | None = None
    counts: bool = True
    detail: str = ""
    sent: Sent | None = None
    sent_at: datetime | None = None
    sent_to: str = ""
    visits_before: str = ""
    in_doubt: bool = False

    @property
    def closes(self) -> bool:
        return self.state in {State.CONFIRMED, State.SETTLED, State.NOT_SENT, State.NEEDS_ATTENTION}


def confirmed(sent: Sent, reason: Code | None = None) -> Outcome:
    """The values were read back as sent."""
    return Outcome(State.CONFIRMED, reason, sent=sent)


def settled(reason: Code | None = None) -> Outcome:
    """The question was answered."""
    return Outcome(State.SETTLED, reason)


def not_sent(reason: Code) -> Outcome:
    """Nothing was sent, and nothing will be."""
    return Outcome(State.NOT_SENT, reason)


def needs_attention(reason: Code, sent: Sent | None = None) -> Outcome:
    """A person has to look; it can be sent again from the page."""
    return Outcome(State.NEEDS_ATTENTION, reason, sent=sent)


def held() -> Outcome:
    """Parked while the integration is paused."""
    return Outcome(State.HELD, Code.VISIT_HELD, counts=False)


def wait(reason: Code, until: datetime) -> Outcome:
    """Nothing is wrong; something else has to happen first."""
    return Outcome(State.WAITING, reason, due_at=until, counts=False)


def blocked(reason: Code, until: datetime | None) -> Outcome:
    """The set-up has to be mended; looked at again at `until` in case it was."""
    return Outcome(State.BLOCKED, reason, due_at=until, counts=False)


def slow_down(until: datetime) -> Outcome:
    """Spektrix asked for a pause; that is no failure of this entry (S06)."""
    return Outcome(State.RETRYING, Code.SLOW_DOWN, due_at=until, counts=False)


def not_shown_yet(looks: int, sent: Sent, now: datetime) -> Outcome | None:
    """Sent, and not in place yet; None after the last look.

    Args:
        looks: how often the customer was read again since, the reading right after the update not counted.
    """
    if looks >= len(_LOOK_AGAIN_AFTER):
        return None
    return replace(wait(Code.VISIT_NOT_SHOWN_YET, now + _LOOK_AGAIN_AFTER[looks]), sent=sent)


def not_stored(reason: Code, detail: str, sent: Sent, now: datetime) -> Outcome:
    """Sent, and reading back showed that it did not land. Looked at again until it does (S19).

    A value that was changed in storing is not soon sent again: it would be changed again.
    """
    gap_until_then = _RARE_GAP if reason in {Code.ATTRIBUTE_TYPE, Code.KEPT_ONE} else _NOT_STORED_GAP
    return Outcome(
        State.NOT_STORED, reason, due_at=now + gap_until_then, detail=detail, sent=sent, counts=False
    )


def retry(
    kind: Kind, reason: Code, attempts: int, first_failed_at: datetime | None, now: datetime
) -> Outcome:
    """Try again after a growing gap; after 21 days hand over to a person.

    `attempts` counts the one just made. Verification has gaps of seconds since a basket lives minutes;
    write-backs spread out by full jitter so that a whole night's visits do not return at once.
    """
    failing_for = now - (first_failed_at or now)
    if kind is Kind.WRITE_BACK and failing_for > KEEP_TRYING_FOR:
        return needs_attention(Code.VISIT_GIVEN_UP)
    return Outcome(State.RETRYING, reason, due_at=now + gap(kind, attempts, failing_for))


def gap(kind: Kind, attempts: int, failing_for: timedelta) -> timedelta:
    """Return the wait after try number `attempts` (1 is the first).

    For a link these are the steps of _VERIFY_GAPS. For anything else the first wait is 5 to 10 seconds, each
    later one about twice as long, up to half an hour; after 72 hours it is six hours.
    """
    if kind is Kind.VERIFY_LINK:
        return timedelta(seconds=_VERIFY_GAPS[min(attempts, len(_VERIFY_GAPS)) - 1])
    if failing_for > TRY_FOR:
        return _RARE_GAP
    ceiling = min(_SHORTEST_GAP_SECONDS * 2 ** min(attempts, 12), _LONGEST_GAP_SECONDS)
    return timedelta(seconds=SystemRandom().uniform(ceiling / 2, ceiling))


def read_again_at(since: datetime, now: datetime) -> datetime | None:
    """Return when a customer is next read again, None after the last time.

    Args:
        since: when an update left whose effect is not known.
    """
    return next((since + after for after in _READ_AGAIN_AFTER if since + after > now), None)


def probe_at(now: datetime) -> datetime:
    """Return when a blocked integration is next looked at without being asked."""
    return now + _PROBE_GAP
