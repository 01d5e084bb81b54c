"""A booking widget that a venue puts on a website."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import Base, UtcDateTime
from portal.scoping import VenueOwned
from portal.venues.models import Staff


class IntegrationChoice(StrEnum):
    """Each widget's own choice; a new one starts on NONE."""

    NONE = "none"
    SPEKTRIX = "spektrix"


class Theme(StrEnum):
    """Whether the booking window is light or dark; MATCH follows the visitor's device."""

    MATCH = "match"
    LIGHT = "light"
    DARK = "dark"


class Opens(StrEnum):
    """How the window opens: in the page, over it from a button, or over it from a floating button."""

    PAGE = "page"
    BUTTON = "button"
    FLOATING = "floating"


class Font(StrEnum):
    """Which font: the visitor's system font, or that of the host page."""

    SYSTEM = "system"
    HOST = "host"


class Widget(VenueOwned, Base):
    """A widget of a venue, with its current settings.

    A deleted widget keeps its row, so that a page which still carries it can name the venue's telephone.

    Args:
        public_id: random, and all that the public sees.
        sites: host names on which it may run.
        ignored_sites: host names on which it was opened, and that a manager does not want to see again.
        color: as #rrggbb in small letters.
        arrive_minutes: how long before the start guests should be in the theatre.
        walk_minutes: how long the way there takes; 0 where it is not set.
        least_meal_minutes: the shortest meal that still counts as before the show.
        number: of the newest version.
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
    color: Mapped[str] = mapped_column(String(7), default="#5b2a6e")
    theme: Mapped[Theme] = mapped_column(String(8), default=Theme.MATCH)
    opens: Mapped[Opens] = mapped_column(String(8), default=Opens.BUTTON)
    font: Mapped[Font] = mapped_column(String(8), default=Font.SYSTEM)
    arrive_minutes: Mapped[int] = mapped_column(default=15)
    walk_minutes: Mapped[int] = mapped_column(default=0)
    least_meal_minutes: Mapped[int] = mapped_column(default=60)
    sign_in_url: Mapped[str] = mapped_column(String(300), default="")
    number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WidgetVersion(Base):
    """A widget's settings as they were saved once; the newest version is in use."""

    __tablename__ = "widget_versions"
    __table_args__ = (UniqueConstraint("widget_id", "number", name="uq_widget_versions_widget_id_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    widget_id: Mapped[int] = mapped_column(ForeignKey("widgets.id", ondelete="CASCADE"))
    number: Mapped[int]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    saved_by: Mapped[Staff | None] = relationship(lazy="joined")


class OpeningReason(StrEnum):
    """How the date of an opened widget was filled in, or why it was not.

    What leads to which is explained in `portal.widgets.openings.views`.
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
