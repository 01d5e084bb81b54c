"""Visits while Spektrix or the way to it is in trouble: nothing is lost, nothing is taken for success."""

import dataclasses
import time
from datetime import timedelta

import pytest

from portal import clock
from portal.integration import visit_decisions, write_backs
from portal.outbox import service as outbox


@pytest.mark.parametrize("call", ["customer_by_id", "update_customer"])
@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("status", {"status": 500}, "spektrix_trouble"),
        ("status", {"status": 503}, "spektrix_trouble"),
        ("status", {"status": 429, "retry_after": 120}, "slow_down"),
        ("html", {"status": 200}, "not_spektrix"),
        ("html", {"status": 403}, "edge_block"),
        ("redirect", {"to": "login"}, "not_spektrix"),
        ("redirect", {"to": "self"}, "not_spektrix"),
        ("drop_connection", {}, "unreachable"),
        ("cut", {"apply": False}, "our"),
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
    stage.pay()
    visit = stage.visit(booking_id)
    assert visit.closed_at is None
    assert visit.due_at > clock.utc_now()
    assert visit.state in ("retrying", "blocked")
    assert visit.reason
    if reason != "our":
        assert visit.reason == reason
    assert not stage.stored().get("Last Dined At")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_slow_down_keeps_to_the_time_spektrix_names_and_counts_no_attempt(stage, sandbox):
    """S06."""
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120)
    stage.complete(booking_id)
    before = clock.utc_now()
    stage.pay()
    visit = stage.visit(booking_id)
    assert visit.due_at >= before + timedelta(seconds=120)
    assert visit.attempts == 0


def test_applied_update_whose_answer_was_lost_is_found_by_reading_first(stage, sandbox):
    """S12: the outcome is unknown, so the next try looks before it sends."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).state == "retrying"
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 1


def test_hanging_spektrix_costs_one_time_out_and_no_open_transaction(stage, sandbox, app):
    """S10, D09."""
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], spektrix_timeout_seconds=0.5)
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "drip", seconds=1)
    stage.complete(booking_id)
    began = time.monotonic()
    stage.pay()
    assert time.monotonic() - began < 3
    assert stage.visit(booking_id).reason == "timed_out"


def test_a_call_inside_an_open_transaction_is_refused(stage):
    from portal.integration import gateway

    credentials = gateway.credentials_of(stage.integration)
    with gateway.spektrix(credentials, []) as client, pytest.raises(gateway.TransactionOpen):
        client.probe_client_name()


def test_a_wake_up_that_comes_twice_sends_once(stage, sandbox):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)
    assert outbox.deliver(entry_id, write_backs.write_back) is not None
    assert outbox.deliver(entry_id, write_backs.write_back) is None
    assert len(sandbox.requests("update_customer")) == 1


def test_a_fault_of_our_own_is_logged_and_tried_again(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)

    def broken(_claim):
        raise ZeroDivisionError

    outbox.deliver(entry_id, broken)
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("retrying", "our_fault")
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_refused_visit_can_be_sent_again_from_the_page(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "status", status=400)
    stage.complete(booking_id)
    stage.pay()
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "needs_attention"
    sandbox.delete("faults")
    assert visit_decisions.send_all(stage.venue, 1) == 1
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
