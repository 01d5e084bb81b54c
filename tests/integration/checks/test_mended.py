"""Once Spektrix is mended, a test says so, whatever was wrong before it and whoever met it."""

from contextlib import suppress

import pytest
from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy import select, text, update

from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.integration.attributes import trial
from portal.integration.checks import run as checks
from portal.integration.connection.models import CheckResult, CheckState, Integration
from portal.integration.standing import service as standing
from tests.diagnosis.certificates import self_signed_server
from tests.factories import API_KEY
from tests.people import AMARA, AMARA_ID, TOM_ID
from tests.support.apps import change_settings
from tests.support.tables import each_row

SIGNED = ("customer_by_id", "customer_by_email", "basket_by_id", "update_customer")


def answers(*calls, kind="status", **details):
    """Calls that fail so; switched on, it returns what switches it off."""

    def switch_on(sandbox):
        faults = [sandbox.fault(call, kind, **details) for call in calls]
        return lambda: [sandbox.delete(f"faults/{each}") for each in faults]

    return switch_on


def wrong_certificate(sandbox):
    change_settings(current_app, spektrix_url=self_signed_server())
    return lambda: change_settings(current_app, spektrix_url=sandbox.api_url)


def unreadable_key(_sandbox):
    """The key is sealed with an encryption key that the portal has not, until it has it again."""
    sealed = Fernet(Fernet.generate_key()).encrypt(API_KEY.encode())
    db.session.execute(text("UPDATE integrations SET api_key = :key"), {"key": sealed})
    db.session.commit()

    def switch_off():
        db.session.execute(update(Integration).values(api_key=API_KEY))
        db.session.commit()

    return switch_off


FAULTS = {
    "reading customers refused": answers("customer_by_id", "customer_by_email", status=403),
    "reading baskets refused": answers("basket_by_id", status=403),
    "updating refused": answers("update_customer", status=403),
    "key refused": answers(*SIGNED, status=401),
    "key unreadable": unreadable_key,
    "client unknown": answers("*", status=404),
    "stopped at the edge": answers("*", kind="html", status=403),
    "asked to wait": answers("*", status=429, retry_after=60),
    "out of order": answers("*", status=503),
    "a web page in its place": answers("*", kind="html", status=200),
    "wrong certificate": wrong_certificate,
}
UPDATING = "updating refused"
# What may still be said of a connection that works.
WELL = {"", "attributes_not_seen"}


def by_a_test(stage):
    checks.run_all(stage.venue)


def by_a_visit(stage):
    if db.session.get(Booking, stage.booking_id, populate_existing=True).status == Status.COMPLETED:
        stage.move(stage.booking_id, Status.CONFIRMED)
    stage.complete(stage.booking_id)
    stage.deliver()


def by_a_question(stage):
    stage.book(AMARA, stage.sandbox.basket(AMARA_ID), days=9)
    stage.deliver()


def by_a_trial(stage):
    with suppress(trial.NotNow):
        trial.run(stage.venue, 1)


MET = {"test": by_a_test, "visit": by_a_visit, "question": by_a_question, "trial write": by_a_trial}


@pytest.fixture
def prepared(stage):
    """A linked guest whose visit is still to be sent, and a test customer."""
    stage.booking_id = stage.verified_booking()
    db.session.execute(update(Integration).values(test_customer_id=TOM_ID))
    db.session.commit()
    return stage


def what_stands(stage):
    """What checks, calls and page still hold against the connection."""
    rows = db.session.scalars(
        select(CheckResult)
        .where(CheckResult.number <= 4, CheckResult.state == CheckState.FAILED)
        .execution_options(populate_existing=True)
    )
    said = standing.current(stage.venue.id).code
    stopped = stage.integration.blocked_reason
    return [
        *(f"check {row.number}: {row.code}" for row in rows),
        *([f"calls stopped: {stopped}"] if stopped else []),
        *([f"page: {said}"] if said not in WELL else []),
    ]


