"""How names are compared, for search and for who is who alike: one folding, whatever the script.

Case, accents, apostrophes and the width of letters count for nothing, nor do the signs beside the letters of
Hebrew, Arabic and Thai. Letters that carry their stroke within them are those without it: ø is o as é is e.
Marks without which a letter is another one stay, such as the vowels of Thai and Hindi names.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

_STROKES = dict(zip("øłđðħŧ\u0131ɓɗƙƴŋə", "olddhtibdkyne", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th"}
# Alef, yeh, kaf and heh as another keyboard, another language or the end of a word has them; a stroke that
# only fills the line.
_ARABIC = {"\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643"} | {
    "\u0629": "\u0647",
    "\u0640": "",
}
# A name is as often in the one kana as in the other.
_KANA = {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
_LETTERS = str.maketrans(_STROKES | _ARABIC | _KANA)
# The acute accent by itself would come apart into a space and a mark.
_APOSTROPHES = str.maketrans(
    dict.fromkeys("'`\u00b4\u02bb\u02bc\u02bd\u02be\u02bf\u05f3\u2018\u2019\u201b\u2032\uff07")
)
_EAST_ASIAN = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u1100-\u11ff\uac00-\ud7af\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# The combining classes of what is written beside a letter: dots below Indian ones, points of Hebrew and
# Arabic, tones of Thai and Lao. From 200 on they are the accents.
_BESIDE = frozenset({1, 7, *range(10, 37), 107, 122})
_ACCENTS = 200
SUFFIXES = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})


def fold(text: str) -> str:
    """Return a text as it is compared: its words, with one space between them; "" for none."""
    apart = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    plain = "".join(_plain(each) for each in apart).casefold()
    joined = unicodedata.normalize("NFC", plain.translate(_LETTERS))
    return " ".join(joined.split())


def _plain(character: str) -> str:
    """Return a character, nothing for a mark that does not count, a space for what parts words."""
    if "a" <= character <= "z" or "A" <= character <= "Z":
        return character
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf", "Sk"}:
        return "" if category != "Mn" or _does_not_count(character) else character
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "So":
        return f" {character} "
    return character if category[0] in "LMN" else " "


def _does_not_count(mark: str) -> bool:
    kind = unicodedata.combining(mark)
    return kind in _BESIDE or kind >= _ACCENTS or "VARIATION SELECTOR" in unicodedata.name(mark, "")


def is_east_asian(word: str) -> bool:
    """Tell whether a word is Chinese, Japanese or Korean: such names need no spaces, the surname is first."""
    return bool(_EAST_ASIAN.fullmatch(word))


def words(name: str) -> list[str]:
    """Return the folded words of a name; those of an East Asian one are one word, spaced or not."""
    runs = groupby(fold(name).split(), is_east_asian)
    return [word for together, run in runs for word in (["".join(run)] if together else run)]


def in_order(name: str) -> str:
    """Return "John Smith" for "Smith, John"."""
    surname, comma, first = name.replace("\uff0c", ",").partition(",")
    if not comma or "," in first or not fold(surname) or fold(first) in SUFFIXES | {""}:
        return name
    return f"{first.strip()} {surname.strip()}"


def is_one_name(one: str, other: str) -> bool:
    """Tell whether two full names are the same, however they are spaced, hyphenated or ordered.

    Where first names end and the surname begins has to agree, as "Ann Elee" is not "Anne Lee".
    """
    return bool(_readings(one) & _readings(other))


def may_be_one_name(one: str, other: str) -> bool:
    """Tell whether two full names share the surname, and no first names that contradict each other.

    An initial, or no first name at all, contradicts none: "Okafor", "A. Okafor" and "Amara Okafor".
    A junior is not a senior.
    """
    if is_one_name(one, other):
        return True
    (firsts, surname, suffix), (other_firsts, other_surname, other_suffix) = _parted(one), _parted(other)
    if not surname or surname != other_surname or suffix != other_suffix:
        return False
    if not firsts or not other_firsts:
        return True
    first, second = sorted((firsts[0], other_firsts[0]), key=len)
    return first == second or (len(first) == 1 and second.startswith(first))


def has_surname(name: str, surname: str) -> bool:
    """Tell whether somebody of that full name has that surname.

    A name of three words does not say where the surname begins, so it may be any ending of it. An East Asian
    one begins with it, or ends with it where a space sets it apart.
    """
    parts, wanted = _parts(in_order(name)), "".join(_parts(surname))
    if not wanted or not parts:
        return False
    if is_east_asian("".join(parts)):
        return wanted in {parts[0], parts[-1]} or (len(parts) == 1 and parts[0].startswith(wanted))
    return wanted in {"".join(parts[start:]) for start in range(len(parts))}


def _parts(name: str) -> list[str]:
    """Return what spaces set apart in a name, each folded and without any space or hyphen of its own."""
    return [part for part in (fold(typed).replace(" ", "") for typed in name.split()) if part]


def _readings(name: str) -> set[tuple[str, str]]:
    """Return first names and surname as they may be meant: parted at each of the spaces."""
    parts = _parts(in_order(name))
    whole = "".join(parts)
    if is_east_asian(whole):
        return {("", whole), ("", "".join(reversed(parts)))} if len(parts) == 2 else {("", whole)}
    if len(parts) < 2:
        return {("", whole)} if whole else set()
    return {("".join(parts[:at]), "".join(parts[at:])) for at in range(1, len(parts))}


def _parted(name: str) -> tuple[list[str], str, str]:
    """Return first names, surname and suffix."""
    parts = _parts(in_order(name)) or [""]
    suffix = parts.pop() if len(parts) > 2 and parts[-1] in SUFFIXES else ""
    return parts[:-1], parts[-1], suffix
