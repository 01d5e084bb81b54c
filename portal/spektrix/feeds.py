"""The two catalogue lists: bare JSON lists without pages, past seasons included (docs/spektrix.md section 7).

A record that cannot be read is left out and counted, so that one odd entry does not cost a theatre its whole
programme; a list that is no list is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from portal.spektrix import identifiers
from portal.spektrix.errors import NotSpektrixReason
from portal.spektrix.schemas import Starts, UnreadableAnswer, read_starts

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event; `minutes` is its running time as sent, 0 for unknown."""

    id: str
    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class PerformanceRecord:
    """One showing; `starts` says when."""

    id: str
    event_id: str
    starts: Starts
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Feed(Generic[_T]):
    """A list as read, and how many of its records could not be read."""

    records: tuple[_T, ...]
    unreadable: int


class _EventWire(msgspec.Struct, frozen=True):
    id: str
    name: str
    duration: object = 0


class _ReferenceWire(msgspec.Struct, frozen=True):
    id: str


class _PerformanceWire(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    event: _ReferenceWire
    start_utc: object = None
    start: object = None
    cancelled: bool | None = False


# A list is first cut into its records, so that an odd one is left out without losing the others.
_LIST: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_EVENT = msgspec.json.Decoder(_EventWire)
_PERFORMANCE = msgspec.json.Decoder(_PerformanceWire)


def read_events(body: bytes) -> Feed[EventRecord]:
    """The events of a feed. Raises UnreadableAnswer."""
    return _read(body, lambda record: _event(_EVENT.decode(record)))


def read_performances(body: bytes) -> Feed[PerformanceRecord]:
    """The performances of a feed. Raises UnreadableAnswer."""
    return _read(body, lambda record: _performance(_PERFORMANCE.decode(record)))


def _read(body: bytes, make: Callable[[msgspec.Raw], _T]) -> Feed[_T]:
    found = _records(body)
    readable = []
    for record in found:
        try:
            readable.append(make(record))
        except (msgspec.DecodeError, ValueError, OverflowError, RecursionError):
            continue
    return Feed(tuple(readable), len(found) - len(readable))


def _records(body: bytes) -> list[msgspec.Raw]:
    try:
        return _LIST.decode(body)
    except msgspec.ValidationError:
        reason: NotSpektrixReason = "wrong_shape"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        reason = "malformed"
    raise UnreadableAnswer(reason)


def _event(wire: _EventWire) -> EventRecord:
    identifiers.object_id(wire.id)
    # An odd running time costs the running time alone.
    minutes = wire.duration if type(wire.duration) is int else 0
    return EventRecord(wire.id, _plain(wire.name), minutes)


def _plain(text: str) -> str:
    """Text as one line, without the characters that no database keeps or that turn a page's words around."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _performance(wire: _PerformanceWire) -> PerformanceRecord:
    identifiers.object_id(wire.id)
    identifiers.object_id(wire.event.id)
    starts = read_starts(wire.start_utc, wire.start)
    return PerformanceRecord(wire.id, wire.event.id, starts, bool(wire.cancelled))
