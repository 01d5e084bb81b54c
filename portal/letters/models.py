"""What a venue's letters say where that is not the original, and when its guests are reminded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, UtcDateTime
from portal.outbox.models import LetterKind
from portal.scoping import VenueOwned

USUAL_HOUR = 10


class LetterText(VenueOwned, Base):
    """One kind of letter as a venue has it; an empty subject or text is the original."""

    __tablename__ = "letter_texts"
    __table_args__ = (UniqueConstraint("venue_id", "kind"),)

    kind: Mapped[LetterKind] = mapped_column(String(16))
    is_on: Mapped[bool] = mapped_column(default=True)
    subject: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")


class ReminderHour(VenueOwned, Base):
    """At which hour of the day before a venue's guests are reminded, and when that is looked at next."""

    __tablename__ = "reminder_hours"
    __table_args__ = (UniqueConstraint("venue_id"), Index("ix_reminder_hours_look_at", "look_at"))

    hour: Mapped[int] = mapped_column(default=USUAL_HOUR)
    look_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoppedReminders(VenueOwned, Base):
    """Somebody who wants no reminders, of one booking or at one address, which is kept as a keyed hash."""

    __tablename__ = "stopped_reminders"
    __table_args__ = (
        UniqueConstraint("booking_id"),
        UniqueConstraint("venue_id", "address"),
    )

    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="CASCADE"))
    address: Mapped[str | None] = mapped_column(String(64))
    stopped_at: Mapped[datetime] = mapped_column(UtcDateTime)
