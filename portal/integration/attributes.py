"""What is known of the two customer attributes, learnt from any customer record seen (R26 to R31)."""

from __future__ import annotations

from portal import clock
from portal.integration.models import AttributeCheck, AttributeState, Integration
from portal.outbox import service as outbox
from portal.outbox.models import State
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS, near_misses, resolve_attribute_key
from portal.spektrix.schemas import Customer

NAMES = (LAST_DINED_AT, NUMBER_OF_VISITS)


def missing_names(customer: Customer) -> list[str]:
    """Return the attributes that this customer's record does not show."""
    return [name for name in NAMES if resolve_attribute_key(name, customer) is None]


def start_checks(integration: Integration) -> None:
    """Start with both attributes unknown, again when the client changes (R31). A part."""
    if not integration.attributes:
        integration.attributes = [AttributeCheck(name=name) for name in NAMES]
    for check in integration.attributes:
        check.state, check.server_key, check.near_miss = AttributeState.NOT_CHECKED, "", ""
    integration.attributes_checked_at = None


def note_seen(integration: Integration, customer: Customer) -> None:
    """Save what a record shows; visits that found no place are sent again once both exist. A part."""
    were_found = _all_found(integration)
    for check in integration.attributes:
        _note(check, customer)
    integration.attributes_checked_at = clock.utc_now()
    if _all_found(integration) and not were_found:
        outbox.wake_venue(integration.venue_id, (State.NOT_STORED,))


def _note(check: AttributeCheck, customer: Customer) -> None:
    key = resolve_attribute_key(check.name, customer)
    near = near_misses(check.name, customer)
    check.server_key = key or ""
    check.near_miss = "" if key or not near else near[0][:120]
    if key:
        check.state = AttributeState.FOUND
    else:
        check.state = AttributeState.NEAR_MISS if near else AttributeState.NOT_FOUND


def _all_found(integration: Integration) -> bool:
    return all(check.state == AttributeState.FOUND for check in integration.attributes)
