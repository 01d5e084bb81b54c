"""Whether a venue is connected to Spektrix, and how."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.integration.connection.models import Integration


class NotConnected(LookupError):
    """The venue has no saved credentials."""


def integration_of(venue_id: int) -> Integration | None:
    """Return the venue's integration, if it has one."""
    return db.session.scalar(select(Integration).where(Integration.venue_id == venue_id))
