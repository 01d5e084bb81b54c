"""Counting the openings of widgets: how often, on which page, and why; nothing of a person (P09)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal import clock
from portal.extensions import db
from portal.widgets.models import OpeningReason, Widget, WidgetOpenings
from portal.widgets.openings import rules as opening_rules
from portal.widgets.openings.log import OTHER_PAGES
from portal.widgets.openings.rules import Opening

MOST_PAGES = 200
# Websites off the list are anybody's to invent, so they may not crowd out the widget's own.
MOST_STRANGE_PAGES = 50


def note(widget: Widget, opening: Opening, reason: OpeningReason) -> None:
    """Count one opening of a widget, for `reason`. Two at once count two."""
    now = clock.utc_now()
    keys = {
        "widget_id": widget.id,
        "hour": opening_rules.hour_of(now),
        "page": opening.page.address,
        "reason": reason,
        "snippet_version": opening.snippet_version,
    }
    if not _count_one_more(keys, now):
        _count_first(keys, now)
    db.session.commit()


def _count_one_more(keys: dict[str, Any], now: datetime) -> bool:
    """Add one to a row that is there. Returns False where there is none."""
    changed: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment]
        update(WidgetOpenings)
        .filter_by(**keys)
        .values(count=WidgetOpenings.count + 1, last_at=now)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount > 0


def _count_first(keys: dict[str, Any], now: datetime) -> None:
    """Add a row, or one to the row that another request has added meanwhile."""
    # New pages queue here, so that a day's limit holds; SQLite lets one in at a time anyway.
    db.session.execute(
        select(Widget.id).where(Widget.id == keys["widget_id"]).with_for_update(key_share=True)
    )
    page = keys["page"] if _has_room_for(keys) else OTHER_PAGES
    first = _insert().values(**{**keys, "page": page}, count=1, last_at=now)
    one_more = {"count": WidgetOpenings.count + 1, "last_at": now}
    db.session.execute(first.on_conflict_do_update(index_elements=list(keys), set_=one_more))


def _insert() -> postgresql.Insert | sqlite.Insert:
    on_postgresql = db.engine.dialect.name == "postgresql"
    return postgresql.insert(WidgetOpenings) if on_postgresql else sqlite.insert(WidgetOpenings)


def _has_room_for(keys: dict[str, Any]) -> bool:
    """Tell whether the page was seen today (UTC) already, or is within the number that a day may bring."""
    today = (
        select(WidgetOpenings.page)
        .distinct()
        .where(
            WidgetOpenings.widget_id == keys["widget_id"],
            WidgetOpenings.hour >= keys["hour"].replace(hour=0),
            WidgetOpenings.page != OTHER_PAGES,
        )
    )
    pages = set(db.session.scalars(today))
    if keys["page"] in pages:
        return True
    if keys["reason"] == OpeningReason.NOT_LISTED:
        strange = today.where(WidgetOpenings.reason == OpeningReason.NOT_LISTED)
        return len(pages) < MOST_PAGES and len(db.session.scalars(strange).all()) < MOST_STRANGE_PAGES
    return len(pages) < MOST_PAGES
