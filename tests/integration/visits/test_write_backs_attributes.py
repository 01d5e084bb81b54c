"""Visits and the two attributes: missing, near misses, and types that change or drop what is sent."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.integration.attributes.looks import look_up
from tests.people import AMARA, AMARA_ID


def test_unknown_attributes_are_noticed_and_written_once_they_exist(stage, sandbox):
    """S19: Spektrix answers 200 and drops both in silence."""
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver_until_judged()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("not_stored", "attribute_missing")
    assert visit.detail == "Last Dined At and Number of Restaurant Visits"
    assert {check.state for check in stage.integration.attributes} == {"not_found"}
    stage.define({"Last Dined At": "Text", "Number of Restaurant Visits": "Text"})
    assert look_up(stage.venue).tone == "ok"
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_near_miss_is_named_and_never_written_to(stage, sandbox):
    stage.define({"Last Dinde At": "Text", "Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).detail == "Last Dined At"
    states = {check.name: check.state for check in stage.integration.attributes}
    assert states == {"Last Dined At": "near_miss", "Number of Restaurant Visits": "found"}
    assert not stage.stored().get("Last Dinde At")


@pytest.mark.parametrize(
    ("date_type", "count_type", "reason"),
    [("Text", "Currency", None), ("Date", "Text", "day_only")],
)
def test_types_that_keep_the_value_are_confirmed_and_the_cost_is_said(
    stage, sandbox, date_type, count_type, reason
):
    """Q7."""
    stage.define({"Last Dined At": date_type, "Number of Restaurant Visits": count_type})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("confirmed", reason)


def test_a_type_that_loses_the_value_is_not_called_landed(stage, sandbox):
    stage.define({"Last Dined At": "Currency", "Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver_until_judged()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason, visit.detail) == ("not_stored", "kept_one", "Last Dined At")


def test_attributes_shown_only_when_set_are_found_by_the_first_visit(stage, sandbox):
    sandbox.post("options", attributes_shown="when_set")
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    assert {check.state for check in stage.integration.attributes} == {"found"}


@pytest.mark.parametrize("spelling", [True, False])
def test_key_is_spelled_as_spektrix_spells_it(stage, sandbox, spelling):
    sandbox.post("options", capitalise_inner_words=spelling)
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_attribute_renamed_after_months_of_success_is_found_at_the_next_visit(stage, sandbox):
    """S21."""
    first = stage.verified_booking()
    stage.complete(first)
    stage.deliver()
    stage.define({"Last dine at": "Text", "Number of Restaurant Visits": "Text"})
    second = stage.book(AMARA, at=8)
    stage.complete(second)
    stage.deliver()
    visit = stage.visit(second)
    assert (visit.state, visit.reason, visit.detail) == ("not_stored", "attribute_missing", "Last Dined At")
    assert stage.visit(first).state == "confirmed"
    assert {check.name: check.state for check in stage.integration.attributes} == {
        "Last Dined At": "near_miss",
        "Number of Restaurant Visits": "found",
    }
    assert not stage.stored().get("Last dine at")


def test_what_found_no_attribute_is_looked_at_again_and_not_sent_again(stage, sandbox):
    """The record shows attributes without a value, so it proves that there is still none."""
    stage.define({"Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    for _ in range(3):
        stage.skip_waits()
        stage.deliver()
    assert stage.visit(booking_id).state == "not_stored"
    assert len(sandbox.requests("update_customer")) == 1
    stage.define({"Last Dined At": "Text", "Number of Restaurant Visits": "Text"})
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_values_edited_by_hand_afterwards_are_left_as_they_are(stage, sandbox):
    """S45: a month later what somebody typed in Spektrix is still there, and nobody has asked."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    by_hand = {"Last Dined At": "2020-01-01T12:00:00+00:00", "Number of Restaurant Visits": "99"}
    sandbox.post("customers", id=AMARA_ID, attributes=by_hand)
    sandbox.delete("requests")
    with time_machine.travel(clock.utc_now() + timedelta(days=31), tick=True):
        stage.deliver()
    assert sandbox.requests() == []
    assert stage.stored() == stage.stored() | by_hand


def test_a_value_that_its_type_changes_is_not_sent_over_and_over(stage, sandbox):
    """Q18: at most a few times a day, and each time the record is read first."""
    stage.define({"Last Dined At": "Currency", "Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver_until_judged()
    assert stage.visit(booking_id).due_at > clock.utc_now() + timedelta(hours=5)
