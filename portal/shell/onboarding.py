"""Adding a venue from a file that describes it: its people, its tables, its week."""

from __future__ import annotations

import secrets
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta, Struct
from sqlalchemy.exc import IntegrityError

from portal.availability import setup
from portal.extensions import db
from portal.venues import service as venues
from portal.venues.models import Role
from portal.venues.service import NewStaff, NewVenue

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
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
    """The whole file. A venue without tables seats by covers alone."""

    name: Name
    reference_prefix: Annotated[str, Meta(pattern="^[A-Z]{1,4}$")]
    people: Annotated[list[Person], Meta(min_length=1)]
    services: Annotated[list[Service], Meta(min_length=1)]
    tables: list[Table] = []
    theatre: Annotated[str, Meta(max_length=120)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    timezone: str = "Europe/London"
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "GB"


def read(path: Path) -> VenueFile:
    """Return what the TOML file at `path` describes. Raises BadVenueFile."""
    try:
        described = msgspec.convert(tomllib.loads(path.read_text("utf-8")), VenueFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadVenueFile(f"{path}: {error}") from error
    if described.timezone not in available_timezones():
        raise BadVenueFile(f"{path}: {described.timezone} is no time zone; use a name such as Europe/London")
    if not any(person.role is Role.MANAGER for person in described.people):
        raise BadVenueFile(f'{path}: one of the people has to have role = "manager"')
    return described


def add(described: VenueFile, password: str | None = None) -> dict[str, str]:
    """Add the venue and return each person's e-mail address with their first password.

    Everybody gets a password of their own, unless `password` names one for all. Raises BadVenueFile when an
    address or a table is there twice; then nothing was added.
    """
    passwords = {person.email: password or secrets.token_urlsafe(12) for person in described.people}
    try:
        venue = venues.add_venue(
            NewVenue(
                described.name,
                described.theatre,
                described.timezone,
                described.country,
                described.phone,
                described.reference_prefix,
            )
        )
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
