"""Bringing the theatre's programme over: two public lists, read and never written (R111)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import select

from portal import clock, config
from portal.events import rules as event_rules, saving, service as events
from portal.events.models import EventSync
from portal.events.rules import FeedEvent, FeedPerformance, Programme
from portal.events.saving import Client
from portal.extensions import db
from portal.integration.connection import gateway
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.gateway import Budget
from portal.integration.connection.queries import integration_of
from portal.integration.programme import rules as programme_rules
from portal.integration.programme.rules import OK, Tried
from portal.spektrix.feeds import EventRecord, Feed, PerformanceRecord
from portal.venues.models import Venue

# Long enough back for a show that began before midnight and whose diners come afterwards.
_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Synced:
    """What one sync came to: "ok" or why not, and what the lists named."""

    outcome: str
    events: int = 0
    performances: int = 0


def sync(venue_id: int, most_seconds: float | None = None) -> Synced | None:
    """Read both lists and save them; on a fault the programme stays as it was, and the fault is noted.

    The lists are public, so this works while the integration is paused.

    Args:
        venue_id: whose programme.
        most_seconds: for both calls together, where that is to be less than the setting.

    Returns None when the venue is not connected, or was connected to another client meanwhile.
    """
    client = _client_of(venue_id)
    if client is None:
        return None
    zone = _zone_of(venue_id)
    events.begin(venue_id, next_sync(clock.utc_now(), Tried(OK)))
    longest = config.current().feed_timeout_seconds
    try:
        programme = _read(client, zone, Budget(min(most_seconds or longest, longest)))
    except CallFailed as failed:
        return _note(client, Tried(failed.code, failed.pause or timedelta()))
    return _save(client, programme)


def next_sync(now: datetime, ended: Tried) -> datetime:
    """Return when to read a venue's lists again, spread out so that venues do not all ask at once."""
    return programme_rules.next_at(now, ended, SystemRandom().uniform(0, programme_rules.SPREAD_SECONDS))


def _client_of(venue_id: int) -> Client | None:
    integration = integration_of(venue_id)
    client = Client(venue_id, integration.client_name) if integration else None
    db.session.rollback()
    return client


def _zone_of(venue_id: int) -> str:
    zone = db.session.scalars(select(Venue.timezone).where(Venue.id == venue_id)).one()
    db.session.rollback()
    return zone


def _read(client: Client, zone: str, budget: Budget) -> Programme:
    since = (clock.utc_now() - _BACK).date()
    with gateway.public_feeds(client.name, budget) as spektrix:
        return _programme(spektrix.events(since), spektrix.performances(since), zone)


def _programme(listed: Feed[EventRecord], showings: Feed[PerformanceRecord], zone: str) -> Programme:
    return event_rules.programme(
        (FeedEvent(one.id, one.name, event_rules.minutes_of(one.minutes)) for one in listed.records),
        (
            FeedPerformance(
                one.id,
                one.event_id,
                event_rules.starts_at(one.starts.utc, one.starts.local, zone),
                one.cancelled,
            )
            for one in showings.records
        ),
        listed.unreadable + showings.unreadable,
    )


def _save(client: Client, programme: Programme) -> Synced | None:
    row = _locked(client)
    if row is None:
        return None
    now = clock.utc_now()
    saving.save(client, programme, now)
    row.client_name, row.synced_at = client.name, now
    row.events, row.performances = len(programme.events), len(programme.performances)
    row.unreadable = programme.unreadable
    return _ended(row, Tried(OK), now)


def _note(client: Client, ended: Tried) -> Synced | None:
    row = _locked(client)
    return None if row is None else _ended(row, ended, clock.utc_now())


def _locked(client: Client) -> EventSync | None:
    """Return the note to write the news in; None where the venue has left that client meanwhile."""
    row = events.locked_sync(client.venue_id)
    integration = integration_of(client.venue_id)
    if row is None or integration is None or integration.client_name != client.name:
        db.session.rollback()
        return None
    return row


def _ended(row: EventSync, ended: Tried, now: datetime) -> Synced:
    row.outcome, row.tried_at, row.next_at = ended.outcome, now, next_sync(now, ended)
    said = Synced(ended.outcome, row.events, row.performances)
    db.session.commit()
    return said
