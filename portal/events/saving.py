"""Saving a programme as it was read. A season has thousands of performances, so lists are handled whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from portal.events import rules
from portal.events.models import Event, Performance, PerformanceChange
from portal.events.rules import LONGEST_NAME, Programme
from portal.extensions import db

# Ids named in one statement; SQLite once took no more than 999 values.
_AT_A_TIME = 500
_Values = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """Whose programme it is: ids mean something within one client alone (docs/spektrix.md section 4)."""

    venue_id: int
    name: str

    @property
    def columns(self) -> _Values:
        return {"venue_id": self.venue_id, "client_name": self.name}


def save(client: Client, programme: Programme, seen_at: datetime) -> None:
    """Save what the lists named, changed or new; what they no longer name stays as it was (R184).

    Does not commit. The caller sees to it that no other sync of the venue saves at the same time.
    """
    event_ids = _save_events(client, programme)
    known = _known_performances(client, [one.spektrix_instance_id for one in programme.performances])
    new, moved, same = [], [], []
    upset: list[tuple[int, datetime]] = []
    for one in programme.performances:
        values = {
            "event_id": event_ids[one.spektrix_event_id],
            "starts_at": one.starts_at,
            "cancelled": one.cancelled,
        }
        row = known.get(one.spektrix_instance_id)
        if row is None:
            instance = {"spektrix_instance_id": one.spektrix_instance_id, "seen_at": seen_at}
            new.append(client.columns | instance | values)
        elif row.values == values:
            same.append(row.id)
        else:
            moved.append({"id": row.id, "seen_at": seen_at} | values)
            if rules.upsets_plans(row.values["starts_at"], one, was_cancelled=row.values["cancelled"]):
                upset.append((row.id, row.values["starts_at"]))
    _write(Performance, new, moved)
    _note_changes(client, upset, seen_at)
    for some in _chunks(same):
        db.session.execute(
            update(Performance)
            .where(Performance.id.in_(some))
            .values(seen_at=seen_at)
            .execution_options(synchronize_session=False)
        )


def _note_changes(client: Client, upset: Sequence[tuple[int, datetime]], noticed_at: datetime) -> None:
    """Note which performances no longer start as planned, from when; each once until it is dealt with."""
    to_come = [(performance_id, was_at) for performance_id, was_at in upset if was_at > noticed_at]
    known: set[tuple[int, datetime]] = set()
    for some in _chunks([performance_id for performance_id, _ in to_come]):
        rows = db.session.execute(
            select(PerformanceChange.performance_id, PerformanceChange.was_at).where(
                PerformanceChange.performance_id.in_(some), PerformanceChange.settled_at.is_(None)
            )
        )
        known |= {(row.performance_id, row.was_at) for row in rows}
    new = [
        {"venue_id": client.venue_id, "performance_id": performance_id, "was_at": was_at}
        | {"noticed_at": noticed_at}
        for performance_id, was_at in to_come
        if (performance_id, was_at) not in known
    ]
    if new:
        db.session.execute(insert(PerformanceChange), new)


@dataclass(frozen=True)
class _Known:
    """A row as it is: its id, and the values that a feed may change."""

    id: int
    values: _Values


def _save_events(client: Client, programme: Programme) -> dict[str, int]:
    """Return the row of each event that either list names.

    A performance may name an event that the other list does not hold (docs/spektrix.md section 7).
    One without a name is kept for it, and one known from earlier keeps its own.
    """
    named: dict[str, _Values] = {
        one.spektrix_event_id: {"name": one.name[:LONGEST_NAME], "minutes": one.minutes}
        for one in programme.events
    }
    wanted = sorted(named.keys() | {one.spektrix_event_id for one in programme.performances})
    known = _known_events(client, wanted)
    new = [
        client.columns | {"spektrix_event_id": each} | named.get(each, {"name": "", "minutes": None})
        for each in wanted
        if each not in known
    ]
    changed = [
        {"id": known[each].id} | values
        for each, values in named.items()
        if each in known and known[each].values != values
    ]
    _write(Event, new, changed)
    added = _known_events(client, [values["spektrix_event_id"] for values in new])
    return {each: row.id for each, row in (known | added).items()}


def _write(model: type[Event | Performance], new: list[_Values], changed: list[_Values]) -> None:
    if new:
        db.session.execute(insert(model), new)
    if changed:
        db.session.execute(update(model), changed)


def _known_events(client: Client, ids: Sequence[str]) -> dict[str, _Known]:
    columns = (Event.spektrix_event_id, Event.id, Event.name, Event.minutes)
    return {
        row.spektrix_event_id: _Known(row.id, {"name": row.name, "minutes": row.minutes})
        for some in _chunks(ids)
        for row in db.session.execute(
            select(*columns).filter_by(**client.columns).where(Event.spektrix_event_id.in_(some))
        )
    }


def _known_performances(client: Client, ids: Sequence[str]) -> dict[str, _Known]:
    instance_id = Performance.spektrix_instance_id
    columns = (
        instance_id,
        Performance.id,
        Performance.event_id,
        Performance.starts_at,
        Performance.cancelled,
    )
    return {
        row.spektrix_instance_id: _Known(
            row.id, {"event_id": row.event_id, "starts_at": row.starts_at, "cancelled": row.cancelled}
        )
        for some in _chunks(ids)
        for row in db.session.execute(
            select(*columns).filter_by(**client.columns).where(instance_id.in_(some))
        )
    }


def _chunks(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (ids[start : start + _AT_A_TIME] for start in range(0, len(ids), _AT_A_TIME))
