"""A guest who is erased while a call about them is under way leaves no value with that call (P04)."""

import pytest
from sqlalchemy import select

from portal.bookings.guest_pages import erasing
from portal.extensions import db
from portal.integration.visits.exchange import Exchange
from portal.outbox import delivering
from portal.outbox.models import Attempt, Kind, OutboxEntry
from tests.integration.meanwhile import before_an_update_is_read_back


def values_kept():
    calls = db.session.scalars(select(Attempt).where(Attempt.call != "basket_by_id")).all()
    assert calls
    return [value for call in calls for value in (call.sent, call.received) if value]


def erase(stage, booking_id):
    erasing.erase(stage.venue, stage.link(booking_id).guest_id, 1)


@pytest.mark.both_databases
def test_a_send_under_way_keeps_its_calls_without_their_values(stage, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    before_an_update_is_read_back(monkeypatch, lambda: erase(stage, booking_id))
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason, visit.sent_last_dined) == ("not_sent", "guest_erased", None)
    assert [call.call for call in visit.attempts_made][-2:] == ["update_attributes", "customer_by_id"]
    assert values_kept() == []
    assert db.session.scalar(select(OutboxEntry).where(OutboxEntry.kind == Kind.READ_AGAIN)) is None


def test_without_looking_whether_the_guest_was_erased_the_values_come_back(stage, monkeypatch):
    """The control: shows that the test above can fail."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    monkeypatch.setattr(delivering, "_calls_to_keep", lambda calls, **_: calls)
    before_an_update_is_read_back(monkeypatch, lambda: erase(stage, booking_id))
    stage.deliver()
    assert values_kept()


def test_a_reading_under_way_keeps_its_call_without_the_values(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    stage.deliver()
    stage.skip_waits()
    stage.deliver()
    original, done = Exchange.read, []

    def read(exchange, client, customer_id):
        customer = original(exchange, client, customer_id)
        if not done:
            done.append(erase(stage, booking_id))
        return customer

    monkeypatch.setattr(Exchange, "read", read)
    stage.skip_waits()
    stage.deliver()
    assert done
    assert values_kept() == []
