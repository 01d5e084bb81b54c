"""What to do about the two attributes, as one instruction that names them. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.findings import ADMIN, NOBODY
from portal.integration.attributes.facts import AttributeFact
from portal.integration.attributes.spelling import compare
from portal.integration.connection.models import AttributeState
from portal.spektrix import lookalikes

_LONGEST = 60


@dataclass(frozen=True)
class Advice:
    """Why visits are not stored, worded to follow "because", and who does what about it."""

    because: str
    who: str
    step: str

    @property
    def mended(self) -> bool:
        """Whether nothing is left to be done."""
        return self.who == NOBODY


_MENDED = Advice("an attribute was not right when it was sent, and is now", NOBODY, "It is being sent again")


def advice_on(attributes: Sequence[AttributeFact]) -> Advice | None:
    """Return what the last record seen says has to be done, None where nothing is known."""
    wrong = [fact for fact in attributes if fact.state in _STEPS]
    if wrong:
        because = ", and ".join(_filled(_BECAUSE[fact.state], fact) for fact in wrong)
        return Advice(because, ADMIN, _joined([_filled(_STEPS[fact.state], fact) for fact in wrong]))
    found = attributes and all(fact.state is AttributeState.FOUND for fact in attributes)
    return _MENDED if found else None


_STEPS = {
    AttributeState.NEAR_MISS: "Rename “{found}” to “{name}”{difference}",
    AttributeState.NOT_FOUND: "Create “{name}” with type Text",
    AttributeState.WRONG_TYPE: "Make “{name}” again with type Text",
    AttributeState.NOT_KEPT: "Check that “{name}” has type Text",
}
_BECAUSE = {
    AttributeState.NEAR_MISS: "Spektrix has “{found}” where “{name}” is needed{difference}",
    AttributeState.NOT_FOUND: "Spektrix has no attribute “{name}”",
    AttributeState.WRONG_TYPE: "the type of “{name}” does not keep what is sent",
    AttributeState.NOT_KEPT: "Spektrix kept nothing of what was sent to “{name}”",
}


def _filled(text: str, fact: AttributeFact) -> str:
    if fact.state is not AttributeState.NEAR_MISS:
        return text.format(name=fact.name)
    spelling = compare(fact.near_miss, fact.name)
    found = _one_short_line("".join(piece.letters for piece in spelling.in_spektrix))
    difference = _in_brackets(spelling.sentence) if lookalikes.look_alike(found, fact.name) else ""
    return text.format(found=found, name=fact.name, difference=difference)


def _one_short_line(text: str) -> str:
    """Return the name that Spektrix has instead, as its keys show it (X07)."""
    name = " ".join(text.split())
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _in_brackets(sentence: str) -> str:
    """Name what nobody can see."""
    return f" ({sentence[:1].lower()}{sentence[1:].removesuffix('.')})"


def _joined(steps: Sequence[str]) -> str:
    first, *rest = steps
    return " and ".join([first, *(step[:1].lower() + step[1:] for step in rest)])
