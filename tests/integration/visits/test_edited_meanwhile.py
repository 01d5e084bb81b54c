"""What somebody has typed in Spektrix after a visit was sent is left alone, also by the later looks (S45)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.integration.visits.read_again import ReadAgain
from tests.people import AMARA_ID

LAST, VISITS = "Last Dined At", "Number of Restaurant Visits"
BY_HAND = {
    "both": {LAST: "2020-01-01T12:00:00+00:00", VISITS: "99"},
    "the date": {LAST: "2020-01-01T12:00:00+00:00"},
    "the number": {VISITS: "99"},
    "emptied": {LAST: "", VISITS: ""},
}


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def sent(stage, sandbox, clock):
    """Two visits in Spektrix; an answer to the older one was lost, so the customer is read again."""
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    sandbox.fault("update_customer", "drop_connection", times=1)
    for booking_id in (older, newer):
        stage.complete(booking_id)
        stage.deliver()
    clock.shift(timedelta(seconds=12))
    stage.deliver()
    assert {stage.visit(each).state for each in (older, newer)} == {"confirmed"}


def edit_and_look_again(stage, sandbox, clock, values):
    sandbox.post("customers", id=AMARA_ID, attributes=values)
    expected = stage.stored() | values
    sandbox.delete("requests")
    for wait in (timedelta(minutes=2), timedelta(minutes=8)):
        clock.shift(wait)
        for _ in range(2):
            stage.deliver()
    return expected


@pytest.mark.parametrize("values", BY_HAND.values(), ids=list(BY_HAND))
def test_a_later_look_leaves_what_was_edited_by_hand(stage, sandbox, clock, sent, values):
    expected = edit_and_look_again(stage, sandbox, clock, values)
    assert [each["method"] for each in sandbox.requests()] == ["GET", "GET"]
    assert stage.stored() == expected


def test_without_asking_whose_values_they_are_the_edit_is_lost(stage, sandbox, clock, sent, monkeypatch):
    """The control: shows that the tests above can fail."""
    monkeypatch.setattr(ReadAgain, "_holds_ours", lambda *_: True)
    expected = edit_and_look_again(stage, sandbox, clock, BY_HAND["both"])
    assert stage.stored() != expected
