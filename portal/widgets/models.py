"""A booking widget that a venue puts on a website."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned


class IntegrationChoice(StrEnum):
    """Each widget's own choice; a new one starts on NONE (R33, R34)."""

    NONE = "none"
    SPEKTRIX = "spektrix"


class Widget(VenueOwned, Base):
    """`public_id` is random and all that the public sees; `sites` are host names it may run on."""

    __tablename__ = "widgets"
    __table_args__ = (Index("ix_widgets_by_venue", "venue_id"),)

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    integration: Mapped[IntegrationChoice] = mapped_column(String(16), default=IntegrationChoice.NONE)
    sites: Mapped[list[str]] = mapped_column(JSON, default=list)
    largest_party: Mapped[int] = mapped_column(default=8)
    days_ahead: Mapped[int] = mapped_column(default=60)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
