"""Job: ask Spektrix who owns the basket of one booking."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.links.verify import verify_link
from portal.integration.standing import service as standing


def run(entry_id: int) -> None:
    """Deliver the outbox entry `entry_id`; harmless when it has been delivered already."""
    with job_context(f"verify_link {entry_id}"):
        standing.deliver_unless_it_hangs(entry_id, verify_link)
