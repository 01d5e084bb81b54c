"""Stopping a venue's calls while its set-up is at fault, and letting them go once it is mended."""

from __future__ import annotations

from datetime import datetime

from portal import clock
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.outbox import rules as outbox_rules, service as outbox
from portal.outbox.models import Kind, State

# A refusal of one right leaves the other kind of work alone.
_KIND_OF = {
    Code.BASKETS_REFUSED: Kind.VERIFY_LINK,
    Code.CUSTOMERS_REFUSED: Kind.WRITE_BACK,
    Code.WRITING_REFUSED: Kind.WRITE_BACK,
}


def block(integration: Integration, reason: Code) -> datetime:
    """Note that the set-up is at fault; returns when to look again. Does not commit."""
    integration.blocked_reason = reason
    integration.blocked_kind = _KIND_OF.get(reason)
    integration.blocked_until = outbox_rules.probe_at(clock.utc_now())
    return integration.blocked_until


def rest(integration: Integration, until: datetime) -> None:
    """Start no call of the venue before `until`, as Spektrix asked; part of the caller's transaction.

    A fault of the set-up already noted stands.
    """
    if integration.blocked_reason in (None, Code.SLOW_DOWN):
        integration.blocked_reason, integration.blocked_kind = Code.SLOW_DOWN, None
        integration.blocked_until = until


def resting_until(integration: Integration, now: datetime) -> datetime | None:
    """Return until when Spektrix asked us to wait, None where it did not or the time has come."""
    asked = integration.blocked_reason == Code.SLOW_DOWN and stands_for(integration, Kind.WRITE_BACK, now)
    return integration.blocked_until if asked else None


def stands_for(integration: Integration, kind: Kind, now: datetime) -> bool:
    """Tell whether calls of this kind are stopped just now."""
    if integration.blocked_until is None or integration.blocked_until <= now:
        return False
    return integration.blocked_kind in (None, kind)


def lift(integration: Integration, kind: Kind | None = None) -> None:
    """Let what waited go on, after a call of `kind` got through or the set-up changed. Does not commit."""
    if integration.blocked_reason is None or (kind and integration.blocked_kind not in (None, kind)):
        return
    integration.blocked_reason = integration.blocked_kind = integration.blocked_until = None
    outbox.wake_venue(integration.venue_id, (State.BLOCKED,))
