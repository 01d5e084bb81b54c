"""What people type or paste into a field, made fit to be stored: one cleaning for every door.

Phones and word processors add marks that nobody sees, which stop a number from being one and a name from
being found again. They are dropped; what a script needs within its words stays.
"""

from __future__ import annotations

import base64
import re
import unicodedata

# Joiners shape Persian and Indian words and emoji; tags make flags. At the edge of a text they do nothing.
_WITHIN_WORDS = frozenset("\u200c\u200d") | {chr(code) for code in range(0xE0020, 0xE0080)}
# Format characters that can be seen: the signs before Arabic and Kaithi numbers.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Letters, marks and symbols by their category, and nothing to the eye.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0")
# No script stacks more on one letter; more is noise that covers the lines around it.
_MOST_MARKS = 8
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
# As long as no word is, and no reference of ours.
_LONG_WORDS = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}")
_EXTENSION = re.compile(r"(?:ext(?:ension|n)?\.?|x)\s*\d{1,6}\s*$", re.IGNORECASE)


class NotText(ValueError):
    """There are characters in it that cannot be stored or read."""


def one_line(text: str) -> str:
    """Return a name or another text of one line: composed (NFC), trimmed, runs of spaces as one.

    Raises NotText, also where a line ends within it.
    """
    if len(_LINE_ENDS.sub("\n", text).strip().split("\n")) > 1:
        raise NotText("It must be one line")
    return " ".join(_cleaned(text).split())


def lines(text: str) -> str:
    """Return a note, its line ends kept. Raises NotText."""
    ends = _LINE_ENDS.sub("\n", text)
    return "\n".join(_cleaned(line).rstrip() for line in ends.split("\n")).strip()


def without_marks(text: str) -> str:
    """Return an address or a number, whose every mark that cannot be seen came along by accident.

    Raises NotText.
    """
    return "".join(each for each in one_line(text) if not _is_unseen(each) and each not in _WITHIN_WORDS)


def letters_in_number(text: str) -> str:
    """Return the letters in a phone number, its extension aside; "" for a text without digits."""
    number = _EXTENSION.sub("", text)
    has_digits = any(each.isdigit() for each in number)
    return "".join(each for each in number if each.isalpha()) if has_digits else ""


def holds_key(text: str) -> bool:
    """Tell whether something in a text looks like an API key (R153): long, mixed, and able to sign."""
    seen = "".join(each for each in text if unicodedata.category(each) not in {"Cf", "Cs"})
    return any(_looks_like_key(word) for word in _LONG_WORDS.findall(seen))


def _looks_like_key(word: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    if not all(any(is_kind(each) for each in word) for is_kind in kinds):
        return False
    try:
        return bool(base64.b64decode(word + "=" * (-len(word) % 4), validate=True))
    except ValueError:
        return False


def _cleaned(text: str) -> str:
    if _UNREADABLE.search(text):
        raise NotText("It has characters in it that cannot be read. Type it again")
    kept: list[str] = []
    marks = 0
    for each in unicodedata.normalize("NFC", text):
        is_mark = unicodedata.category(each) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        if not _is_unseen(each) and marks <= _MOST_MARKS:
            kept.append(each)
    return "".join(kept).strip("".join(_WITHIN_WORDS) + " \t\n\r\u00a0\u202f\u3000")


def _is_unseen(character: str) -> bool:
    if character in _WITHIN_WORDS or character in _SEEN:
        return False
    return unicodedata.category(character) == "Cf" or character in _BLANK
