"""The six checks, run live against the sandbox."""

import pytest
from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.integration.checks import run as checks
from portal.integration.connection.models import CheckResult, CheckState, Integration
from tests import factories
from tests.factories import API_USER, CLIENT_NAME
from tests.people import AMARA_ID

pytestmark = pytest.mark.settings(spektrix_timeout_seconds=2.0, allow_local_domains=True)

PASSED, WARNS, FAILED, SKIPPED = CheckState.PASSED, CheckState.WARNS, CheckState.FAILED, CheckState.SKIPPED


@pytest.fixture
def venue(app_context):
    venue = factories.make_venue()
    factories.connect_spektrix(venue)
    return venue


def integration():
    return db.session.scalars(select(Integration).execution_options(populate_existing=True)).one()


def change(**columns):
    row = integration()
    for name, value in columns.items():
        setattr(row, name, value)
    db.session.commit()


def states(verdicts):
    return [verdict.state for verdict in verdicts]


def saved():
    rows = db.session.scalars(select(CheckResult).order_by(CheckResult.number)).all()
    return [(row.number, row.state, row.code) for row in rows]


def test_all_six_pass_once_a_trial_write_has_landed(venue, sandbox):
    change(test_customer_id=AMARA_ID, trial_outcome="ok", trial_at=clock.utc_now())
    verdicts = checks.run_all(venue)
    assert states(verdicts) == [PASSED] * 6
    facts = [verdict.fact for verdict in verdicts]
    assert facts[0].endswith(" ms")
    assert facts[1:5] == [CLIENT_NAME, API_USER, "Read and write", "Both found"]
    assert facts[5].startswith("Trial write, ")


def test_a_fresh_connection_has_writing_attributes_and_visit_unproved(venue):
    verdicts = checks.run_all(venue)
    assert states(verdicts) == [PASSED, PASSED, PASSED, WARNS, WARNS, WARNS]
    assert verdicts[3].fact == "Writing not proved yet"
    assert (verdicts[4].fact, verdicts[4].code) == ("Found after first visit", Code.ATTRIBUTES_NOT_SEEN)
    assert verdicts[5].fact == "No visit yet"


FAULTS = [
    ("events", {"kind": "status", "status": 503}, 1, Code.OUTAGE, 503),
    ("events", {"kind": "status", "status": 429}, 1, Code.SLOW_DOWN, 429),
    ("events", {"kind": "status", "status": 403}, 1, Code.CUSTOMERS_REFUSED, 403),
    ("events", {"kind": "html"}, 1, Code.NOT_SPEKTRIX, 200),
    ("events", {"kind": "html", "status": 403}, 1, Code.EDGE_BLOCK, 403),
    ("events", {"kind": "redirect", "to": "login"}, 1, Code.REDIRECTED, 302),
    ("events", {"kind": "redirect", "to": "self"}, 1, Code.REDIRECTED, 302),
    ("events", {"kind": "drop_connection"}, 1, Code.UNREACHABLE, None),
    ("events", {"kind": "wrong_shape", "shape": "string"}, 1, Code.NOT_SPEKTRIX, 200),
    ("events", {"kind": "status", "status": 404}, 2, Code.CLIENT_UNKNOWN, 404),
    ("customer_by_email", {"kind": "status", "status": 401}, 3, Code.KEY_REFUSED, 401),
    ("customer_by_email", {"kind": "status", "status": 503}, 3, Code.OUTAGE, 503),
    ("customer_by_email", {"kind": "html", "status": 404}, 3, Code.NOT_SPEKTRIX, 404),
    ("customer_by_id", {"kind": "status", "status": 403}, 4, Code.CUSTOMERS_REFUSED, 403),
    ("basket_by_id", {"kind": "status", "status": 403}, 4, Code.BASKETS_REFUSED, 403),
    ("customer_by_id", {"kind": "html", "status": 403}, 4, Code.EDGE_BLOCK, 403),
    ("basket_by_id", {"kind": "status", "status": 500}, 4, Code.OUTAGE, 500),
]


@pytest.mark.parametrize(("call", "fault", "number", "code", "status"), FAULTS)
def test_the_checks_stop_at_the_first_that_fails_and_name_it(
    venue, sandbox, call, fault, number, code, status
):
    sandbox.fault(call, **fault)
    verdicts = checks.run_all(venue)
    failed = verdicts[number - 1]
    assert (failed.state, failed.code, failed.status) == (FAILED, code, status)
    assert set(states(verdicts[: number - 1])) <= {PASSED, WARNS}
    assert states(verdicts[number:]) == [SKIPPED] * (6 - number)
    assert saved() == [(v.number, v.state, v.code or "") for v in verdicts]
