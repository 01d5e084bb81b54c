""" "The connection is saved, but no visit reaches Spektrix": the attributes first, as the article says (R97).

Plain values in, results out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.diagnosis.engine import Failed, Passed, Result, Step, Unknown
from portal.diagnosis.symptoms.attribute_rules import all_right, attributes_exist, not_seen
from portal.diagnosis.symptoms.check_results import Checks, result_of
from portal.diagnosis.symptoms.short_text import moment
from portal.findings import Code
from portal.integration.attributes.facts import AttributeFact
from portal.integration.standing import results
from portal.outbox.models import State

_BASICS = (results.ANSWERING, results.CLIENT_NAME, results.SIGN_IN)
IN_TROUBLE = (State.NOT_STORED, State.BLOCKED, State.RETRYING, State.NEEDS_ATTENTION, State.HELD)


@dataclass(frozen=True)
class VisitFact:
    """One of the latest visits."""

    state: State
    reason: Code | None
    at: datetime


@dataclass(frozen=True)
class WritesFacts:
    """All that is known of why visits do not land.

    Args:
        latest: the latest visits, newest first.
        in_trouble: the newest of those that are not through, however many came after it.
        waiting: how many visits stand in each state that is not the end.
        live: whether the checks were made just now.
    """

    checks: Checks
    attributes: tuple[AttributeFact, ...]
    active: bool
    active_changed_at: datetime | None
    latest: tuple[VisitFact, ...]
    in_trouble: VisitFact | None
    waiting: Mapping[State, int]
    zone: str
    live: bool


def test_passes(facts: WritesFacts) -> Result:
    """Without a connection, or the right to read, nothing else can be checked."""
    basics = [result_of(facts.checks, number) for number in _BASICS]
    rights = result_of(facts.checks, results.RIGHTS)
    if isinstance(rights, Failed) and rights.code is not Code.WRITING_REFUSED:
        basics.append(rights)
    bad = next((result for result in basics if isinstance(result, Failed)), None)
    return bad or next((result for result in basics if isinstance(result, Unknown)), Passed("Green"))


def attributes_are_there(facts: WritesFacts) -> Result:
    """The first suspect when the test is green."""
    return attributes_exist(facts.attributes)


def may_write(facts: WritesFacts) -> Result:
    """Reading and writing are rights of their own."""
    return result_of(facts.checks, results.RIGHTS)


def is_active(facts: WritesFacts) -> Result:
    if facts.active:
        return Passed("Active")
    held = facts.waiting.get(State.HELD, 0)
    since = facts.active_changed_at
    evidence = [f"Since {moment(since, facts.zone)}."] if since else []
    return Failed(Code.PAUSED, (*evidence, *([f"{_visits(held)} held."] if held else [])))


def visits_get_through(facts: WritesFacts) -> Result:
    """What the log says of the newest visit that is in trouble."""
    newest = facts.in_trouble
    waiting = {state: number for state, number in facts.waiting.items() if state in IN_TROUBLE}
    if newest is None or not waiting:
        return _landed(facts)
    evidence = (f"{_visits(sum(waiting.values()))} not through, the newest from {_when(newest, facts)}.",)
    if newest.state is State.HELD:
        return Failed(Code.VISIT_HELD, evidence)
    if newest.state is State.NOT_STORED and all_right(facts.attributes):
        return Failed(Code.VISIT_SENT_AGAIN, evidence)
    if newest.reason is None or (facts.live and newest.state in {State.BLOCKED, State.RETRYING}):
        return Failed(
            Code.VISIT_WAITING, (*evidence, "Spektrix answers now, so the next try may get through.")
        )
    return Failed(newest.reason, evidence)


def _landed(facts: WritesFacts) -> Result:
    landed = next((visit for visit in facts.latest if visit.state is State.CONFIRMED), None)
    if landed is not None:
        return Passed(f"Last one {_when(landed, facts)}")
    refused = [visit.reason for visit in facts.latest if visit.state is State.NOT_SENT and visit.reason]
    if not refused:
        return Unknown("The latest visit is on its way" if facts.latest else "No visit was completed yet")
    commonest = max(refused, key=refused.count)
    evidence = f"So it was for {refused.count(commonest)} of the last {_visits(len(facts.latest))}."
    if len(facts.latest) == 1:
        evidence = "So it was for the only visit so far."
    return Failed(commonest, (evidence,))


def attributes_were_seen(facts: WritesFacts) -> Result:
    """Names that nobody has seen are the last suspect left."""
    if not_seen(facts.attributes):
        return Failed(Code.ATTRIBUTES_NOT_SEEN)
    return Passed("Seen")


STEPS: tuple[Step[WritesFacts], ...] = (
    Step("The connection test passes", test_passes),
    Step("Both customer attributes exist in Spektrix", attributes_are_there),
    Step("The API user may update customers", may_write),
    Step("The integration is active", is_active),
    Step("Visits get through", visits_get_through),
    Step("Both attributes were seen in a customer’s record", attributes_were_seen),
)


def _visits(number: int) -> str:
    return f"{number} visit" if number == 1 else f"{number} visits"


def _when(visit: VisitFact, facts: WritesFacts) -> str:
    return moment(visit.at, facts.zone)
