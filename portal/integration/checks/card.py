"""The card "Is it working?": the checks with their last results, or filling in during a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.integration import wording
from portal.integration.checks import rules as check_rules, run as checks
from portal.integration.connection.models import CheckState, Integration
from portal.integration.standing import evidence, results
from portal.integration.standing.models import Standing
from portal.integration.standing.results import (
    ATTRIBUTES,
    CLIENT_NAME,
    LAST_VISIT,
    OF_THE_CONNECTION,
    SIGN_IN,
    Known,
)

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
        folded: what follows "All 6 checks passed" in the one line for all of them, "" before they have.
        proved_since: whether that is a sentence of its own, on something that came after the checks.
        busy: the check being made.
        contradicted: whether something since then contradicts one of the checks.
    """

    rows: list[CheckRow]
    aside: str
    folded: str = ""
    proved_since: bool = False
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
    integration: Integration, standing: Standing, held: int, now: datetime, fresh_for: timedelta, zone: str
) -> ChecksCard:
    """Return the card with the results as they stand by now.

    Args:
        held: how many visits are held, which the last check names while it is paused.
        fresh_for: how long after a run its ticks are shown one by one.
        zone: the venue's time zone.
    """
    known = standing.results
    if known:
        known[LAST_VISIT] = _last_visit(known, integration, held, zone)
    rows = [_row(number, known.get(number), now) for number in results.NAMES]
    folded, proved_since = "", False
    if all(row.state == "ok" for row in rows) and integration.checked_at is not None:
        age, proved_at = now - integration.checked_at, standing.proved_at
        if age >= fresh_for and proved_at is not None and proved_at > integration.checked_at:
            folded = f"A {standing.proved_by} proved it {wording.ago(now - proved_at)}"
            proved_since = True
        elif age >= fresh_for:
            folded = f"{wording.ago(age)}, in {_took(integration.check_ms or 0)}"
    contradicted = any(check.failed and check.later for check in known.values())
    return ChecksCard(rows, _aside(integration, known, now), folded, proved_since, contradicted=contradicted)


def card_while_running(integration: Integration, number: int, now: datetime) -> ChecksCard:
    """Return the card of a run in which check `number` is being made."""
    made = evidence.made(integration)
    rows = [_row(earlier, made.get(earlier), now) for earlier in results.NAMES if earlier < number]
    rows += [
        CheckRow(name, "busy" if each == number else "waiting")
        for each, name in results.NAMES.items()
        if each >= number
    ]
    return ChecksCard(rows, "Usually under 5 seconds", busy=number)


def _last_visit(known: dict[int, Known], integration: Integration, held: int, zone: str) -> Known:
    """Check 6, from our own log as it is now, which needs no call; it is skipped as the fifth was."""
    stopped = any(known[number].failed for number in OF_THE_CONNECTION if number in known)
    if stopped and ATTRIBUTES in known and known[ATTRIBUTES].state is CheckState.SKIPPED:
        return Known(LAST_VISIT, CheckState.SKIPPED)
    visit = checks.last_visit(integration, zone)
    now = check_rules.last_visit(visit, active=integration.active, held=held)
    return Known(LAST_VISIT, now.state, now.code, now.fact, now.detail)


def _row(number: int, known: Known | None, now: datetime) -> CheckRow:
    name = results.NAMES[number]
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
    total = len(results.NAMES)
    stopped = next((number for number in sorted(known) if known[number].failed), None)
    if stopped is not None and stopped < ATTRIBUTES:
        return f"Stopped at step {stopped} of {total}"
    if not integration.active:
        return "Checks continue while paused"
    passed = sum(check.state is CheckState.PASSED for check in known.values())
    return f"{passed} of {total} passed"
