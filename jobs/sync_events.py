"""Job: read the theatre's programme for one venue."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.programme import schedule as programme_schedule


def run(venue_id: int) -> None:
    """Read both lists of the venue `venue_id`; harmless when it is not connected."""
    with job_context(f"sync_events {venue_id}"):
        programme_schedule.sync(venue_id)
