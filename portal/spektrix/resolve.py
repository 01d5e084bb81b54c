"""From the name of an attribute in Spektrix to its key on the wire (R26, R27; docs/spektrix.md section 6).

Letters and digits decide, and nothing else: what stands between them, spaces above all, is Spektrix's way of
writing a key and no other name. Whether Spektrix then capitalises lower-case words is not published, so a
name with such words has two spellings. If it does, "Last Dined At" and a wrongly entered "Last dined at"
share one key and cannot be told apart from outside; the value then lands where everybody expects it.

Where a write goes, in this order: the key that Spektrix was seen to store under; the key that the record just
read shows; the key that an earlier record showed; the expected key, only while no record has ever shown one.
The last is a guess, and so nothing counts as stored before reading back has found it. Where nothing was kept,
each other form of the key is tried once. A near miss is never written to.
"""

import re
import unicodedata

from portal.spektrix import lookalikes
from portal.spektrix.attribute_keys import PREFIX, is_key, is_listed, listed, name_within
from portal.spektrix.schemas import Customer

LAST_DINED_AT = "Last Dined At"
NUMBER_OF_VISITS = "Number of Restaurant Visits"
LONGEST_KEY = 120

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f:\u2028\u2029\ufffd]")
_NEAR = 2  # slips of the pen in a near miss


def resolve_attribute_key(wanted_name: str, customer: Customer) -> str | None:
    """The key of the exact attribute as the server spells it, None when the record has none.

    With both spellings present the server keeps the case of a name, so the one as written is ours.
    """
    keys: dict[str, str] = {}
    for key in filter(_can_be_kept, customer.attributes):
        keys.setdefault(_letters(key), key)
    return next((keys[text] for text in key_spellings(wanted_name) if text in keys), None)


def near_misses(wanted_name: str, customer: Customer) -> list[str]:
    """Keys that look like slips of the pen for the wanted name; nothing may be written to them."""
    others = (key for key in customer.attributes if not _is_exact(wanted_name, key[:LONGEST_KEY]))
    return sorted(key for key in others if is_near(wanted_name, name_within(key)))


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
    return PREFIX + key_spellings(wanted_name)[-1]


def other_keys(used: tuple[str, str]) -> list[tuple[str, str]]:
    """The keys of both attributes in every other form than the `used` ones, the exact names first.

    What Spektrix shows need not be what it takes: each of these is worth one try where nothing was kept.
    """
    forms = (
        lambda name: PREFIX + name,
        expected_key,
        listed,
    )
    both = [(form(LAST_DINED_AT), form(NUMBER_OF_VISITS)) for form in forms]
    return [keys for keys in both if [_form(key) for key in keys] != [_form(key) for key in used]]


def is_key_of(wanted_name: str, key: str) -> bool:
    """Whether a key is an accepted spelling of the name."""
    return is_key(key) and _can_be_kept(key) and _letters(key) in key_spellings(wanted_name)


def key_spellings(name: str) -> tuple[str, str]:
    """The accepted spellings of a name within its key: words as written, and each with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(words), "".join(word[0].upper() + word[1:] for word in words)


def _can_be_kept(key: str) -> bool:
    """Whether a key fits its column, and a line of the log."""
    return len(key) <= LONGEST_KEY and not _UNFIT.search(key)


def _is_exact(wanted_name: str, key: str) -> bool:
    return not _UNFIT.search(key) and _letters(key) in key_spellings(wanted_name)


def _form(key: str) -> str:
    if is_listed(key):
        return "list"
    return "joined" if name_within(key).isalnum() else "spaced"


def _letters(key: str) -> str:
    """Letters, digits and accents alone: an accent makes another letter."""
    text = unicodedata.normalize("NFC", name_within(key))
    return "".join(each for each in text if each.isalnum() or lookalikes.is_accent(each))


def _folded(text: str) -> str:
    return "".join(letter for letter in lookalikes.skeleton(text).casefold() if letter.isalnum())


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
