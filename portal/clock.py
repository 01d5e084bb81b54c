"""The time. Nobody else asks the machine for it; inside, every instant is aware and in UTC.

What somebody was promised is kept beside its instant as a *told* time: the wall time, with the offset that it
had when it was told. The rules of a zone may change; a told time does not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_local(instant: datetime, zone: str) -> datetime:
    """Return an aware instant as wall time in `zone`, an IANA name such as Europe/London."""
    return instant.astimezone(ZoneInfo(zone))


def local_date(instant: datetime, zone: str) -> date:
    """Return the calendar day that `instant` falls on in `zone`."""
    return to_local(instant, zone).date()


def from_local(day: date, wall: time, zone: str) -> datetime | None:
    """Return the UTC instant of a wall time, or None where the clocks skip it.

    A time that happens twice in autumn means its first pass.
    """
    local = datetime.combine(day, wall, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    return instant if to_local(instant, zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def which_pass(local: datetime) -> str:
    """Return what tells a wall time that comes twice from the other one: BST or GMT, else "".

    Zones whose hours have no name of their own give their offset: UTC+10:30.
    """
    first, second = local.replace(fold=0), local.replace(fold=1)
    # Of a wall time that the clocks skip the first reading has the smaller offset.
    if (first.utcoffset() or timedelta()) <= (second.utcoffset() or timedelta()):
        return ""
    names = {first.tzname() or "", second.tzname() or ""}
    if len(names) == 2 and all(name.isalpha() for name in names):
        return local.tzname() or ""
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02d}' if rest else ''}"


def told_time(instant: datetime, zone: str) -> datetime:
    """Return an instant as somebody in `zone` is told it: the wall time, with the offset that holds today."""
    local = to_local(instant, zone)
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta()), fold=0)


def instant_told(told: datetime, zone: str) -> datetime:
    """Return the UTC instant at which clocks in `zone` show a told time, by the rules of today.

    Of a wall time that happens twice the offset says which pass was meant, and the first counts where it fits
    neither. One that the clocks skip is as long after midnight as it would have been: 01:30 is then 02:30.
    """
    wall = told.replace(tzinfo=ZoneInfo(zone), fold=0)
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if told == second and exists(told, zone) else first


def instant_of_wall(wall: datetime, zone: str) -> datetime:
    """Return the UTC instant of a wall time without offset: its first pass where it happens twice.

    One that the clocks skip is as long after midnight as it would have been.
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def exists(told: datetime, zone: str) -> bool:
    """Tell whether clocks in `zone` show a told time at all, by the rules of today."""
    return from_local(told.date(), told.time(), zone) is not None


def iso_with_offset(instant: datetime, zone: str) -> str:
    """Return ISO 8601 with seconds and the zone's offset on that date: 2026-05-28T21:30:00+01:00 (R87)."""
    return to_local(instant, zone).replace(microsecond=0).isoformat()


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants at which a local day begins and the next one begins."""
    start = datetime.combine(day, time(), ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return start.astimezone(UTC), end.astimezone(UTC)
