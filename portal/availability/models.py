"""When the venue serves, where people sit, and what of it is taken. Never reads the bookings table."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned

EVERY_DAY = 0b1111111
NOTE_LENGTH = 200
PLACE_NAME_LENGTH = 20
# How long a booking waits to be confirmed at a venue that has not said otherwise.
PENDING_MINUTES = 60


class ServicePeriod(VenueOwned, Base):
    """Lunch or dinner. `last_seating` at or before `opens` means after midnight.

    It runs on the `weekdays` (a bit for each, Monday 1) from `valid_from` to `valid_until`, both included and
    None for no bound. One that belongs to a special day has that date in `special_on` and no weekdays.
    A change from a date on ends one row and begins another with the same `follows_id`, the first row's id.
    `stays` are pairs of the largest party and its minutes; `stay_minutes` is for parties beyond them. The
    online rules are None where the venue's own apply.
    """

    __tablename__ = "service_periods"
    __table_args__ = (Index("ix_service_periods_of_venue", "venue_id", "special_on"),)

    name: Mapped[str] = mapped_column(String(60))
    weekdays: Mapped[int] = mapped_column(default=EVERY_DAY)
    special_on: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    follows_id: Mapped[int | None]
    opens: Mapped[time] = mapped_column(Time)
    last_seating: Mapped[time] = mapped_column(Time)
    slot_minutes: Mapped[int] = mapped_column(default=15)
    stay_minutes: Mapped[int] = mapped_column(default=105)
    stays: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    covers: Mapped[int]
    most_covers: Mapped[int | None]
    most_parties: Mapped[int | None]
    notice_minutes: Mapped[int | None]
    horizon_days: Mapped[int | None]
    largest_online: Mapped[int | None]


class SpecialDay(VenueOwned, Base):
    """A date unlike its weekday: closed, with other hours, or with tables hired; `note` is for diners."""

    __tablename__ = "special_days"
    __table_args__ = (UniqueConstraint("venue_id", "service_on"),)

    service_on: Mapped[date] = mapped_column(Date)
    closed: Mapped[bool] = mapped_column(default=False)
    other_hours: Mapped[bool] = mapped_column(default=False)
    hired_table_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")


class OnlineRules(Base):
    """What binds diners on the web in every period that has no rule of its own.

    `pending_minutes` is how long a booking that is not confirmed yet holds its place, None for no limit.
    """

    __tablename__ = "online_rules"

    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), primary_key=True)
    notice_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int | None]
    largest_online: Mapped[int | None]
    # Saved as no limit where a person says so, and not as the default.
    pending_minutes: Mapped[int | None] = mapped_column(
        Integer().evaluates_none(), default=PENDING_MINUTES, server_default="60"
    )


class DiningArea(VenueOwned, Base):
    """A part of the room, in the venue's own order; one for walk-ins gives its tables to nobody else."""

    __tablename__ = "dining_areas"
    __table_args__ = (UniqueConstraint("venue_id", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    for_walk_ins: Mapped[bool] = mapped_column(default=False)


class DiningTable(VenueOwned, Base):
    """A table. A venue without any seats by covers alone.

    It takes parties from `smallest` to `largest`, None for as many as it has seats, and is out of use from
    `out_from` to `out_until`, both included, None for no bound.
    """

    __tablename__ = "dining_tables"
    __table_args__ = (UniqueConstraint("venue_id", "name"),)

    name: Mapped[str] = mapped_column(String(PLACE_NAME_LENGTH))
    seats: Mapped[int]
    area_id: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)
    smallest: Mapped[int] = mapped_column(default=1)
    largest: Mapped[int | None]
    last_choice: Mapped[bool] = mapped_column(default=False)
    online: Mapped[bool] = mapped_column(default=True)
    out_from: Mapped[date | None] = mapped_column(Date)
    out_until: Mapped[date | None] = mapped_column(Date)


class TableGroup(VenueOwned, Base):
    """Tables that are joined for a large party, with a range of their own."""

    __tablename__ = "table_groups"
    __table_args__ = (UniqueConstraint("venue_id", "name"),)

    name: Mapped[str] = mapped_column(String(PLACE_NAME_LENGTH))
    table_ids: Mapped[list[int]] = mapped_column(JSON)
    smallest: Mapped[int]
    largest: Mapped[int]
    online: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


class HouseVersion(Base):
    """How often hours, tables or special days of a venue have changed, so that a copy can tell it is old.

    `changed_at` is when they did last, None before the first change that was noted.
    """

    __tablename__ = "house_versions"

    venue_id: Mapped[int] = mapped_column(ForeignKey("venues.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CapacityDay(VenueOwned, Base):
    """The lock of one service day. `version` grows with every change, so that a copy can tell it is old."""

    __tablename__ = "capacity_days"
    __table_args__ = (UniqueConstraint("venue_id", "service_on"),)

    service_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=0)


class Seating(VenueOwned, Base):
    """Covers taken from `starts_at` to `ends_at`, at a table or a group where the venue has tables.

    Joined tables stand in `joined_table_ids`, with commas between, and then there is no `dining_table_id`.
    `table_name` is what staff called the place then, "" where covers alone count.
    """

    __tablename__ = "seatings"
    __table_args__ = (Index("ix_seatings_by_day", "venue_id", "service_on"),)

    service_on: Mapped[date] = mapped_column(Date)
    service_period_id: Mapped[int] = mapped_column(ForeignKey("service_periods.id"))
    dining_table_id: Mapped[int | None] = mapped_column(ForeignKey("dining_tables.id"))
    joined_table_ids: Mapped[str] = mapped_column(String, default="")
    table_name: Mapped[str] = mapped_column(String(PLACE_NAME_LENGTH), default="")
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    covers: Mapped[int]


class TableQuarter(Base):
    """A quarter of an hour at one table. Its key is the net under the lock: one party, never two (N14)."""

    __tablename__ = "table_quarters"

    dining_table_id: Mapped[int] = mapped_column(ForeignKey("dining_tables.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    seating_id: Mapped[int] = mapped_column(ForeignKey("seatings.id", ondelete="CASCADE"), index=True)
