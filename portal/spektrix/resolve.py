"""From the name of an attribute in Spektrix to its key on the wire (R26, R27; docs/spektrix.md section 6).

The key is `attribute_` and the name without spaces and punctuation. Whether Spektrix then
capitalises lower-case words is not published, so a name with such words has two spellings.
If it does, "Last Dined At" and a wrongly entered "Last dined at" share one key and cannot be
told apart from outside; the value then lands where everybody expects it all the same. Extra
spaces in the name leave no trace in the key either.

Where a write goes, in this order: the key that the record just read shows; the key that an earlier
record showed; the expected key, only while no record has ever shown one. The last is a guess, and so
nothing counts as stored before reading back has found it. A near miss is never written to.
"""

import re

from portal.spektrix.lookalikes import skeleton
from portal.spektrix.schemas import ATTRIBUTE_PREFIX, Customer

LAST_DINED_AT = "Last Dined At"
NUMBER_OF_VISITS = "Number of Restaurant Visits"

_NEAR = 2  # slips of the pen in a near miss


def resolve_attribute_key(wanted_name: str, customer: Customer) -> str | None:
    """The key of the exact attribute as the server spells it, None when the record has none.

    With both spellings present the server keeps the case of a name, so the one as written is ours.
    """
    keys = {_bare(key): key for key in customer.attributes}
    return next((keys[text] for text in key_spellings(wanted_name) if text in keys), None)


def near_misses(wanted_name: str, customer: Customer) -> list[str]:
    """Keys that look like slips of the pen for the wanted name; nothing may be written to them."""
    exact = set(key_spellings(wanted_name))
    others = (key for key in customer.attributes if _bare(key) not in exact)
    return sorted(key for key in others if is_near(wanted_name, _bare(key)))


def is_near(wanted_name: str, other: str) -> bool:
    """Whether two names are alike but for two letters, case, spaces, punctuation, accents and alphabets."""
    wanted, found = _folded(wanted_name), _folded(other)
    return abs(len(wanted) - len(found)) <= _NEAR and _edits(wanted, found) <= _NEAR


def key_to_write(wanted_name: str, customer: Customer, known: str = "") -> str:
    """The key to send a value under; `known` is the one that an earlier record showed, if any did."""
    shown = resolve_attribute_key(wanted_name, customer)
    return shown or (known if is_key_of(wanted_name, known) else expected_key(wanted_name))


def expected_key(wanted_name: str) -> str:
    """The likeliest key of an attribute that no record has shown yet (every word capitalised)."""
    return ATTRIBUTE_PREFIX + key_spellings(wanted_name)[-1]


def is_key_of(wanted_name: str, key: str) -> bool:
    """Whether a key is an accepted spelling of the name."""
    has_prefix = key[: len(ATTRIBUTE_PREFIX)].lower() == ATTRIBUTE_PREFIX
    return has_prefix and _bare(key) in key_spellings(wanted_name)


def key_spellings(name: str) -> tuple[str, str]:
    """The accepted spellings of a name within its key: words as written, and each with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(words), "".join(word[0].upper() + word[1:] for word in words)


def _bare(key: str) -> str:
    return key[len(ATTRIBUTE_PREFIX) :]


def _folded(text: str) -> str:
    return "".join(letter for letter in skeleton(text).casefold() if letter.isalnum())


def _edits(left: str, right: str) -> int:
    """Letters to add, drop, change, or swap with their neighbour to turn one text into the other."""
    above: list[int] = []
    row = list(range(len(right) + 1))
    for place, letter in enumerate(left):
        before, above, row = above, row, [place + 1]
        for column, other in enumerate(right):
            changed = above[column] + (letter != other)
            swapped = place and column and left[place - 1] == other and letter == right[column - 1]
            best = min(changed, above[column + 1] + 1, row[column] + 1)
            row.append(min(best, before[column - 1] + 1) if swapped else best)
    return row[-1]
