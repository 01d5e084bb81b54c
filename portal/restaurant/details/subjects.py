"""The cards of the business details, the one source of what diners read about the restaurant (R61, R102)."""

from __future__ import annotations

from portal.restaurant.details import logos
from portal.restaurant.details.rules import CURRENCIES, LABELS, countries
from portal.restaurant.saving import CannotUndo, Subject, Values, subject
from portal.venues import slugs
from portal.venues.models import Venue
from portal.venues.slugs import SlugTaken

_PAGE = "restaurant.details"


def _card(kind: str, title: str, *names: str) -> Subject:
    def read(venue: Venue, _row_id: int) -> Values:
        return {name: getattr(venue, name) for name in names}

    def write(venue: Venue, _row_id: int, values: Values) -> None:
        for name, value in values.items():
            setattr(venue, name, value)

    return subject(Subject(kind, title, {name: LABELS[name] for name in names}, read, write, _text, _PAGE))


def _text(name: str, value: str) -> str:
    if name == "country":
        return countries().get(value, value)
    if name == "currency":
        return CURRENCIES.get(value, value)
    return value.replace("\n", ", ") or "Nothing"


BUSINESS = _card(
    "business", "Name and contact", "name", "theatre_name", "address", "phone", "email", "website"
)
WORDS = _card("words", "What diners read", "first_line", "dietary_note", "cancellation_text")
REFERENCES = _card("references", "Booking references", "reference_prefix")
PLACE = _card("place", "Country and currency", "country", "currency")


def _move(venue: Venue, _row_id: int, values: Values) -> None:
    try:
        slugs.change(venue, values["slug"])
    except SlugTaken:
        raise CannotUndo(
            f"“{values['slug']}” belongs to another restaurant. Choose another address"
        ) from None


BOOKING_PAGE = subject(
    Subject(
        "booking_page",
        "Booking page",
        {"slug": "Booking address"},
        lambda venue, _row_id: {"slug": venue.slug},
        _move,
        lambda _name, value: value,
        _PAGE,
    )
)
CARDS = {about.kind: about for about in (BUSINESS, WORDS, BOOKING_PAGE, REFERENCES, PLACE)}
"""The cards that hold texts and choices alone."""


def _put_logo(venue: Venue, _row_id: int, values: Values) -> None:
    digest = values["logo_digest"]
    if digest and not logos.has(venue, digest):
        raise CannotUndo("That logo is no longer kept. Choose its file again.")
    venue.logo_digest = digest


LOGO = subject(
    Subject(
        "logo",
        "Logo",
        {"logo_digest": "Logo"},
        lambda venue, _row_id: {"logo_digest": venue.logo_digest},
        _put_logo,
        lambda _name, value: "A picture" if value else "Nothing",
        _PAGE,
    )
)
