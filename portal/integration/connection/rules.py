"""Whether Spektrix holds what was sent. Plain values in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.spektrix.schemas import JsonScalar


def same_count(sent: int, stored: JsonScalar) -> bool:
    """Compare numerically: Text keeps "7", Currency keeps 7.0 (docs/spektrix.md section 6)."""
    if isinstance(stored, bool) or stored is None:
        return False
    try:
        return float(stored) == sent
    except ValueError:
        return False


@dataclass(frozen=True)
class Stored:
    """How the date came back: at all, and with its time."""

    kept: bool
    with_time: bool = False


def same_instant(sent: str, stored: JsonScalar, zone: str) -> Stored:
    """Compare as an instant; as a local or UTC day where the type keeps the day alone (Q7)."""
    if not isinstance(stored, str) or not stored:
        return Stored(False)
    intended = datetime.fromisoformat(sent)
    try:
        found = datetime.fromisoformat(stored)
    except ValueError:
        return Stored(False)
    if found.tzinfo is not None:
        return Stored(found == intended, with_time=found == intended)
    if found == intended.replace(tzinfo=None) or found.replace(tzinfo=UTC) == intended:
        return Stored(True, with_time=True)
    days = {intended.astimezone(ZoneInfo(zone)).date(), intended.astimezone(UTC).date()}
    only_a_day = (found.hour, found.minute, found.second) == (0, 0, 0)
    return Stored(only_a_day and found.date() in days)
