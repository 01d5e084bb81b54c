"""Job: write one completed visit to its Spektrix customer."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.standing import service as standing
from portal.integration.visits.correction import write_back


def run(entry_id: int) -> None:
    """Deliver the outbox entry `entry_id`; harmless when it has been delivered already."""
    with job_context(f"write_back {entry_id}"):
        standing.deliver_unless_it_hangs(entry_id, write_back)
