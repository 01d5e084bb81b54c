"""Job: make the checks of one venue's connection."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.checks import schedule


def run(integration_id: int) -> None:
    """Check the integration `integration_id`; harmless when it is gone."""
    with job_context(f"check_connection {integration_id}"):
        schedule.check(integration_id)
