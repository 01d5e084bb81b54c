"""Widgets as managers set them up: added, changed, restored, deleted, and where they may run.

Whoever changes one holds its row until the commit, so that each save is one version and none gets lost.
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
class Theirs:
    """What somebody else saved while a form was open.

    Args:
        saved_by: who saved last.
        changed: the labels of what they changed, as Main colour, Websites.
        both: label and their value of each field that the two of us set to different values.
        merged: their settings with what I changed, for the form to go on with.
        number: the version that is in force now.
    """

    saved_by: str
    changed: str
    both: list[tuple[str, str]]
    merged: Settings
    number: int


class SavedMeanwhile(Exception):
    """The widget was saved by somebody else after the form was loaded; nothing was changed."""

    def __init__(self, theirs: Theirs) -> None:
        self.theirs = theirs
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
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    widget = db.session.scalar(wanted) if rules.is_public_id(public_id) else None
    if widget is None or widget.deleted_at:
        raise NotHere("widget")
    return widget


def custom_domain(venue: Venue) -> str:
    """Return the venue's own Spektrix host, "" without one."""
    integration = integration_of(venue.id)
    return (integration.custom_domain or "") if integration else ""


def create(venue: Venue, name: str, public_id: str | None = None, staff_id: int | None = None) -> Widget:
    """Add a widget without an integration and without a website, so that it runs nowhere yet.

    Its public id is random unless the demo, whose theatre has to know it beforehand, brings one.
    """
    widget = Widget(
        venue_id=venue.id,
        public_id=public_id or f"w_{secrets.token_urlsafe(9)}",
        number=1,
        created_at=clock.utc_now(),
    )
    values.put(widget, Settings(name, IntegrationChoice.NONE, []))
    db.session.add(widget)
    db.session.flush()
    versions.begin(widget, staff_id)
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
        raise SavedMeanwhile(_theirs(widget, number, settings))
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


def restore(venue: Venue, public_id: str, number: int, staff_id: int | None) -> values.ReadBack:
    """Bring back the settings of an earlier version as a new one; say what of it can no longer be used.

    Raises NotHere.
    """
    widget = find(venue, public_id, to_change=True)
    back = values.read_back(versions.kept(widget, number).settings, custom_domain(venue))
    before = values.of(widget)
    if values.changed(before, back.settings):
        values.put(widget, back.settings)
        versions.keep(widget, before, staff_id)
        audit.record(venue.id, staff_id, Action.WIDGET_RESTORED, f"{public_id}: version {number}")
    db.session.commit()
    return back


def delete(venue: Venue, public_id: str, staff_id: int | None) -> str:
    """Take a widget away and return its name; its row stays for pages that still carry the code.

    Raises NotHere.
    """
    widget = find(venue, public_id, to_change=True)
    widget.deleted_at = clock.utc_now()
    audit.record(venue.id, staff_id, Action.WIDGET_DELETED, public_id)
    db.session.commit()
    return widget.name


def allow_site(venue: Venue, public_id: str, site: str, staff_id: int | None = None) -> Widget:
    """Put a website on which the widget was opened on its list. Raises NotHere and NotUsable."""
    widget = find(venue, public_id, to_change=True)
    sites = rules.clean_sites("\n".join([*widget.sites, site]))
    _change(widget, replace(values.of(widget), sites=sites), staff_id)
    db.session.commit()
    return widget


def ignore_site(venue: Venue, public_id: str, site: str) -> Widget:
    """Say no more of a website on which the widget was opened; the oldest of too many is forgotten.

    Raises NotHere, and NotUsable for what is no website.
    """
    widget = find(venue, public_id, to_change=True)
    others = [each for each in widget.ignored_sites if each != site]
    widget.ignored_sites = [*others, rules.clean_site(site)][-rules.MOST_SITES :]
    db.session.commit()
    return widget


def _change(widget: Widget, settings: Settings, staff_id: int | None) -> list[str]:
    """Set, keep and record; a part. Nothing happens where nothing differs."""
    before = values.of(widget)
    changed = values.changed(before, settings)
    if changed:
        values.put(widget, settings)
        versions.keep(widget, before, staff_id)
        _record(widget, changed, staff_id)
    return changed


def _record(widget: Widget, changed: list[str], staff_id: int | None) -> None:
    """Where it may run and what it reads are entries of their own, so that nobody misses them."""
    rest = [name for name in changed if name not in _OWN_ENTRIES]
    if rest:
        detail = f"{widget.public_id}: {values.words(rest)}"
        audit.record(widget.venue_id, staff_id, Action.WIDGET_CHANGED, detail)
    for name in changed:
        if name in _OWN_ENTRIES:
            audit.record(widget.venue_id, staff_id, _OWN_ENTRIES[name], widget.public_id)


def _theirs(widget: Widget, number: int, mine: Settings) -> Theirs:
    """Part what they changed from what I changed, where the version that I began with is still known."""
    now = values.of(widget)
    saved = versions.since(widget, number)
    base = _base(widget, number)
    merged = values.merged(base, mine, now)
    clashing = [name for name in values.changed(base, now) if name in values.changed(merged, now)]
    return Theirs(
        saved_by=versions.name_of(saved[-1]) if saved else "Somebody",
        changed=values.words(values.changed(base, now)),
        both=[(values.LABELS[name], values.shown(now, name)) for name in clashing],
        merged=merged,
        number=widget.number,
    )


def _base(widget: Widget, number: int) -> Settings:
    try:
        version = versions.kept(widget, number)
    except NotHere:
        return values.of(widget)
    return values.read_back(version.settings).settings
