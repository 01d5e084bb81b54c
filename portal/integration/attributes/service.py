"""What is known of the two customer attributes, learnt from any customer record seen (R26 to R31).

Spektrix has no list of attributes to ask for, so a record has to do instead (docs/spektrix.md section 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from portal import clock
from portal.extensions import db
from portal.guests.models import CustomerLink, LinkState
from portal.integration.attributes.rules import NAMES, Keeps, shows_unset, state_of
from portal.integration.connection.failures import RecordMissing
from portal.integration.connection.gateway import Connection
from portal.integration.connection.models import AttributeCheck, AttributeState, Integration
from portal.outbox import service as outbox
from portal.outbox.models import State
from portal.spektrix.resolve import near_misses, resolve_attribute_key
from portal.spektrix.schemas import Customer

# Enough to find a record that is still there; each costs a call.
_LINKED_TRIED = 3


@dataclass(frozen=True)
class Subject:
    """Whose record is looked at, the best first; `is_test` tells the venue's own test customer."""

    customer_ids: tuple[str, ...]
    is_test: bool


def subject_of(integration: Integration) -> Subject | None:
    """Return the test customer that the venue named, else customers of linked guests, None without any."""
    if integration.test_customer_id:
        return Subject((integration.test_customer_id,), is_test=True)
    linked = tuple(each for each in db.session.scalars(_linked_customers(integration)) if each)
    return Subject(linked, is_test=False) if linked else None


def _linked_customers(integration: Integration) -> Select[str | None]:
    return (
        select(CustomerLink.spektrix_customer_id)
        .where(
            CustomerLink.venue_id == integration.venue_id,
            CustomerLink.client_name == integration.client_name,
            CustomerLink.state == LinkState.VERIFIED,
            CustomerLink.spektrix_customer_id.is_not(None),
        )
        .order_by(CustomerLink.id.desc())
        .limit(_LINKED_TRIED)
    )


def look(client: Connection, subject: Subject) -> Customer | None:
    """Read the subject's record; None when Spektrix has no such customer any more.

    Needs no database: save what it returns with `note_look`. Raises CallFailed.
    """
    for customer_id in subject.customer_ids:
        try:
            return client.customer_by_id(customer_id)
        except RecordMissing:
            continue
    client.probe_client_name()
    return None


def note_look(integration: Integration, customer: Customer | None) -> None:
    """Save what a look came to; without a record the first visit has to prove the names. Does not commit."""
    if customer is not None:
        note_seen(integration, customer)
        return
    for check in integration.attributes:
        if check.state == AttributeState.NOT_CHECKED:
            check.state = AttributeState.AFTER_FIRST_VISIT


def missing_names(customer: Customer) -> list[str]:
    """Return the attributes that this customer's record does not show."""
    return [name for name in NAMES if resolve_attribute_key(name, customer) is None]


def start_checks(integration: Integration) -> None:
    """Start with both attributes unknown, again when the client changes. Does not commit.

    A customer's number is somebody else's at another client, so the test customer goes too.
    """
    if not integration.attributes:
        integration.attributes = [AttributeCheck(name=name) for name in NAMES]
    for check in integration.attributes:
        check.state, check.server_key, check.near_miss, check.keeps = AttributeState.NOT_CHECKED, "", "", ""
        check.stored_under = ""
    integration.attributes_checked_at = integration.trial_at = None
    integration.attributes_always_shown = False
    integration.test_customer_id = integration.trial_outcome = ""


def note_seen(
    integration: Integration,
    customer: Customer,
    kept: Mapping[str, Keeps] | None = None,
    sent_under: Mapping[str, str] | None = None,
) -> None:
    """Save what a record shows; visits that found no place are sent again once both names are right.

    Does not commit.

    Args:
        kept: what reading back right after a send has shown of each attribute; None when nothing was sent.
        sent_under: by attribute, the key that the send used.
    """
    were_found = _all_found(integration)
    was_sent, kept = kept is not None, kept or {}
    neither = len(kept) == len(NAMES) and set(kept.values()) == {Keeps.NOTHING}
    fault = AttributeState.NOT_KEPT if neither else AttributeState.WRONG_TYPE
    integration.attributes_always_shown = integration.attributes_always_shown or shows_unset(customer)
    for check in integration.attributes:
        _note(check, customer, absence_proves=was_sent or integration.attributes_always_shown)
        _note_kept(check, kept.get(check.name), fault)
        _note_form(check, kept.get(check.name), (sent_under or {}).get(check.name))
    integration.attributes_checked_at = clock.utc_now()
    if _all_found(integration) and not were_found:
        outbox.wake_venue(integration.venue_id, (State.NOT_STORED,))


def _note(check: AttributeCheck, customer: Customer, *, absence_proves: bool) -> None:
    key = resolve_attribute_key(check.name, customer)
    near = near_misses(check.name, customer)
    check.server_key = key or check.server_key
    # PostgreSQL keeps no text with a NUL in it.
    check.near_miss = "" if key or not near else near[0][:120].replace("\0", "\ufffd")
    check.state = state_of(check.name, customer, AttributeState(check.state), absence_proves=absence_proves)
    if check.state in (AttributeState.NEAR_MISS, AttributeState.NOT_FOUND):
        check.server_key = check.stored_under = check.keeps = ""


def _note_kept(check: AttributeCheck, kept: Keeps | None, fault: AttributeState) -> None:
    if kept is not None:
        check.keeps = kept
        check.state = AttributeState.FOUND if kept.lands else fault


def _note_form(check: AttributeCheck, kept: Keeps | None, sent_under: str | None) -> None:
    """Remember a key that stores although another one is shown, until it stores no more."""
    if kept is not None and not kept.lands:
        check.stored_under = ""
    elif kept is not None and sent_under is not None:
        check.stored_under = "" if sent_under == check.server_key else sent_under


def _all_found(integration: Integration) -> bool:
    return all(check.state == AttributeState.FOUND for check in integration.attributes)
