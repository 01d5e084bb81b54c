"""Visits while Spektrix or the way to it is in trouble: nothing is lost, nothing is taken for success."""

import time
from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.extensions import db
from portal.integration.visits import decisions as visit_decisions
from portal.integration.visits.correction import write_back
from portal.outbox import delivering
from tests.people import TOM, TOM_ID
from tests.support.apps import change_settings


@pytest.mark.parametrize("call", ["customer_by_id", "update_customer"])
@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("status", {"status": 500}, "outage"),
        ("status", {"status": 503}, "outage"),
        ("status", {"status": 429, "retry_after": 120}, "slow_down"),
        ("html", {"status": 200}, "not_spektrix"),
        ("html", {"status": 403}, "edge_block"),
        ("redirect", {"to": "login"}, "redirected"),
        ("redirect", {"to": "self"}, "redirected"),
        ("drop_connection", {}, "unreachable"),
        ("cut", {"apply": False}, "outage"),
        ("status", {"status": 400}, "rejected"),
    ],
)
def test_visit_waits_with_a_reason_and_is_written_when_the_fault_ends(
    stage, sandbox, call, kind, details, reason
):
    """S16 among them: a redirect is neither followed nor taken for success."""
    booking_id = stage.verified_booking()
    sandbox.fault(call, kind, **details)
    stage.complete(booking_id)
    stage.deliver()
    visit = stage.visit(booking_id)
    assert visit.closed_at is None
    assert visit.due_at > clock.utc_now()
    assert visit.state in ("retrying", "blocked")
    assert visit.reason == reason
    assert not stage.stored().get("Last Dined At")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_slow_down_keeps_to_the_time_spektrix_names_and_counts_no_attempt(stage, sandbox):
    """S06."""
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120)
    stage.complete(booking_id)
    before = clock.utc_now()
    stage.deliver()
    visit = stage.visit(booking_id)
    assert visit.due_at >= before + timedelta(seconds=120)
    assert visit.attempts == 0


def test_slow_down_rests_the_whole_venue_until_then(stage, sandbox):
    """S06: no call of the venue starts sooner, not even one that a manager asks for."""
    ids = [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120, times=1)
    for booking_id in ids:
        stage.complete(booking_id)
    sandbox.delete("requests")
    stage.deliver()
    assert len(sandbox.requests()) == 1
    assert sorted(stage.visit(b).state for b in ids) == ["blocked", "retrying"]
    assert {stage.visit(b).reason for b in ids} == {"slow_down"}
    with pytest.raises(visit_decisions.Resting):
        visit_decisions.send_all(stage.venue, 1)
    db.session.rollback()
    with time_machine.travel(clock.utc_now() + timedelta(seconds=121), tick=True):
        stage.deliver()
        stage.deliver()
    assert [stage.visit(b).state for b in ids] == ["confirmed", "confirmed"]
    assert [stage.visit(b).attempts for b in ids] == [1, 1]
    assert stage.integration.blocked_reason is None


def test_a_question_about_a_basket_rests_too_and_rests_the_visits(stage, sandbox):
    """S06."""
    completed = stage.verified_booking()
    sandbox.fault("basket_by_id", "status", status=429, retry_after=120)
    stage.book(TOM, sandbox.basket(TOM_ID), at=4)
    stage.deliver()
    stage.complete(completed)
    stage.deliver()
    assert (stage.visit(completed).state, stage.visit(completed).reason) == ("blocked", "slow_down")


SHAPES = ["list", "null", "string", "missing_id", "wrong_types"]


@pytest.mark.parametrize(
    ("call", "shape", "at_first"),
    [
        *(("customer_by_id", shape, "retrying") for shape in SHAPES),
        # What an update answers is not looked at: reading back tells whether it was stored.
        *(("update_customer", shape, "confirmed") for shape in SHAPES if shape != "wrong_types"),
        ("update_customer", "wrong_types", "retrying"),
    ],
)
def test_json_that_is_no_answer_is_no_success(stage, sandbox, call, shape, at_first):
    """S14: 200 with null, [], "ok", wrong types or no id. A PATCH may have been stored all the same."""
    booking_id = stage.verified_booking()
    sandbox.fault(call, "wrong_shape", shape=shape)
    stage.complete(booking_id)
    stage.deliver()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason == "not_spektrix") == (at_first, at_first == "retrying")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    assert stage.stored()["Number of Restaurant Visits"] == "1"


def test_five_megabytes_are_not_read(stage, sandbox):
    """S14."""
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "huge")
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("retrying", "not_spektrix")


def test_maintenance_page_is_never_taken_for_delivered(stage, sandbox):
    """S13: the update went to a web page that answers 200, and reading back gets it too."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "html", status=200)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "retrying"
    assert stage.visit(booking_id).closed_at is None


def test_applied_update_whose_answer_was_lost_is_found_by_reading_first(stage, sandbox):
    """S12: the outcome is unknown, so the next try looks before it sends."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "retrying"
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 1


def test_hanging_spektrix_costs_one_time_out_and_no_open_transaction(stage, sandbox, app):
    """S10."""
    change_settings(app, spektrix_timeout_seconds=0.5)
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "drip", seconds=1)
    stage.complete(booking_id)
    began = time.monotonic()
    stage.deliver()
    assert time.monotonic() - began < 3
    assert stage.visit(booking_id).reason == "timed_out"


def test_a_call_inside_an_open_transaction_is_refused(stage):
    from portal.integration.connection import gateway

    credentials = gateway.credentials_of(stage.integration)
    with gateway.spektrix(credentials, []) as client, pytest.raises(gateway.TransactionOpen):
        client.probe_client_name()


def test_a_wake_up_that_comes_twice_sends_once(stage, sandbox):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)
    assert delivering.deliver(entry_id, write_back) is not None
    assert delivering.deliver(entry_id, write_back) is None
    assert len(sandbox.requests("update_customer")) == 1


def test_a_fault_of_our_own_is_logged_and_tried_again(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)

    def broken(_claim):
        raise ZeroDivisionError

    delivering.deliver(entry_id, broken)
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("retrying", "our_fault")
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_refused_visit_can_be_sent_again_from_the_page(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "status", status=400)
    stage.complete(booking_id)
    stage.deliver()
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "needs_attention"
    sandbox.delete("faults")
    assert visit_decisions.send_all(stage.venue, 1) == 1
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
