"""Without asking, a diagnosis goes by the newest that is known: it never contradicts the page's badge."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.bookings.models import Status
from portal.diagnosis.symptoms.connection import diagnose_connection
from portal.diagnosis.symptoms.writes import diagnose_writes
from portal.extensions import db
from portal.findings import Code, finding
from portal.integration.connection.models import AttributeState, CheckResult, CheckState, Integration
from portal.integration.connection.queries import integration_of
from portal.integration.standing import results, service as standing
from portal.outbox.models import ANSWERED, State
from tests import factories

TESTED = [
    Code.KEY_REFUSED,
    Code.CUSTOMERS_REFUSED,
    Code.EDGE_BLOCK,
    Code.CLIENT_UNKNOWN,
    Code.SLOW_DOWN,
    Code.OUTAGE,
]
TESTED += [
    Code.REJECTED,
    Code.REDIRECTED,
    Code.NOT_SPEKTRIX,
    Code.TIMED_OUT,
    Code.UNREACHABLE,
    Code.KEY_NOT_BASE64,
]
STALLING = [Code.OUTAGE, Code.TIMED_OUT, Code.UNREACHABLE, Code.NOT_SPEKTRIX]
STALLING += [Code.SLOW_DOWN, Code.REJECTED, Code.OUR_FAULT]
# What may stop a venue's calls.
STOPPING = [*(code for code in Code if finding(code).stops), Code.SLOW_DOWN]
BEFORE = timedelta(minutes=8)


@pytest.fixture
def venue(app_context, recording_queue):
    """A venue whose six checks have all passed, eight minutes ago."""
    venue = factories.make_venue()
    integration = integration_of(factories.connect_spektrix(venue).venue_id)
    then = clock.utc_now() - BEFORE
    integration.credentials_saved_at = then - BEFORE
    integration.checked_at = integration.tested_at = then
    integration.test_outcome, integration.test_status = ANSWERED, 200
    integration.checks = [
        CheckResult(number=number, state=CheckState.PASSED, status=200, at=then) for number in results.NAMES
    ]
    for check in integration.attributes:
        check.state = AttributeState.FOUND
    db.session.commit()
    standing.update(venue.id)
    return venue


def change(**columns):
    db.session.execute(update(Integration).values(**columns))
    db.session.commit()
    standing.update(db.session.scalars(select(Integration.venue_id)).one())


def badge(venue):
    return standing.of(venue.id).badge


def connection(venue):
    return diagnose_connection(venue, live=False)


def visit(venue, state, reason=None, **columns):
    """A visit that was tried after the checks."""
    booking = factories.make_booking(venue, status=Status.CONFIRMED)
    return factories.make_entry(booking, state=state, reason=reason, **columns)


def assert_named_as_the_badge_has_it(venue, what):
    shown = badge(venue)
    assert shown.tone in {"bad", "warn"}, what
    assert connection(venue).code is shown.code, what
    assert diagnose_writes(venue, live=False).failed is not None, what


def test_a_refusal_after_the_checks_is_named_as_the_badge_has_it(venue):
    for reason in STOPPING:
        change(blocked_reason=reason, blocked_until=clock.utc_now())
        assert_named_as_the_badge_has_it(venue, reason)


def test_a_failed_test_is_named_as_the_badge_has_it(venue):
    for outcome in TESTED:
        change(test_outcome=outcome, test_status=None)
        assert_named_as_the_badge_has_it(venue, outcome)


def test_visits_that_fail_since_the_checks_are_named_as_the_badge_has_it(venue):
    entry = visit(venue, State.RETRYING, Code.OUR_FAULT, first_failed_at=clock.utc_now())
    for reason in STALLING:
        factories.set_entry(entry, reason=reason)
        assert_named_as_the_badge_has_it(venue, reason)


@pytest.mark.parametrize(
    ("state", "reason"),
    [(State.NOT_STORED, Code.ATTRIBUTE_MISSING), (State.NEEDS_ATTENTION, Code.VISIT_GIVEN_UP)],
)
def test_a_visit_in_trouble_is_named_however_many_landed_since(venue, state, reason):
    visit(venue, state, reason)
    for _ in range(22):
        visit(venue, State.CONFIRMED, closed_at=clock.utc_now())
    assert badge(venue).words == "Needs attention"
    assert diagnose_writes(venue, live=False).failed is not None


def test_a_key_refused_by_a_later_visit_contradicts_the_tick_and_leaves_the_rest_open(venue):
    change(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    found = connection(venue)
    assert (found.code, found.stopped_at) == (Code.KEY_REFUSED, 3)
    assert found.failed.status == 401
    assert found.failed.evidence == ("Spektrix replied 401 to a call made after the last check.",)
    assert found.lines[3].result is None


def test_a_visit_that_landed_since_is_believed_over_a_failed_check(venue):
    row = db.session.query(CheckResult).filter_by(number=3).one()
    row.state, row.code, row.status = CheckState.FAILED, Code.KEY_REFUSED, 401
    change(test_outcome=Code.KEY_REFUSED, test_status=401)
    assert connection(venue).code is Code.KEY_REFUSED
    visit(venue, State.CONFIRMED, closed_at=clock.utc_now())
    assert badge(venue).tone == "ok"
    assert connection(venue).failed is None


def test_nothing_is_wrong_where_the_badge_is_green(venue):
    visit(venue, State.CONFIRMED, closed_at=clock.utc_now())
    assert badge(venue).tone == "ok"
    assert connection(venue).failed is None
    assert diagnose_writes(venue, live=False).failed is None
