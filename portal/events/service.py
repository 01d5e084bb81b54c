"""Keeping the theatre's programme, and finding a performance by its start. Never talks to Spektrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from portal import clock
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


def shows_between(venue_id: int, first: datetime, end: datetime, limit: int = MOST_SHOWN) -> list[Show]:
    """Return the performances that start from `first` to before `end`, by start, as the last sync left them.

    Cancelled ones are among them; one that the last sync no longer named is left out (R184).

    Args:
        venue_id: whose programme.
        first, end: aware instants.
        limit: most rows returned.
    """
    rows = db.session.scalars(
        _still_named(venue_id)
        .where(Performance.starts_at >= first, Performance.starts_at < end)
        .order_by(Performance.starts_at, Performance.id)
        .limit(limit)
    )
    return [_show(row) for row in rows]


def show_by_instance(venue_id: int, text: str) -> Show | None:
    """Return the upcoming performance that a page of the theatre's names, None where there is none.

    It may be cancelled, which its `cancelled` says.

    Args:
        venue_id: whose programme.
        text: a whole Spektrix instance id or its leading digits, as embedded pages spell it (API.md
            section 4); anything else finds nothing.
    """
    text = text.strip()
    if not rules.may_name_instance(text):
        return None
    named = Performance.spektrix_instance_id == text
    if text.isdigit():
        named |= Performance.spektrix_instance_id.startswith(f"{text}A")
    row = db.session.scalar(
        _still_named(venue_id)
        .where(named, Performance.starts_at > clock.utc_now())
        .order_by(Performance.starts_at, Performance.id)
        .limit(1)
    )
    return _show(row) if row else None


def _still_named(venue_id: int) -> Select[tuple[Performance]]:
    """The performances that the last sync that worked did name, of the client that it asked."""
    return (
        select(Performance)
        .join(EventSync, EventSync.venue_id == Performance.venue_id)
        .where(
            Performance.venue_id == venue_id,
            Performance.client_name == EventSync.client_name,
            Performance.seen_at >= EventSync.synced_at,
        )
    )


def shows_at(venue_id: int, starts_at: datetime) -> list[Show]:
    """Return the performances that start in the minute of an instant: usually one, or none (Q17).

    Two at once are both returned, by their ids.
    """
    minute = starts_at.replace(second=0, microsecond=0)
    return shows_between(venue_id, minute, minute + rules.A_MINUTE)


def _show(row: Performance) -> Show:
    return Show(
        row.id,
        row.event.name,
        row.starts_at,
        rules.ends_at(row.starts_at, row.event.minutes),
        row.cancelled,
    )
