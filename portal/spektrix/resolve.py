"""From the name of an attribute in Spektrix to its key on the wire (R26, R27; API.md section 6).

The key is `attribute_` and the name without spaces and punctuation. Whether Spektrix then
capitalises lower-case words is not published, so a name with such words has two spellings.
If it does, "Last Dined At" and a wrongly entered "Last dined at" share one key and cannot be
told apart from outside; the value then lands where everybody expects it all the same. Extra
spaces in the name leave no trace in the key either.
"""

import re
from collections.abc import Iterator

from portal.spektrix.schemas import ATTRIBUTE_PREFIX, Customer

LAST_DINED_AT = "Last Dined At"
NUMBER_OF_VISITS = "Number of Restaurant Visits"

_NEAR = 2  # letters that may differ in a near miss


def resolve_attribute_key(wanted_name: str, customer: Customer) -> str | None:
    """The key of the exact attribute as the server spells it, None when the record has none.

    With both spellings present the server keeps the case of a name, so the one as written is ours.
    """
    keys = {_bare(key): key for key in customer.attributes}
    return next((keys[text] for text in _spellings(wanted_name) if text in keys), None)


def near_misses(wanted_name: str, customer: Customer) -> list[str]:
    """Keys that look like slips of the pen for the wanted name; nothing may be written to them."""
    exact = set(_spellings(wanted_name))
    wanted = _folded(wanted_name)
    others = (key for key in customer.attributes if _bare(key) not in exact)
    return sorted(key for key in others if _is_near(wanted, _folded(_bare(key))))


def expected_key(wanted_name: str) -> str:
    """The likeliest key of an attribute that the record read does not show (every word capitalised)."""
    return ATTRIBUTE_PREFIX + list(_spellings(wanted_name))[-1]


def is_key_of(wanted_name: str, key: str) -> bool:
    """Whether a key is an accepted spelling of the name."""
    has_prefix = key[: len(ATTRIBUTE_PREFIX)].lower() == ATTRIBUTE_PREFIX
    return has_prefix and _bare(key) in _spellings(wanted_name)


def _spellings(name: str) -> Iterator[str]:
    words = re.findall(r"[A-Za-z0-9]+", name)
    yield "".join(words)
    yield "".join(word[0].upper() + word[1:] for word in words)


def _bare(key: str) -> str:
    return key[len(ATTRIBUTE_PREFIX) :]


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_near(wanted: str, other: str) -> bool:
    return abs(len(wanted) - len(other)) <= _NEAR and _edit_distance(wanted, other) <= _NEAR


def _edit_distance(left: str, right: str) -> int:
    """Levenshtein's: letters to add, drop or change to turn one text into the other."""
    row = list(range(len(right) + 1))
    for done, letter in enumerate(left, start=1):
        above, row = row, [done]
        for column, other in enumerate(right):
            change = above[column] + (letter != other)
            row.append(min(change, above[column + 1] + 1, row[column] + 1))
    return row[-1]
