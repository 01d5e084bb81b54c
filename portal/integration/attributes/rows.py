"""What the page says about the two attributes and the trial write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from portal.findings import Code, finding
from portal.integration.attributes import trial
from portal.integration.attributes.rules import NAMES, Keeps
from portal.integration.attributes.spelling import Spelling, compare
from portal.integration.connection.models import AttributeCheck, AttributeState, Integration, TrialOutcome
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS

_ROW_STATES = {
    AttributeState.NOT_CHECKED: "not_checked",
    AttributeState.FOUND: "found",
    AttributeState.NEAR_MISS: "almost",
    AttributeState.NOT_FOUND: "missing",
    AttributeState.WRONG_TYPE: "wrong_type",
    AttributeState.NOT_KEPT: "not_kept",
    AttributeState.AFTER_FIRST_VISIT: "after_first_visit",
}
# What a read-back shows about the type; before one, nothing is said about it.
_TYPES = {Keeps.ALL: "Text", Keeps.MONEY: "Currency", Keeps.DAY: "Date"}
_TYPES_COST = {
    LAST_DINED_AT: (
        "Type Text keeps everything. Date keeps the day and loses the time. "
        "Currency, Dropdown List and Check List keep nothing."
    ),
    NUMBER_OF_VISITS: (
        "Type Text keeps everything. Currency shows visits as money, which is harmless. "
        "Date, Dropdown List and Check List keep nothing."
    ),
}
_KEPT = {
    Keeps.ALL: "The last read-back shows that it keeps everything.",
    Keeps.MONEY: "It keeps the number and shows visits as money, which is harmless.",
    Keeps.DAY: "It keeps the day and loses the time. Type Text would keep both.",
    Keeps.CHANGED: "Spektrix kept another value than the one we sent. Make it again with type Text.",
    Keeps.NOTHING: (
        "The name is right, but it keeps nothing that is sent, like a Dropdown List or Check List. "
        "Make it again with type Text."
    ),
}
_AFTER_MENDING = " Then make a trial write, or send a visit again, to prove it."
_NO_RECORD = "There was no customer record to check. The first visit sent will prove it."
_NEVER_LOOKED = "We check this with the first guest who books while signed in, or on a test customer."
_NOTHING_LIKE = "Not found. Create it in Spektrix with type Text."


class Said(NamedTuple):
    """What a trial write came to."""

    tone: str
    sentence: str


_TRIALS: dict[str, Said] = {
    TrialOutcome.OK: Said("ok", "Both values arrived. The old ones were put back."),
    TrialOutcome.DAY: Said(
        "warn",
        "Both values arrived, but Last Dined At lost its time. The old ones were put back.",
    ),
    TrialOutcome.CHANGED: Said(
        "bad",
        "Spektrix kept another value than the one sent. The old ones were put back.",
    ),
    TrialOutcome.NOT_STORED: Said(
        "bad",
        "Spektrix accepted both values but did not keep them all. The old values are back.",
    ),
    TrialOutcome.CUSTOMER_GONE: Said(
        "bad",
        "Spektrix has no customer with the test customer's number. Nothing was written.",
    ),
    TrialOutcome.RUNNING: Said("warn", "A trial write started but did not finish."),
    TrialOutcome.NOT_UNDONE: Said("bad", "The old values could not be put back."),
    "": Said("ok", "The old values are back."),
}
_NO_ANSWER = Said(
    "warn",
    "Spektrix did not answer correctly. Your settings are fine. Try again in a few minutes.",
)


@dataclass(frozen=True)
class AttributeRow:
    """One of the two attributes.

    Args:
        state: one of those that `ui.attribute_row` knows.
        spelling: where something almost right was seen.
        type: what a read-back showed about it, "" before one.
        types: what each type would lose, "" once the current one is known to be good.
        asks_admin: whether somebody has to change something in Spektrix.
    """

    name: str
    state: str
    spelling: Spelling | None = None
    type: str = ""
    sentence: str = ""
    types: str = ""
    asks_admin: bool = False


class OldValue(NamedTuple):
    """What an attribute held before a trial write."""

    attribute: str
    value: str


@dataclass(frozen=True)
class TrialView:
    """The trial write as the page offers it.

    Args:
        why_not: why none may be made, "" when one may.
        said: of the last one, None before the first.
        to_restore: what a trial has left to be put back.
    """

    customer_id: str
    why_not: str
    said: Said | None
    to_restore: tuple[OldValue, ...] = ()
    running: bool = False


def rows_of(integration: Integration) -> list[AttributeRow]:
    """Return both rows in their order."""
    return [_row(check) for check in integration.attributes]


def _row(check: AttributeCheck) -> AttributeRow:
    state = AttributeState(check.state)
    keeps = Keeps(check.keeps) if check.keeps else None
    spelling = compare(check.near_miss, check.name) if state == AttributeState.NEAR_MISS else None
    return AttributeRow(
        check.name,
        "loses_time" if state == AttributeState.FOUND and keeps == Keeps.DAY else _ROW_STATES[state],
        spelling,
        _TYPES.get(keeps, "") if keeps else "",
        spelling.sentence if spelling else _sentence(state, keeps),
        "" if keeps and keeps.lands else _TYPES_COST[check.name],
        state
        in (
            AttributeState.NEAR_MISS,
            AttributeState.NOT_FOUND,
            AttributeState.WRONG_TYPE,
            AttributeState.NOT_KEPT,
        ),
    )


def _sentence(state: AttributeState, keeps: Keeps | None) -> str:
    if state is AttributeState.NOT_KEPT:
        return "A visit was accepted, and neither of its two values was kept. Check that this has type Text."
    if keeps is not None:
        return _KEPT[keeps] + ("" if keeps.lands else _AFTER_MENDING)
    return {
        AttributeState.FOUND: "The name is right. A visit or a trial write shows what its type keeps.",
        AttributeState.NOT_FOUND: _NOTHING_LIKE,
        AttributeState.AFTER_FIRST_VISIT: _NO_RECORD,
    }.get(state, _NEVER_LOOKED)


def trial_of(integration: Integration) -> TrialView:
    """Return what is said of the trial write."""
    undo = trial.pending(integration)
    left = tuple(OldValue(name, _value_words(undo.before[name])) for name in NAMES) if undo else ()
    running = trial.is_running(integration)
    said = said_of(integration.trial_outcome) if integration.trial_at and not running else None
    return TrialView(
        undo.customer_id if undo else integration.test_customer_id,
        trial.why_not(integration),
        said,
        () if running else left,
        running,
    )


def said_of(outcome: str) -> Said:
    """Return tone and sentence for a trial's outcome."""
    if outcome in _TRIALS:
        return _TRIALS[outcome]
    if outcome in set(Code) and finding(outcome).stops:
        return Said("bad", f"{finding(outcome).title}. Nothing was written.")
    return _NO_ANSWER


def _value_words(value: str | float | None) -> str:
    return "nothing (empty the field)" if value in (None, "") else str(value)
