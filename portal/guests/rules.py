"""Who is who: keys that recognise a guest, and whether a booker and a Spektrix customer agree (Q21, Q22)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import idna
import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher, ValidationResult

from portal.guests import names

# Longer texts in a field for one number are notes.
_LONGEST_PHONE_TEXT = 200
# Made-up numbers: seven equal digits, or eight that count up or down.
_UP, _DOWN = "01234567890123456", "65432109876543210"
_MADE_UP = re.compile(
    "|".join([r"(\d)\1{6}", *(run[first : first + 8] for run in (_UP, _DOWN) for first in range(10))])
)


@dataclass(frozen=True)
class Person:
    """What one side says of a person. Any field may be empty; `country` reads local phone numbers."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phones: tuple[str, ...] = ()
    country: str = "GB"


def email_key(email: str) -> str:
    """Return an address as compared: domain in IDNA form (IDNA 2008), local part in small letters (Q22).

    Nothing else is folded: `straße.example` and `strasse.example` are two domains, of two owners.
    """
    local, at, domain = unicodedata.normalize("NFC", email).strip().rpartition("@")
    return f"{local.lower()}{at}{_domain_key(domain)}"


def _domain_key(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain.lower()


def phone_key(phone: str, country: str) -> str:
    """Return the first number of a text in E.164, or "" where there is none that could be somebody's."""
    return next(iter(phone_keys(phone, country)), "")


def phone_keys(text: str, country: str) -> list[str]:
    """Return the numbers that stand in a text, in E.164 with any extension, in their order.

    Box offices write into the field for a number whatever helps them: "07700 900901 (work)", two numbers,
    underscores. Left out is what cannot be anybody's: a number without its area code, one of the wrong
    length for its country, seven equal digits, a run of eight (Q22).
    """
    spaced = text[:_LONGEST_PHONE_TEXT].replace("_", " ")
    found = [match.number for match in PhoneNumberMatcher(spaced, country, leniency=Leniency.POSSIBLE)]
    keys = [_key_of(number) for number in found if _could_be_somebodys(number)]
    return list(dict.fromkeys(keys))


def _could_be_somebodys(number: phonenumbers.PhoneNumber) -> bool:
    has_the_length = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    # Not `national_number`, which drops leading zeros and with them a number of zeros alone.
    return has_the_length and not _MADE_UP.search(phonenumbers.national_significant_number(number))


def _key_of(number: phonenumbers.PhoneNumber) -> str:
    key = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{key};{number.extension}" if number.extension else key


class Proof(StrEnum):
    """How far two records are one person."""

    ENOUGH = "enough"
    IN_PART = "in_part"
    NONE = "none"


def owner_is_guest(guest: Person, booker: Person, owner: Person) -> Proof:
    """Tell whether a basket's owner is the guest whom a booking was made for (Q22).

    What agrees has to agree with the guest: whoever knows a guest's address can book with it, under a name of
    their own and with a basket of their own.

    Args:
        guest: the saved guest.
        booker: what was typed into this booking; for a new guest the same.
        owner: the customer who owns the basket.
    """
    if _same_email(guest, owner):
        return Proof.ENOUGH
    same_name = _same_full_name(guest, owner)
    same_phone = bool(_phones_of(guest) & _phones_of(owner))
    # Somebody with another name may know the guest's number, so a number counts only if the booking has the
    # guest's name.
    if _is_named(guest, booker):
        if same_name and not (_other_email(guest, owner) and _other_phone(guest, owner)):
            return Proof.ENOUGH
        if same_phone and names.has_surname(_full_name(guest), owner.last_name):
            return Proof.ENOUGH
    typed_agrees = _same_email(booker, owner) or _same_full_name(booker, owner)
    some = same_name or same_phone or typed_agrees or bool(_phones_of(booker) & _phones_of(owner))
    return Proof.IN_PART if some else Proof.NONE


def account_is_guest(guest: Person, booker: Person, customer: Person) -> bool:
    """Tell whether the customer found by the booking's e-mail address is the guest (Q1).

    Surname or number have to agree too.
    """
    if not _same_email(booker, customer):
        return False
    same_surname = _is_named(guest, booker) and names.has_surname(_full_name(guest), customer.last_name)
    return same_surname or bool(_phones_of(guest) & _phones_of(customer))


def _same_email(one: Person, other: Person) -> bool:
    return bool(email_key(one.email)) and email_key(one.email) == email_key(other.email)


def _other_email(one: Person, other: Person) -> bool:
    return bool(one.email and other.email) and not _same_email(one, other)


def _other_phone(one: Person, other: Person) -> bool:
    mine, theirs = _phones_of(one), _phones_of(other)
    return bool(mine and theirs) and not mine & theirs


def _same_full_name(one: Person, other: Person) -> bool:
    # An East Asian name that was typed as one word has both; the customer's two fields say so.
    has_both = any(person.first_name and person.last_name for person in (one, other))
    return has_both and _is_named(one, other)


def _is_named(one: Person, other: Person) -> bool:
    return names.is_one_name(_full_name(one), _full_name(other))


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


def _phones_of(person: Person) -> set[str]:
    return {key for phone in person.phones for key in phone_keys(phone, person.country)}


def _full_name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}"
