"""The integration page's use cases: save credentials, test them, pause and resume, look at the attributes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal import clock, crypto
from portal.extensions import db
from portal.guests import leaving as links
from portal.guests.models import CustomerLink, LinkState
from portal.integration import attributes, blocks, gateway, rules
from portal.integration.badges import Badge, badge_of
from portal.integration.links import integration_of
from portal.integration.models import Integration
from portal.outbox.service import Call
from portal.spektrix.errors import NotFound, SpektrixError
from portal.venues import audit
from portal.venues.models import Venue


class NotConnected(LookupError):
    """The venue has no saved credentials."""


@dataclass(frozen=True)
class Typed:
    """Credentials as typed and cleaned. An empty `api_key` keeps the stored one."""

    client_name: str
    api_user: str
    api_key: str
    custom_domain: str = ""

    def __repr__(self) -> str:
        return f"Typed(client_name={self.client_name!r})"


@dataclass(frozen=True)
class TestResult:
    """What one connection test came to. `milliseconds` covers all its calls."""

    badge: Badge
    status: int | None
    milliseconds: int


def save_credentials(venue: Venue, typed: Typed, staff_id: int) -> Integration:
    """Save what was typed; links made under another client name go stale with it. Nothing is sent."""
    integration = integration_of(venue.id)
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
    """An id of one client is somebody else at another (API.md section 4): no old link may be written to."""
    attributes.start_checks(integration)
    links.make_stale(integration.venue_id, integration.client_name)


def test_connection(venue: Venue) -> TestResult:
    """Ask Spektrix with the saved credentials and keep the answer (R4). Proves the credentials alone (R20).

    Raises NotConnected.
    """
    integration = integration_of(venue.id)
    if integration is None:
        raise NotConnected
    generation, client_name = integration.generation, integration.client_name
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return _unreadable_key()
    db.session.commit()
    calls: list[Call] = []
    error = _try(credentials, calls)
    result = TestResult(
        badge_of(error, client_name),
        200 if error is None else error.status,
        sum(call.duration_ms for call in calls),
    )
    _keep(venue, generation, error, result)
    return result


def _unreadable_key() -> TestResult:
    return TestResult(
        Badge("bad", "No answer", "The saved key cannot be read any more", ("Paste the API key again.",)),
        None,
        0,
    )


def _try(credentials: gateway.Credentials, calls: list[Call]) -> SpektrixError | None:
    try:
        with gateway.spektrix(credentials, calls) as client:
            client.probe_client_name()
            client.check_credentials()
    except SpektrixError as error:
        return error
    return None


def _keep(venue: Venue, generation: int, error: SpektrixError | None, result: TestResult) -> None:
    integration = integration_of(venue.id)
    if integration is None or integration.generation != generation:
        db.session.rollback()
        return
    integration.tested_at = clock.utc_now()
    integration.test_status = result.status
    integration.test_outcome = type(error).__name__ if error else "ok"
    integration.test_ms = result.milliseconds
    if error is None:
        # The test reads no basket and changes no customer, so it says nothing of those two rights.
        if integration.blocked_kind is None:
            blocks.lift(integration)
    elif isinstance(error, NotFound) or rules.fault_of(error).blocks:
        blocks.block(integration, rules.fallback_reason(error))
    db.session.commit()


def set_active(venue: Venue, active: bool, staff_id: int) -> Integration:
    """Pause or resume. Credentials stay (R17); resuming sends no parked visit by itself (Q8).

    Raises NotConnected.
    """
    integration = integration_of(venue.id)
    if integration is None:
        raise NotConnected
    if integration.active != active:
        audit.record(venue.id, staff_id, audit.Action.ACTIVE_ON if active else audit.Action.ACTIVE_OFF)
        integration.active = active
        integration.active_changed_at = clock.utc_now()
        integration.active_changed_by_id = staff_id
    db.session.commit()
    return integration


def check_attributes(venue: Venue) -> Badge | None:
    """Look at the record of one linked customer. Returns None when it worked, else what went wrong.

    Spektrix has no list of attributes to ask for (API.md section 6), so a record has to stand in for it.
    """
    integration = integration_of(venue.id)
    if integration is None:
        raise NotConnected
    customer_id = _some_linked_customer(venue.id, integration.client_name)
    if customer_id is None:
        return Badge(
            "off",
            "",
            "No guest is linked to Spektrix yet, so there is no customer record to look at",
            ("The two names are checked with the first guest who books while signed in to Spektrix.",),
        )
    generation, client_name = integration.generation, integration.client_name
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        return _unreadable_key().badge
    db.session.commit()
    try:
        with gateway.spektrix(credentials, []) as client:
            customer = client.customer_by_id(customer_id)
    except SpektrixError as error:
        return badge_of(error, client_name)
    integration = integration_of(venue.id)
    if integration is not None and integration.generation == generation:
        attributes.note_seen(integration, customer)
    db.session.commit()
    return None


def _some_linked_customer(venue_id: int, client_name: str) -> str | None:
    return db.session.scalar(
        select(CustomerLink.spektrix_customer_id)
        .where(
            CustomerLink.venue_id == venue_id,
            CustomerLink.client_name == client_name,
            CustomerLink.state == LinkState.VERIFIED,
        )
        .order_by(CustomerLink.id.desc())
        .limit(1)
    )
