"""What Spektrix answers, as frozen values, and the reading of it from bytes.

Readers raise `UnreadableAnswer` with the reason alone; what was read never enters an error.
No value here shows itself in a `repr`, since names and ids must not reach a log that way.
"""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from portal.spektrix import attribute_keys, identifiers
from portal.spektrix.errors import NotSpektrixReason

JsonScalar = str | int | float | bool | None

# A start beyond these years is a placeholder or a slip; a day without a time is no start.
_START = re.compile(
    r"2[01]\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?", re.ASCII
)
_ISO_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True, repr=False)
class Customer:
    """Spektrix's record of a person; unset texts are empty.

    `attributes` holds every attribute by its key, spelled as the server spells it
    (`attribute_keys`). A value that is a list or an object arrives as its JSON text.
    """

    id: str
    email: str
    first_name: str
    last_name: str
    phone: str
    mobile: str
    attributes: Mapping[str, JsonScalar]


@dataclass(frozen=True, slots=True, repr=False)
class Basket:
    """A basket and its owner; `customer_id` is None while nobody is signed in."""

    id: str
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Starts:
    """When a performance starts, as Spektrix has it: one of the two at least.

    `utc` is aware, `local` the venue's wall time without zone.
    """

    utc: datetime | None
    local: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class Performance:
    """One showing; `starts` says when."""

    id: str
    event_id: str
    starts: Starts
    cancelled: bool


@dataclass(frozen=True, slots=True, repr=False)
class AttributeValues:
    """A value for each of the two attributes, under its key as the server spells it, and no third.

    Args:
        last_dined_at: null, a number or a text, as a record held it.
        visits: likewise.
    """

    last_dined_key: str
    last_dined_at: str | float | None
    visits_key: str
    visits: str | float | None

    def __post_init__(self) -> None:
        if isinstance(self.last_dined_at, bool) or isinstance(self.visits, bool):
            raise TypeError("only null, a number or a text may be sent")


@dataclass(frozen=True, slots=True, repr=False)
class AttributeUpdate(AttributeValues):
    """What a visit writes.

    Args:
        last_dined_at: ISO 8601 with seconds and offset, `2026-05-28T21:30:00+01:00`.
        visits: number of visits counted, zero or more.
    """

    last_dined_at: str
    visits: int

    def __post_init__(self) -> None:
        if not _ISO_WITH_OFFSET.fullmatch(self.last_dined_at):
            raise ValueError("last_dined_at needs seconds and an offset")
        if self.visits < 0:
            raise ValueError("visits cannot be negative")


class UnreadableAnswer(ValueError):
    """An answer that is not what its call promises."""

    def __init__(self, reason: NotSpektrixReason) -> None:
        super().__init__(reason)
        self.reason: NotSpektrixReason = reason


