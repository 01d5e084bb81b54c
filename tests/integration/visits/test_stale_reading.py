"""A record that does not show yet what was written is looked at again before anybody is blamed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.findings import Code, finding
from tests.people import AMARA_ID

LAST, VISITS = "Last Dined At", "Number of Restaurant Visits"
LOOKS = (5, 30, 120)


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


def look(stage, clock):
    for seconds in LOOKS:
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()


def how(stage, booking_id):
    visit = stage.visit(booking_id)
    return visit.state, visit.reason


def attributes(stage):
    return [check.state for check in stage.integration.attributes]


@pytest.mark.parametrize(("stale_seconds", "looks"), [(5, 1), (20, 2), (35, 2), (100, 3)])
@pytest.mark.parametrize("shown", ["always", "when_set"])
def test_a_stale_record_blames_nobody(stage, sandbox, clock, stale_seconds, looks, shown):
    sandbox.post("options", attributes_shown=shown)
    # An empty value would show that attributes without one are shown.
    sandbox.post("customers", id=AMARA_ID, attributes={"Access Needs": "Step-free"})
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=stale_seconds)
    stage.complete(booking_id)
    stage.deliver()
    before = attributes(stage)
    for seconds in LOOKS[:looks]:
        assert how(stage, booking_id) == ("waiting", Code.VISIT_NOT_SHOWN_YET)
        assert attributes(stage) == before
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert how(stage, booking_id) == ("confirmed", None)
    assert len(sandbox.requests("update_customer")) == 1
    assert stage.visit(booking_id).attempts == 1


def test_the_looks_come_after_5_seconds_30_seconds_and_2_minutes(stage, clock):
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    for seconds in LOOKS:
        assert stage.visit(booking_id).due_at == datetime.now(UTC) + timedelta(seconds=seconds)
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert how(stage, booking_id) == ("not_stored", Code.ATTRIBUTE_MISSING)


TYPES = {
    "nothing": ("CheckList", "Date", Code.KEPT_NOTHING, f"{LAST} and {VISITS}", ["not_kept", "not_kept"]),
    "one": ("Text", "Date", Code.KEPT_ONE, VISITS, ["found", "wrong_type"]),
    "the other": ("CheckList", "Text", Code.KEPT_ONE, LAST, ["wrong_type", "found"]),
}


@pytest.mark.parametrize("earlier", [{}, {LAST: "2020-01-01", VISITS: "2020-01-01"}], ids=["empty", "filled"])
@pytest.mark.parametrize("kept", TYPES)
def test_kept_nothing_and_kept_one_are_findings_of_their_own(stage, sandbox, clock, kept, earlier):
    last_type, visits_type, code, detail, states = TYPES[kept]
    stage.define({LAST: last_type, VISITS: visits_type})
    if earlier:
        sandbox.post("customers", id=AMARA_ID, attributes=earlier)
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    look(stage, clock)
    assert how(stage, booking_id) == ("not_stored", code)
    assert stage.visit(booking_id).detail == detail
    assert attributes(stage) == states


def test_another_value_is_a_finding_of_its_own(stage, sandbox, clock):
    """Somebody else's value is there: neither what we sent nor what stood there before."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=1_000)
    stage.complete(booking_id)
    stage.deliver()
    sandbox.post("customers", id=AMARA_ID, attributes={LAST: "1 Jan 2020", VISITS: "12"})
    look(stage, clock)
    assert how(stage, booking_id) == ("not_stored", Code.ATTRIBUTE_TYPE)


def test_the_three_have_three_sentences():
    said = [finding(code) for code in (Code.KEPT_NOTHING, Code.KEPT_ONE, Code.ATTRIBUTE_TYPE)]
    for words in ("title", "short", "because", "step"):
        assert len({getattr(each, words) for each in said}) == 3


def test_a_newer_visit_is_not_kept_waiting_for_the_looks(stage, sandbox, clock):
    """What was sent is no longer what is to be sent, so the next look sends anew."""
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    sandbox.fault("update_customer", "late_update", seconds=20, times=1)
    stage.complete(older)
    stage.deliver()
    stage.complete(newer)
    stage.deliver()
    assert how(stage, newer) == ("confirmed", None)
    look(stage, clock)
    clock.shift(timedelta(minutes=10))
    stage.deliver()
    stage.deliver()
    assert how(stage, older)[0] == how(stage, newer)[0] == "confirmed"
    assert stage.stored()[LAST] == stage.visit(newer).sent_last_dined


def test_what_came_minutes_later_is_found_and_called_confirmed(stage, sandbox, clock):
    """After two minutes somebody is blamed; the reading after ten minutes takes it back."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=300)
    stage.complete(booking_id)
    stage.deliver()
    look(stage, clock)
    assert how(stage, booking_id) == ("not_stored", Code.KEPT_NOTHING)
    clock.shift(timedelta(minutes=8))
    stage.deliver()
    stage.deliver()
    assert how(stage, booking_id) == ("confirmed", None)
    assert attributes(stage) == ["found", "found"]


def test_without_the_later_looks_a_stale_record_is_blamed(stage, sandbox, clock, monkeypatch):
    """The control: shows that the first test above can fail."""
    monkeypatch.setattr("portal.outbox.rules._LOOK_AGAIN_AFTER", ())
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "late_update", seconds=5)
    stage.complete(booking_id)
    stage.deliver()
    assert how(stage, booking_id)[0] == "not_stored"
