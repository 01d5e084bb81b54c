"""The forms in which Spektrix may name a customer attribute (docs/spektrix.md section 6).

    "attribute_LastDinedAt": VALUE                               joined, as customers were seen to have it
    "attribute_Last Dined At": VALUE                             spaced, as two reference pages write it
    "attributes": [{"name": "Last Dined At", "value": VALUE}]    list, as another one answers it

Here each attribute of a record goes by one text, its key: the first two by what Spektrix wrote, an entry of
the list as `attributes[Last Dined At]`. `body_of` turns keys back into the form that they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

PREFIX = "attribute_"
LIST = "attributes"

# The reference prints the prefix with a capital, samples without one.
_PREFIX = re.compile(r"attribute[_\s-]", re.IGNORECASE)
_IN_LIST = re.compile(rf"{LIST}\[(.*)\]", re.DOTALL)


def keyed_values(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each attribute of a record with its key."""
    for field, value in fields.items():
        if _PREFIX.match(field):
            yield field, value
    entries = fields.get(LIST)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield listed(entry["name"]), entry.get("value")


def body_of(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the body that writes each value under its key."""
    body: dict[str, Any] = {}
    for key, value in values:
        entry = _IN_LIST.fullmatch(key)
        if entry:
            body.setdefault(LIST, []).append({"name": entry[1], "value": value})
        else:
            body[key] = value
    return body


def listed(name: str) -> str:
    """Return the key of an entry of the list."""
    return f"{LIST}[{name}]"


def is_key(text: str) -> bool:
    """Tell whether a text is a key rather than a name alone."""
    return bool(_PREFIX.match(text)) or is_listed(text)


def is_listed(key: str) -> bool:
    """Tell whether a key is that of an entry of the list."""
    return bool(_IN_LIST.fullmatch(key))


def name_within(key: str) -> str:
    """Return the name that a key holds, in the letters, spaces and marks that Spektrix wrote."""
    entry = _IN_LIST.fullmatch(key)
    text = entry[1] if entry else key
    prefix = _PREFIX.match(text)
    return text[prefix.end() :] if prefix else text
