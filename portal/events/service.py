"""Keeping the theatre's programme, and finding a performance by its start. Never talks to Spektrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from portal.events import rules
from portal.events.models import Event, EventSync, Performance
from portal.events.rules import FeedEvent, FeedPerformance, Programme, Show
from portal.extensions import db

_AT_A_TIME = 500
MOST_SHOWN = 200


def keep(venue_id: int, client_name: str, programme: Programme, seen_at: datetime) -> None:
    """Save what a feed named, changed or new; what it no longer names stays as it was. A part."""
    events = _kept_events(venue_id, client_name, programme)
    known = _known_performances(venue_id, client_name, programme.performances)
    for one in programme.performances:
        row = known.get(one.spektrix_instance_id)
        if row is None:
            row = Performance(
                venue_id=venue_id,
                client_name=client_name,
                spektrix_instance_id=one.spektrix_instance_id,
            )
            db.session.add(row)
            known[one.spektrix_instance_id] = row
        row.event = events[one.spektrix_event_id]
        row.starts_at, row.cancelled, row.seen_at = one.starts_at, one.cancelled, seen_at


def _kept_events(venue_id: int, client_name: str, programme: Programme) -> dict[str, Event]:
    """A performance may name an event that the other list does not hold (API.md section 7)."""
    named = rules.by_event_id(programme.events)
    wanted = set(named) | {one.spektrix_event_id for one in programme.performances}
    rows = _known_events(venue_id, client_name, wanted)
    for event_id in sorted(wanted):
        row = rows.get(event_id)
        if row is None:
            row = rows[event_id] = Event(
                venue_id=venue_id, client_name=client_name, spektrix_event_id=event_id, name=""
            )
            db.session.add(row)
        _name(row, named.get(event_id))
    return rows


def _name(row: Event, named: FeedEvent | None) -> None:
    if named is not None:
        row.name, row.minutes = named.name[: rules.LONGEST_NAME], named.minutes


def _known_events(venue_id: int, client_name: str, ids: Iterable[str]) -> dict[str, Event]:
    return {
        row.spektrix_event_id: row
        for some in _chunks(sorted(ids))
        for row in db.session.scalars(
            select(Event).where(
                Event.venue_id == venue_id,
                Event.client_name == client_name,
                Event.spektrix_event_id.in_(some),
            )
        )
    }


def _known_performances(
    venue_id: int, client_name: str, performances: Iterable[FeedPerformance]
) -> dict[str, Performance]:
    ids = sorted({one.spektrix_instance_id for one in performances})
    return {
        row.spektrix_instance_id: row
        for some in _chunks(ids)
        for row in db.session.scalars(
            select(Performance).where(
                Performance.venue_id == venue_id,
                Performance.client_name == client_name,
                Performance.spektrix_instance_id.in_(some),
            )
        )
    }


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _AT_A_TIME] for start in range(0, len(ids), _AT_A_TIME)]


def sync_of(venue_id: int) -> EventSync | None:
    """Return how the venue's last sync went, None before the first."""
    return db.session.scalar(select(EventSync).where(EventSync.venue_id == venue_id))


def shows_between(venue_id: int, first: datetime, end: datetime) -> list[Show]:
    """Return the performances that start from `first` to before `end`, by start, as the last sync left them.

    A performance that the last sync no longer named is left out.
    """
    sync = sync_of(venue_id)
    if sync is None or sync.synced_at is None:
        return []
    rows = db.session.scalars(
        select(Performance)
        .where(
            Performance.venue_id == venue_id,
            Performance.starts_at >= first,
            Performance.starts_at < end,
            Performance.client_name == sync.client_name,
            Performance.seen_at >= sync.synced_at,
        )
        .order_by(Performance.starts_at, Performance.id)
        .limit(MOST_SHOWN)
    )
    return [_show(row) for row in rows]


def shows_at(venue_id: int, starts_at: datetime) -> list[Show]:
    """Return the performances that start at one instant: usually one, or none (Q17)."""
    return shows_between(venue_id, starts_at, starts_at + rules.A_MOMENT)


def _show(row: Performance) -> Show:
    return Show(
        row.id,
        row.event.name,
        row.starts_at,
        rules.ends_at(row.starts_at, row.event.minutes),
        row.cancelled,
    )
