"""The history of a venue's connection and who changed what: one list, newest first. Queries only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.extensions import db
from portal.integration.attributes.rows import said_of
from portal.integration.standing import letters
from portal.integration.standing.models import Standing
from portal.scoping import LARGEST_ID
from portal.venues import audit
from portal.venues.models import AuditEntry

A_PAGE = 30
_PLACE = re.compile(r"(\d{1,10})-(\d{1,10})")


@dataclass(frozen=True)
class Event:
    """One line: a state that began, or something a person did. `until` is None while a state lasts."""

    at: datetime
    until: datetime | None
    words: str
    tone: str
    detail: str
    is_state: bool


@dataclass(frozen=True)
class History:
    """One page of the list; `older` is the place to go on from, "" at the end."""

    events: list[Event]
    older: str = ""


def page(venue_id: int, after: str) -> History:
    """Return a page of the list.

    Args:
        after: where the page before ended, "" for the newest; anything else begins at the newest too.
    """
    state_id, entry_id = _place(after)
    states = _states(venue_id, state_id)
    entries = _entries(venue_id, entry_id)
    rows: list[Standing | AuditEntry] = [*states, *entries]
    merged = sorted(rows, key=_when, reverse=True)
    shown = merged[:A_PAGE]
    older = ""
    if len(merged) > A_PAGE:
        left = [
            min([each.id for each in shown if isinstance(each, kind)], default=place)
            for kind, place in ((Standing, state_id), (AuditEntry, entry_id))
        ]
        older = f"{left[0]}-{left[1]}"
    return History([_event(each) for each in shown], older)


def _place(text: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(text)
    if found is None:
        return LARGEST_ID, LARGEST_ID
    return min(int(found[1]), LARGEST_ID), min(int(found[2]), LARGEST_ID)


def _states(venue_id: int, before: int) -> list[Standing]:
    query = select(Standing).where(Standing.venue_id == venue_id, Standing.id < before)
    return list(db.session.scalars(query.order_by(Standing.id.desc()).limit(A_PAGE + 1)))


def _entries(venue_id: int, before: int) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.venue_id == venue_id, AuditEntry.id < before)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(A_PAGE + 1)))


def _when(row: Standing | AuditEntry) -> datetime:
    return row.began_at if isinstance(row, Standing) else row.at


def _event(row: Standing | AuditEntry) -> Event:
    if isinstance(row, Standing):
        return _state_event(row)
    action = audit.Action(row.action)
    detail = said_of(row.detail).sentence if action is audit.Action.TRIAL_WRITE else audit.detail_of(row)
    return Event(row.at, None, f"{row.who}: {audit.WORDS[action]}", "off", detail, is_state=False)


def _state_event(state: Standing) -> Event:
    detail = ""
    if state.tone in {"warn", "bad"}:
        # Where nothing is wrong, it says why nothing is known either.
        detail = letters.headline(state.badge.code) if state.code or not state.lead else state.lead
    if state.status:
        detail = f"{detail} ({state.status})"
    return Event(state.began_at, state.ended_at, state.words, state.tone, detail, is_state=True)
