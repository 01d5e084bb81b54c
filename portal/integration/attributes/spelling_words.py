"""What differs between two spellings, in one or two plain sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from portal.integration.attributes.alignment import Step
from portal.spektrix import lookalikes

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
_MOST_SENTENCES = 2


class Kind(Enum):
    """A way in which a character can differ, in the order of telling."""

    LOOK_ALIKE = auto()
    ACCENT = auto()
    INVISIBLE = auto()
    ODD_SPACE = auto()
    EXTRA_SPACE = auto()
    SEPARATOR = auto()
    MISSING_SPACE = auto()
    PUNCTUATION = auto()
    MISSING_WORD = auto()
    CAPITAL = auto()
    SMALL = auto()
    SWAPPED = auto()
    MISSING = auto()
    EXTRA = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Difference:
    """One difference: both sides' characters, the word in Spektrix, the word it must be, and the place."""

    kind: Kind
    found: str
    wanted: str
    found_word: str
    wanted_word: str
    place: str


def sentence(wanted: str, steps: Sequence[Step], places: Sequence[int]) -> str:
    """Say what differs; `places` says where in `wanted` each character of the steps' text stands."""
    by_kind: dict[Kind, list[Difference]] = {}
    for difference in _differences(wanted, steps, places):
        by_kind.setdefault(difference.kind, []).append(difference)
    told = [_TELLERS[kind](by_kind[kind]) for kind in Kind if kind in by_kind]
    # Of two names that look alike nobody could see what "several things" are.
    alike = lookalikes.look_alike("".join(step.found for step in steps), wanted)
    if len(told) > _MOST_SENTENCES and not alike:
        return "Several things differ. Copy the correct name."
    return " ".join(told)


def sentence_on_words(found: str, wanted: str) -> str:
    """Say that the right words stand in another order, or one of them twice; "" where that is not all."""
    there, must_be = found.casefold().split(), wanted.casefold().split()
    if there != must_be and sorted(there) == sorted(must_be):
        return "The words are right, but in another order."
    doubled = [word for place, word in enumerate(found.split()) if there[place - 1 : place] == [there[place]]]
    if len(doubled) == 1 and _once(found.split()) == wanted.split():
        return f"The word {doubled[0]} appears twice."
    return ""


def _once(words: Sequence[str]) -> list[str]:
    """Return the words without those that repeat the one before."""
    return [word for place, word in enumerate(words) if place == 0 or word != words[place - 1]]


def _differences(wanted: str, steps: Sequence[Step], places: Sequence[int]) -> Iterator[Difference]:
    lost = _lost_words(wanted, steps, places)
    for start, end in lost:
        yield Difference(Kind.MISSING_WORD, "", "", "", wanted[start:end], "")
    letters = [step.found for step in steps]
    for number, step in enumerate(steps):
        at = places[step.wanted_at] if step.wanted_at < len(places) else len(wanted)
        of_lost_word = not step.found and any(start - 1 <= at <= end for start, end in lost)
        if not step.same and not of_lost_word:
            word = _word_at(wanted, at) or _word_at(wanted, at - 1)
            found_word = _word_at(letters, number)
            yield Difference(_kind(step), step.found, step.wanted, found_word, word, _place(wanted, at))


def _lost_words(wanted: str, steps: Sequence[Step], places: Sequence[int]) -> list[tuple[int, int]]:
    """Where the words begin and end of which nothing was found."""
    gone = {places[step.wanted_at] for step in steps if step.wanted and not step.found}
    words, start = [], 0
    for word in wanted.split(" "):
        words.append((start, start + len(word)))
        start += len(word) + 1
    return [(start, end) for start, end in words if gone.issuperset(range(start, end))]


def _word_at(letters: Sequence[str], place: int) -> str:
    """Return the word around a place, "" where a gap is there."""
    start = end = place
    while end < len(letters) and _in_word(letters[end]):
        end += 1
    while end > place and start > 0 and _in_word(letters[start - 1]):
        start -= 1
    return "".join(letters[start:end])


def _in_word(letter: str) -> bool:
    """An empty text is a letter that is missing, so the word goes on behind it."""
    return letter == "" or letter[0].isalnum()


def _place(wanted: str, at: int) -> str:
    """Say where a character stands that belongs to no word."""
    before, after = wanted[:at].rstrip(" "), wanted[at:].lstrip(" ")
    if not before:
        return f"before {after.split(' ')[0]}"
    if not after:
        return f"after {before.split(' ')[-1]}"
    if " " not in (wanted[at - 1], wanted[at]):
        return f"inside {_word_at(wanted, at)}"
    return f"between {before.split(' ')[-1]} and {after.split(' ')[0]}"


def _kind(step: Step) -> Kind:
    if not step.found:
        return Kind.MISSING_SPACE if step.wanted == " " else Kind.MISSING
    first = step.found[0]
    unseen = lookalikes.is_invisible(first)
    if step.wanted == " ":
        return Kind.ODD_SPACE if unseen or lookalikes.is_space(first) else Kind.SEPARATOR
    if unseen:
        return Kind.INVISIBLE
    if not step.wanted:
        return _kind_of_extra(first)
    return _kind_of_letter(step)


def _kind_of_extra(character: str) -> Kind:
    if lookalikes.is_space(character):
        return Kind.EXTRA_SPACE
    return Kind.EXTRA if character.isalnum() else Kind.PUNCTUATION


