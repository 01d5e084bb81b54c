""" "Test connection comes back red": the live checks of the connection, and the clock (R4 to R16, S39)."""

from __future__ import annotations

from portal import clock
from portal.diagnosis import engine
from portal.diagnosis.check_facts import CheckFact, Checks, result_of
from portal.diagnosis.connected import not_connected
from portal.diagnosis.engine import Diagnosis, Failed, Passed, Result, Step, diagnose
from portal.extensions import db
from portal.integration import check_rules, checks
from portal.integration.findings import Code
from portal.integration.links import integration_of
from portal.integration.models import CheckState
from portal.venues.models import Venue

_SIGN_IN = 3


def diagnose_connection(venue: Venue, *, live: bool) -> Diagnosis:
    """Find out what is wrong with the connection.

    Args:
        live: make the checks now; without it what they last found is looked at.
    """
    now = clock.utc_now()
    if integration_of(venue.id) is None:
        return not_connected(now, live=live)
    return diagnose(STEPS, lambda: check_facts(venue, live=live), now=now, live=live)


def check_facts(venue: Venue, *, live: bool) -> Checks:
    """Return how each check ended, made now if `live`; empty where none was made yet."""
    if live:
        made = checks.run_all(venue, engine.BUDGET_SECONDS)
        return {v.number: CheckFact(v.state, v.code, v.fact, v.detail, v.status) for v in made}
    integration = integration_of(venue.id)
    if integration is None:
        return {}
    facts = {
        number: CheckFact(
            CheckState(row.state), Code(row.code) if row.code else None, row.fact, row.detail, row.status
        )
        for number, row in checks.saved(integration).items()
    }
    db.session.rollback()
    return facts


def _check(number: int) -> Step[Checks]:
    return Step(check_rules.NAMES[number], lambda facts: result_of(facts, number))


def _clock_agrees(facts: Checks) -> Result:
    """A clock that is off is allowed for, so it is named only when nothing worse is wrong."""
    check = facts.get(_SIGN_IN)
    if check is not None and check.code is Code.CLOCK_OFF:
        return Failed(Code.CLOCK_OFF, (check.detail,), check.status)
    return Passed()


STEPS: tuple[Step[Checks], ...] = (
    *(_check(number) for number in (1, 2, 3, 4)),
    Step("This server’s clock agrees with Spektrix’s", _clock_agrees),
)
