"""The Active switch: it reaches work that is claimed already, says who used it, never fails in silence."""

import dataclasses
import threading
from datetime import timedelta

import pytest
import time_machine
from embedded import wait_until
from sqlalchemy import func, select, update

from jobs.relay import HANDLERS
from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from portal.findings import Code
from portal.integration.checks import switch
from portal.integration.connection.models import Integration
from portal.outbox import delivering, service as outbox
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import AuditEntry, Role
from tests import factories
from tests.people import AMARA, AMARA_ID
from tests.support.reading import read

PAGE = "/integrations/spektrix"


@dataclasses.dataclass
class Scene:
    """A connected venue, a manager, and its visits that are due."""

    app: object
    sandbox: object
    venue: object
    manager: object
    entries: list

    def switch(self, active):
        with self.app.app_context():
            switch.set_active(self.venue, active, self.manager.id)

    def worker(self, kind, entry_id):
        """A second thread that delivers one entry; once this returns, it is in the slow call."""
        thread = threading.Thread(target=self._pay, args=(kind, entry_id))
        thread.start()
        assert wait_until(lambda: self.sandbox.get("faults") == [], 10)
        return thread

    def deliver_all(self):
        with self.app.app_context():
            for entry_id, kind in outbox.due(clock.utc_now(), 100):
                delivering.deliver(entry_id, HANDLERS[kind])

    def _pay(self, kind, entry_id):
        with self.app.app_context():
            delivering.deliver(entry_id, HANDLERS[kind])

    def states(self):
        with self.app.app_context():
            rows = db.session.execute(
                select(OutboxEntry.state, OutboxEntry.reason, func.count())
                .where(OutboxEntry.kind == Kind.WRITE_BACK)
                .group_by(OutboxEntry.state, OutboxEntry.reason)
            )
            return {(state, reason): count for state, reason, count in rows}


@pytest.fixture
def scene(app, sandbox):
    with app.app_context():
        venue = factories.make_venue()
        manager = factories.make_manager(venue)
        factories.connect_spektrix(venue, staff=manager)
        entries = [_due_visit(venue, number).id for number in range(20)]
    return Scene(app, sandbox, venue, manager, entries)


def _due_visit(venue, number):
    """A completed visit of a linked guest; Spektrix knows only the first guest's customer."""
    name, email = f"Guest {number}", f"guest{number}@example.org"
    booking = factories.make_booking(venue, name=name, email=email)
    factories.make_link(booking.guest, customer_id=AMARA_ID if number == 0 else f"I-{number}")
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(status="completed"))
    return factories.make_entry(booking, due_at=clock.utc_now())


def test_switching_off_stops_a_visit_that_is_claimed_and_twenty_that_are_due(client, scene, sandbox):
    """S34, P10: the question in flight may end, nothing starts afterwards, nothing is lost."""
    sandbox.fault("customer_by_id", "delay", seconds=1, times=1)
    worker = scene.worker(Kind.WRITE_BACK, scene.entries[0])
    scene.switch(active=False)
    worker.join(timeout=15)
    scene.deliver_all()
    assert [call["call"] for call in sandbox.requests()] == ["customer_by_id"]
    assert scene.states() == {(State.HELD, Code.VISIT_HELD): 20}
    page = factories.sign_in(client, scene.manager).get(PAGE).text
    assert "Resume and send 20 visits" in page


def test_an_update_that_has_left_may_end_and_its_result_is_kept(scene, sandbox):
    sandbox.fault("update_customer", "delay", seconds=1, times=1)
    worker = scene.worker(Kind.WRITE_BACK, scene.entries[0])
    assert wait_until(lambda: bool(sandbox.customer(AMARA_ID)["writes"]), 10)
    scene.switch(active=False)
    worker.join(timeout=15)
    scene.deliver_all()
    assert scene.states() == {(State.CONFIRMED, None): 1, (State.HELD, Code.VISIT_HELD): 19}


def test_switching_off_stops_a_question_between_its_two_calls(app, scene, sandbox):
    with app.app_context():
        basket = sandbox.basket(AMARA_ID)
        booking = factories.make_booking(scene.venue, name=AMARA.name, email=AMARA.email, basket_id=basket)
        question = select(OutboxEntry.id).where(
            OutboxEntry.kind == Kind.VERIFY_LINK, OutboxEntry.booking_id == booking.id
        )
        entry_id = db.session.scalars(question).one()
    sandbox.fault("basket_by_id", "delay", seconds=1, times=1)
    worker = scene.worker(Kind.VERIFY_LINK, entry_id)
    scene.switch(active=False)
    worker.join(timeout=15)
    assert [call["call"] for call in sandbox.requests()] == ["basket_by_id"]
    with app.app_context():
        entry = db.session.get(OutboxEntry, entry_id)
        assert (entry.state, entry.reason) == (State.WAITING, Code.PAUSED)


def test_who_switched_and_when_is_kept_once(app, scene):
    scene.switch(active=False)
    scene.switch(active=False)
    with app.app_context():
        row = db.session.scalars(select(Integration)).one()
        assert row.active_changed_by.name == scene.manager.name
        actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions[-2:] == ["active_on", "active_off"]


def test_an_hour_old_tab_can_still_switch(app, client, scene):
    """B22."""
    factories.sign_in(client, scene.manager)
    client.get(PAGE)
    with time_machine.travel(clock.utc_now() + timedelta(hours=1, minutes=5), tick=True):
        assert client.post(f"{PAGE}/active", data={"active": "off"}).status_code == 303
    assert not is_active(app)


def test_a_tab_from_before_signing_out_says_why_and_switches_nothing(app, client, scene):
    factories.sign_in(client, scene.manager)
    client.environ_base["HTTP_X_CSRFTOKEN"] = "of another session"
    answer = client.post(f"{PAGE}/active", data={"active": "off"})
    assert answer.status_code == 400
    assert "nothing was saved" in read(answer).words
    assert is_active(app)


def test_an_old_tab_of_a_venue_disconnected_meanwhile_says_so(app, client, scene):
    factories.sign_in(client, scene.manager)
    client.post(f"{PAGE}/disconnect", data={"client_name": factories.CLIENT_NAME})
    answer = client.post(f"{PAGE}/active", data={"active": "off"}, follow_redirects=True)
    assert "Spektrix is not connected" in answer.text


@pytest.mark.parametrize("wanted", ["", "maybe", "ON"])
def test_anything_but_on_and_off_is_refused(client, scene, app, wanted):
    factories.sign_in(client, scene.manager)
    assert client.post(f"{PAGE}/active", data={"active": wanted}).status_code == 400
    assert is_active(app)


def test_staff_may_not_switch(app, client, scene):
    with app.app_context():
        staff = factories.make_staff(scene.venue, Role.STAFF)
    assert factories.sign_in(client, staff).post(f"{PAGE}/active", data={"active": "off"}).status_code == 403
    assert is_active(app)


def is_active(app):
    with app.app_context():
        return db.session.scalars(select(Integration.active)).one()
