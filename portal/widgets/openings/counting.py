"""Counts the openings of widgets: how often, on which page, and why. Nothing about a person (P09)."""

from __future__ import annotations

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
# Anybody can invent websites that are not on the list, so they may not crowd out the widget's own.
MOST_STRANGE_PAGES = 50


def count_opening(widget: Widget, opening: Opening, reason: OpeningReason) -> None:
    """Count one opening of a widget, for `reason`. Two at once count two."""
    now = clock.utc_now()
    keys: dict[str, Any] = {
        "widget_id": widget.id,
        "hour": opening_rules.hour_of(now),
        "page": opening.page.address,
        "reason": reason,
        "snippet_version": opening.snippet_version,
    }
    one_more = {"count": WidgetOpenings.count + 1, "last_at": now}
    changed: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment]
        update(WidgetOpenings).filter_by(**keys).values(one_more).execution_options(synchronize_session=False)
    )
    if not changed.rowcount:
        # New pages queue here, so that a day's limit holds; SQLite lets one in at a time anyway.
        db.session.execute(select(Widget.id).where(Widget.id == widget.id).with_for_update(key_share=True))
        page = keys["page"] if _has_room(keys) else OTHER_PAGES
        dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
        first = dialect.insert(WidgetOpenings).values(**{**keys, "page": page}, count=1, last_at=now)
        # Another request may have added the row meanwhile.
        db.session.execute(first.on_conflict_do_update(index_elements=list(keys), set_=one_more))
    db.session.commit()


def _has_room(keys: dict[str, Any]) -> bool:
    """Tell whether the page was seen today (UTC) already, or is within the number of pages for a day."""
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
