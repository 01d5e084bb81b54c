"""The two catalogue lists: bare JSON lists without pages, past seasons included (API.md section 7).

A record that cannot be read is left out and counted, so that one odd entry does not cost a theatre its whole
programme; a list that is no list is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from portal.spektrix import identifiers
from portal.spektrix.schemas import UnreadableAnswer

_T = TypeVar("_T")
_W = TypeVar("_W", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event; `minutes` is its running time as sent, 0 for unknown."""

    id: str
    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class PerformanceRecord:
    """One showing; `start_utc` is aware."""

    id: str
    event_id: str
    start_utc: datetime
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Feed(Generic[_T]):
    """A list as read, and how many of its records could not be read."""

    records: tuple[_T, ...]
    unreadable: int


class _EventWire(msgspec.Struct, frozen=True):
    id: str
    name: str
    duration: int = 0


class _ReferenceWire(msgspec.Struct, frozen=True):
    id: str


class _PerformanceWire(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    event: _ReferenceWire
    start_utc: str
    cancelled: bool = False


def read_events(body: bytes) -> Feed[EventRecord]:
    """The events of a feed. Raises UnreadableAnswer."""
    return _read(body, _EventWire, _event)


def read_performances(body: bytes) -> Feed[PerformanceRecord]:
    """The performances of a feed. Raises UnreadableAnswer."""
    return _read(body, _PerformanceWire, _performance)


def _read(body: bytes, wire: type[_W], make: Callable[[_W], _T]) -> Feed[_T]:
    items = _items(body)
    records = []
    for item in items:
        try:
            records.append(make(msgspec.convert(item, wire)))
        except (msgspec.ValidationError, ValueError, OverflowError):
            continue
    return Feed(tuple(records), len(items) - len(records))


def _items(body: bytes) -> list[Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise UnreadableAnswer("wrong_shape")
    return value


def _event(wire: _EventWire) -> EventRecord:
    identifiers.object_id(wire.id)
    return EventRecord(wire.id, " ".join(wire.name.split()), wire.duration)


def _performance(wire: _PerformanceWire) -> PerformanceRecord:
    identifiers.object_id(wire.id)
    identifiers.object_id(wire.event.id)
    start = datetime.fromisoformat(wire.start_utc)
    # A start without a zone is UTC (API.md section 7).
    aware = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    return PerformanceRecord(wire.id, wire.event.id, aware, wire.cancelled)
