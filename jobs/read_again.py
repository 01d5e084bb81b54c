"""Job: read a customer again after an update whose outcome is not known."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.standing import service as standing
from portal.integration.visits.read_again import read_again


def run(entry_id: int) -> None:
    """Deliver the outbox entry `entry_id`; harmless when it has been delivered already."""
    with job_context(f"read_again {entry_id}"):
        standing.deliver_unless_it_hangs(entry_id, read_again)
