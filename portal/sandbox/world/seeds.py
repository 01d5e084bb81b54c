"""What every sandbox starts with."""

from __future__ import annotations

from portal.sandbox.world.attributes import Attribute
from portal.sandbox.world.records import ApiUser, Customer

LAST_DINED_AT = "Last Dined At"
NUMBER_OF_VISITS = "Number of Restaurant Visits"
DEMO_LOGIN = "greenroom-api"
DEMO_SECRET = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="  # noqa: S105, of the demo alone
DEMO_PASSWORD = "opening-night"  # noqa: S105, of the demo alone


def attributes() -> list[Attribute]:
    """Return the attribute definitions: two of the theatre's own, then the two that the restaurant needs."""
    return [
        Attribute("Access Needs"),
        Attribute("Favourite Genre", "Dropdown", ["Comedy", "Drama", "Music", "New writing"]),
        Attribute(LAST_DINED_AT),
        Attribute(NUMBER_OF_VISITS),
    ]


def customers() -> list[Customer]:
    """Return the demo's customers; the telephone numbers are from the range kept for drama."""
    return [
        _customer("I-7Q2D-K9XM", "Amara", "Okafor", "07700 900461", "Drama"),
        _customer("I-3F8B-22HV", "Tom", "Whitfield", "07700 900123", "Comedy"),
        _customer("I-9K4C-1ATK", "Daniel", "Reyes", "07700 900777", "Music"),
    ]


def api_users() -> list[ApiUser]:
    """Return the demo venue's API user."""
    return [ApiUser(DEMO_LOGIN, DEMO_SECRET)]


def _customer(customer_id: str, first_name: str, last_name: str, mobile: str, genre: str) -> Customer:
    return Customer(
        id=customer_id,
        email=f"{first_name}.{last_name}@example.org".lower(),
        firstName=first_name,
        lastName=last_name,
        mobile=mobile,
        password=DEMO_PASSWORD,
        attributes={"Access Needs": "", "Favourite Genre": genre},
    )
