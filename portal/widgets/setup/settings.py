"""Widgets as managers set them up: added, changed, restored, deleted, and where they may run.

Whoever changes a widget locks its row until the commit, so that each save is one version and none is lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.integration.connection.queries import integration_of
from portal.scoping import NotHere
from portal.venues import audit
from portal.venues.audit import Action
from portal.venues.models import Venue
from portal.widgets import rules
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.setup import values, versions
from portal.widgets.setup.values import Settings

_OWN_ENTRIES = {"integration": Action.WIDGET_INTEGRATION, "sites": Action.WIDGET_SITES}


@dataclass(frozen=True)
class OtherSave:
    """What somebody else saved while a form was open.

    Args:
        saved_by: who saved last.
        changed: the labels of what they changed, as Main colour, Websites.
        both: each field that both of us changed, to different values.
        merged: their settings with what I changed, for the form to go on with.
        number: the version that is in force now.
    """

    saved_by: str
    changed: str
    both: list[values.Labelled]
    merged: Settings
    number: int


class SavedMeanwhile(Exception):
    """The widget was saved by somebody else after the form was loaded; nothing was changed."""

    def __init__(self, other: OtherSave) -> None:
        self.other = other
        super().__init__("saved meanwhile")


def widgets_of(venue: Venue) -> Sequence[Widget]:
    """Return the venue's widgets, oldest first."""
    return db.session.scalars(
        select(Widget).where(Widget.venue_id == venue.id, Widget.deleted_at.is_(None)).order_by(Widget.id)
    ).all()


def spektrix_widgets(venue: Venue) -> list[Widget]:
    """Return the widgets set to Spektrix."""
    return [widget for widget in widgets_of(venue) if widget.integration == IntegrationChoice.SPEKTRIX]


def find(venue: Venue, public_id: str, *, to_change: bool = False) -> Widget:
    """Return a widget of the venue. Raises NotHere.

    Args:
        venue: whose widget it has to be.
        public_id: as its address shows it.
        to_change: read it anew, and keep others from changing it until the commit.
    """
    wanted = select(Widget).where(Widget.venue_id == venue.id, Widget.public_id == public_id)
    if to_change:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    widget = db.session.scalar(wanted) if rules.is_public_id(public_id) else None
    if widget is None or widget.deleted_at:
        raise NotHere("widget")
    return widget


def custom_domain(venue: Venue) -> str:
    """Return the venue's own Spektrix host, "" without one."""
    integration = integration_of(venue.id)
    return (integration.custom_domain or "") if integration else ""


def create(venue: Venue, name: str, public_id: str | None = None, staff_id: int | None = None) -> Widget:
    """Add a widget without a website, so that it runs nowhere yet; with Spektrix where that is connected.

    Its public id is random unless the demo, whose theatre has to know it beforehand, brings one.
    """
    widget = Widget(
        venue_id=venue.id,
        public_id=public_id or f"w_{secrets.token_urlsafe(9)}",
        number=1,
        created_at=clock.utc_now(),
    )
    integration = IntegrationChoice.SPEKTRIX if integration_of(venue.id) else IntegrationChoice.NONE
    values.apply(widget, Settings(name, integration, []))
    db.session.add(widget)
    db.session.flush()
    versions.add_first(widget, staff_id)
    audit.record(venue.id, staff_id, Action.WIDGET_ADDED, widget.public_id)
    db.session.commit()
    return widget


def save(
    venue: Venue,
    public_id: str,
    settings: Settings,
    staff_id: int | None = None,
    number: int | None = None,
) -> list[str]:
    """Change one widget and no other; return the names of the fields that changed.

    Args:
        venue: whose widget it is.
        public_id: which one.
        settings: all of them, as they are to be.
        staff_id: who saves.
        number: the version that the form was filled in on, None to save over whatever is there.

    Raises:
        NotHere: no such widget.
        SavedMeanwhile: somebody else saved since that version.
    """
    widget = find(venue, public_id, to_change=True)
    if number is not None and number != widget.number:
        raise SavedMeanwhile(_other_save(widget, number, settings))
    changed = _change(widget, settings, staff_id)
    db.session.commit()
    return changed


