"""How each check stands, as results of Find the fault."""

from __future__ import annotations

from collections.abc import Mapping

from portal.diagnosis.engine import Failed, Passed, Result, Unknown
from portal.integration.connection.models import CheckState
from portal.integration.standing.results import Known

Checks = Mapping[int, Known]


def result_of(checks: Checks, number: int) -> Result:
    """Return how check `number` ended; a warning is no failure here."""
    check = checks.get(number)
    if check is None or check.state is CheckState.SKIPPED:
        return Unknown("Not checked yet")
    if check.state is CheckState.FAILED and check.code is not None:
        return Failed(check.code, (check.detail,) if check.detail else (), check.status)
    if check.state is CheckState.WARNS and check.code is None:
        return Unknown(check.detail.removesuffix(".") or check.fact)
    return Passed(check.fact)
