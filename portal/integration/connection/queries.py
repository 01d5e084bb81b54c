"""Whether a venue is connected to Spektrix, and how."""

from __future__ import annotations

from sqlalchemy import select

from portal.extensions import db
from portal.integration.connection.models import Integration


class NotConnected(LookupError):
    """The venue has no saved credentials."""


def integration_of(venue_id: int, *, lock: bool = False) -> Integration | None:
    """Return the venue's integration, if it has one; with `lock` for this transaction alone to change."""
    row = select(Integration).where(Integration.venue_id == venue_id)
    if lock:
        row = row.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalar(row)
