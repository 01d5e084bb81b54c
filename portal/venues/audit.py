"""Who changed which setting, and when; never the value (P07 in RELIABILITY)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.venues.models import AuditEntry

SHOWN = 10
_LONGEST_DETAIL = 200


class Action(StrEnum):
    """What was done. The words are in WORDS."""

    CREDENTIALS_SAVED = "credentials_saved"
    ACTIVE_ON = "active_on"
    ACTIVE_OFF = "active_off"
    SETTINGS_CHANGED = "settings_changed"
    DISCONNECTED = "disconnected"


WORDS = {
    Action.CREDENTIALS_SAVED: "Saved connection details",
    Action.ACTIVE_ON: "Switched Active on",
    Action.ACTIVE_OFF: "Switched Active off",
    Action.SETTINGS_CHANGED: "Changed settings",
    Action.DISCONNECTED: "Disconnected Spektrix",
}


def record(venue_id: int, staff_id: int | None, action: str, detail: str = "") -> None:
    """Add an entry to the caller's transaction; a part, so it does not commit.

    Args:
        venue_id: whose setting it is.
        staff_id: who changed it, None when nobody signed in did.
        action: one of `Action`, or another room's word of up to 40 characters.
        detail: the names of the fields that changed; never a value.
    """
    db.session.add(
        AuditEntry(
            venue_id=venue_id,
            staff_id=staff_id,
            action=str(action),
            detail=detail[:_LONGEST_DETAIL],
            at=clock.utc_now(),
        )
    )


def latest(venue_id: int, actions: Sequence[str] = tuple(Action)) -> list[AuditEntry]:
    """Return the venue's newest entries among `actions`, newest first, a page's worth."""
    return list(
        db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.venue_id == venue_id, AuditEntry.action.in_(actions))
            .order_by(AuditEntry.id.desc())
            .limit(SHOWN)
        )
    )
