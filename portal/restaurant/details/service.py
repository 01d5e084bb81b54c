"""The business details beyond saving one card: the logo, and all that a file says at once."""

from __future__ import annotations

from collections.abc import Mapping

from portal.restaurant import saving
from portal.restaurant.details import logos, pictures, rules
from portal.restaurant.details.subjects import LOGO
from portal.restaurant.models import SettingSave
from portal.venues.models import Venue


def save_logo(venue: Venue, file: bytes, number: int, staff_id: int | None) -> SettingSave | None:
    """Make the logo in a file what diners see; None where it is that already.

    Raises NotALogo, and SavedMeanwhile where somebody else has saved another since the page was loaded.
    """
    picture = pictures.read(file)
    saving.hold(venue)
    digest = logos.keep(venue, picture)
    return saving.save(venue, LOGO, {"logo_digest": digest}, number, staff_id)


def remove_logo(venue: Venue, number: int, staff_id: int | None) -> SettingSave | None:
    """Show diners no logo. Raises SavedMeanwhile."""
    return saving.save(venue, LOGO, {"logo_digest": ""}, number, staff_id)


def describe(venue: Venue, texts: Mapping[str, str], logo: bytes = b"") -> None:
    """Set what a file says of a new venue; does not commit. Raises NotUsable and NotALogo."""
    for name, text in texts.items():
        setattr(venue, name, rules.clean(name, text, texts.get("country", venue.country)))
    if logo:
        venue.logo_digest = logos.keep(venue, pictures.read(logo))
