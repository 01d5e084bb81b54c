"""The forms in which Spektrix may name an attribute: shown in one, taken in the same or in another."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.diagnosis.engine import Passed
from portal.diagnosis.symptoms.attribute_rules import attributes_exist
from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes import trial
from portal.integration.attributes.facts import attribute_facts
from portal.integration.attributes.looks import look_up
from portal.integration.attributes.rows import rows_of
from portal.integration.attributes.trial_rules import TrialOutcome
from portal.integration.connection.models import AttributeState
from portal.integration.links import drift
from portal.integration.visits import write_back
from portal.outbox.models import State
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from tests.people import AMARA, AMARA_ID, DANIEL_ID

FORMS = ("joined", "spaced", "list")
FOUND = [AttributeState.FOUND, AttributeState.FOUND]
LOOKS = (5, 30, 120)
OLD = "2026-05-28T21:30:00+01:00"


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


def states(stage):
    return [check.state for check in stage.integration.attributes]


def forms_sent(sandbox):
    bodies = [entry["body"] for entry in sandbox.requests("update_customer")]
    return [
        "list" if "attributes" in body else "spaced" if any(" " in key for key in body) else "joined"
        for body in bodies
    ]


def look(stage, clock):
    for seconds in LOOKS:
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()


def visit(stage, contact=AMARA, **where):
    booking_id = stage.verified_booking(contact, **where)
    stage.complete(booking_id)
    stage.deliver()
    return booking_id


@pytest.mark.parametrize("shown", ["always", "when_set"])
@pytest.mark.parametrize("form", FORMS)
def test_visit_is_confirmed_in_the_form_that_is_shown(stage, sandbox, clock, form, shown):
    sandbox.post("options", attributes_read_as=form, attributes_shown=shown)
    # An empty value would show that attributes without one are shown.
    sandbox.post("customers", id=AMARA_ID, attributes={"Access Needs": "Step-free"})
    booking_id = visit(stage)
    look(stage, clock)
    found = stage.visit(booking_id)
    assert (found.state, found.reason, states(stage)) == (State.CONFIRMED, None, FOUND)
    assert stage.stored()[NUMBER_OF_VISITS] == "1"
    if shown == "always":
        assert forms_sent(sandbox) == [form]


@pytest.mark.parametrize("form", FORMS)
def test_attributes_are_found_by_a_look_and_are_no_near_miss_of_themselves(stage, sandbox, form):
    sandbox.post("options", attributes_read_as=form)
    stage.integration.test_customer_id = DANIEL_ID
    db.session.commit()
    assert look_up(stage.venue).tone == "ok"
    assert states(stage) == FOUND
    assert [(row.state, row.asks_admin) for row in rows_of(stage.integration)] == [("found", False)] * 2


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("read", FORMS)
def test_what_is_shown_in_one_form_and_taken_in_another_is_found_out_once(
    stage, sandbox, clock, read, written
):
    sandbox.post("options", attributes_read_as=read, attributes_written_as=written)
    first = visit(stage)
    look(stage, clock)
    assert stage.visit(first).state == State.CONFIRMED
    assert states(stage) == FOUND
    sent = forms_sent(sandbox)
    assert (sent[0], sent[-1], len(sent) == len(set(sent))) == (read, written, True)
    sandbox.delete("requests")
    second = stage.book(AMARA, days=2)
    stage.complete(second)
    stage.deliver()
    assert stage.visit(second).state == State.CONFIRMED
    assert forms_sent(sandbox) == [written]


def test_without_the_other_forms_such_a_visit_never_arrives(stage, sandbox, clock, monkeypatch):
    monkeypatch.setattr(write_back, "other_keys", lambda _used: [])
    sandbox.post("options", attributes_read_as="joined", attributes_written_as="spaced")
    booking_id = visit(stage)
    look(stage, clock)
    assert stage.visit(booking_id).state == State.NOT_STORED
    assert stage.stored().get(NUMBER_OF_VISITS) is None


def test_a_form_that_is_taken_no_more_is_given_up(stage, sandbox, clock):
    sandbox.post("options", attributes_read_as="joined", attributes_written_as="spaced")
    visit(stage)
    look(stage, clock)
    sandbox.post("options", attributes_written_as="joined")
    sandbox.delete("requests")
    second = stage.book(AMARA, days=2)
    stage.complete(second)
    stage.deliver()
    look(stage, clock)
    assert stage.visit(second).state == State.CONFIRMED
    assert forms_sent(sandbox) == ["spaced", "joined"]
    assert [check.stored_under for check in stage.integration.attributes] == ["", ""]


def test_where_nothing_is_shown_or_kept_the_other_forms_are_tried_once_and_no_more(stage, sandbox, clock):
    sandbox.post("options", attributes_shown="when_set")
    sandbox.post("customers", id=AMARA_ID, attributes={"Access Needs": "Step-free"})
    stage.define({"Access Needs": "Text"})
    booking_id = visit(stage)
    look(stage, clock)
    found = stage.visit(booking_id)
    assert (found.state, found.reason) == (State.NOT_STORED, Code.ATTRIBUTE_MISSING)
    assert forms_sent(sandbox) == ["joined", "spaced", "list"]
    for _ in range(3):
        stage.skip_waits()
        stage.deliver()
    assert forms_sent(sandbox)[3:] in ([], ["joined"] * 3)


def test_where_a_record_proves_that_there_is_none_no_other_form_is_tried(stage, sandbox, clock):
    stage.define({"Favourite Genre": "Text", "Access Needs": "Text"})
    visit(stage)
    look(stage, clock)
    assert forms_sent(sandbox) == ["joined"]


def test_a_form_that_spektrix_refuses_costs_the_visit_nothing(stage, sandbox, clock):
    stage.define({LAST_DINED_AT: "CheckList", NUMBER_OF_VISITS: "Date"})
    booking_id = visit(stage)
    sandbox.fault("update_customer", "status", status=400)
    look(stage, clock)
    found = stage.visit(booking_id)
    assert (found.state, found.reason) == (State.NOT_STORED, Code.KEPT_NOTHING)
    assert states(stage) == [AttributeState.NOT_KEPT] * 2


@pytest.fixture
def desk(stage):
    """The stage with a test customer who has an old value."""
    stage.integration.test_customer_id = DANIEL_ID
    db.session.commit()
    stage.sandbox.post("customers", id=DANIEL_ID, attributes={LAST_DINED_AT: OLD, NUMBER_OF_VISITS: "7"})
    return stage


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("read", FORMS)
def test_trial_write_lands_and_is_put_back_in_every_form(desk, sandbox, read, written):
    sandbox.post("options", attributes_read_as=read, attributes_written_as=written)
    assert trial.run(desk.venue, staff_id=1) == TrialOutcome.OK
    stored = desk.stored(DANIEL_ID)
    assert (stored[LAST_DINED_AT], stored[NUMBER_OF_VISITS]) == (OLD, "7")
    assert (states(desk), desk.integration.trial_undo) == (FOUND, "")
    sandbox.delete("requests")
    booking_id = visit(desk)
    assert desk.visit(booking_id).state == State.CONFIRMED
    assert forms_sent(sandbox) == [written]


def test_trial_where_another_form_is_refused_says_what_the_shown_one_came_to(desk, sandbox):
    sandbox.define({"name": LAST_DINED_AT, "type": "CheckList"}, {"name": NUMBER_OF_VISITS, "type": "Date"})
    sandbox.post("options", attributes_written_as="list")
    assert trial.run(desk.venue, staff_id=1) == TrialOutcome.NOT_STORED


@pytest.mark.parametrize("written", FORMS)
@pytest.mark.parametrize("read", FORMS)
def test_what_came_late_is_put_right_in_every_form(stage, sandbox, clock, read, written):
    """The update of an earlier visit lands over the one that was read back."""
    sandbox.post("options", attributes_read_as=read, attributes_written_as=written)
    first = visit(stage)
    look(stage, clock)
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    second = stage.book(AMARA, days=2)
    stage.complete(second)
    stage.deliver()
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(second).state == State.CONFIRMED
    earlier = stage.visit(first).sent_last_dined
    sandbox.post("customers", id=AMARA_ID, attributes={LAST_DINED_AT: earlier, NUMBER_OF_VISITS: "1"})
    clock.shift(timedelta(minutes=3))
    stage.deliver()
    stage.deliver()
    assert stage.stored()[NUMBER_OF_VISITS] == "2"


@pytest.mark.parametrize("form", FORMS)
def test_drift_and_evidence_are_read_in_every_form(stage, sandbox, form):
    sandbox.post("options", attributes_read_as=form)
    booking_id = visit(stage)
    guest_id = stage.link(booking_id).guest_id
    same = drift.look(stage.venue, guest_id)
    assert (same.same, same.stored_visits, same.why) == (True, "1", ())
    found = attributes_exist(attribute_facts(stage.integration))
    assert isinstance(found, Passed)
    assert [check.keeps for check in stage.integration.attributes] == ["all", "all"]
    sandbox.post("customers", id=AMARA_ID, attributes={NUMBER_OF_VISITS: "40"})
    changed = drift.look(stage.venue, guest_id)
    assert (changed.same, changed.stored_visits) == (False, "40")


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_near_miss_with_its_spaces_is_named_and_never_written_to(stage, sandbox, clock, form):
    sandbox.post("options", attributes_read_as=form)
    stage.define({"Last dined at": "Text", NUMBER_OF_VISITS: "Text"})
    booking_id = visit(stage)
    look(stage, clock)
    assert stage.visit(booking_id).state == State.NOT_STORED
    assert states(stage) == [AttributeState.NEAR_MISS, AttributeState.FOUND]
    assert not stage.stored().get("Last dined at")
    (row, _) = rows_of(stage.integration)
    assert row.sentence == "Two letters need capitals."
