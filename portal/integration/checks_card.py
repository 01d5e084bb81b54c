"""The card "Is it working?": the six checks as they last ended, or as a run fills them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.integration import check_rules, page_rules
from portal.integration.models import CheckResult, CheckState, Integration

_ALL = len(check_rules.NAMES)
ATTRIBUTES = 5
# Names that are read letter by letter.
_MONO = {2, 3}


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
    """The card. `folded` is the one line that stands for six passed checks; `busy` the check being made."""

    rows: list[CheckRow]
    aside: str
    folded: str = ""
    busy: int | None = None

    @property
    def all_passed(self) -> bool:
        return all(row.state == "ok" for row in self.rows)

    @property
    def stopped_early(self) -> bool:
        """Whether a check before the attributes failed, so that nothing was learnt of them."""
        return any(row.state == "bad" for row in self.rows[: ATTRIBUTES - 1])


def card_of(integration: Integration, now: datetime, fresh_for: timedelta) -> ChecksCard:
    """Return the card of the checks as they last ended.

    Args:
        fresh_for: how long after a run its ticks are shown one by one.
    """
    made = {row.number: row for row in integration.checks}
    rows = [_row(number, made.get(number), now) for number in check_rules.NAMES]
    folded = ""
    if all(row.state == "ok" for row in rows) and integration.checked_at is not None:
        age = now - integration.checked_at
        if age >= fresh_for:
            folded = f"{page_rules.ago(age)}, in {_took(integration.check_ms or 0)}"
    return ChecksCard(rows, _aside(integration, made), folded)


def card_while_running(integration: Integration, number: int, now: datetime) -> ChecksCard:
    """Return the card of a run in which check `number` is being made."""
    made = {row.number: row for row in integration.checks}
    rows = [_row(earlier, made.get(earlier), now) for earlier in range(1, number)]
    rows += [
        CheckRow(name, "busy" if each == number else "waiting")
        for each, name in check_rules.NAMES.items()
        if each >= number
    ]
    return ChecksCard(rows, "Usually under 5 seconds", busy=number)


def _row(number: int, made: CheckResult | None, now: datetime) -> CheckRow:
    name = check_rules.NAMES[number]
    if made is None:
        return CheckRow(name, "skipped", fact="Not checked yet")
    fact = made.fact
    if number == ATTRIBUTES and made.state == CheckState.PASSED:
        fact = f"Checked {page_rules.ago(now - made.at)}"
    return CheckRow(name, str(made.state), fact, made.detail, number in _MONO)


def _took(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 100 else f"{milliseconds / 1000:.1f} seconds"


def _aside(integration: Integration, made: dict[int, CheckResult]) -> str:
    if not made:
        return "Not checked yet"
    stopped = next((number for number in sorted(made) if made[number].state == CheckState.FAILED), None)
    if stopped is not None and stopped < _ALL - 1:
        return f"Stopped at step {stopped} of {_ALL}"
    if not integration.active:
        return "Checks still run while paused"
    passed = sum(row.state == CheckState.PASSED for row in made.values())
    return f"{passed} of {_ALL} passed"
