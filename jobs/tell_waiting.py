"""Job: write to those who wait for a table on one day, if there is one."""

from __future__ import annotations

from jobs.context import job_context
from portal.widgets.waiting import sending


def run(request_id: int) -> None:
    """Look at the day that the request `request_id` waits for; harmless when it is gone."""
    with job_context(f"tell_waiting {request_id}"):
        sending.send(request_id)
