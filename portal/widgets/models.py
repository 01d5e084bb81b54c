"""A booking widget that a venue puts on a website."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned


class IntegrationChoice(StrEnum):
    """Each widget's own choice; a new one starts on NONE (R33, R34)."""

    NONE = "none"
    SPEKTRIX = "spektrix"


class Widget(VenueOwned, Base):
    """`public_id` is random and all that the public sees; `sites` are host names it may run on.

    `ignored_sites` are host names on which it was seen and that a manager does not want to hear of again.
    """

    __tablename__ = "widgets"
    __table_args__ = (Index("ix_widgets_by_venue", "venue_id"),)

    public_id: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    integration: Mapped[IntegrationChoice] = mapped_column(String(16), default=IntegrationChoice.NONE)
    sites: Mapped[list[str]] = mapped_column(JSON, default=list)
    ignored_sites: Mapped[list[str]] = mapped_column(JSON, default=list)
    largest_party: Mapped[int] = mapped_column(default=8)
    days_ahead: Mapped[int] = mapped_column(default=60)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OpeningReason(StrEnum):
    """How the date of an opened widget came to be filled in, or why it did not (N4, R54).

    What leads to which one is written in `portal.widgets.beacon_views`.
    """

    FILLED = "filled"
    PAUSED = "paused"
    OFF = "off"
    NO_BASKET = "no_basket"
    SCRIPT_MISSING = "script_missing"
    BLOCKED = "blocked"
    WRONG_HOST = "wrong_host"
    NOT_LISTED = "not_listed"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


class WidgetOpenings(Base):
    """How often a widget was opened on one page within one hour, for one reason. Nothing about a person.

    `page` is the address without query and fragment, or "" for those beyond a day's limit; `hour` the instant
    at which the hour began.
    """

    __tablename__ = "widget_openings"
    __table_args__ = (
        UniqueConstraint(
            "widget_id", "hour", "page", "reason", "snippet_version", name="uq_widget_openings_widget_id"
        ),
        Index("ix_widget_openings_hour", "hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    widget_id: Mapped[int] = mapped_column(ForeignKey("widgets.id", ondelete="CASCADE"))
    hour: Mapped[datetime] = mapped_column(UtcDateTime)
    page: Mapped[str] = mapped_column(String(300))
    reason: Mapped[OpeningReason] = mapped_column(String(24))
    snippet_version: Mapped[str] = mapped_column(String(16), default="")
    count: Mapped[int] = mapped_column(default=1)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