def run_twice(stage):
    for _ in range(2):
        checks.run_all(stage.venue)


def send_what_waits(stage):
    stage.skip_waits()
    stage.deliver()
    stage.deliver()


@each_row("met", MET)
@pytest.mark.parametrize("fault", [name for name in FAULTS if name != UPDATING])
def test_a_test_lifts_what_it_disproves(prepared, sandbox, fault, met):
    on = FAULTS[fault](sandbox)
    MET[met](prepared)
    checks.run_all(prepared.venue)
    on()
    run_twice(prepared)
    assert what_stands(prepared) == []
    send_what_waits(prepared)
    assert what_stands(prepared) == []


def pairs(*distances):
    """Each fault, and those that stand so many rows below it in the table, whose end joins its beginning."""
    names = list(FAULTS)
    return [
        (names[at], names[(at + distance) % len(names)]) for at in range(len(names)) for distance in distances
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *pairs(1),
        *(pytest.param(*pair, marks=pytest.mark.long) for pair in pairs(0, *range(2, len(FAULTS)))),
    ],
)
def test_in_whatever_order_faults_come_and_go_nothing_stands_in_the_end(prepared, sandbox, first, second):
    """The first is met by a visit, the second by a test while the first still lasts, and mended later."""
    on = FAULTS[first](sandbox)
    by_a_visit(prepared)
    also = FAULTS[second](sandbox)
    run_twice(prepared)
    on()
    by_a_test(prepared)
    also()
    run_twice(prepared)
    # A test writes nothing, so only the next visit shows that updating is allowed again.
    if UPDATING not in (first, second):
        assert what_stands(prepared) == []
    send_what_waits(prepared)
    assert prepared.visit(prepared.booking_id).state == "confirmed"
    by_a_test(prepared)
    assert what_stands(prepared) == []


@each_row("fault", [name for name in FAULTS if name != UPDATING])
def test_a_refused_trial_write_keeps_no_other_fault_alive(prepared, sandbox, fault):
    """The fourth check goes on failing, but the three before it have passed, and so has its reading."""
    on = FAULTS[UPDATING](sandbox)
    by_a_trial(prepared)
    also = FAULTS[fault](sandbox)
    run_twice(prepared)
    also()
    run_twice(prepared)
    stands = what_stands(prepared)
    on()
    by_a_trial(prepared)
    by_a_test(prepared)
    assert set(stands) <= {
        "check 4: writing_refused",
        "calls stopped: writing_refused",
        "page: writing_refused",
    }


def test_a_refusal_to_read_is_never_called_one_to_update(prepared, sandbox):
    on = FAULTS["reading customers refused"](sandbox)
    for _ in range(3):
        by_a_visit(prepared)
        by_a_test(prepared)
        assert "check 4: customers_refused" in what_stands(prepared)
        assert prepared.visit(prepared.booking_id).reason == "customers_refused"
    on()
    by_a_test(prepared)
    assert what_stands(prepared) == []


def test_a_refused_update_is_not_forgotten_because_reading_works(prepared, sandbox):
    on = FAULTS[UPDATING](sandbox)
    by_a_visit(prepared)
    run_twice(prepared)
    assert "check 4: writing_refused" in what_stands(prepared)
    on()
    send_what_waits(prepared)
    assert prepared.visit(prepared.booking_id).state == "confirmed"
    assert "calls stopped: writing_refused" not in what_stands(prepared)
    by_a_test(prepared)
    assert what_stands(prepared) == []


def test_a_trial_write_that_lands_disproves_a_refused_one(prepared, sandbox):
    on = FAULTS[UPDATING](sandbox)
    by_a_trial(prepared)
    by_a_test(prepared)
    assert "check 4: writing_refused" in what_stands(prepared)
    on()
    by_a_trial(prepared)
    by_a_test(prepared)
    assert what_stands(prepared) == []
