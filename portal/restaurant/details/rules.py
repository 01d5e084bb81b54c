"""What may be said of a restaurant, on its page or in a file: each text cleaned, or refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from portal import typed_text
from portal.typed_text import NotText
from portal.venues.slugs import slug_of

CURRENCIES = {
    "GBP": "Pound sterling (£)",
    "EUR": "Euro (€)",
    "USD": "US dollar ($)",
    "AUD": "Australian dollar ($)",
    "CAD": "Canadian dollar ($)",
    "CHF": "Swiss franc (CHF)",
    "CZK": "Czech koruna (Kč)",
    "DKK": "Danish krone (kr)",
    "HKD": "Hong Kong dollar ($)",
    "HUF": "Hungarian forint (Ft)",
    "ISK": "Icelandic króna (kr)",
    "JPY": "Japanese yen (¥)",
    "NOK": "Norwegian krone (kr)",
    "NZD": "New Zealand dollar ($)",
    "PLN": "Polish złoty (zł)",
    "RON": "Romanian leu (lei)",
    "SEK": "Swedish krona (kr)",
    "SGD": "Singapore dollar ($)",
    "ZAR": "South African rand (R)",
}
LABELS = {
    "name": "Name",
    "theatre_name": "Theatre",
    "address": "Address",
    "phone": "Phone number",
    "email": "Email",
    "website": "Website",
    "first_line": "First line for diners",
    "dietary_note": "Dietary needs and access",
    "cancellation_text": "Cancelling and changing",
    "reference_prefix": "Booking references start with",
    "timezone": "Time zone",
    "country": "Country",
    "currency": "Currency",
}
"""Every field of the business details."""
MOST = {
    "name": 120,
    "theatre_name": 120,
    "address": 300,
    "phone": 40,
    "email": 254,
    "website": 300,
    "first_line": 200,
    "dietary_note": 500,
    "cancellation_text": 1000,
}
"""The most characters of each text."""
MOST_ADDRESS_LINES = 6
LEAST_OF_ADDRESS = 2

_PREFIX = re.compile("[A-Z]{1,4}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)([^\W_]([\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
# A name that starts with one of these is known by what follows.
_ARTICLES = frozenset({"the", "le", "la", "les", "el", "il", "das", "der", "die"})


class NotUsable(ValueError):
    """A text that cannot be used; the message is for whoever typed it, and names the field."""


def clean(name: str, text: str, country: str = "GB") -> str:
    """Return the text of a field as it is stored. Raises NotUsable.

    Args:
        name: of the field, one of LABELS.
        text: what was typed.
        country: two letters, for a phone number without its country.
    """
    cleaned = _readable(name, text)
    if len(cleaned) > MOST.get(name, len(cleaned)):
        raise NotUsable(f"{LABELS[name]} must be {MOST[name]} characters or fewer")
    if name == "phone":
        return _phone(cleaned, country)
    check = _CHECKS.get(name)
    return check(cleaned) if check else cleaned


def booking_address(text: str) -> str:
    """Return what a booking address is to end in; a whole address is cut down to that. Raises NotUsable."""
    slug = slug_of(text.strip().rstrip("/").rpartition("/")[2])
    if len(slug) < LEAST_OF_ADDRESS:
        raise NotUsable("Booking address must have two letters or more, like the-green-room")
    return slug


@lru_cache(maxsize=1)
def zones() -> dict[str, list[str]]:
    """Return the time zones that a country has today, by part of the world."""
    found: dict[str, list[str]] = {}
    for row in sorted(_table("zone.tab"), key=lambda row: row[2]):
        found.setdefault(row[2].partition("/")[0], []).append(row[2])
    return found


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Return what each country is called, by its two letters, in the order of the names."""
    # The table calls it Britain (UK), where few of its people would look.
    named = {row[0]: row[1] for row in _table("iso3166.tab")} | {"GB": "United Kingdom"}
    return dict(sorted(named.items(), key=lambda each: each[1]))


def usual_prefix(name: str) -> str:
    """Return what booking references begin with at a restaurant of this name, unless it says otherwise."""
    words = re.findall(r"[A-Za-z]+", name)
    known_by = [word for word in words if word.casefold() not in _ARTICLES] or words
    return "".join(word[0] for word in known_by[:2]).upper() or "B"


def _readable(name: str, text: str) -> str:
    several_lines = name in {"address", "dietary_note", "cancellation_text"}
    # A mark in an address or a number that cannot be seen came along by accident.
    without_marks = name in {"phone", "email", "website"}
    read = (
        typed_text.lines
        if several_lines
        else typed_text.without_marks
        if without_marks
        else typed_text.one_line
    )
    try:
        cleaned = read(text)
    except NotText:
        raise NotUsable(
            f"{LABELS[name]} has a hidden character in it. Type it again, without pasting"
        ) from None
    if typed_text.holds_key(cleaned):
        raise NotUsable(f"{LABELS[name]} holds what looks like a password or key. Take it out")
    return cleaned


def _name(text: str) -> str:
    if not any(each.isalnum() for each in text):
        raise NotUsable("Enter the name of the restaurant")
    return text


def _address(text: str) -> str:
    lines = [line for line in text.split("\n") if line]
    if len(lines) > MOST_ADDRESS_LINES:
        raise NotUsable(f"Address must be {MOST_ADDRESS_LINES} lines or fewer")
    return "\n".join(lines)


def _phone(text: str, country: str) -> str:
    """Return a number as it was typed, since people group the digits of their own in their own way."""
    if not text:
        return ""
    if letters := typed_text.letters_in_number(text):
        raise NotUsable(f"Phone number has letters in it: {letters}. Type all of it in digits")
    try:
        is_possible = phonenumbers.is_possible_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        is_possible = False
    if not is_possible:
        raise NotUsable("Phone number must have all its digits, like 01632 960 123")
    return text


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise NotUsable("Email must be an address with an @, like name@example.com") from None


def _website(text: str) -> str:
    if not text:
        return ""
    address = text if _SCHEME.match(text) and not re.match(r"[^/]+:\d", text) else f"https://{text}"
    refused = NotUsable("Website must be an address such as https://www.example.com")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise refused from None
    if parts.scheme.lower() not in {"http", "https"} or parts.username or not _HOST.fullmatch(host):
        raise refused
    if any(each.isspace() for each in address) or len(address) > MOST["website"]:
        raise refused
    return address


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text.upper()):
        raise NotUsable("Booking references start with one to four letters from A to Z, like GR")
    return text.upper()


def _one_of(name: str, known: Callable[[], object]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in known():  # type: ignore[operator]
            raise NotUsable(f"{LABELS[name]} must be one of the options shown")
        return text

    return check


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    """Return the names of all time zones; Python would look through every file of them each time."""
    return frozenset(available_timezones())


def _time_zone(text: str) -> str:
    if text not in _known_zones():
        raise NotUsable("Time zone must be a name such as Europe/London")
    return text


_CHECKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "address": _address,
    "email": _email,
    "website": _website,
    "reference_prefix": _prefix,
    "timezone": _time_zone,
    "country": _one_of("country", countries),
    "currency": _one_of("currency", lambda: CURRENCIES),
}


def _table(name: str) -> list[list[str]]:
    """Return the rows of a table that comes with the time zone data."""
    text = (resources.files("tzdata.zoneinfo") / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
