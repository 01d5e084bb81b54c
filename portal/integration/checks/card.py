"""The card "Is it working?": the checks with their last results, or filling in during a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.integration import wording
from portal.integration.checks import current, rules as check_rules
from portal.integration.checks.current_rules import Known
from portal.integration.checks.rules import ATTRIBUTES, CLIENT_NAME, SIGN_IN
from portal.integration.checks.standing import Facts
from portal.integration.connection.models import CheckState, Integration

# Their facts are names that are read letter by letter.
_MONO = {CLIENT_NAME, SIGN_IN}


@dataclass(frozen=True)
class CheckRow:
    """One row: `state` is ok, warn, bad, busy, waiting or skipped."""

    name: str
    state: str
    fact: str = ""
    reason: str = ""
    mono: bool = False


@dataclass(frozen=True)
class ChecksCard:
    """The card.

    Args:
        folded: the one line that stands for all checks, once they have passed.
        busy: the check being made.
        contradicted: whether something since then contradicts one of the checks.
    """

    rows: list[CheckRow]
    aside: str
    folded: str = ""
    busy: int | None = None
    contradicted: bool = False

    @property
    def all_passed(self) -> bool:
        return all(row.state == "ok" for row in self.rows)

    @property
    def stopped_early(self) -> bool:
        """Whether a check before the attributes failed, so that they were not checked."""
        return any(row.state == "bad" for row in self.rows[: ATTRIBUTES - 1])


def card_of(
    integration: Integration, facts: Facts, now: datetime, fresh_for: timedelta, zone: str
) -> ChecksCard:
    """Return the card with the last results, corrected by what has been seen since.

    Args:
        facts: what the page's badge is decided from.
        fresh_for: how long after a run its ticks are shown one by one.
        zone: the venue's time zone.
    """
    known = current.all_checks(integration, facts, zone)
    rows = [_row(number, known.get(number), now) for number in check_rules.NAMES]
    folded = ""
    if all(row.state == "ok" for row in rows) and integration.checked_at is not None:
        age = now - integration.checked_at
        if age >= fresh_for:
            folded = f"{wording.ago(age)}, in {_took(integration.check_ms or 0)}"
    contradicted = any(check.failed and check.later for check in known.values())
    return ChecksCard(rows, _aside(integration, known, now), folded, contradicted=contradicted)


def card_while_running(integration: Integration, number: int, now: datetime) -> ChecksCard:
    """Return the card of a run in which check `number` is being made."""
    made = current.made(integration)
    rows = [_row(earlier, made.get(earlier), now) for earlier in check_rules.NAMES if earlier < number]
    rows += [
        CheckRow(name, "busy" if each == number else "waiting")
        for each, name in check_rules.NAMES.items()
        if each >= number
    ]
    return ChecksCard(rows, "Usually under 5 seconds", busy=number)


def _row(number: int, known: Known | None, now: datetime) -> CheckRow:
    name = check_rules.NAMES[number]
    if known is None:
        return CheckRow(name, "skipped", fact="Not checked yet")
    fact = known.fact
    if number == ATTRIBUTES and known.state is CheckState.PASSED and known.at and not known.later:
        fact = f"Checked {wording.ago(now - known.at)}"
    return CheckRow(name, str(known.state), fact, known.detail, number in _MONO and not known.later)


def _took(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 100 else f"{milliseconds / 1000:.1f} seconds"


def _aside(integration: Integration, known: dict[int, Known], now: datetime) -> str:
    if not known:
        return "Not checked yet"
    if any(check.failed and check.later for check in known.values()) and integration.checked_at is not None:
        return f"Checked {wording.ago(now - integration.checked_at)}; something has changed since"
    total = len(check_rules.NAMES)
    stopped = next((number for number in sorted(known) if known[number].failed), None)
    if stopped is not None and stopped < ATTRIBUTES:
        return f"Stopped at step {stopped} of {total}"
    if not integration.active:
        return "Checks continue while paused"
    passed = sum(check.state is CheckState.PASSED for check in known.values())
    return f"{passed} of {total} passed"
