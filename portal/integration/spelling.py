"""Showing an attribute that is almost right beside the name it must have, letter by letter (UX section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from portal.spektrix.schemas import ATTRIBUTE_PREFIX

Marked = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Spelling:
    """Both names as (letters, mark) with mark same, wrong or right, and the difference as a sentence."""

    in_spektrix: Marked
    must_be: Marked
    sentence: str


def compare(key: str, name: str) -> Spelling:
    """Compare the key that Spektrix showed with the attribute's exact name.

    A key has no spaces, so spaces are shown in the name and are never counted as wrong.
    """
    found = key[len(ATTRIBUTE_PREFIX) :] if key.lower().startswith(ATTRIBUTE_PREFIX) else key
    wanted = name.replace(" ", "")
    blocks = SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
    kept_found = {block.a + step for block in blocks for step in range(block.size)}
    kept_wanted = {block.b + step for block in blocks for step in range(block.size)}
    return Spelling(
        tuple((letter, _mark(place in kept_found, "wrong")) for place, letter in enumerate(found)),
        _with_spaces(name, kept_wanted),
        _sentence(found, wanted, len(found) - len(kept_found), len(wanted) - len(kept_wanted)),
    )


def _mark(kept: bool, otherwise: str) -> str:
    return "same" if kept else otherwise


def _with_spaces(name: str, kept: set[int]) -> Marked:
    marked, place = [], 0
    for letter in name:
        if letter == " ":
            marked.append((letter, "same"))
            continue
        marked.append((letter, _mark(place in kept, "right")))
        place += 1
    return tuple(marked)


def _sentence(found: str, wanted: str, wrong: int, missing: int) -> str:
    if found.casefold() == wanted.casefold():
        return f"{_letters(missing)} in capitals or small letters the wrong way round."
    if not wrong:
        return f"{_letters(missing)} missing."
    if not missing:
        return f"{_letters(wrong)} too many."
    return f"{_letters(max(wrong, missing))} different."


def _letters(number: int) -> str:
    words = {1: "One letter is", 2: "Two letters are", 3: "Three letters are"}
    return words.get(number, f"{number} letters are")
