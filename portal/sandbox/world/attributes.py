"""Customer attributes: from a name to its key, and what each type keeps (docs/spektrix.md section 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

PREFIX = "attribute_"
LIST = "attributes"
FORMS = ("joined", "spaced", "list")
TYPES = ("Text", "Currency", "Date", "Dropdown", "CheckList")
Value = str | float | bool | None


class Dropped(Exception):
    """The type cannot hold the value; Spektrix says nothing and keeps what it had."""


@dataclass(frozen=True)
class Attribute:
    """One definition. `options` are the entries of a Dropdown."""

    name: str
    type: str = "Text"
    options: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Keyed:
    """An attribute together with the JSON key it goes by, or with its name in the list `attributes`."""

    key: str
    attribute: Attribute
    in_list: bool = False


def key_of(name: str, capitalise_inner_words: bool) -> str:
    """Return the JSON key: the name without spaces and punctuation, words capitalised if so wished."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    if capitalise_inner_words:
        words = [word[0].upper() + word[1:] for word in words]
    return PREFIX + "".join(words)


def keyed(attributes: Iterable[Attribute], capitalise_inner_words: bool, form: str = "joined") -> list[Keyed]:
    """Return all definitions with their keys in one of the forms."""
    if form == "list":
        return [Keyed(each.name, each, in_list=True) for each in attributes]
    if form == "spaced":
        return [Keyed(f"Attribute_{each.name}", each) for each in attributes]
    return [Keyed(key_of(each.name, capitalise_inner_words), each) for each in attributes]


def as_sent(body: dict[str, object]) -> list[tuple[str, bool, object]]:
    """Return what an update names: key or name, whether that stood in the list, and the value."""
    entries = body.get(LIST)
    listed = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    flat = [(key, False, value) for key, value in body.items() if key != LIST]
    return flat + [(str(each.get("name")), True, each.get("value")) for each in listed]


def meant_by(key: str, in_list: bool, known: Iterable[Keyed]) -> Attribute:
    """Return the attribute that an update means, the prefix taken in any case; raise Dropped for none."""
    for entry in known:
        if in_list and entry.in_list and entry.key == key:
            return entry.attribute
        prefixed = not in_list and not entry.in_list and key[: len(PREFIX)].lower() == PREFIX
        if prefixed and key[len(PREFIX) :] == entry.key[len(PREFIX) :]:
            return entry.attribute
    raise Dropped


def misspelt(attribute: Attribute) -> Attribute:
    """Return the attribute as somebody in a hurry typed it: its longest word lacks the last letter."""
    longest = max(attribute.name.split(), key=len)
    return replace(attribute, name=attribute.name.replace(longest, longest[:-1], 1))


def stored_value(attribute: Attribute, value: object) -> Value:
    """Return the value as the attribute's type keeps it; raise Dropped where it keeps nothing of it."""
    return None if value is None else _KEEPERS[attribute.type](value, attribute.options)


def _keep_text(value: object, _options: list[str]) -> Value:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Dropped
    return str(value)


def _keep_number(value: object, _options: list[str]) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Dropped
    return float(value)


def _keep_day(value: object, _options: list[str]) -> Value:
    """A Date keeps the day as written; the time and the offset are lost."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Dropped from None
    return f"{day.isoformat()}T00:00:00"


def _keep_option(value: object, options: list[str]) -> Value:
    if not isinstance(value, str) or value not in options:
        raise Dropped
    return value


def _keep_tick(value: object, _options: list[str]) -> Value:
    if not isinstance(value, bool):
        raise Dropped
    return value


_KEEPERS: dict[str, Callable[[object, list[str]], Value]] = {
    "Text": _keep_text,
    "Currency": _keep_number,
    "Date": _keep_day,
    "Dropdown": _keep_option,
    "CheckList": _keep_tick,
}
