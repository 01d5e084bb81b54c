"""The theatre's programme as we hold it: events, their performances, and when they were last synced."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned


class Event(VenueOwned, Base):
    """A show. Its id is unique within one client alone (docs/spektrix.md section 4)."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("venue_id", "client_name", "spektrix_event_id"),)

    client_name: Mapped[str] = mapped_column(String(100))
    spektrix_event_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200), default="")
    minutes: Mapped[int | None]


class Performance(VenueOwned, Base):
    """One showing of an event. `seen_at` is when the feed last named it: one that it no longer names may
    have been withdrawn, and is not shown to diners, but never deleted.
    """

    __tablename__ = "performances"
    __table_args__ = (
        UniqueConstraint("venue_id", "client_name", "spektrix_instance_id"),
        Index("ix_performances_by_start", "venue_id", "starts_at"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    client_name: Mapped[str] = mapped_column(String(100))
    spektrix_instance_id: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    event: Mapped[Event] = relationship(lazy="joined", innerjoin=True)


class PerformanceChange(VenueOwned, Base):
    """A performance that no longer starts at `was_at` as planned, until staff have dealt with it.

    Its performance says whether it was moved, and to when, or cancelled, as that may change again. `letters`
    is how many guests were written to when it was dealt with.
    """

    __tablename__ = "performance_changes"
    __table_args__ = (Index("ix_performance_changes_by_start", "venue_id", "was_at"),)

    performance_id: Mapped[int] = mapped_column(ForeignKey("performances.id", ondelete="CASCADE"), index=True)
    was_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    letters: Mapped[int] = mapped_column(default=0)

    performance: Mapped[Performance] = relationship(lazy="joined", innerjoin=True)


class EventSync(VenueOwned, Base):
    """How the last sync of a venue's programme went, and when the next one is due.

    `outcome` is "ok" or the code of a finding; the numbers are of the last sync that worked.
    """

    __tablename__ = "event_syncs"
    __table_args__ = (UniqueConstraint("venue_id"), Index("ix_event_syncs_due", "next_at"))

    client_name: Mapped[str] = mapped_column(String(100), default="")
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(40), default="")
    events: Mapped[int] = mapped_column(default=0)
    performances: Mapped[int] = mapped_column(default=0)
    unreadable: Mapped[int] = mapped_column(default=0)
