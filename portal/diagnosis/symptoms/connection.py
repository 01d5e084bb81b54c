""" "Test connection comes back red": the live checks of the connection, and the clock (R4 to R16, S39)."""

from __future__ import annotations

from dataclasses import dataclass

from portal import clock
from portal.diagnosis import engine
from portal.diagnosis.engine import Diagnosis, Failed, Passed, Result, Step, diagnose, not_connected
from portal.diagnosis.symptoms.check_results import Checks, result_of
from portal.extensions import db
from portal.findings import Code
from portal.integration.checks import run as checks
from portal.integration.connection.queries import integration_of
from portal.integration.standing import results, service as standing
from portal.integration.standing.results import Known
from portal.venues.models import Venue


@dataclass(frozen=True)
class ConnectionFacts:
    """The checks, and what is known to stand between the venue and Spektrix besides them."""

    checks: Checks
    fault: Code | None = None


def diagnose_connection(venue: Venue, *, live: bool) -> Diagnosis:
    """Find out what is wrong with the connection.

    Args:
        live: make the checks now; without it the newest that is known is looked at.
    """
    now = clock.utc_now()
    if integration_of(venue.id) is None:
        return not_connected(now, live=live)
    return diagnose(STEPS, lambda: _facts(venue, live=live), now=now, live=live)


def check_facts(venue: Venue, *, live: bool) -> Checks:
    """Return how each check ended if `live`, else how it stands by now; empty where none was made yet."""
    return _facts(venue, live=live).checks


def _facts(venue: Venue, *, live: bool) -> ConnectionFacts:
    if live:
        made = checks.run_all(venue, engine.BUDGET_SECONDS)
        known = [Known(v.number, v.state, v.code, v.fact, v.detail, v.status) for v in made]
        return ConnectionFacts({check.number: check for check in known})
    stands = standing.of(venue.id)
    facts = ConnectionFacts(stands.results, stands.fault.code if stands.fault else None)
    db.session.rollback()
    return facts


def _check(number: int) -> Step[ConnectionFacts]:
    return Step(results.NAMES[number], lambda facts: result_of(facts.checks, number))


def _nothing_failed_since(facts: ConnectionFacts) -> Result:
    """What no check can show, such as a fault of our own, still keeps the badge from being green."""
    return Failed(facts.fault) if facts.fault is not None else Passed()


def _clock_agrees(facts: ConnectionFacts) -> Result:
    """A clock that is off is allowed for, so it is named only when nothing worse is wrong."""
    check = facts.checks.get(results.SIGN_IN)
    if check is not None and check.code is Code.CLOCK_OFF:
        return Failed(Code.CLOCK_OFF, (check.detail,), check.status)
    return Passed()


STEPS: tuple[Step[ConnectionFacts], ...] = (
    *(_check(number) for number in results.OF_THE_CONNECTION),
    Step("Nothing has failed since", _nothing_failed_since),
    Step("This server’s clock agrees with Spektrix’s", _clock_agrees),
)
