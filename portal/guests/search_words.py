"""What a guest is found by: beginnings of words, kept beside the guest in the same transaction.

A name is kept once from each of its words on, the words before it at the end: "anne marie smith", "marie
smith anne", "smith anne marie". So an index that is sorted letter by letter finds every word of it, and two
words that follow one another, in either order. A Chinese, Japanese or Korean name is kept from each of its
letters on. A phone number is kept forwards and backwards, for its first digits and its last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import islice

from portal.guests import names

# Whoever types a name of fifty words is found by these.
MOST_TURNS = 16
LONGEST = 120
LEAST_DIGITS, MOST_DIGITS = 3, 20
_PARTS_NUMBERS = re.compile(r"[/,;&]|\b(?:or|and)\b", re.IGNORECASE)


class Kind(IntEnum):
    """What a row of words is. The numbers are stored."""

    NAME = 0  # the whole name, from its beginning
    WITHIN = 1  # the same from another of its words on
    JOINED = 2  # either without spaces
    PHONE = 3
    PHONE_END = 4
    EMAIL = 5  # never stored: the guest's own column is sorted already


def words_of(name: str, phone: str, phone_key: str | None) -> set[tuple[Kind, str]]:
    """Return every text by which a guest is found."""
    words = names.words(names.in_order(name))
    turns = list(islice(_turns(words), MOST_TURNS))
    kinds: dict[str, Kind] = {}
    for number, turn in enumerate(turns):
        kinds.setdefault(" ".join(turn)[:LONGEST], Kind.WITHIN if number else Kind.NAME)
    # Nobody writes surname and first name as one word.
    for turn in turns[:1] if len(words) == 2 else turns:
        kinds.setdefault("".join(turn)[:LONGEST], Kind.JOINED)
    found = {(kind, word) for word, kind in kinds.items()}
    for phone_number in _numbers(phone, phone_key):
        found |= {(Kind.PHONE, phone_number), (Kind.PHONE_END, phone_number[::-1])}
    return found


def digits(text: str) -> str:
    """Return the digits of a number, whatever the script."""
    return "".join(each for each in names.fold(text) if each.isascii() and each.isdigit())


def without_zeros(number: str) -> str:
    """Return a number as compared: without the zeros that dial out of a town or a country."""
    return number.lstrip("0")


def _turns(words: Sequence[str]) -> Iterator[list[str]]:
    for start, word in enumerate(words):
        behind = [*words[start + 1 :], *words[:start]]
        yield [word, *behind]
        if names.is_east_asian(word):
            yield from ([word[at:] + word[:at], *behind] for at in range(1, len(word)))


def _numbers(phone: str, phone_key: str | None) -> list[str]:
    """Return the numbers of a guest: the one that was understood, and others as they were typed."""
    known = digits((phone_key or "").partition(";")[0])
    typed = [without_zeros(digits(part))[:MOST_DIGITS] for part in _PARTS_NUMBERS.split(phone)]
    others = [number for number in typed if len(number) >= LEAST_DIGITS and not known.endswith(number)]
    return list(dict.fromkeys([known, *others] if known else others))