def set_integration(
    venue: Venue, public_id: str, choice: IntegrationChoice, staff_id: int | None
) -> list[str]:
    """Switch a widget's integration and nothing else. Raises NotHere."""
    widget = find(venue, public_id, to_change=True)
    changed = _change(widget, replace(values.of(widget), integration=choice), staff_id)
    db.session.commit()
    return changed


def restore(venue: Venue, public_id: str, number: int, staff_id: int | None) -> values.Restored:
    """Restore the settings of an earlier version as a new one, and return which can no longer be used.

    Raises NotHere.
    """
    widget = find(venue, public_id, to_change=True)
    restored = values.from_json(versions.find(widget, number).settings, custom_domain(venue))
    before = values.of(widget)
    if values.changed_names(before, restored.settings):
        values.apply(widget, restored.settings)
        versions.add(widget, before, staff_id)
        audit.record(venue.id, staff_id, Action.WIDGET_RESTORED, f"{public_id}: version {number}")
    db.session.commit()
    return restored


def delete(venue: Venue, public_id: str, staff_id: int | None) -> str:
    """Delete a widget and return its name. Its row stays, for pages that still carry the code.

    Raises NotHere.
    """
    widget = find(venue, public_id, to_change=True)
    widget.deleted_at = clock.utc_now()
    audit.record(venue.id, staff_id, Action.WIDGET_DELETED, public_id)
    db.session.commit()
    return widget.name


def allow_site(venue: Venue, public_id: str, site: str, staff_id: int | None = None) -> Widget:
    """Add a website on which the widget was opened to its list. Raises NotHere and NotUsable."""
    widget = find(venue, public_id, to_change=True)
    sites = rules.clean_sites("\n".join([*widget.sites, site]))
    _change(widget, replace(values.of(widget), sites=sites), staff_id)
    db.session.commit()
    return widget


def ignore_site(venue: Venue, public_id: str, site: str) -> Widget:
    """Stop showing a website on which the widget was opened. Of too many, the oldest is forgotten.

    Raises NotHere, and NotUsable for what is no website.
    """
    widget = find(venue, public_id, to_change=True)
    others = [each for each in widget.ignored_sites if each != site]
    widget.ignored_sites = [*others, rules.clean_site(site)][-rules.MOST_SITES :]
    db.session.commit()
    return widget


def _change(widget: Widget, settings: Settings, staff_id: int | None) -> list[str]:
    """Set and record what differs, and return its names. Does not commit."""
    before = values.of(widget)
    changed = values.changed_names(before, settings)
    if not changed:
        return []
    values.apply(widget, settings)
    versions.add(widget, before, staff_id)
    # Where it may run and what it reads are entries of their own, so that nobody misses them.
    rest = [name for name in changed if name not in _OWN_ENTRIES]
    if rest:
        detail = f"{widget.public_id}: {values.labels_text(rest)}"
        audit.record(widget.venue_id, staff_id, Action.WIDGET_CHANGED, detail)
    for name in changed:
        if name in _OWN_ENTRIES:
            audit.record(widget.venue_id, staff_id, _OWN_ENTRIES[name], widget.public_id)
    return changed


def _other_save(widget: Widget, number: int, mine: Settings) -> OtherSave:
    """Tell their changes from mine, where the version that I began with is still known."""
    now = values.of(widget)
    try:
        base = values.from_json(versions.find(widget, number).settings).settings
    except NotHere:
        base = now
    saved = versions.since(widget, number)
    merged = values.merge(base, mine, now)
    changed = values.changed_names(base, now)
    both = [name for name in changed if name in values.changed_names(merged, now)]
    return OtherSave(
        saved_by=versions.saver_name(saved[-1]) if saved else "Somebody",
        changed=values.labels_text(changed),
        both=[values.Labelled(values.LABELS[name], values.value_text(now, name)) for name in both],
        merged=merged,
        number=widget.number,
    )
