"""The business details beyond saving one card: the logo, and all that a file says at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.restaurant import saving
from portal.restaurant.details import logos, pictures, rules
from portal.restaurant.details.pictures import Picture
from portal.restaurant.details.subjects import LOGO
from portal.restaurant.models import SettingSave
from portal.restaurant.saving import Filled
from portal.venues.models import Venue


@dataclass(frozen=True)
class NewLogo:
    """The logo as it is to be, None for no logo; `number` is the save on which the form was filled in."""

    picture: Picture | None
    number: int


def save(
    venue: Venue, cards: Sequence[Filled], logo: NewLogo | None, staff_id: int | None
) -> list[SettingSave]:
    """Save all that was typed on the page, or nothing of it, and return what differs.

    A card that its form left alone is left as it is now, whoever saved it meanwhile. Raises SavedMeanwhile.
    """
    saving.hold(venue)
    changed = [each for each in cards if not saving.is_untouched(venue, each)]
    if logo:
        digest = logos.keep(venue, logo.picture) if logo.picture else ""
        changed.append(Filled(LOGO, {"logo_digest": digest}, logo.number))
    return saving.save_together(venue, changed, staff_id)


def describe(venue: Venue, texts: Mapping[str, str], logo: bytes = b"") -> None:
    """Set what a file says of a new venue; does not commit. Raises NotUsable and NotALogo."""
    for name, text in texts.items():
        setattr(venue, name, rules.clean(name, text, texts.get("country", venue.country)))
    if logo:
        venue.logo_digest = logos.keep(venue, pictures.read(logo))
