"""Who is who: keys that recognise a guest, and whether a booker and a Spektrix customer agree (Q21)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import phonenumbers

LONGEST_KEY = 120


@dataclass(frozen=True)
class Person:
    """What one side says of a person. Any field may be empty; `country` reads local phone numbers."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phones: tuple[str, ...] = ()
    country: str = "GB"


def email_key(email: str) -> str:
    """Return the address as compared: trimmed, composed, case-folded."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def phone_key(phone: str, country: str) -> str:
    """Return the number in E.164, or "" where it is none."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def name_key(name: str) -> str:
    """Return the name as compared: case, accents and spacing folded."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\u2019", "'").split())


def search_keys(name: str) -> tuple[str, str]:
    """Return what a search compares: the whole name and its last word, folded, as long as a column holds."""
    key = name_key(name)
    return key[:LONGEST_KEY], key.rpartition(" ")[2][:LONGEST_KEY]


def same_person(booker: Person, customer: Person) -> bool:
    """Tell whether e-mail, phone number, or first name and surname both, agree."""
    if email_key(booker.email) and email_key(booker.email) == email_key(customer.email):
        return True
    if _same_phone(booker, customer):
        return True
    return bool(booker.last_name and booker.first_name) and _full_name_key(booker) == _full_name_key(customer)


def details_agree(booker: Person, customer: Person) -> bool:
    """Tell whether a customer found by e-mail address is the booker: surname or phone agrees too (Q1)."""
    same_email = bool(email_key(booker.email)) and email_key(booker.email) == email_key(customer.email)
    return same_email and (_has_surname(booker, customer.last_name) or _same_phone(booker, customer))


def _has_surname(booker: Person, surname: str) -> bool:
    """A name of three words does not say where the surname begins, so it may be any ending of it."""
    wanted = name_key(surname)
    return bool(wanted) and f" {_full_name_key(booker)}".endswith(f" {wanted}")


def _same_phone(booker: Person, customer: Person) -> bool:
    return bool(_phone_keys(booker) & _phone_keys(customer))


def split_name(full_name: str) -> tuple[str, str]:
    """Return first name and surname of a typed full name; a single word is a first name."""
    first, _, rest = " ".join(full_name.split()).partition(" ")
    return first, rest


def masked(person: Person) -> str:
    """Return enough of a person for a manager to recognise a mistake and too little to contact them."""
    email = person.email.strip()
    name, _, host = email.partition("@")
    shown_email = f"{name[:1]}…@{host}" if host else "no email"
    initials = "".join(part[:1] for part in (person.first_name, person.last_name) if part)
    return f"{initials or 'no name'}, {shown_email}"


def _phone_keys(person: Person) -> set[str]:
    return {key for phone in person.phones if (key := phone_key(phone, person.country))}


def _full_name_key(person: Person) -> str:
    return name_key(f"{person.first_name} {person.last_name}")
