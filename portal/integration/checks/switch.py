"""The Active switch: pause and resume."""

from __future__ import annotations

from portal import clock
from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import NotConnected, integration_of
from portal.integration.standing import service as standing
from portal.venues import audit
from portal.venues.models import Venue


def set_active(venue: Venue, active: bool, staff_id: int) -> Integration:
    """Pause or resume. Credentials stay; resuming sends no parked visit by itself (Q8).

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
    standing.update(venue.id)
    return integration
