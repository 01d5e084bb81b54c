"""Visits of guests who are not, not yet, or no longer linked to a customer."""

from datetime import timedelta

import time_machine

from portal import clock
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID

SURVIVOR = "I-5U7V-1V0R"


def test_unverified_guest_is_never_written_to(stage, sandbox):
    booking_id = stage.book(AMARA, sandbox.basket(None))
    stage.deliver()
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "anonymous")
    assert sandbox.requests("update_customer") == []


def test_phone_booking_without_a_link_says_why(stage):
    booking_id = stage.book(TOM)
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "no_basket_booked")


def test_verifying_later_sends_no_earlier_visit(stage, sandbox):
    """R70, Q2."""
    earlier = stage.book(AMARA, sandbox.basket(None))
    stage.deliver()
    stage.complete(earlier)
    stage.deliver()
    stage.verified_booking(at=4)
    stage.skip_waits()
    stage.deliver()
    assert sandbox.requests("update_customer") == []


def test_visit_completed_while_the_question_is_open_waits_for_the_answer(stage, sandbox):
    """Q2."""
    sandbox.fault("basket_by_id", "status", status=500)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("waiting", "link_pending")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_customer_gone_ends_this_guest_only(stage, sandbox):
    """S04, S27, N16."""
    gone, well = stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    stage.complete(gone)
    stage.complete(well)
    stage.deliver()
    assert (stage.visit(gone).state, stage.visit(gone).reason) == ("not_sent", "customer_gone")
    assert stage.link(gone).state == "stale"
    assert stage.visit(well).state == "confirmed"


def test_customer_merged_into_another_is_verified_anew_with_the_next_basket(stage, sandbox):
    """S25: the old id answers 404; the survivor owns the next signed-in basket."""
    before = stage.verified_booking()
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    sandbox.post("customers", id=SURVIVOR, email=AMARA.email, firstName="Amara", lastName="Okafor")
    stage.complete(before)
    stage.deliver()
    assert (stage.visit(before).state, stage.visit(before).reason) == ("not_sent", "customer_gone")
    assert stage.link(before).state == "stale"
    after = stage.book(AMARA, sandbox.basket(SURVIVOR), at=4)
    stage.deliver()
    assert (stage.link(after).state, stage.link(after).spektrix_customer_id) == ("verified", SURVIVOR)
    stage.complete(after)
    stage.deliver()
    assert stage.visit(after).state == "confirmed"
    assert stage.stored(SURVIVOR)["Number of Restaurant Visits"] == "2"
    assert stage.visit(before).state == "not_sent"


def test_gone_customer_is_not_asked_for_over_and_over(stage, sandbox):
    """S27: no retry for ever."""
    booking_id = stage.verified_booking()
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    stage.complete(booking_id)
    stage.deliver()
    sandbox.delete("requests")
    with time_machine.travel(clock.utc_now() + timedelta(days=31), tick=True):
        stage.deliver()
    assert sandbox.requests() == []
