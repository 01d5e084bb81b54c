"""What is wrong with the two attributes, if anything. Plain values in, results out."""

from __future__ import annotations

from collections.abc import Sequence

from portal.diagnosis.engine import Failed, Passed, Result, Unknown
from portal.diagnosis.symptoms.short_text import cut
from portal.findings import Code
from portal.integration.attributes.advice import advice_on
from portal.integration.attributes.facts import AttributeFact
from portal.integration.attributes.spelling import compare
from portal.integration.connection.models import AttributeState
from portal.integration.standing.rules import attribute_code

_PROVED_BY_SENDING = "If it was made again since, a visit sent again or a trial write shows what it keeps."
_WRONG = {
    AttributeState.NEAR_MISS,
    AttributeState.NOT_FOUND,
    AttributeState.WRONG_TYPE,
    AttributeState.NOT_KEPT,
}
_NOT_SEEN = {AttributeState.NOT_CHECKED, AttributeState.AFTER_FIRST_VISIT}


def attributes_exist(attributes: Sequence[AttributeFact]) -> Result:
    """Judge the two by the last record seen: their names first, then what their types keep."""
    code = attribute_code([fact.state for fact in attributes])
    if code is not None and code is not Code.ATTRIBUTES_NOT_SEEN:
        advice = advice_on(attributes)
        evidence = tuple(_sentence(fact) for fact in attributes if fact.state in _WRONG)
        return Failed(code, evidence, step=advice.step if advice else "")
    if not_seen(attributes):
        return Unknown("They have not been looked up in Spektrix yet")
    return Passed("Both found")


def all_right(attributes: Sequence[AttributeFact]) -> bool:
    """Tell whether both were found, and nothing is known against their types."""
    return bool(attributes) and all(fact.state is AttributeState.FOUND for fact in attributes)


def not_seen(attributes: Sequence[AttributeFact]) -> bool:
    """Tell whether one of the two has never been seen in a record."""
    return not attributes or any(fact.state in _NOT_SEEN for fact in attributes)


def _sentence(fact: AttributeFact) -> str:
    if fact.state is AttributeState.NEAR_MISS:
        spelling = compare(fact.near_miss, fact.name)
        there = "".join(piece.letters for piece in spelling.in_spektrix)
        where = "In Spektrix" if spelling.shows_spaces else "In Spektrix, shown without spaces"
        return f"Must be: {fact.name}. {where}: {cut(there)}. {spelling.sentence}"
    if fact.state is AttributeState.NOT_FOUND:
        return f"Nothing like {fact.name} was found."
    kept = "keeps nothing of" if fact.keeps == "nothing" else "changes"
    return f"{fact.name} {kept} what is sent to it. {_PROVED_BY_SENDING}"
