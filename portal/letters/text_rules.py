"""The texts of letters: fields between braces, which are checked when saved and filled in when sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = {
    "guest": "the name given for the booking",
    "first_name": "the first word of that name",
    "day": "the day, like Friday 12 June",
    "time": "the start, like 7:30pm",
    "until": "until when the table is theirs",
    "party": "how many come, like 2 guests",
    "venue": "the name of your restaurant",
    "reference": "the booking reference",
    "show": "their show and when it starts, or that it is cancelled",
}
LONGEST_SUBJECT = 120
LONGEST_TEXT = 2000
_FIELD = re.compile(r"\{([^{}\n]{0,40})\}")
_LONGEST_NAME = 60
# What a mail program would make a link of: somebody may book under such a name to have it sent to others.
_LINK = re.compile(r"\w\.\w{2,}|@|//|\bwww", re.IGNORECASE)
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class WrongText(Exception):
    """A text that cannot be a letter's; `sentence` says why."""

    sentence: str


def check(text: str) -> None:
    """Raise WrongText where a text names a field that there is none of."""
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            raise WrongText(f"{{{name}}} is not a field. Use one of these: {_listed()}")
    if re.search(r"[{}]", _FIELD.sub("", text)):
        raise WrongText(f"A brace must be part of a field, like {{guest}}. Fields are: {_listed()}")


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its fields filled in, each once: what a value holds is never read as a field.

    A field that is not known stays as it is.
    """
    return _FIELD.sub(lambda found: isolated(values[found[1]]) if found[1] in values else found[0], text)


def isolated(value: str) -> str:
    """Return a value so that its direction leaves that of the words around it alone (Unicode UAX 9)."""
    if any(unicodedata.bidirectional(each) in _RIGHT_TO_LEFT for each in value):
        return f"{_ISOLATE}{value}{_END_ISOLATE}"
    return value


def shown_name(name: str, otherwise: str = "guest") -> str:
    """Return a guest's name as a letter may say it; one that holds a link, or nothing, is left out.

    A long one is cut short, since it would push everything else out of sight.
    """
    plain = " ".join(name.split())
    if not plain or _LINK.search(plain):
        return otherwise
    if len(plain) <= _LONGEST_NAME:
        return plain
    cut = plain[:_LONGEST_NAME].rstrip()
    # Marks and joiners belong to the letter before them, which may be beyond the cut.
    while cut and (unicodedata.combining(cut[-1]) or cut[-1] in "\u200d\ufe0f"):
        cut = cut[:-1]
    return f"{cut}…"


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, parted by empty lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
