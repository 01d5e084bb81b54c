"""What a widget's settings were: each save keeps a version, and none is ever changed or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

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


def keep(widget: Widget, before: Settings, staff_id: int | None) -> None:
    """Count and keep the widget's settings as a new version; a part, so it does not commit.

    A widget that was never saved since versions are kept gets its state before as one, so that it can be
    brought back.
    """
    if _find(widget, widget.number) is None:
        _add(widget, before, None, widget.created_at)
    widget.number += 1
    _add(widget, values.of(widget), staff_id, clock.utc_now())


def begin(widget: Widget, staff_id: int | None) -> None:
    """Keep a new widget's settings as its first version; a part."""
    _add(widget, values.of(widget), staff_id, widget.created_at)


def kept(widget: Widget, number: int) -> WidgetVersion:
    """Return a version. Raises NotHere."""
    version = _find(widget, number) if 0 < number <= LARGEST_ID else None
    if version is None:
        raise NotHere("version")
    return version


def name_of(version: WidgetVersion) -> str:
    """Return who saved a version, as far as that is still known."""
    return version.saved_by.name if version.saved_by else "Not known"


def since(widget: Widget, number: int) -> list[WidgetVersion]:
    """Return the versions saved after `number`, oldest first."""
    newer = _versions(widget, above=number)
    return list(reversed(newer))


def page(widget: Widget, below: int | None = None) -> Page:
    """Return the versions with numbers under `below`, the newest where that is None."""
    found = _versions(widget, below=below, most=A_PAGE + 1)
    pairs = list(pairwise([*found, None])) if len(found) <= A_PAGE else list(pairwise(found))
    lines = [_line(widget, version, older) for version, older in pairs if version]
    return Page(lines, lines[-1].number if len(found) > A_PAGE else None)


def _line(widget: Widget, version: WidgetVersion, older: WidgetVersion | None) -> Line:
    return Line(
        version.number,
        name_of(version),
        version.saved_at,
        changed_words(older, version) if older else "First version",
        version.number == widget.number,
    )


def changed_words(older: WidgetVersion, newer: WidgetVersion) -> str:
    """Return the labels of what two versions differ in."""
    names = values.changed(
        values.read_back(older.settings).settings, values.read_back(newer.settings).settings
    )
    return values.words(names) or "Nothing"


def _add(widget: Widget, settings: Settings, staff_id: int | None, at: datetime) -> None:
    db.session.add(
        WidgetVersion(
            widget_id=widget.id,
            number=widget.number,
            settings=values.stored(settings),
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
        wanted = wanted.where(WidgetVersion.number < min(below, LARGEST_ID))
    return db.session.scalars(wanted.order_by(WidgetVersion.number.desc()).limit(most)).all()
