"""Checking what the control API is sent: every field known, every value of the right kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


class NotAccepted(Exception):
    """A body that the control API does not take; the message is the sentence for the answer."""


@dataclass(frozen=True)
class Rule:
    """What a field may hold: in words, and as a test."""

    words: str
    holds: Callable[[object], bool]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


TEXT = Rule("text", lambda value: isinstance(value, str))
NUMBER = Rule("a number", _number)
POSITIVE = Rule("a number above 0", lambda value: _number(value) and value > 0)  # type: ignore[operator]
NOT_NEGATIVE = Rule("a number from 0", lambda value: _number(value) and value >= 0)  # type: ignore[operator]
WHOLE = Rule("a whole number from 1", lambda v: isinstance(v, int) and not isinstance(v, bool) and v > 0)
YES_NO = Rule("true or false", lambda value: isinstance(value, bool))
TEXTS = Rule("a list of texts", _texts)
OBJECT = Rule("an object", lambda value: isinstance(value, dict))


def or_null(rule: Rule) -> Rule:
    """Return the rule, null allowed as well."""
    return Rule(f"{rule.words} or null", lambda value: value is None or rule.holds(value))


def one_of(*choices: object) -> Rule:
    """Return a rule that takes exactly these values."""
    names = ", ".join(repr(choice) if isinstance(choice, str) else str(choice) for choice in choices)
    return Rule(f"one of {names}", lambda value: type(value) is not bool and value in choices)


def checked(body: object, rules: Mapping[str, Rule], required: tuple[str, ...] = ()) -> dict[str, object]:
    """Return `body` if it is an object whose fields all obey `rules`; raise NotAccepted otherwise."""
    if not isinstance(body, dict):
        raise NotAccepted("Send one JSON object.")
    for name, value in body.items():
        if name not in rules:
            raise NotAccepted(f"There is no field {name!r}. Known fields: {', '.join(sorted(rules))}.")
        if not rules[name].holds(value):
            raise NotAccepted(f"The field {name!r} must be {rules[name].words}.")
    missing = [name for name in required if name not in body]
    if missing:
        raise NotAccepted(f"The field {missing[0]!r} is missing.")
    return body
