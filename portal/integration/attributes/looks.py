"""Look both names up in Spektrix on request."""

from __future__ import annotations

from dataclasses import dataclass

from portal import crypto
from portal.extensions import db
from portal.integration.attributes import service as attributes
from portal.integration.connection import gateway
from portal.integration.connection.badges import badge_of
from portal.integration.connection.failures import CallFailed
from portal.integration.connection.queries import integration_of
from portal.integration.standing import service as standing
from portal.venues.models import Venue


@dataclass(frozen=True)
class Look:
    """The result of a look-up, as a tone and a sentence."""

    tone: str
    sentence: str


_NOBODY = Look(
    "info",
    "There is no customer record to check yet. Enter a test customer under Settings, or wait for the first "
    "guest who books while signed in to Spektrix.",
)
_LINKED_GONE = Look(
    "warn", "The linked customers are no longer in Spektrix, so there was no record to check."
)
_DONE = Look("ok", "Both names were looked up in Spektrix just now.")
_UNREADABLE = Look("bad", "The saved key can no longer be read. Paste the API key again.")
_NOT_CONNECTED = Look("warn", "Spektrix is not connected. Enter the details first.")


def look_up(venue: Venue) -> Look:
    """Read one record, the test customer's before a linked guest's, and save what it shows."""
    integration = integration_of(venue.id)
    if integration is None:
        return _NOT_CONNECTED
    subject = attributes.subject_of(integration)
    if subject is None:
        attributes.note_look(integration, None)
        db.session.commit()
        standing.update(venue.id)
        return _NOBODY
    try:
        credentials = gateway.credentials_of(integration)
    except crypto.CannotDecrypt:
        standing.update(venue.id)
        return _UNREADABLE
    db.session.commit()
    try:
        with gateway.spektrix(credentials, []) as client:
            record = attributes.look(client, subject)
    except CallFailed as failed:
        badge = badge_of(failed.code, failed.status, credentials.client_name, failed.detail)
        return Look("bad", f"{badge.headline}. {' '.join(badge.advice)}")
    same = gateway.unchanged(credentials)
    if same is not None:
        attributes.note_look(same, record)
    db.session.commit()
    standing.update(venue.id)
    if record is not None:
        return _DONE
    return test_customer_gone(subject.customer_ids[0]) if subject.is_test else _LINKED_GONE


def test_customer_gone(customer_id: str) -> Look:
    """Say that the test customer does not exist; the client name is known to be right."""
    return Look(
        "warn",
        f"Spektrix has no customer {customer_id}. Enter another test customer under Settings. The number is "
        "on the customer's page in Spektrix.",
    )
