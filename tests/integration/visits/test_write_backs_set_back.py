"""Visits that are set back, undone or never completed (S43, S46)."""

from datetime import timedelta

import time_machine

from portal import clock
from portal.bookings.models import Status
from portal.integration.visits import write_back as write_backs
from tests.integration.meanwhile import before_the_update


def test_nothing_but_completed_ever_sends(stage, sandbox):
    """R80, R81, S46: a month of relay rounds included."""
    booking_id = stage.verified_booking()
    sandbox.delete("requests")
    for status in (Status.CANCELLED, Status.CONFIRMED, Status.NO_SHOW, Status.CONFIRMED):
        stage.move(booking_id, status)
    with time_machine.travel(clock.utc_now() + timedelta(days=31), tick=True):
        stage.deliver()
    assert sandbox.requests() == []


def test_undo_within_the_grace_sends_nothing(stage, sandbox):
    """S43."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.move(booking_id, Status.CONFIRMED)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "set_back")
    assert sandbox.requests("update_customer") == []


def test_set_back_after_sending_sends_nothing_more_and_completing_again_is_a_new_visit(stage, sandbox):
    booking_id = stage.verified_booking()
    first = stage.complete(booking_id)
    stage.deliver()
    stage.move(booking_id, Status.CONFIRMED)
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 1
    second = stage.complete(booking_id)
    stage.deliver()
    assert second != first
    assert len(sandbox.requests("update_customer")) == 2


def test_set_back_while_the_send_is_being_prepared_stops_it(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    before_the_update(monkeypatch, lambda: stage.move(booking_id, Status.CONFIRMED))
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "set_back")
    assert sandbox.requests("update_customer") == []


def test_set_back_after_the_update_has_left_keeps_the_history_true(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    original = write_backs._compare

    def compare(customer, visit, before=None):
        stage.move(booking_id, Status.CONFIRMED)
        return original(customer, visit, before)

    monkeypatch.setattr(write_backs, "_compare", compare)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 1


def test_undo_of_a_visit_that_was_not_stored_forgets_which_names_were_missing(stage):
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    stage.move(booking_id, Status.CONFIRMED)
    assert (stage.visit(booking_id).reason, stage.visit(booking_id).detail) == ("set_back", "")
