"""When the venue serves, where people sit, and what of it is taken. Never reads the bookings table."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Date, ForeignKey, Index, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned


class ServicePeriod(VenueOwned, Base):
    """Lunch or dinner on one weekday. `last_seating` at or before `opens` means after midnight."""

    __tablename__ = "service_periods"
    __table_args__ = (Index("ix_service_periods_by_weekday", "venue_id", "weekday"),)

    name: Mapped[str] = mapped_column(String(60))
    weekday: Mapped[int]
    opens: Mapped[time] = mapped_column(Time)
    last_seating: Mapped[time] = mapped_column(Time)
    slot_minutes: Mapped[int] = mapped_column(default=15)
    stay_minutes: Mapped[int] = mapped_column(default=105)
    covers: Mapped[int]


class DiningTable(VenueOwned, Base):
    """A table. A venue without any seats by covers alone."""

    __tablename__ = "dining_tables"
    __table_args__ = (UniqueConstraint("venue_id", "name"),)

    name: Mapped[str] = mapped_column(String(20))
    seats: Mapped[int]


class CapacityDay(VenueOwned, Base):
    """The lock of one service day. `version` grows with every change, so that a copy can tell it is old."""

    __tablename__ = "capacity_days"
    __table_args__ = (UniqueConstraint("venue_id", "service_on"),)

    service_on: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=0)


class Seating(VenueOwned, Base):
    """Covers taken from `starts_at` to `ends_at`, at a table where the venue has tables."""

    __tablename__ = "seatings"
    __table_args__ = (Index("ix_seatings_by_day", "venue_id", "service_on"),)

    service_on: Mapped[date] = mapped_column(Date)
    service_period_id: Mapped[int] = mapped_column(ForeignKey("service_periods.id"))
    dining_table_id: Mapped[int | None] = mapped_column(ForeignKey("dining_tables.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    covers: Mapped[int]

    table: Mapped[DiningTable | None] = relationship()

    @property
    def table_name(self) -> str:
        """The table as staff call it, or "" where covers alone count."""
        return self.table.name if self.table else ""


class TableQuarter(Base):
    """A quarter of an hour at one table. Its key is the net under the lock: one party, never two (N14)."""

    __tablename__ = "table_quarters"

    dining_table_id: Mapped[int] = mapped_column(ForeignKey("dining_tables.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    seating_id: Mapped[int] = mapped_column(ForeignKey("seatings.id", ondelete="CASCADE"), index=True)
