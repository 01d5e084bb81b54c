"""What a customer record says of the two attributes. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portal.integration.connection import rules
from portal.integration.connection.models import AttributeState
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, near_misses, resolve_attribute_key
from portal.spektrix.schemas import Customer, JsonScalar

NAMES = (LAST_DINED_AT, NUMBER_OF_VISITS)
# Only the next send shows otherwise, whatever a record shows meanwhile.
_BLAMED = frozenset({AttributeState.WRONG_TYPE, AttributeState.NOT_KEPT})


class Keeps(StrEnum):
    """What reading back has shown an attribute to keep of what was sent (docs/spektrix.md section 6)."""

    ALL = "all"
    MONEY = "money"
    DAY = "day"
    CHANGED = "changed"
    NOTHING = "nothing"

    @property
    def lands(self) -> bool:
        """Whether a visit counts as stored all the same (Q7)."""
        return self not in (Keeps.CHANGED, Keeps.NOTHING)


def state_of(name: str, record: Customer, was: AttributeState, *, absence_proves: bool) -> AttributeState:
    """Return what `record` says of the attribute `name`.

    Args:
        was: what was known before.
        absence_proves: whether a record that does not show an attribute proves that there is none.
    """
    if resolve_attribute_key(name, record) is not None:
        return was if was in _BLAMED else AttributeState.FOUND
    if near_misses(name, record):
        return AttributeState.NEAR_MISS
    was_there = was is AttributeState.FOUND or was in _BLAMED
    return was if was_there and not absence_proves else AttributeState.NOT_FOUND


def shows_unset(record: Customer) -> bool:
    """Tell whether the record shows an attribute that has no value, as then every record shows every one."""
    return any(_is_unset(value) for value in record.attributes.values())


def value_of(name: str, record: Customer) -> JsonScalar:
    """Return what the record holds under the attribute's exact name, None when it shows no such attribute."""
    key = resolve_attribute_key(name, record)
    return record.attributes[key] if key else None


def may_take_another_form(after: Customer, kept: Mapping[str, Keeps], *, absence_proves: bool) -> bool:
    """Tell whether the names may be right and only the form of their keys is not one that Spektrix takes.

    Args:
        after: the record after a send.
        kept: what it kept of the two values, of those that it shows.
        absence_proves: whether a record that does not show an attribute proves that there is none.
    """
    missing = [name for name in NAMES if resolve_attribute_key(name, after) is None]
    proved = absence_proves or shows_unset(after) or any(near_misses(name, after) for name in missing)
    return not (missing and proved) and all(kept.get(name, Keeps.NOTHING) is Keeps.NOTHING for name in NAMES)


def kept(
    last_dined: str, visits: int, after: Customer, zone: str, before: Customer | None = None
) -> dict[str, Keeps]:
    """Judge what the record holds right after a send; an attribute that it does not show is left out.

    Args:
        last_dined: ISO 8601 as it was sent.
        visits: the number sent.
        zone: the venue's time zone.
        before: the record before the send, where that is known: a value that stayed was not stored at all.
    """
    date = rules.same_instant(last_dined, value_of(LAST_DINED_AT, after), zone)
    landed = {
        LAST_DINED_AT: (Keeps.ALL if date.with_time else Keeps.DAY) if date.kept else None,
        NUMBER_OF_VISITS: _count_kept(visits, value_of(NUMBER_OF_VISITS, after)),
    }
    return {
        name: landed[name] or _loss(value_of(name, after), value_of(name, before) if before else None)
        for name in NAMES
        if resolve_attribute_key(name, after) is not None
    }


def _count_kept(sent: int, stored: JsonScalar) -> Keeps | None:
    if not rules.same_count(sent, stored):
        return None
    return Keeps.ALL if isinstance(stored, str) else Keeps.MONEY


def _loss(after: JsonScalar, before: JsonScalar) -> Keeps:
    return Keeps.NOTHING if _is_unset(after) or after == before else Keeps.CHANGED


def _is_unset(value: JsonScalar) -> bool:
    return value is None or value == ""
