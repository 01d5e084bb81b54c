"""Finding the customer of a guest who came without a basket, by the details they gave (Q1)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.findings import Code
from portal.guests import rules as guest_rules
from portal.guests.rules import Person, Proof
from portal.integration.connection import gateway
from portal.integration.connection.gateway import Connection
from portal.spektrix import identifiers
from portal.spektrix.schemas import Customer

_OBJECTIONS = {Proof.ENOUGH: None, Proof.IN_PART: Code.BASKET_UNSURE, Proof.NONE: Code.MISMATCH}


@dataclass(frozen=True)
class Answer:
    """What Spektrix said: the customer, if one came into question, and what the answer alone holds against
    linking the guest to them."""

    customer: Customer | None
    objection: Code | None = None


def person_of(customer: Customer, country: str) -> Person:
    """Return a customer as rules compare them; `country` reads their local phone numbers."""
    phones = (customer.phone, customer.mobile)
    return Person(customer.first_name, customer.last_name, customer.email, phones, country)


def ask_by_details(connection: Connection, guest: Person, booker: Person) -> Answer:
    """Return the one customer with the booker's e-mail address, and whether anything else agrees."""
    if not _can_be_an_address(booker.email):
        return Answer(None, Code.NO_ACCOUNT)
    customer = gateway.found(connection, lambda: connection.customer_by_email(booker.email))
    if customer is None:
        return Answer(None, Code.NO_ACCOUNT)
    found = person_of(customer, booker.country)
    if guest_rules.email_key(found.email) != guest_rules.email_key(booker.email):
        return Answer(None, Code.NO_ACCOUNT)
    agrees = guest_rules.account_is_guest(guest, booker, found)
    return Answer(customer, None if agrees else Code.LINK_PROPOSED)


def ask_by_basket(connection: Connection, basket_id: str, guest: Person, booker: Person) -> Answer:
    """Return who owns the basket, and whether they are the guest."""
    basket = gateway.found(connection, lambda: connection.basket_by_id(basket_id))
    if basket is None:
        return Answer(None, Code.BASKET_GONE)
    if basket.customer_id is None:
        return Answer(None, Code.ANONYMOUS)
    owner_id = basket.customer_id
    customer = gateway.found(connection, lambda: connection.customer_by_id(owner_id))
    if customer is None:
        return Answer(None, Code.CUSTOMER_GONE)
    proof = guest_rules.owner_is_guest(guest, booker, person_of(customer, booker.country))
    return Answer(customer, _OBJECTIONS[proof])


def _can_be_an_address(email: str) -> bool:
    try:
        identifiers.email(email.strip())
    except ValueError:
        return False
    return True
