"""Saving the credentials of a venue."""

from __future__ import annotations

from dataclasses import dataclass

from portal import clock
from portal.events import service as events
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.attributes import service as attributes
from portal.integration.connection import blocks
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.venues import audit
from portal.venues.models import Venue


@dataclass(frozen=True)
class Typed:
    """Credentials as typed and cleaned. An empty `api_key` keeps the stored one."""

    client_name: str
    api_user: str
    api_key: str
    custom_domain: str = ""

    def __repr__(self) -> str:
        return f"Typed(client_name={self.client_name!r})"


def save_credentials(venue: Venue, typed: Typed, staff_id: int) -> Integration:
    """Save what was typed; links made under another client name go stale with it. Nothing is sent."""
    # A refusal of the old credentials may just be saved, and must not stand against the new ones.
    integration = integration_of(venue.id, lock=True)
    if integration is None:
        integration = Integration(venue_id=venue.id, active=False, generation=0)
        attributes.start_checks(integration)
        db.session.add(integration)
    changed = _changed(integration, typed)
    if integration.client_name not in (None, typed.client_name):
        _leave_client(integration)
    _take_over(integration, typed, staff_id)
    blocks.lift(integration)
    audit.record(venue.id, staff_id, audit.Action.CREDENTIALS_SAVED, ", ".join(changed))
    db.session.commit()
    standing.update(venue.id)
    return integration


def _changed(integration: Integration, typed: Typed) -> list[str]:
    """Return the labels of the fields that get another value."""
    pairs = (
        ("client name", integration.client_name, typed.client_name),
        ("API user name", integration.api_user, typed.api_user),
        ("API key", "", typed.api_key),
        ("custom domain", integration.custom_domain or "", typed.custom_domain),
    )
    return [label for label, old, new in pairs if old != new]


def _take_over(integration: Integration, typed: Typed, staff_id: int) -> None:
    now = clock.utc_now()
    signs_with = (integration.client_name, integration.api_user)
    if typed.api_key or signs_with != (typed.client_name, typed.api_user):
        integration.credentials_saved_at = now
    integration.client_name = typed.client_name
    integration.api_user = typed.api_user
    integration.custom_domain = typed.custom_domain
    if typed.api_key:
        integration.api_key = typed.api_key
        integration.key_last_four = typed.api_key[-4:]
        integration.key_saved_at = now
        integration.key_saved_by_id = staff_id
    integration.generation += 1
    integration.tested_at = integration.test_status = integration.test_ms = None
    integration.test_outcome = integration.test_detail = ""
    integration.clock_skew_seconds = integration.checked_at = integration.check_ms = None
    integration.checks.clear()
    # Whoever saves runs the checks right after; should that fail, the relay does.
    integration.next_check_at = now


def _leave_client(integration: Integration) -> None:
    """An id of one client is somebody else at another (docs/spektrix.md section 4).

    So no old link may be written to, and no old performance may be shown.
    """
    attributes.start_checks(integration)
    events.start_anew(integration.venue_id)
    guests.mark_all_stale(integration.venue_id, integration.client_name)
