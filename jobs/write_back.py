"""Job: write one completed visit to its Spektrix customer."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.write_backs import write_back
from portal.outbox import service as outbox


def run(entry_id: int) -> None:
    """Pay the outbox entry `entry_id`; harmless when it is paid already."""
    with job_context():
        outbox.deliver(entry_id, write_back)