class _CustomerWire(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    mobile: str | None = None


class _OwnerWire(msgspec.Struct, frozen=True):
    id: str | None = None


class _BasketWire(msgspec.Struct, frozen=True):
    id: str
    customer: _OwnerWire | None = None


class _EventWire(msgspec.Struct, frozen=True):
    id: str


class _PerformanceWire(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    event: _EventWire
    start: object = None
    start_utc: object = None
    cancelled: bool = False


_Wire = TypeVar("_Wire", bound=msgspec.Struct)


def read_customer(body: bytes, asked_id: str | None = None) -> Customer:
    """A customer; with `asked_id` the record must be that one."""
    fields = _read_object(body)
    wire = _convert(fields, _CustomerWire)
    _require_id(wire.id, asked_id or wire.id)
    _require_usable(wire.id)
    return Customer(
        id=wire.id,
        email=wire.email or "",
        first_name=wire.first_name or "",
        last_name=wire.last_name or "",
        phone=wire.phone or "",
        mobile=wire.mobile or "",
        attributes=_attributes(fields),
    )


def read_basket(body: bytes, asked_id: str) -> Basket:
    """The basket asked for; an owner that is null, missing or without id is nobody yet."""
    wire = _convert(_read_object(body), _BasketWire)
    _require_id(wire.id, asked_id)
    owner = wire.customer.id if wire.customer else None
    if owner:
        _require_usable(owner)
    return Basket(id=wire.id, customer_id=owner or None)


def read_performance(body: bytes, asked_id: str) -> Performance:
    """The performance asked for."""
    wire = _convert(_read_object(body), _PerformanceWire)
    _require_id(wire.id, asked_id)
    try:
        starts = read_starts(wire.start_utc, wire.start)
    except ValueError:
        raise UnreadableAnswer("wrong_shape") from None
    return Performance(id=wire.id, event_id=wire.event.id, starts=starts, cancelled=wire.cancelled)


def read_starts(start_utc: object, start: object) -> Starts:
    """What `startUtc` and `start` of an instance say, each as far as it can be read.

    A `startUtc` without an offset is UTC (docs/spektrix.md section 7). A `start` with one is an instant too.
    `static/starts.js` reads them by the same rule.

    Raises ValueError where neither can be read.
    """
    utc, local = _moment(start_utc), _moment(start)
    instants = [each if each.tzinfo else each.replace(tzinfo=UTC) for each in (utc,) if each]
    instants += [local] if local and local.tzinfo else []
    wall = local if local and not local.tzinfo else None
    if not instants and not wall:
        raise ValueError("no start")
    return Starts(instants[0].astimezone(UTC) if instants else None, wall)


def _moment(written: object) -> datetime | None:
    if not isinstance(written, str) or not _START.fullmatch(written):
        return None
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        return None


def read_list_start(body: bytes) -> None:
    """The beginning of a JSON list, of which the rest was not read."""
    if not body.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"["):
        raise UnreadableAnswer("wrong_shape")


def read_update_reply(body: bytes, asked_id: str) -> None:
    """The reply to an update: nothing, or any JSON that does not speak of another customer."""
    if not body.strip():
        return
    reply = read_json(body)
    if isinstance(reply, dict) and "id" in reply:
        _require_id(reply["id"], asked_id)


def read_json(body: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN, no lone surrogates, no name twice in an object."""
    body = body.removeprefix(codecs.BOM_UTF8)
    reason: NotSpektrixReason = "malformed"
    try:
        value = msgspec.json.decode(body)
        # A second pass, because the fast reader silently keeps the last of two equal names.
        json.loads(body, object_pairs_hook=_refuse_duplicates)
    except UnreadableAnswer as error:
        reason = error.reason
    except (msgspec.DecodeError, ValueError, RecursionError):
        reason = "malformed"
    else:
        return value
    raise UnreadableAnswer(reason)


def _read_object(body: bytes) -> dict[str, Any]:
    value = read_json(body)
    if not isinstance(value, dict):
        raise UnreadableAnswer("wrong_shape")
    return value


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise UnreadableAnswer("duplicate_keys")


def _convert(fields: dict[str, Any], wire: type[_Wire]) -> _Wire:
    try:
        return msgspec.convert(fields, wire)
    except msgspec.ValidationError:
        # The library's message may quote what was read, so it is not chained to ours.
        error = UnreadableAnswer("wrong_shape")
    raise error


def _require_id(found: object, asked: str) -> None:
    if found != asked:
        raise UnreadableAnswer("wrong_id")


def _require_usable(customer_id: str) -> None:
    """Refuse an id that could not be asked for again, before anybody stores it."""
    try:
        identifiers.customer_id(customer_id)
    except ValueError:
        raise UnreadableAnswer("wrong_shape") from None


def _attributes(fields: dict[str, Any]) -> Mapping[str, JsonScalar]:
    return MappingProxyType({key: _scalar(value) for key, value in attribute_keys.keyed_values(fields)})


def _scalar(value: Any) -> JsonScalar:
    if isinstance(value, list | dict):
        return msgspec.json.encode(value).decode()
    return value  # type: ignore[no-any-return]  # JSON has no other kinds
