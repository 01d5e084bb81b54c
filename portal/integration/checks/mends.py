"""Whether a fault that somebody had to fix has just been fixed, so that the page can say so."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from portal.extensions import db
from portal.findings import Code, finding
from portal.integration.checks import standing as page_rules
from portal.integration.checks.health_rules import Level, Stood, level
from portal.integration.checks.standing import Facts
from portal.integration.connection.models import ConnectionState

_NEWS_FOR = timedelta(minutes=5)
_NAMES = "Both attribute names are now right."


def mended(venue_id: int, facts: Facts, now: datetime) -> str | None:
    """Return what has just been fixed, as a sentence; None where nothing was, or something is still wrong."""
    if not facts.active or page_rules.connection_fault(facts) or page_rules.attribute_fault(facts):
        return None
    if facts.not_stored:
        return _NAMES if facts.attributes_found else None
    latest = db.session.scalars(
        select(ConnectionState)
        .where(ConnectionState.venue_id == venue_id)
        .order_by(ConnectionState.id.desc())
        .limit(2)
    ).all()
    if len(latest) < 2 or now - latest[0].began_at > _NEWS_FOR:
        return None
    was = latest[1]
    code = Code(was.code) if was.code else None
    if code is None or level(Stood(was.tone, was.words, code)) is not Level.NEEDS_SOMEBODY:
        return None
    return f"Fixed: {finding(code).title}."
