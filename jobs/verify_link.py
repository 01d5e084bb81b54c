"""Job: ask Spektrix who owns the basket of one booking."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.checks import health
from portal.integration.links.verify import verify_link


def run(entry_id: int) -> None:
    """Deliver the outbox entry `entry_id`; harmless when it has been delivered already."""
    with job_context(f"verify_link {entry_id}"):
        health.deliver(entry_id, verify_link)
