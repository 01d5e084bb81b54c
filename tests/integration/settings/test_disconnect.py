"""Leaving Spektrix: what goes, what stays, and that nothing is left which could still be sent."""

import dataclasses
import threading

import pytest
from embedded import wait_until
from sqlalchemy import select

from jobs.relay import HANDLERS
from portal import clock
from portal.bookings.models import Booking, LinkCheck
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import CustomerLink, Guest
from portal.integration.connection import queries
from portal.integration.connection.models import Integration
from portal.integration.settings import disconnecting
from portal.outbox import delivering
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.venues.models import AuditEntry
from tests import factories
from tests.factories import CLIENT_NAME
from tests.people import AMARA_ID, TOM
from tests.support.reading import read

PAGE = "/integrations/spektrix/disconnect"


@dataclasses.dataclass
class Desk:
    app: object
    client: object
    venue: object
    booking: object


@pytest.fixture
def desk(app, client):
    """A connected venue with one linked guest, whose visit is held, and a manager signed in."""
    with app.app_context():
        venue = factories.make_venue()
        manager = factories.make_manager(venue)
        factories.connect_spektrix(venue, staff=manager)
        booking = factories.make_booking(venue)
        factories.make_link(booking.guest, customer_id=AMARA_ID)
        factories.make_entry(booking, state=State.HELD, reason=Code.VISIT_HELD)
    return Desk(app, factories.sign_in(client, manager), venue, booking)


def rows(app, model):
    with app.app_context():
        return db.session.scalars(select(model).order_by(model.id)).all()


def test_the_page_says_what_goes_and_what_stays(desk):
    page = read(desk.client.get(PAGE)).words
    for said in (
        "The links to 1 Spektrix customer",
        "1 visit not yet in Spektrix will not be sent",
        "Bookings, guests and the log of visits",
        "The values that are already in Spektrix",
        "switch Active off instead",
        f"Type {CLIENT_NAME} to disconnect",
    ):
        assert said in page
    assert len(rows(desk.app, Integration)) == 1


@pytest.mark.parametrize("typed", ["", "harbour", "HARBOURPLAYHOUSE"])
def test_nothing_happens_unless_the_client_name_is_typed(desk, typed):
    answer = desk.client.post(PAGE, data={"client_name": typed})
    assert answer.status_code == 422
    assert "Client name must be exactly this" in answer.text
    assert len(rows(desk.app, Integration)) == len(rows(desk.app, CustomerLink)) == 1


def test_the_key_and_the_links_go_and_the_rest_stays(desk):
    answer = desk.client.post(PAGE, data={"client_name": f" {CLIENT_NAME} "})
    assert answer.location == "/integrations/spektrix"
    assert rows(desk.app, Integration) == rows(desk.app, CustomerLink) == []
    assert len(rows(desk.app, Guest)) == len(rows(desk.app, Booking)) == 1
    entry = next(entry for entry in rows(desk.app, OutboxEntry) if entry.kind == Kind.WRITE_BACK)
    assert (entry.state, entry.reason, entry.due_at) == (State.NOT_SENT, Code.NOT_CONNECTED, None)
    assert entry.closed_at is not None
    last = rows(desk.app, AuditEntry)[-1]
    assert (last.action, last.detail) == ("disconnected", "")


def test_confirmed_visits_keep_their_place_in_the_log(desk):
    with desk.app.app_context():
        entry = factories.make_entry(
            factories.make_booking(desk.venue), state=State.CONFIRMED, closed_at=clock.utc_now()
        )
        factories.make_attempt(entry)
    desk.client.post(PAGE, data={"client_name": CLIENT_NAME})
    kept = {entry.id: entry.state for entry in rows(desk.app, OutboxEntry)}
    assert kept[entry.id] == State.CONFIRMED
    assert len(rows(desk.app, Attempt)) == 1


def test_open_questions_are_closed_and_their_baskets_forgotten(desk):
    with desk.app.app_context():
        factories.make_booking(desk.venue, name=TOM.name, email="tom@example.org", basket_id="BASKET1")
    desk.client.post(PAGE, data={"client_name": CLIENT_NAME})
    with desk.app.app_context():
        checks = db.session.scalars(select(LinkCheck)).all()
        found = {(check.basket_id, check.verified, check.settled_at is None) for check in checks}
        assert found == {(None, False, False)}
    asked = [entry for entry in rows(desk.app, OutboxEntry) if entry.kind == Kind.VERIFY_LINK]
    assert {(entry.state, entry.reason) for entry in asked} == {(State.SETTLED, Code.NOT_CONNECTED)}


def test_another_venue_keeps_everything(desk):
    with desk.app.app_context():
        other = factories.make_venue("The Other Room")
        factories.connect_spektrix(other)
        booking = factories.make_booking(other)
        factories.make_link(booking.guest, customer_id="I-1")
        entry = factories.make_entry(booking, state=State.HELD, reason=Code.VISIT_HELD)
    desk.client.post(PAGE, data={"client_name": CLIENT_NAME})
    assert [row.venue_id for row in rows(desk.app, Integration)] == [other.id]
    assert [row.venue_id for row in rows(desk.app, CustomerLink)] == [other.id]
    assert {row.id: row.state for row in rows(desk.app, OutboxEntry)}[entry.id] == State.HELD


def test_a_venue_that_is_not_connected_is_told_so(app, client):
    with app.app_context():
        manager = factories.make_manager(factories.make_venue())
    answer = factories.sign_in(client, manager).get(PAGE, follow_redirects=True)
    assert "Spektrix is not connected" in answer.text


def test_disconnecting_twice_says_so(desk):
    desk.client.post(PAGE, data={"client_name": CLIENT_NAME})
    with desk.app.app_context(), pytest.raises(queries.NotConnected):
        disconnecting.disconnect(desk.venue, 1)


class TestWhileAVisitIsBeingSent:
    """A send that has been claimed looks at the connection once more before its update leaves."""

    def test_it_is_stopped_and_closed_as_not_connected(self, app, desk, sandbox):
        with desk.app.app_context():
            entry_id = db.session.scalars(
                select(OutboxEntry.id).where(OutboxEntry.kind == Kind.WRITE_BACK)
            ).first()
            db.session.execute(
                db.update(OutboxEntry)
                .where(OutboxEntry.id == entry_id)
                .values(state=State.WAITING, due_at=clock.utc_now())
            )
            db.session.execute(db.update(Booking).values(status="completed"))
            db.session.commit()
        sandbox.fault("customer_by_id", "delay", seconds=1, times=1)
        worker = threading.Thread(target=deliver, args=(app, entry_id))
        worker.start()
        assert wait_until(lambda: sandbox.get("faults") == [], 10)
        with app.app_context():
            disconnecting.disconnect(desk.venue, 1)
        worker.join(timeout=15)
        assert sandbox.requests("update_customer") == []
        entry = {row.id: row for row in rows(app, OutboxEntry)}[entry_id]
        assert (entry.state, entry.reason) == (State.NOT_SENT, Code.NOT_CONNECTED)
        assert sandbox.customer(AMARA_ID)["writes"] == []


def deliver(app, entry_id):
    with app.app_context():
        delivering.deliver(entry_id, HANDLERS[Kind.WRITE_BACK])
