"""Comparing a name as it stands in Spektrix with the name it must have, letter by letter (R27, N3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from portal.integration.attributes.alignment import Step, align, letters_of
from portal.integration.attributes.spelling_words import sentence, sentence_on_words
from portal.spektrix import lookalikes
from portal.spektrix.attribute_keys import is_key, name_within
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, is_key_of, is_near, key_spellings

State = Literal["found", "almost", "missing"]


class Piece(NamedTuple):
    """Letters of a name that are shown alike; `Spelling` names the marks."""

    letters: str
    mark: str


# Characters without a width of their own are shown as a box as wide as a space.
_BOX = "\u00a0"


@dataclass(frozen=True)
class Comparison:
    """A name beside the one of the two that it comes nearest to."""

    wanted: str
    spelling: Spelling


@dataclass(frozen=True)
class Spelling:
    """Both names in pieces, and what differs as a sentence.

    Marks: same; wrong, in Spektrix and not in the name; right, the other way round; space, for a gap or an
    invisible character that does not belong there.
    """

    state: State
    in_spektrix: tuple[Piece, ...]
    must_be: tuple[Piece, ...]
    sentence: str

    @property
    def shows_spaces(self) -> bool:
        """Whether the name in Spektrix came with its spaces, as keys mostly do not."""
        return any(" " in piece.letters for piece in self.in_spektrix)


def compare(found: str, wanted: str) -> Spelling:
    """Compare byte for byte.

    Args:
        found: a name as somebody typed or copied it, or a key as Spektrix shows it, `attribute_` and all.
            No spaces are missed in a key that has none.
        wanted: the attribute's exact name.
    """
    if is_key(found):
        return _compare_key(found, wanted)
    if found == wanted:
        return _alike("found", found, wanted, "This is exactly right.")
    if not is_near(wanted, found):
        return _unlike(found, wanted)
    return _almost(wanted, align(letters_of(found), wanted), range(len(wanted)))


def compare_best(found: str) -> Comparison:
    """Compare with whichever of the two names fits, with the first when neither does."""
    both = [Comparison(name, compare(found, name)) for name in (LAST_DINED_AT, NUMBER_OF_VISITS)]
    return min(both, key=lambda one: one.spelling.state == "missing")


def _compare_key(key: str, wanted: str) -> Spelling:
    found = name_within(key)
    if is_key_of(wanted, key):
        return _alike("found", found, wanted, "This is exactly right.")
    if not is_near(wanted, found):
        return _unlike(found, wanted)
    if any(lookalikes.is_space(letter) for letter in found):
        return _almost(wanted, align(letters_of(found), wanted), range(len(wanted)))
    steps = min((align(letters_of(found), text) for text in key_spellings(wanted)), key=_differences)
    return _almost(wanted, steps, [place for place, letter in enumerate(wanted) if letter != " "])


def _differences(steps: Sequence[Step]) -> int:
    return sum(not step.same for step in steps)


def _alike(state: State, found: str, wanted: str, words: str) -> Spelling:
    return Spelling(state, _plain(found), _plain(wanted), words)


def _unlike(found: str, wanted: str) -> Spelling:
    return _alike("missing", found, wanted, sentence_on_words(found, wanted) or "This is a different name.")


def _plain(text: str) -> tuple[Piece, ...]:
    return tuple(Piece(_shown(letter), "same") for letter in letters_of(text))


def _almost(wanted: str, steps: Sequence[Step], places: Sequence[int]) -> Spelling:
    """Mark what differs; `places` says where in the name each character of the steps' text stands."""
    missed = {places[place] for step in steps if not step.same for place in range(step.wanted_at, _end(step))}
    return Spelling(
        "almost",
        tuple(_marked(steps)),
        tuple(Piece(letter, "right" if place in missed else "same") for place, letter in enumerate(wanted)),
        sentence_on_words("".join(step.found for step in steps), wanted) or sentence(wanted, steps, places),
    )


def _end(step: Step) -> int:
    return step.wanted_at + len(step.wanted)


def _marked(steps: Sequence[Step]) -> Iterator[Piece]:
    for step in steps:
        for letter in letters_of(step.found):
            yield Piece(_shown(letter), "same" if step.same else _mark(letter))


def _mark(letter: str) -> str:
    return "space" if lookalikes.is_space(letter[0]) or lookalikes.is_invisible(letter[0]) else "wrong"


def _shown(letter: str) -> str:
    return _BOX if lookalikes.is_invisible(letter[0]) else letter
