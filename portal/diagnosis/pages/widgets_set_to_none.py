"""A widget that no longer fills in dates because somebody set it to None: which one, who, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from portal import clock
from portal.extensions import db
from portal.integration.connection.queries import integration_of
from portal.venues.audit import Action
from portal.venues.models import AuditEntry, Venue
from portal.widgets.models import IntegrationChoice, OpeningReason, Widget, WidgetOpenings
from portal.widgets.openings.log import RECENT
from portal.widgets.setup import settings as widgets


@dataclass(frozen=True)
class SwitchedOff:
    """One widget that is set to None; `who` is "" and `at` None where nothing tells."""

    name: str
    public_id: str
    who: str = ""
    at: datetime | None = None


def was_filling(venue: Venue) -> SwitchedOff | None:
    """Return the widget that filled in dates within seven days and is set to None now, None without one."""
    widget = db.session.scalar(
        select(Widget)
        .join(WidgetOpenings, WidgetOpenings.widget_id == Widget.id)
        .where(
            Widget.venue_id == venue.id,
            Widget.deleted_at.is_(None),
            Widget.integration == IntegrationChoice.NONE,
            WidgetOpenings.reason == OpeningReason.FILLED,
            WidgetOpenings.hour >= clock.utc_now() - RECENT,
        )
        .order_by(WidgetOpenings.hour.desc())
        .limit(1)
    )
    if widget is None or integration_of(venue.id) is None:
        return None
    return _told(widget, _switch(venue, widget))


def last_of_all(venue: Venue) -> SwitchedOff | None:
    """Return the widget whose switch to None was the latest, where none uses Spektrix any more."""
    every = widgets.widgets_of(venue)
    if any(widget.integration == IntegrationChoice.SPEKTRIX for widget in every):
        return None
    switched = [(entry, widget) for widget in every if (entry := _switch(venue, widget)) is not None]
    if not switched:
        return was_filling(venue)
    entry, widget = max(switched, key=lambda each: each[0].id)
    return _told(widget, entry)


def _switch(venue: Venue, widget: Widget) -> AuditEntry | None:
    """Return the latest entry that changed the widget’s integration, by hand or with an earlier version."""
    return db.session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.venue_id == venue.id,
            or_(
                (AuditEntry.action == Action.WIDGET_INTEGRATION) & (AuditEntry.detail == widget.public_id),
                (AuditEntry.action == Action.WIDGET_RESTORED)
                & AuditEntry.detail.startswith(f"{widget.public_id}:", autoescape=True),
            ),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _told(widget: Widget, entry: AuditEntry | None) -> SwitchedOff:
    if entry is None:
        return SwitchedOff(widget.name, widget.public_id)
    return SwitchedOff(widget.name, widget.public_id, entry.staff.name if entry.staff else "", entry.at)
