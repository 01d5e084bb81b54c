"""Widgets and their venues as they were last read, for as long as the version says that they are so still.

Every request of a diner begins with them, and to load both costs more than most of what follows. Whoever
changes either moves the version of the house (`portal/availability/versions.py`), so one short question tells
whether what is kept stands. It belongs to no session: it is only read, by many threads.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.plain_sql import one_row
from portal.plain_sql.one_row import OneRow, Row
from portal.widgets import service
from portal.widgets.service import PublishedWidget

MOST_KEPT = 2000
KEPT = "known_widgets"
_VERSION = "SELECT version FROM house_versions WHERE venue_id = ?"


@dataclass(frozen=True, slots=True)
class _Known:
    """A widget at a version; without one it is only known whose it is."""

    venue_id: str
    version: Row | None = None
    published: PublishedWidget | None = None


def find(public_id: str) -> PublishedWidget:
    """Return a widget and its venue. Raises NotHere, or Withdrawn, which is one too."""
    kept: dict[str, _Known] = current_app.extensions.setdefault(KEPT, {})
    known = kept.get(public_id)
    # Asked before anything is read, so that a change meanwhile makes what is kept old, never wrong.
    version = _version(known.venue_id) if known else None
    if known and known.published and known.version == version:
        return known.published
    published = _read(public_id)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    venue_id = str(published.venue.id)
    is_known = known is not None and known.venue_id == venue_id and version is not None
    kept[public_id] = _Known(venue_id, version, published) if is_known else _Known(venue_id)
    return published


def _version(venue_id: str) -> Row | None:
    asks: OneRow = current_app.extensions[one_row.EXTENSION]
    try:
        return asks.ask(_VERSION, venue_id)
    except one_row.Away:
        return None


def _read(public_id: str) -> PublishedWidget:
    with Session(db.engine) as session:
        published = service.find_published(public_id, session)
        session.expunge_all()
    return published
