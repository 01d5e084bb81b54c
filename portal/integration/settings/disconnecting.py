"""Disconnect Spektrix: what is deleted, what is kept, and doing it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from portal.bookings import link_checks
from portal.events import service as events
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import NotConnected, integration_of
from portal.integration.standing import service as standing
from portal.outbox import closing as outbox
from portal.venues import audit
from portal.venues.models import Venue


@dataclass(frozen=True)
class Losses:
    """What disconnecting deletes or stops: links to customers, and visits not yet in Spektrix."""

    client_name: str
    key_last_four: str
    links: int
    visits: int


def losses(venue: Venue) -> Losses:
    """Return what would be lost. Raises NotConnected."""
    integration = integration_of(venue.id)
    if integration is None:
        raise NotConnected
    return Losses(
        integration.client_name,
        integration.key_last_four,
        guests.count_linked(venue.id),
        outbox.owed(venue.id),
    )


def disconnect(venue: Venue, staff_id: int) -> None:
    """Delete the credentials and every customer id, close open outbox entries, and note who did it.

    Bookings, guests and the log stay, and so does everything that is in Spektrix. Raises NotConnected.
    """
    link_checks.hold_open_questions(venue.id)
    integration = db.session.scalar(
        select(Integration).where(Integration.venue_id == venue.id).with_for_update()
    )
    if integration is None:
        db.session.rollback()
        raise NotConnected
    link_checks.settle_all_questions(venue.id)
    outbox.close_all(venue.id)
    guests.delete_all_links(venue.id)
    events.start_anew(venue.id)
    db.session.delete(integration)
    audit.record(venue.id, staff_id, audit.Action.DISCONNECTED)
    db.session.commit()
    standing.update(venue.id)
