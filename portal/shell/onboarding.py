"""Adding a venue from a file that describes it: its people, and as much of its settings as is known already.

What the file leaves out is set on the pages of Settings, which go by the same rules.
"""

from __future__ import annotations

import secrets
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs
from sqlalchemy.exc import IntegrityError

from portal.extensions import db
from portal.restaurant.details import pictures, rules, service as details
from portal.restaurant.details.pictures import NotALogo
from portal.restaurant.details.rules import NotUsable
from portal.shell.file_settings import BadVenueFile, RoomFile, add_settings
from portal.venues import service as venues
from portal.venues.models import Role
from portal.venues.service import NewStaff, NewVenue

Name = Annotated[str, Meta(min_length=1, max_length=120)]
# What a file calls otherwise than the column is called.
_FILE_NAMES = {"theatre_name": "theatre"}


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who signs in."""

    name: Name
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    role: Role


class VenueFile(RoomFile, frozen=True, forbid_unknown_fields=True):
    """The whole file, of which only the name and the people have to be there.

    A venue without tables seats by covers alone. `logo` is a path from the file on.
    """

    name: Name
    people: Annotated[list[Person], Meta(min_length=1)]
    reference_prefix: str = ""
    theatre: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    first_line: str = ""
    dietary_note: str = ""
    cancellation_text: str = ""
    logo: str = ""
    timezone: str = "Europe/London"
    country: str = "GB"
    currency: str = "GBP"

    def details(self) -> dict[str, str]:
        """Return the business details by the names of their fields."""
        said = {name: getattr(self, _FILE_NAMES.get(name, name)) for name in rules.LABELS}
        return said | {"reference_prefix": self.reference_prefix or rules.usual_prefix(self.name)}


def read(path: Path) -> VenueFile:
    """Return what the TOML file at `path` describes. Raises BadVenueFile."""
    try:
        described = msgspec.convert(tomllib.loads(path.read_text("utf-8")), VenueFile)
        for name, text in described.details().items():
            try:
                rules.clean(name, text, described.country)
            except NotUsable as error:
                raise BadVenueFile(f"{path}: {_FILE_NAMES.get(name, name)} = {text!r}: {error}") from error
        if described.logo:
            described = structs.replace(described, logo=str(path.parent / described.logo))
            pictures.read(Path(described.logo).read_bytes())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadVenueFile(f"{path}: {error}") from error
    except NotALogo as error:
        raise BadVenueFile(f"{path}: logo = {described.logo!r}: {error}") from error
    if not any(person.role is Role.MANAGER for person in described.people):
        raise BadVenueFile(f'{path}: one of the people has to have role = "manager"')
    return described


def add(described: VenueFile, password: str | None = None) -> dict[str, str]:
    """Add the venue and return each person's e-mail address with their first password.

    Everybody gets a password of their own, unless `password` names one for all. Raises BadVenueFile when an
    address is there twice, or the settings are what no page would take; then nothing was added.
    """
    passwords = {person.email: password or secrets.token_urlsafe(12) for person in described.people}
    try:
        texts = described.details()
        venue = venues.add_venue(NewVenue(texts["name"], texts["timezone"], texts["reference_prefix"]))
        details.describe(venue, texts, Path(described.logo).read_bytes() if described.logo else b"")
        for person in described.people:
            venues.add_staff(venue, NewStaff(person.name, person.email, person.role, passwords[person.email]))
        add_settings(venue, described)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise BadVenueFile("an email address is in use already; nothing was added") from error
    except BadVenueFile:
        db.session.rollback()
        raise
    return passwords
