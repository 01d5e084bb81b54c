"""A look at the customer that fails takes nothing away of what is known of the update before it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.findings import Code
from portal.guests import service as guests
from portal.integration.checks import switch
from portal.integration.visits import decisions
from portal.integration.visits.write_back import WriteBack

LOOKS = (5, 30, 120)


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def not_shown_yet(stage, sandbox, clock):
    """A visit that Spektrix has accepted and shows a minute later; the requests until then are forgotten."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=60, times=1)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == Code.VISIT_NOT_SHOWN_YET
    sandbox.delete("requests")
    return booking_id


def note(stage, booking_id):
    visit = stage.visit(booking_id)
    return visit.sent_last_dined, visit.sent_visits, visit.sent_to


FAILURES = {
    "unavailable": {"status": 503},
    "no answer": {},
    "asks for a pause": {"status": 429, "retry_after": 5},
}


def fail_once(sandbox, failure):
    details = FAILURES[failure]
    sandbox.fault("customer_by_id", "status" if details else "drop_connection", **details, times=1)


@pytest.mark.parametrize("failure", FAILURES)
def test_the_next_look_still_sends_nothing(stage, sandbox, clock, not_shown_yet, failure):
    before = note(stage, not_shown_yet)
    fail_once(sandbox, failure)
    clock.shift(timedelta(seconds=5))
    stage.deliver()
    assert note(stage, not_shown_yet) == before
    for seconds in LOOKS[1:]:
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert stage.visit(not_shown_yet).state == "confirmed"
    assert sandbox.requests("update_customer") == []


def test_without_the_note_it_is_sent_again(stage, sandbox, clock, not_shown_yet, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(WriteBack, "_still_to_be_shown", lambda _delivery, outcome: outcome)
    fail_once(sandbox, "unavailable")
    for seconds in LOOKS[:2]:
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert len(sandbox.requests("update_customer")) == 1


def test_a_look_that_is_refused_for_good_leaves_what_was_sent_and_to_whom(
    stage, sandbox, clock, not_shown_yet
):
    before = note(stage, not_shown_yet)
    assert before[2] == guests.recipient(stage.link(not_shown_yet))
    sandbox.fault("customer_by_id", "status", status=400)
    for _ in range(3):
        stage.skip_waits()
        stage.deliver()
    assert stage.visit(not_shown_yet).state == "needs_attention"
    assert note(stage, not_shown_yet) == before


def test_a_read_that_is_refused_for_good_before_anything_left_is_not_called_sent(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "status", status=400)
    stage.complete(booking_id)
    stage.deliver()
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "needs_attention"
    assert note(stage, booking_id) == (None, None, "")


def test_what_was_paused_meanwhile_is_read_before_it_is_sent_again(stage, sandbox, clock, not_shown_yet):
    switch.set_active(stage.venue, False, 1)
    clock.shift(timedelta(seconds=5))
    stage.deliver()
    assert stage.visit(not_shown_yet).state == "held"
    clock.shift(timedelta(minutes=10))
    decisions.send_held(stage.venue, 1)
    stage.deliver()
    assert stage.visit(not_shown_yet).state == "confirmed"
    assert sandbox.requests("update_customer") == []
