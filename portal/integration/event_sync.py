"""Bringing the theatre's programme over: two public lists, hourly and on demand (R111, Q17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import select, update

from portal import clock
from portal.events import rules as event_rules
from portal.events import service as events
from portal.events.models import EventSync
from portal.events.rules import FeedEvent, FeedPerformance, Programme
from portal.extensions import db
from portal.integration import gateway
from portal.integration.badges import code_of
from portal.integration.links import integration_of
from portal.integration.models import Integration
from portal.outbox.service import Call
from portal.spektrix.errors import SpektrixError
from portal.spektrix.feeds import EventRecord, Feed, PerformanceRecord

_HOURLY = timedelta(hours=1)
_SOONER = timedelta(minutes=10)
_SPREAD_SECONDS = 300
# Long enough back for a show that began before midnight and whose diners come afterwards.
_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Synced:
    """What one sync came to. `outcome` is "ok" or the code of a finding."""

    outcome: str
    events: int = 0
    performances: int = 0


class NotConnected(LookupError):
    """The venue has no client name to ask for."""


def sync(venue_id: int) -> Synced:
    """Read both lists and save them; on a fault nothing is changed but the note of it.

    The lists are public, so this works while the integration is paused. Raises NotConnected.
    """
    integration = integration_of(venue_id)
    if integration is None:
        db.session.rollback()
        raise NotConnected
    client_name = integration.client_name
    db.session.commit()
    try:
        programme = _read(client_name)
    except SpektrixError as error:
        return _note_failure(venue_id, client_name, str(code_of(error)))
    return _save(venue_id, client_name, programme)


def _read(client_name: str) -> Programme:
    calls: list[Call] = []
    since = clock.utc_now() - _BACK
    with gateway.public_feeds(client_name, calls) as client:
        return _programme(client.events(since.date()), client.performances(since.date()))


def _programme(listed: Feed[EventRecord], showings: Feed[PerformanceRecord]) -> Programme:
    return Programme(
        tuple(FeedEvent(one.id, one.name, event_rules.minutes_of(one.minutes)) for one in listed.records),
        tuple(
            FeedPerformance(one.id, one.event_id, one.start_utc, one.cancelled) for one in showings.records
        ),
        listed.unreadable + showings.unreadable,
    )


def _save(venue_id: int, client_name: str, programme: Programme) -> Synced:
    integration = integration_of(venue_id)
    if integration is None or integration.client_name != client_name:
        db.session.rollback()
        return Synced("client_changed")
    now = clock.utc_now()
    events.keep(venue_id, client_name, programme, now)
    row = _row(venue_id)
    row.client_name, row.outcome, row.tried_at, row.synced_at = client_name, "ok", now, now
    row.next_at = next_sync(now, failed=False)
    row.events, row.performances = len(programme.events), len(programme.performances)
    row.unreadable = programme.unreadable
    db.session.commit()
    return Synced("ok", len(programme.events), len(programme.performances))


def _note_failure(venue_id: int, client_name: str, code: str) -> Synced:
    now = clock.utc_now()
    row = _row(venue_id)
    row.client_name = row.client_name or client_name
    row.outcome, row.tried_at, row.next_at = code, now, next_sync(now, failed=True)
    db.session.commit()
    return Synced(code)


def _row(venue_id: int) -> EventSync:
    row = events.sync_of(venue_id)
    if row is None:
        row = EventSync(venue_id=venue_id, next_at=clock.utc_now())
        db.session.add(row)
    return row


def next_sync(now: datetime, *, failed: bool) -> datetime:
    """Return when to read the lists again, spread out so that venues do not all ask at once."""
    return (
        now + (_SOONER if failed else _HOURLY) + timedelta(seconds=SystemRandom().uniform(0, _SPREAD_SECONDS))
    )


def claim_due(limit: int = 1) -> list[int]:
    """Return venues whose programme is due, each for one caller alone; a first sync is due at once."""
    now = clock.utc_now()
    found = db.session.execute(
        select(Integration.venue_id, EventSync.next_at)
        .outerjoin(EventSync, EventSync.venue_id == Integration.venue_id)
        .where(EventSync.next_at.is_(None) | (EventSync.next_at <= now))
        .order_by(EventSync.next_at)
        .limit(limit)
    ).all()
    return [venue_id for venue_id, due_at in found if _claimed(venue_id, due_at, now)]


def _claimed(venue_id: int, due_at: datetime | None, now: datetime) -> bool:
    later = next_sync(now, failed=True)
    if due_at is None:
        db.session.add(EventSync(venue_id=venue_id, next_at=later))
        db.session.commit()
        return True
    result = db.session.execute(
        update(EventSync)
        .where(EventSync.venue_id == venue_id, EventSync.next_at == due_at)
        .values(next_at=later)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return bool(result.rowcount)  # type: ignore[attr-defined]
