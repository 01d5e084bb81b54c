"""The message a manager can pass on to whoever runs Spektrix for them. It never holds the key (R32)."""

from __future__ import annotations

from collections.abc import Sequence

from portal.integration.attribute_rules import NAMES

WHERE_API_USERS = "Settings Interface › Users › API Accounts"
WHERE_ATTRIBUTES = "Settings Interface › Attributes › Customer"

API_USER_STEPS = (
    f"In Spektrix, open {WHERE_API_USERS}.",
    "Choose New API Account with System Owner permissions, and whose email and mobile get the key.",
    "Spektrix texts a code and emails a link. Open it and copy the key. It is shown only once.",
)


def request_all(venue_name: str, from_name: str) -> str:
    """Return the whole request: an API user and both attributes."""
    return _message(
        venue_name,
        from_name,
        ["An API user:", *_numbered(API_USER_STEPS), "", *_attribute_lines(NAMES)],
    )


def request_attributes(venue_name: str, from_name: str, names: Sequence[str]) -> str:
    """Return the request for the attributes in `names`."""
    return _message(venue_name, from_name, _attribute_lines(names))


def request_permission(venue_name: str, from_name: str, api_user: str) -> str:
    """Return the request to let the API user read baskets and update customers."""
    lines = [
        f"The API user {api_user} may not read baskets or update customers.",
        f"Recreate it in {WHERE_API_USERS} with standard System Owner permissions, and pass on its new key.",
    ]
    return _message(venue_name, from_name, lines)


def request_key(venue_name: str, from_name: str, api_user: str) -> str:
    """Return the request for a key that Spektrix accepts."""
    lines = [
        f"Spektrix does not accept the key we have for the API user {api_user}.",
        f"Check in {WHERE_API_USERS} that this API user exists, and make a new key for it.",
    ]
    return _message(venue_name, from_name, lines)


def _attribute_lines(names: Sequence[str]) -> list[str]:
    lines = [f"In {WHERE_ATTRIBUTES}, with exactly these names, capitals and spaces included:"]
    return [*lines, *(f"- {name} (type Text)" for name in names)]


def _numbered(steps: Sequence[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _message(venue_name: str, from_name: str, lines: Sequence[str]) -> str:
    head = f"{venue_name} tells Spektrix about restaurant visits. For that we need your help in Spektrix."
    return "\n".join([head, "", *lines, "", f"Reply to {from_name} at {venue_name}."])
