"""How the checks stand by now: as they were made, in the light of what our own log has seen since."""

from __future__ import annotations

from portal.findings import Code
from portal.integration.checks import current_rules, evidence, run as checks
from portal.integration.checks.current_rules import Known
from portal.integration.checks.rules import ATTRIBUTES, LAST_VISIT, OF_THE_CONNECTION
from portal.integration.checks.standing import Facts
from portal.integration.connection.models import CheckResult, CheckState, Integration


def made(integration: Integration) -> dict[int, Known]:
    """Return the checks as they were last made; those never made are absent."""
    return {number: _known(row) for number, row in checks.saved(integration).items()}


def connection(integration: Integration, facts: Facts | None = None) -> dict[int, Known]:
    """Return the checks of the connection as they stand by now."""
    return current_rules.connection(made(integration), facts or evidence.facts_of(integration))


def all_checks(integration: Integration, facts: Facts, zone: str) -> dict[int, Known]:
    """Return all checks as they stand by now; what comes after a failure is left open.

    Args:
        zone: the venue's time zone, in which the last visit's time is said.
    """
    known = made(integration)
    now = current_rules.connection(known, facts)
    rest = {number: check for number, check in known.items() if number not in OF_THE_CONNECTION}
    stopped = any(check.failed for check in now.values())
    if stopped and all(check.state is CheckState.SKIPPED for check in rest.values()):
        return {**now, **rest}
    if ATTRIBUTES in rest:
        rest[ATTRIBUTES] = current_rules.attributes(rest[ATTRIBUTES], facts)
    if LAST_VISIT in rest:
        rest[LAST_VISIT] = current_rules.last_visit(
            rest[LAST_VISIT], checks.last_visit(integration, zone), facts
        )
    return {**now, **rest}


def _known(row: CheckResult) -> Known:
    code = Code(row.code) if row.code else None
    return Known(CheckState(row.state), code, row.fact, row.detail, row.status, row.at)
