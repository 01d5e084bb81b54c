"""Widgets as managers set them up: added, changed, and where they may run."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.scoping import NotHere
from portal.venues.models import Venue
from portal.widgets import rules
from portal.widgets.models import Font, IntegrationChoice, Opens, Theme, Widget


@dataclass(frozen=True)
class Settings:
    """What a manager sets on a widget; each field is the column of its name, and a version keeps them all."""

    name: str
    integration: IntegrationChoice
    sites: list[str]
    largest_party: int = 8
    days_ahead: int = 60
    color: str = "#5b2a6e"
    theme: Theme = Theme.MATCH
    opens: Opens = Opens.BUTTON
    font: Font = Font.SYSTEM
    arrive_minutes: int = 15
    walk_minutes: int = 0
    least_meal_minutes: int = 60
    sign_in_url: str = ""


def widgets_of(venue: Venue) -> Sequence[Widget]:
    """Return the venue's widgets, oldest first."""
    return db.session.scalars(
        select(Widget).where(Widget.venue_id == venue.id, Widget.deleted_at.is_(None)).order_by(Widget.id)
    ).all()


def spektrix_widgets(venue: Venue) -> list[Widget]:
    """Return the widgets set to Spektrix (R35)."""
    return [widget for widget in widgets_of(venue) if widget.integration == IntegrationChoice.SPEKTRIX]


def find(venue: Venue, public_id: str) -> Widget:
    """Return a widget of the venue. Raises NotHere."""
    wanted = select(Widget).where(Widget.venue_id == venue.id, Widget.public_id == public_id)
    widget = db.session.scalar(wanted) if rules.is_public_id(public_id) else None
    if widget is None or widget.deleted_at:
        raise NotHere("widget")
    return widget


def create(venue: Venue, name: str, public_id: str | None = None) -> Widget:
    """Add a widget without an integration (R34) and without a website, so that it runs nowhere yet.

    Its public id is random unless the demo, whose theatre has to know it beforehand, brings one.
    """
    widget = Widget(
        venue_id=venue.id,
        public_id=public_id or f"w_{secrets.token_urlsafe(9)}",
        name=name,
        integration=IntegrationChoice.NONE,
        sites=[],
        created_at=clock.utc_now(),
    )
    db.session.add(widget)
    db.session.commit()
    return widget


def save(venue: Venue, public_id: str, settings: Settings) -> Widget:
    """Change one widget and no other (R33). Raises NotHere."""
    widget = find(venue, public_id)
    widget.name = settings.name
    widget.integration = settings.integration
    widget.sites = settings.sites
    widget.largest_party = settings.largest_party
    widget.days_ahead = settings.days_ahead
    db.session.commit()
    return widget


def allow_site(venue: Venue, public_id: str, site: str) -> Widget:
    """Put a website on which the widget was opened on its list. Raises NotHere and NotUsable."""
    widget = find(venue, public_id)
    widget.sites = rules.clean_sites("\n".join([*widget.sites, site]))
    db.session.commit()
    return widget


def ignore_site(venue: Venue, public_id: str, site: str) -> Widget:
    """Say no more of a website on which the widget was opened; the oldest of too many is forgotten.

    Raises NotHere, and NotUsable for what is no website.
    """
    widget = find(venue, public_id)
    others = [each for each in widget.ignored_sites if each != site]
    widget.ignored_sites = [*others, rules.clean_site(site)][-rules.MOST_SITES :]
    db.session.commit()
    return widget
