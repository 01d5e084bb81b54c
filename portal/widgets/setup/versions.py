"""What a widget's settings were: each save adds a version, and none is ever changed or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.scoping import LARGEST_ID, NotHere
from portal.widgets.models import Widget, WidgetVersion
from portal.widgets.setup import values
from portal.widgets.setup.values import Settings

A_PAGE = 20


@dataclass(frozen=True)
class Line:
    """One version on the list. `changed` names what differs from the one before, as Main colour, Websites."""

    number: int
    saved_by: str
    saved_at: datetime
    changed: str
    is_current: bool


@dataclass(frozen=True)
class Page:
    """Some versions, newest first; `older` is the number to go on below, None at the end."""

    lines: list[Line]
    older: int | None


def add(widget: Widget, before: Settings, staff_id: int | None) -> None:
    """Add the widget's settings as a new version. Does not commit.

    A widget without versions gets one of its earlier settings first, so that they can be restored.
    """
    if _find(widget, widget.number) is None:
        _store(widget, before, None, widget.created_at)
    widget.number += 1
    _store(widget, values.of(widget), staff_id, clock.utc_now())


def add_first(widget: Widget, staff_id: int | None) -> None:
    """Add a new widget's settings as its first version. Does not commit."""
    _store(widget, values.of(widget), staff_id, widget.created_at)


def find(widget: Widget, number: int) -> WidgetVersion:
    """Return a version. Raises NotHere."""
    version = _find(widget, number) if 0 < number <= LARGEST_ID else None
    if version is None:
        raise NotHere("version")
    return version


def saver_name(version: WidgetVersion) -> str:
    """Return who saved a version, as far as that is still known."""
    return version.saved_by.name if version.saved_by else "Not known"


def since(widget: Widget, number: int) -> list[WidgetVersion]:
    """Return the versions saved after `number`, oldest first."""
    newer = _versions(widget, above=number)
    return list(reversed(newer))


def page(widget: Widget, below: int | None = None) -> Page:
    """Return the versions with numbers under `below`, the newest where that is None."""
    found = _versions(widget, below=below, most=A_PAGE + 1)
    has_more = len(found) > A_PAGE
    lines = []
    for version, older in zip_longest(found[:A_PAGE], found[1:]):
        changed = "First version"
        if older:
            was, now = (values.from_json(each.settings).settings for each in (older, version))
            changed = values.labels_text(values.changed_names(was, now)) or "Nothing"
        is_current = version.number == widget.number
        lines.append(Line(version.number, saver_name(version), version.saved_at, changed, is_current))
    return Page(lines, lines[-1].number if has_more else None)


def _store(widget: Widget, settings: Settings, staff_id: int | None, at: datetime) -> None:
    db.session.add(
        WidgetVersion(
            widget_id=widget.id,
            number=widget.number,
            settings=values.as_json(settings),
            saved_by_id=staff_id,
            saved_at=at,
        )
    )


def _find(widget: Widget, number: int) -> WidgetVersion | None:
    return db.session.scalar(
        select(WidgetVersion).where(WidgetVersion.widget_id == widget.id, WidgetVersion.number == number)
    )


def _versions(
    widget: Widget, *, above: int = 0, below: int | None = None, most: int = A_PAGE
) -> Sequence[WidgetVersion]:
    wanted = select(WidgetVersion).where(WidgetVersion.widget_id == widget.id, WidgetVersion.number > above)
    if below is not None:
        wanted = wanted.where(WidgetVersion.number < min(max(below, 0), LARGEST_ID))
    return db.session.scalars(wanted.order_by(WidgetVersion.number.desc()).limit(most)).all()
