"""Adding a venue from a file that describes it: its people, and as much of its settings as is known already.

What the file leaves out is set on the pages of Settings, which go by the same rules.
"""

from __future__ import annotations

import secrets
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, structs
from sqlalchemy.exc import IntegrityError

from portal.availability import setup
from portal.extensions import db
from portal.restaurant.details import pictures, rules, service as details
from portal.restaurant.details.pictures import NotALogo
from portal.restaurant.details.rules import NotUsable
from portal.venues import service as venues
from portal.venues.models import Role
from portal.venues.service import NewStaff, NewVenue

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
# What a file calls otherwise than the column is called.
_FILE_NAMES = {"theatre_name": "theatre"}
Covers = Annotated[int, Meta(ge=1, le=10_000)]


class BadVenueFile(ValueError):
    """The file does not describe a venue; the message says where and what to change."""


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who signs in."""

    name: Name
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    role: Role


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table and its seats."""

    name: Annotated[str, Meta(min_length=1, max_length=20)]
    seats: Covers


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """A service period on some days of the week; times are wall times, minutes are multiples of a quarter."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    days: Annotated[list[Day], Meta(min_length=1)]
    opens: time
    last_seating: time
    covers: Covers
    slot_minutes: Literal[15, 30, 60] = 15
    stay_minutes: Annotated[int, Meta(ge=15, le=720, multiple_of=15)] = 105


class VenueFile(Struct, frozen=True, forbid_unknown_fields=True):
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
    services: list[Service] = []
    tables: list[Table] = []

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
    address or a table is there twice; then nothing was added. A wing that has more to say of a venue adds its
    fields to the file, and here one call that adds its rows without a commit.
    """
    passwords = {person.email: password or secrets.token_urlsafe(12) for person in described.people}
    try:
        texts = described.details()
        venue = venues.add_venue(NewVenue(texts["name"], texts["timezone"], texts["reference_prefix"]))
        details.describe(venue, texts, Path(described.logo).read_bytes() if described.logo else b"")
        for person in described.people:
            venues.add_staff(venue, NewStaff(person.name, person.email, person.role, passwords[person.email]))
        for table in described.tables:
            setup.add_table(venue, table.name, table.seats)
        for service in described.services:
            setup.add_period(
                venue,
                setup.NewPeriod(
                    service.name,
                    [DAYS.index(day) for day in service.days],
                    service.opens,
                    service.last_seating,
                    service.slot_minutes,
                    service.stay_minutes,
                    service.covers,
                ),
            )
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise BadVenueFile("an email address or a table name is in use already; nothing was added") from error
    return passwords
