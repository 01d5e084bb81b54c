"""How the last sync of a programme went, and finding performances. Never talks to Spektrix."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError

from portal import clock
from portal.events import rules
from portal.events.models import Event, EventSync, Performance, PerformanceChange
from portal.events.rules import ChangedShow, Show
from portal.extensions import db
from portal.venues.models import Doer, Staff

MOST_SHOWN = 200


def sync_of(venue_id: int) -> EventSync | None:
    """Return how the venue's last sync went, None before the first."""
    return db.session.scalar(select(EventSync).where(EventSync.venue_id == venue_id))


def locked_sync(venue_id: int) -> EventSync | None:
    """Return the same, held until the transaction ends, so that one sync of a venue saves at a time."""
    return db.session.scalar(
        select(EventSync)
        .where(EventSync.venue_id == venue_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def begin(venue_id: int, next_at: datetime) -> bool:
    """Add the note of a venue's syncs before its first one, and commit. Returns False where it was there."""
    if sync_of(venue_id) is not None:
        db.session.rollback()
        return False
    db.session.add(EventSync(venue_id=venue_id, next_at=next_at))
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return False
    return True


def start_anew(venue_id: int) -> None:
    """Show nothing of the programme until it has been read again, of whichever client it is then.

    Does not commit. The rows stay: a name that comes back finds its performances as they were.
    """
    db.session.execute(
        update(EventSync)
        .where(EventSync.venue_id == venue_id)
        .values(
            client_name="",
            next_at=clock.utc_now(),
            tried_at=None,
            synced_at=None,
            outcome="",
            events=0,
            performances=0,
            unreadable=0,
        )
    )


def read_soon(venue_id: int, now: datetime) -> None:
    """Have the venue's programme read again as soon as possible; does not commit."""
    db.session.execute(update(EventSync).where(EventSync.venue_id == venue_id).values(next_at=now))


def shows_between(venue_id: int, first: datetime, end: datetime, limit: int = MOST_SHOWN) -> list[Show]:
    """Return the performances that start from `first` to before `end`, by start, as the last sync left them.

    Cancelled ones are among them; one that the last sync no longer named is left out (R184).

    Args:
        venue_id: whose programme.
        first: aware instant.
        end: aware instant.
        limit: most performances returned.
    """
    rows = db.session.scalars(
        _still_named(venue_id)
        .where(Performance.starts_at >= first, Performance.starts_at < end)
        .order_by(Performance.starts_at, Performance.id)
        .limit(limit)
    )
    return [_show(row) for row in rows]


def shows_by_day(venue_id: int, first: date, last: date, zone: str) -> dict[date, list[str]]:
    """Return the names of the shows that go ahead, by calendar day in `zone`, each name once: one query."""
    begins, ends = clock.day_bounds(first, zone)[0], clock.day_bounds(last, zone)[1]
    rows = db.session.execute(
        select(Performance.starts_at, Event.name)
        .join(Event, Event.id == Performance.event_id)
        .join(EventSync, EventSync.venue_id == Performance.venue_id)
        .where(
            *_named_by_the_last_sync(venue_id),
            Performance.cancelled.is_(False),
            Performance.starts_at >= begins,
            Performance.starts_at < ends,
        )
        .order_by(Performance.starts_at, Performance.id)
    )
    found: dict[date, list[str]] = {}
    for starts_at, name in rows:
        names = found.setdefault(clock.local_date(starts_at, zone), [])
        if name not in names:
            names.append(name)
    return found


def shows_at(venue_id: int, starts_at: datetime) -> list[Show]:
    """Return the performances that start in the minute of an instant: usually one, or none.

    Of two at once both are returned.
    """
    minute = starts_at.replace(second=0, microsecond=0)
    return shows_between(venue_id, minute, minute + rules.A_MINUTE)


def changed_shows(venue_id: int, first: datetime, end: datetime) -> list[ChangedShow]:
    """Return the performances that were to start from `first` to before `end` and now do not, by that start.

    Those that staff have dealt with are among them; one that goes ahead as planned after all is left out.
    """
    rows = db.session.execute(
        _changes(venue_id)
        .where(PerformanceChange.was_at >= first, PerformanceChange.was_at < end)
        .order_by(PerformanceChange.was_at, PerformanceChange.id)
        .limit(MOST_SHOWN)
    )
    return [one for one in map(_changed, rows) if not one.stands_again]


def changed_show(venue_id: int, change_id: int) -> ChangedShow:
    """Return one of them, also where it goes ahead as planned after all. Raises NotHere."""
    change = PerformanceChange.get_for(venue_id, change_id)
    return _changed(db.session.execute(_changes(venue_id).where(PerformanceChange.id == change.id)).one())


def settle_change(venue_id: int, change_id: int, staff_id: int, now: datetime) -> bool:
    """Note that somebody has dealt with a changed performance. Returns False where somebody had before.

    Whoever is second waits for the first, as the row is held until the transaction ends. Does not commit.
    """
    settled = db.session.execute(
        update(PerformanceChange)
        .where(
            PerformanceChange.venue_id == venue_id,
            PerformanceChange.id == change_id,
            PerformanceChange.settled_at.is_(None),
        )
        .values(settled_at=now, settled_by_id=staff_id)
        .execution_options(synchronize_session=False)
    )
    return bool(settled.rowcount)  # type: ignore[attr-defined]


def note_letters(venue_id: int, change_id: int, number: int) -> None:
    """Note how many guests were written to when a change was dealt with. Does not commit."""
    db.session.execute(
        update(PerformanceChange)
        .where(PerformanceChange.venue_id == venue_id, PerformanceChange.id == change_id)
        .values(letters=number)
        .execution_options(synchronize_session=False)
    )


def _changes(venue_id: int) -> Select[PerformanceChange, str]:
    return (
        select(PerformanceChange, Staff.name)
        .outerjoin(Staff, Staff.id == PerformanceChange.settled_by_id)
        .where(PerformanceChange.venue_id == venue_id)
    )


def _changed(row: Any) -> ChangedShow:
    change, name = row
    by = Doer.STAFF.named(name) if change.settled_at else ""
    show = _show(change.performance)
    return ChangedShow(change.id, change.was_at, show, change.settled_at, by, change.letters)


def show_by_instance(venue_id: int, text: str) -> Show | None:
    """Return the upcoming performance that a page of the theatre's names, None where there is none.

    It may be cancelled, which its `cancelled` says.

    Args:
        venue_id: whose programme.
        text: a whole Spektrix instance id or its leading digits, as embedded pages spell it
            (docs/spektrix.md section 4); anything else finds nothing.
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


def _still_named(venue_id: int) -> Select[Performance]:
    """The performances that the last sync that worked did name, of the client that it asked."""
    return (
        select(Performance)
        .join(EventSync, EventSync.venue_id == Performance.venue_id)
        .where(*_named_by_the_last_sync(venue_id))
    )


def _named_by_the_last_sync(venue_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Performance.venue_id == venue_id,
        Performance.client_name == EventSync.client_name,
        Performance.seen_at >= EventSync.synced_at,
    )


def _show(row: Performance) -> Show:
    return Show(
        row.id,
        row.event.name,
        row.starts_at,
        rules.ends_at(row.starts_at, row.event.minutes),
        row.cancelled,
    )
