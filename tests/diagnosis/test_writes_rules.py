"""What is said of the visits of a venue, from plain facts."""

from datetime import UTC, datetime

import pytest

from portal.diagnosis.engine import Failed, Unknown
from portal.diagnosis.symptoms.writes_rules import VisitFact, WritesFacts, visits_get_through
from portal.findings import Code
from portal.outbox.models import State

AT = datetime(2026, 6, 12, 20, tzinfo=UTC)
WAITING = VisitFact(State.WAITING, None, AT)
ANONYMOUS = VisitFact(State.NOT_SENT, Code.ANONYMOUS, AT)


def facts(*latest):
    return WritesFacts({}, (), True, None, latest, None, {}, "Europe/London", live=True)


@pytest.mark.parametrize(
    ("latest", "why"), [((), "No visit was completed yet"), ((WAITING,), "The latest visit is on its way")]
)
def test_visit_that_waits_is_not_called_none(latest, why):
    assert visits_get_through(facts(*latest)) == Unknown(why)


@pytest.mark.parametrize(
    ("latest", "evidence"),
    [
        ((ANONYMOUS,), "So it was for the only visit so far."),
        ((ANONYMOUS, WAITING, ANONYMOUS), "So it was for 2 of the last 3 visits."),
    ],
)
def test_commonest_reason_is_counted_in_words(latest, evidence):
    assert visits_get_through(facts(*latest)) == Failed(visits_get_through(facts(*latest)).code, (evidence,))
