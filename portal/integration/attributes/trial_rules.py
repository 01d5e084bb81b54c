"""What a trial write sends, what it has to put back, and what it came to. Plain values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import msgspec

from portal import clock
from portal.integration.attributes.rules import NAMES, Keeps, value_of
from portal.integration.connection import rules
from portal.integration.connection.models import TrialOutcome
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, key_to_write, other_keys
from portal.spektrix.schemas import AttributeUpdate, AttributeValues, Customer, JsonScalar

_LONGEST_TEXT = 500
_MOST_IN_DOUBT = 5


class CannotPutBack(ValueError):
    """The record holds something that could not be written again as it was; `name` tells where."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Undo:
    """What a trial wrote and what stood there before, kept from before the write until it is put back."""

    client_name: str
    customer_id: str
    zone: str
    keys: Mapping[str, str]
    before: Mapping[str, str | float | None]
    last_dined: str
    visits: int

    @property
    def update(self) -> AttributeUpdate:
        return AttributeUpdate(
            self.keys[LAST_DINED_AT], self.last_dined, self.keys[NUMBER_OF_VISITS], self.visits
        )

    def as_json(self) -> str:
        return msgspec.json.encode(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Undo:
        return msgspec.json.decode(text, type=cls)


def in_doubt_as_json(trials: Sequence[Undo]) -> str:
    """Return trials as they are stored, the latest few."""
    latest = [asdict(each) for each in trials[-_MOST_IN_DOUBT:]]
    return msgspec.json.encode(latest).decode() if latest else ""


def in_doubt_from_json(text: str) -> list[Undo]:
    """Return the stored trials."""
    return msgspec.json.decode(text, type=list[Undo]) if text else []


def plan(
    client_name: str,
    record: Customer,
    known_keys: Mapping[str, str],
    now: datetime,
    zone: str,
    stored_under: Mapping[str, str] | None = None,
    *,
    in_doubt: Sequence[Undo] = (),
) -> Undo:
    """Decide what to write to `record`, and remember what stands there. Raises CannotPutBack.

    Args:
        known_keys: by attribute, the key that an earlier record showed, "" for none.
        stored_under: by attribute, the key that stores although another one is shown, "" for none.
        in_doubt: earlier trials: what they wrote is nobody's value.
        now: an aware instant; it is what gets written, for no visit's end can be taken for it.
        zone: the venue's time zone.
    """
    before = {name: _restorable(name, value_of(name, record)) for name in NAMES}
    for earlier in in_doubt:
        before |= {name: earlier.before[name] for name in landed(earlier, record)}
    # Midnight would look the same whether or not the type kept the time.
    instant = now.replace(second=now.second or 1)
    return Undo(
        client_name,
        record.id,
        zone,
        {
            name: (stored_under or {}).get(name) or key_to_write(name, record, known_keys.get(name, ""))
            for name in NAMES
        },
        before,
        clock.iso_with_offset(instant, zone),
        2 if rules.same_count(1, before[NUMBER_OF_VISITS]) else 1,
    )


def _restorable(name: str, value: JsonScalar) -> str | float | None:
    if not _can_be_kept(value):
        raise CannotPutBack(name)
    return value


def _can_be_kept(value: JsonScalar) -> bool:
    too_long = isinstance(value, str) and len(value) > _LONGEST_TEXT
    return not too_long and not isinstance(value, bool)


def still_there(undo: Undo, record: Customer) -> dict[str, str | float | None]:
    """Return, by attribute, the values that have to be put back because the record holds others."""
    return {name: value for name, value in undo.before.items() if not _same(value, value_of(name, record))}


def restoring(undo: Undo, record: Customer) -> list[AttributeValues]:
    """Return the updates that put both values back: under the keys that the record shows now, then as sent.

    What Spektrix shows need not be what it takes.
    """
    shown = {name: key_to_write(name, record, undo.keys[name]) for name in NAMES}
    return [
        AttributeValues(
            keys[LAST_DINED_AT],
            undo.before[LAST_DINED_AT],
            keys[NUMBER_OF_VISITS],
            undo.before[NUMBER_OF_VISITS],
        )
        for keys in ([shown] if shown == undo.keys else [shown, undo.keys])
    ]


def in_another_form(undo: Undo) -> list[Undo]:
    """Return the same trial under each other form of the two keys."""
    used = (undo.keys[LAST_DINED_AT], undo.keys[NUMBER_OF_VISITS])
    return [
        replace(undo, keys={LAST_DINED_AT: last, NUMBER_OF_VISITS: visits})
        for last, visits in other_keys(used)
    ]


def landed(undo: Undo, record: Customer) -> list[str]:
    """Return the attributes that hold what a trial wrote in place of what stood there before."""
    if record.id != undo.customer_id:
        return []
    date = rules.same_instant(undo.last_dined, value_of(LAST_DINED_AT, record), undo.zone).kept
    visits = rules.same_count(undo.visits, value_of(NUMBER_OF_VISITS, record))
    ours = {LAST_DINED_AT: date, NUMBER_OF_VISITS: visits}
    return [name for name in still_there(undo, record) if ours[name]]


def with_newer(undo: Undo, record: Customer, trials: Sequence[Undo]) -> Undo:
    """Return the trial with what the record holds by now as what has to be put back.

    What one of `trials` wrote, the oldest first, is nobody's value: what stood there before it is.
    """
    by_now = {name: value_of(name, record) for name in NAMES}
    for each in trials:
        by_now |= {name: each.before[name] for name in landed(each, record)}
    kept = {name: value for name, value in by_now.items() if _can_be_kept(value)}
    return replace(undo, before=dict(undo.before) | kept)


def changed_since(undo: Undo, record: Customer, trials: Sequence[Undo]) -> bool:
    """Tell whether somebody has written other values than `trials` meanwhile: those must not be lost."""
    ours = {name for each in (undo, *trials) for name in landed(each, record)}
    return bool(still_there(undo, record).keys() - ours)


def _same(one: JsonScalar, other: JsonScalar) -> bool:
    return one == other or (one in (None, "") and other in (None, ""))


def outcome_of(kept: Mapping[str, Keeps], *, undone: bool) -> TrialOutcome:
    """Return the worst that reading back has shown; `kept` leaves out an attribute that is not there."""
    if not undone:
        return TrialOutcome.NOT_UNDONE
    worst = {kept.get(name, Keeps.NOTHING) for name in NAMES}
    for keeps, outcome in (
        (Keeps.NOTHING, TrialOutcome.NOT_STORED),
        (Keeps.CHANGED, TrialOutcome.CHANGED),
        (Keeps.DAY, TrialOutcome.DAY),
    ):
        if keeps in worst:
            return outcome
    return TrialOutcome.OK
