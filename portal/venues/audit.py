"""Who changed or sent what, and when; never a value (P07)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.venues.models import AuditEntry, Doer

SHOWN = 10
_LONGEST_DETAIL = 200


class Action(StrEnum):
    """What was done. The words are in WORDS."""

    CREDENTIALS_SAVED = "credentials_saved"
    ACTIVE_ON = "active_on"
    ACTIVE_OFF = "active_off"
    SETTINGS_CHANGED = "settings_changed"
    DISCONNECTED = "disconnected"
    TRIAL_WRITE = "trial_write"
    VISITS_SENT_AGAIN = "visits_sent_again"
    HELD_VISITS_SENT = "held_visits_sent"
    HELD_VISITS_DISCARDED = "held_visits_discarded"
    VISITS_TAKEN_BACK = "visits_taken_back"
    VISIT_PUT_RIGHT = "visit_put_right"
    VALUES_EMPTIED = "values_emptied"
    VISITS_EXPORTED = "visits_exported"
    BOOKINGS_EXPORTED = "bookings_exported"
    LINK_CONFIRMED = "link_confirmed"
    LINK_REJECTED = "link_rejected"
    LINK_REMOVED = "link_removed"
    GUESTS_MERGED = "guests_merged"
    GUEST_EXPORTED = "guest_exported"
    GUEST_ERASED = "guest_erased"
    WIDGET_ADDED = "widget_added"
    WIDGET_CHANGED = "widget_changed"
    WIDGET_RESTORED = "widget_restored"
    WIDGET_DELETED = "widget_deleted"
    WIDGET_INTEGRATION = "widget_integration"
    WIDGET_SITES = "widget_sites"
    TOLD_TIMES_KEPT = "told_times_kept"
    ZONE_CHANGED = "zone_changed"
    RESTAURANT_CHANGED = "restaurant_changed"


WORDS = {
    Action.CREDENTIALS_SAVED: "Saved connection details",
    Action.ACTIVE_ON: "Switched Active on",
    Action.ACTIVE_OFF: "Switched Active off",
    Action.SETTINGS_CHANGED: "Changed settings",
    Action.DISCONNECTED: "Disconnected Spektrix",
    Action.TRIAL_WRITE: "Made a trial write to the test customer",
    Action.VISITS_SENT_AGAIN: "Sent all waiting visits again",
    Action.HELD_VISITS_SENT: "Sent held visits",
    Action.HELD_VISITS_DISCARDED: "Discarded held visits",
    Action.VISITS_TAKEN_BACK: "Restored discarded visits",
    Action.VISIT_PUT_RIGHT: "Sent the current values after a visit was set back",
    Action.VALUES_EMPTIED: "Emptied both values of a guest in Spektrix",
    Action.VISITS_EXPORTED: "Exported the log of visits",
    Action.BOOKINGS_EXPORTED: "Exported the list of bookings",
    Action.LINK_CONFIRMED: "Confirmed a guest’s link",
    Action.LINK_REJECTED: "Rejected a guest’s link",
    Action.LINK_REMOVED: "Unlinked a guest",
    Action.GUESTS_MERGED: "Merged two guests",
    Action.GUEST_EXPORTED: "Exported a guest’s details",
    Action.GUEST_ERASED: "Erased a guest’s details",
    Action.WIDGET_ADDED: "Added a widget",
    Action.WIDGET_CHANGED: "Changed a widget",
    Action.WIDGET_RESTORED: "Restored an earlier version of a widget",
    Action.WIDGET_DELETED: "Deleted a widget",
    Action.WIDGET_INTEGRATION: "Switched a widget’s integration",
    Action.WIDGET_SITES: "Changed the websites of a widget",
    Action.TOLD_TIMES_KEPT: "Kept the times that guests were told as clock rules changed",
    Action.ZONE_CHANGED: "Changed the time zone",
    Action.RESTAURANT_CHANGED: "Changed the restaurant’s settings",
}
SETTINGS = (
    Action.CREDENTIALS_SAVED,
    Action.ACTIVE_ON,
    Action.ACTIVE_OFF,
    Action.SETTINGS_CHANGED,
    Action.DISCONNECTED,
)
_COUNTED = frozenset(
    {
        Action.VISITS_SENT_AGAIN,
        Action.HELD_VISITS_SENT,
        Action.HELD_VISITS_DISCARDED,
        Action.VISITS_TAKEN_BACK,
        Action.VISIT_PUT_RIGHT,
        Action.VALUES_EMPTIED,
    }
)


def record(venue_id: int, staff_id: int | None, action: Action, detail: str = "") -> None:
    """Add an entry to the caller's transaction; does not commit.

    Args:
        venue_id: whose setting it is.
        staff_id: who changed it, None when nobody signed in did.
        action: what was done.
        detail: the names of the fields that changed, a number of visits, a guest's number or a widget's
            public id; never a value.
    """
    db.session.add(
        AuditEntry(
            venue_id=venue_id,
            staff_id=staff_id,
            done_by=Doer.STAFF if staff_id else Doer.PORTAL,
            action=action,
            detail=detail[:_LONGEST_DETAIL],
            at=clock.utc_now(),
        )
    )


def latest(venue_id: int, actions: Sequence[Action] = SETTINGS) -> list[AuditEntry]:
    """Return the venue's newest entries among `actions`, newest first, a page's worth."""
    return list(
        db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.venue_id == venue_id, AuditEntry.action.in_(actions))
            .order_by(AuditEntry.id.desc())
            .limit(SHOWN)
        )
    )


def detail_of(entry: AuditEntry) -> str:
    """Return an entry's detail as it is read: a number of visits says what it counts."""
    if entry.action not in _COUNTED:
        return entry.detail
    return f"{entry.detail} visit" if entry.detail == "1" else f"{entry.detail} visits"
