"""Job: read a test customer again after a trial write that may take effect late."""

from __future__ import annotations

from jobs.context import job_context
from portal.integration.settings import late_trials


def run(integration_id: int) -> None:
    """Look at the trials of the integration `integration_id`; harmless when none is in doubt."""
    with job_context(f"look_at_trial {integration_id}"):
        late_trials.look(integration_id)
