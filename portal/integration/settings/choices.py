"""A venue's settings beside its credentials: test customer, addresses, matching of guests."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from portal import clock
from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import NotConnected, integration_of
from portal.integration.standing import service as standing
from portal.venues import audit
from portal.venues.models import Venue

_LABELS = {
    "test_customer_id": "test customer number",
    "match_by_details": "matching by details",
    "admin_email": "Spektrix admin's email",
    "support_email": "own support email",
}
_OF_VENUE = {"match_by_details", "support_email"}


@dataclass(frozen=True)
class Values:
    """The settings as typed and cleaned; an empty one is not set.

    Args:
        test_customer_id: customer on whom attributes are looked up and a trial write is made (N3).
        match_by_details: whether guests without a basket are looked for in Spektrix by their details (Q1).
        admin_email: who gets the message for the Spektrix admin.
        support_email: who gets the support bundle in this venue's group before our own support does.
    """

    test_customer_id: str = ""
    match_by_details: bool = True
    admin_email: str = ""
    support_email: str = ""


def current(venue: Venue) -> Values:
    """Return what is set now. Raises NotConnected."""
    integration = _connected(venue)
    return Values(
        test_customer_id=integration.test_customer_id,
        match_by_details=venue.match_by_details,
        admin_email=integration.admin_email,
        support_email=venue.support_email,
    )


def save(venue: Venue, values: Values, staff_id: int) -> set[str]:
    """Save what differs and note who changed which field; return the names of those. Raises NotConnected."""
    integration = _connected(venue)
    before = asdict(current(venue))
    changed = {name: value for name, value in asdict(values).items() if value != before[name]}
    for name, value in changed.items():
        setattr(venue if name in _OF_VENUE else integration, name, value)
    if changed:
        audit.record(
            venue.id, staff_id, audit.Action.SETTINGS_CHANGED, ", ".join(_LABELS[name] for name in changed)
        )
    if "test_customer_id" in changed:
        _start_afresh(integration)
    db.session.commit()
    standing.update(venue.id)
    return set(changed)


def _start_afresh(integration: Integration) -> None:
    """Another record proves nothing about this one, so the relay checks it soon."""
    integration.trial_at, integration.trial_outcome = None, ""
    integration.next_check_at = clock.utc_now()


def _connected(venue: Venue) -> Integration:
    integration = integration_of(venue.id)
    if integration is None:
        raise NotConnected
    return integration