def _kind_of_letter(step: Step) -> Kind:
    if len(step.wanted) > 1:
        return Kind.SWAPPED
    if step.found.isascii() and step.found.casefold() == step.wanted.casefold():
        return Kind.CAPITAL if step.wanted.isupper() else Kind.SMALL
    if lookalikes.skeleton(step.found).casefold() != step.wanted.casefold():
        return Kind.OTHER
    accented = any(lookalikes.is_accent(part) for part in unicodedata.normalize("NFD", step.found))
    return Kind.ACCENT if accented else Kind.LOOK_ALIKE


def _number(amount: int) -> str:
    return _NUMBERS[amount] if amount < len(_NUMBERS) else str(amount)


def _same(values: Sequence[str]) -> str:
    """Return the one value that all share, "" where they differ."""
    return values[0] if len(set(values)) == 1 else ""


def _many(one: str, more: str) -> Callable[[Sequence[Difference]], str]:
    """Tell by number alone: `more` has a place for it."""
    return lambda these: one if len(these) == 1 else more.format(_number(len(these)))


def _look_alike(these: Sequence[Difference]) -> str:
    alphabet = _same([lookalikes.alphabet_of(each.found[0]) for each in these])
    if len(these) > 1:
        what = alphabet or "from other alphabets"
        return f"{_number(len(these))} letters are {what}; type them with a Latin keyboard."
    one = these[0]
    return f"The letter {one.found} in {one.found_word} is {alphabet}; type it with a Latin keyboard."


def _accent(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} letters have accents; type them plain."
    one = these[0]
    apart = "a separate accent" if len(one.found) > 1 else "an accent"
    return f"The letter {one.found} in {one.found_word} has {apart}; type a plain {one.wanted}."


def _invisible(these: Sequence[Difference]) -> str:
    name = _same([lookalikes.name_of(each.found[0]) for each in these])
    if len(these) == 1:
        return f"There is an invisible character ({name}) {these[0].place}; remove it."
    named = f" ({name})" if name else ""
    return f"There are {_number(len(these)).lower()} invisible characters{named}; type the name again."


def _odd_space(these: Sequence[Difference]) -> str:
    name = _same([lookalikes.name_of(each.found[0]) for each in these])
    if len(these) == 1:
        return f"There is {_article(name)} {name} {these[0].place}; type an ordinary space."
    return f"There are {_plural(name or 'odd space')} between the words; type ordinary spaces."


def _extra_space(these: Sequence[Difference]) -> str:
    place = _same([each.place for each in these])
    name = _same([lookalikes.name_of(each.found[0]) for each in these])
    if not place:
        return f"There are {_number(len(these)).lower()} spaces too many; remove them."
    if place.startswith("between") and name == "space":
        return f"There are {_number(len(these) + 1).lower()} spaces {place}; type one."
    if len(these) == 1:
        return f"There is {_article(name)} {name} {place}; remove it."
    return f"There are {_number(len(these)).lower()} spaces {place}; remove them."


def _separator(these: Sequence[Difference]) -> str:
    name = _same([lookalikes.name_of(each.found[0]) for each in these])
    if len(these) == 1:
        return f"There is {_article(name)} {name} {these[0].place}; type a space."
    return f"There are {_plural(name or 'other character')} between the words; type spaces."


def _missing_space(these: Sequence[Difference]) -> str:
    if len(these) == 1:
        return f"The space {these[0].place} is missing."
    return f"{_number(len(these))} spaces are missing."


def _punctuation(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} punctuation marks are too many; remove them."
    name = lookalikes.name_of(these[0].found[0])
    return f"There is {_article(name)} {name} {these[0].place}; remove it."


def _missing_word(these: Sequence[Difference]) -> str:
    return " ".join(f"The word {each.wanted_word} is missing." for each in these)


def _swapped(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} pairs of letters are swapped."
    one = these[0]
    return f"The letters {one.found[0]} and {one.found[1]} in {one.found_word} are swapped."


def _missing(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} letters are missing."
    return f"A letter is missing in {these[0].wanted_word}: {these[0].wanted}."


def _extra(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} letters are too many."
    return f"A letter in {these[0].found_word} is one too many: {these[0].found}."


def _other(these: Sequence[Difference]) -> str:
    if len(these) > 1:
        return f"{_number(len(these))} letters are different."
    where = f" in {these[0].found_word}" if these[0].found_word else ""
    return f"The {these[0].found}{where} must be {these[0].wanted}."


def _article(name: str) -> str:
    return "an" if name[:1] in "aeiou" else "a"


def _plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


_TELLERS: dict[Kind, Callable[[Sequence[Difference]], str]] = {
    Kind.LOOK_ALIKE: _look_alike,
    Kind.ACCENT: _accent,
    Kind.INVISIBLE: _invisible,
    Kind.ODD_SPACE: _odd_space,
    Kind.EXTRA_SPACE: _extra_space,
    Kind.SEPARATOR: _separator,
    Kind.MISSING_SPACE: _missing_space,
    Kind.PUNCTUATION: _punctuation,
    Kind.MISSING_WORD: _missing_word,
    Kind.CAPITAL: _many("One letter needs a capital.", "{} letters need capitals."),
    Kind.SMALL: _many("One letter should be small.", "{} letters should be small."),
    Kind.SWAPPED: _swapped,
    Kind.MISSING: _missing,
    Kind.EXTRA: _extra,
    Kind.OTHER: _other,
}
