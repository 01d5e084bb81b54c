"""Another client name: an old customer id never reaches the new client, whoever was just sending it."""

import threading

import pytest
from embedded import wait_until

from jobs.relay import HANDLERS
from portal.extensions import db
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from portal.outbox import delivering
from portal.outbox.models import Kind, OutboxEntry
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.people import AMARA_ID, TOM_ID

OTHER = "otherplayhouse"


@pytest.fixture(autouse=True)
def two_clients(sandbox):
    """Both names answer, so that nothing but our own care keeps an id from the wrong one."""
    sandbox.post("options", client_names=[CLIENT_NAME, OTHER])


def change_client(stage, name=OTHER):
    integration.save_credentials(stage.venue, Typed(name, API_USER, API_KEY), 1)


def calls_at(sandbox, client):
    return [call["call"] for call in sandbox.requests() if call["client"] == client]


def test_a_visit_that_waits_is_not_sent_to_the_new_client(stage, sandbox):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    change_client(stage)
    stage.deliver()
    assert calls_at(sandbox, OTHER) == []
    assert sandbox.requests("update_customer") == []
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("not_sent", "client_changed")


def test_going_back_to_the_first_client_does_not_revive_its_links(stage, sandbox):
    booking_id = stage.verified_booking()
    change_client(stage)
    change_client(stage, CLIENT_NAME)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.link(booking_id).state == "stale"
    assert sandbox.requests("update_customer") == []


def test_a_proposed_customer_is_forgotten_with_the_client(stage, sandbox):
    booking_id = stage.verified_booking()
    stage.link(booking_id).proposed_customer_id = TOM_ID
    db.session.commit()
    change_client(stage)
    link = stage.link(booking_id)
    assert (link.state, link.reason, link.proposed_customer_id) == ("stale", "client_changed", None)


def test_another_key_or_domain_leaves_the_links_alone(stage):
    booking_id = stage.verified_booking()
    before = stage.integration.generation
    domain = "tickets.playhouse.org"
    integration.save_credentials(stage.venue, Typed(CLIENT_NAME, API_USER, "", domain), 1)
    assert stage.link(booking_id).state == "verified"
    assert stage.integration.generation == before + 1


def test_what_was_known_of_the_attributes_and_the_test_customer_goes(stage):
    stage.verified_booking()
    stage.integration.test_customer_id = AMARA_ID
    db.session.commit()
    change_client(stage)
    assert stage.integration.test_customer_id == ""
    assert {check.state for check in stage.integration.attributes} == {"not_checked"}


def test_a_claimed_visit_is_stopped_before_its_update_leaves(app, stage, sandbox):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)
    sandbox.fault("customer_by_id", "delay", seconds=1, times=1)
    worker = working(app, sandbox, Kind.WRITE_BACK, entry_id)
    change_client(stage)
    worker.join(timeout=15)
    assert calls_at(sandbox, OTHER) == []
    assert sandbox.requests("update_customer") == []
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("not_sent", "client_changed")


def test_a_claimed_question_links_nobody_under_the_new_client(app, stage, sandbox):
    booking_id = stage.book(basket_id=sandbox.basket(AMARA_ID))
    entry_id = stage.question(booking_id).id
    db.session.rollback()
    sandbox.fault("customer_by_id", "delay", seconds=1, times=1)
    worker = working(app, sandbox, Kind.VERIFY_LINK, entry_id)
    change_client(stage)
    worker.join(timeout=15)
    assert calls_at(sandbox, OTHER) == []
    assert stage.link(booking_id) is None
    assert stage.question(booking_id).state == "waiting"


def working(app, sandbox, kind, entry_id):
    """A second thread that delivers the entry; once this returns, it is in the call that is to be slow."""

    def deliver():
        with app.app_context():
            delivering.deliver(entry_id, HANDLERS[kind])

    db.session.rollback()
    assert db.session.get(OutboxEntry, entry_id) is not None
    db.session.rollback()
    thread = threading.Thread(target=deliver)
    thread.start()
    assert wait_until(lambda: sandbox.get("faults") == [], 10)
    return thread
