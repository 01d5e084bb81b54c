"""A trial write: what it proves, that it leaves nothing behind, and when it is refused."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import LinkState
from portal.integration.attributes import trial
from portal.integration.attributes.trial_rules import (
    CannotPutBack,
    TrialOutcome,
    Undo,
    plan,
    still_there,
    with_newer,
)
from portal.integration.connection.models import AttributeState, Integration
from portal.integration.settings import choices
from portal.outbox.models import OutboxEntry
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from portal.spektrix.schemas import Customer
from portal.venues import audit
from portal.venues.models import AuditEntry
from tests.factories import make_guest, make_link
from tests.people import AMARA_ID, DANIEL_ID

LAST, VISITS = {"name": LAST_DINED_AT}, {"name": NUMBER_OF_VISITS}
OTHER = {"name": "Favourite Genre"}


@pytest.fixture
def desk(stage):
    """The stage with a test customer named and nothing of it known yet."""
    stage.integration.test_customer_id = DANIEL_ID
    db.session.commit()
    return stage


def run(desk) -> str:
    return trial.run(desk.venue, staff_id=1)


def values(sandbox, *definitions, **stored):
    """Give the test customer these values under both names, and define the attributes like this."""
    sandbox.define(*(definitions or (LAST, VISITS)))
    named = {LAST_DINED_AT: stored.get("last"), NUMBER_OF_VISITS: stored.get("visits")}
    sandbox.post("customers", id=DANIEL_ID, attributes=named)


def held(sandbox):
    stored = sandbox.customer(DANIEL_ID)["attributes"]
    return stored.get(LAST_DINED_AT), stored.get(NUMBER_OF_VISITS)


def sent(sandbox):
    return [entry["body"] for entry in sandbox.requests("update_customer")]


def keeps(desk):
    return [check.keeps for check in desk.integration.attributes]


def states(desk):
    return [check.state for check in desk.integration.attributes]


@pytest.mark.parametrize(
    ("last", "visits"), [(None, None), ("2026-05-28T21:30:00+01:00", "7"), ("", ""), (None, "1")]
)
def test_trial_proves_both_and_leaves_the_old_values(desk, sandbox, last, visits):
    values(sandbox, last=last, visits=visits)
    assert run(desk) == TrialOutcome.OK
    assert held(sandbox) == (last, visits)
    assert keeps(desk) == ["all", "all"]
    assert states(desk) == [AttributeState.FOUND] * 2
    assert desk.integration.trial_undo == ""
    assert desk.integration.trial_at is not None


def test_trial_sends_the_two_attributes_and_nothing_else(desk, sandbox):
    values(sandbox, LAST, VISITS, OTHER, last="2026-05-28T21:30:00+01:00")
    run(desk)
    bodies = sent(sandbox)
    assert len(bodies) == 2
    assert {key for body in bodies for key in body} == {
        "attribute_LastDinedAt",
        "attribute_NumberOfRestaurantVisits",
    }


@pytest.mark.parametrize(
    ("last_type", "visits_type", "outcome", "kept"),
    [
        ("Date", "Text", TrialOutcome.DAY, ["day", "all"]),
        ("Text", "Currency", TrialOutcome.OK, ["all", "money"]),
        ("Currency", "Text", TrialOutcome.NOT_STORED, ["nothing", "all"]),
        ("Text", "Date", TrialOutcome.NOT_STORED, ["all", "nothing"]),
        ("CheckList", "Dropdown", TrialOutcome.NOT_STORED, ["nothing", "nothing"]),
    ],
)
def test_what_each_type_keeps_is_found_out(desk, sandbox, last_type, visits_type, outcome, kept):
    values(sandbox, LAST | {"type": last_type}, VISITS | {"type": visits_type, "options": ["a"]})
    assert run(desk) == outcome
    assert keeps(desk) == kept
    fault = "not_kept" if kept == ["nothing", "nothing"] else "wrong_type"
    assert states(desk) == [fault if each == "nothing" else "found" for each in kept]
    assert held(sandbox) == (None, None)


def test_old_values_of_other_types_are_put_back_as_they_were(desk, sandbox):
    values(
        sandbox,
        LAST | {"type": "Date"},
        VISITS | {"type": "Currency"},
        last="2026-02-27T00:00:00",
        visits=619.5,
    )
    assert run(desk) == TrialOutcome.DAY
    assert held(sandbox) == ("2026-02-27T00:00:00", 619.5)


def test_absent_attributes_are_proved_to_be_absent(desk, sandbox):
    sandbox.define(OTHER, {"name": "Access Needs"})
    assert run(desk) == TrialOutcome.NOT_STORED
    assert states(desk) == [AttributeState.NOT_FOUND] * 2
    assert keeps(desk) == ["", ""]
    assert len(sent(sandbox)) == 1


def test_nothing_is_ever_written_to_a_near_miss(desk, sandbox):
    sandbox.define({"name": "Last Dine At"}, VISITS)
    assert run(desk) == TrialOutcome.NOT_STORED
    assert sent(sandbox)
    assert all("attribute_LastDineAt" not in body for body in sent(sandbox))
    assert states(desk) == [AttributeState.NEAR_MISS, AttributeState.FOUND]


def test_works_where_records_show_only_what_is_set(desk, sandbox):
    sandbox.post("options", attributes_shown="when_set")
    values(sandbox)
    assert run(desk) == TrialOutcome.OK
    assert held(sandbox) == (None, None)


def test_trial_is_no_visit_and_needs_no_active_integration(desk, sandbox):
    desk.integration.active = False
    db.session.commit()
    assert run(desk) == TrialOutcome.OK
    assert db.session.scalars(select(OutboxEntry)).all() == []
    assert desk.integration.active is False


def test_who_made_the_trial_is_noted_without_the_values(desk):
    run(desk)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == audit.Action.TRIAL_WRITE))
    assert (entry.staff_id, entry.detail) == (1, "ok")


@pytest.mark.parametrize("kind", ["status", "drop_connection", "cut"])
@pytest.mark.parametrize("apply", [False, True])
def test_lost_answer_to_the_write_is_undone_all_the_same(desk, sandbox, kind, apply):
    values(sandbox, last="2026-05-28T21:30:00+01:00", visits="7")
    sandbox.fault("update_customer", kind, times=1, apply=apply)
    assert run(desk) not in {TrialOutcome.OK, TrialOutcome.RUNNING}
    assert held(sandbox) == ("2026-05-28T21:30:00+01:00", "7")
    assert desk.integration.trial_undo == ""


def test_refused_write_is_told_by_its_name(desk, sandbox):
    sandbox.post("api_users", login="greenroom-api", may_write_customers=False)
    assert run(desk) == Code.WRITING_REFUSED
    assert desk.integration.trial_undo == ""
    assert desk.integration.blocked_reason == "writing_refused"


def test_failed_undo_keeps_the_old_values_until_they_are_put_back(desk, sandbox):
    values(sandbox, last="2026-05-28T21:30:00+01:00", visits="7")
    refuse_the_second_update(desk, sandbox)
    assert run(desk) == TrialOutcome.NOT_UNDONE
    assert held(sandbox) != ("2026-05-28T21:30:00+01:00", "7")
    assert trial.pending(desk.integration).before == {
        LAST_DINED_AT: "2026-05-28T21:30:00+01:00",
        NUMBER_OF_VISITS: "7",
    }
    with pytest.raises(trial.NotNow, match="not been undone"):
        run(desk)
    assert trial.put_back(desk.venue, 1) == ""
    assert held(sandbox) == ("2026-05-28T21:30:00+01:00", "7")
    assert desk.integration.trial_undo == ""


def test_values_changed_by_somebody_since_are_left_alone(desk, sandbox):
    values(sandbox, last="2026-05-28T21:30:00+01:00", visits="7")
    refuse_the_second_update(desk, sandbox)
    run(desk)
    values(sandbox, last="2026-06-01T20:00:00+01:00", visits="8")
    with pytest.raises(trial.NotNow, match="Somebody has changed"):
        trial.put_back(desk.venue, 1)
    assert held(sandbox) == ("2026-06-01T20:00:00+01:00", "8")
    assert desk.integration.trial_undo != ""


def test_crash_between_write_and_undo_leaves_what_to_put_back(desk, sandbox, monkeypatch):
    values(sandbox, visits="7")
    monkeypatch.setattr(trial, "kept", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run(desk)
    monkeypatch.undo()
    assert json.loads(desk.integration.trial_undo)["before"][NUMBER_OF_VISITS] == "7"
    assert trial.is_running(desk.integration)
    db.session.execute(update(Integration).values(trial_at=clock.utc_now() - timedelta(minutes=4)))
    db.session.commit()
    assert not trial.is_running(desk.integration)
    assert trial.put_back(desk.venue, 1) == ""
    assert held(sandbox) == (None, "7")


def test_second_trial_is_refused_while_one_runs(desk, sandbox):
    desk.integration.trial_outcome, desk.integration.trial_at = TrialOutcome.RUNNING, clock.utc_now()
    db.session.commit()
    with pytest.raises(trial.NotNow, match="is running"):
        run(desk)
    assert sent(sandbox) == []


def overtake(desk, monkeypatch, step):
    """At a step of a trial that takes too long, let another begin and leave something to put back."""
    original = getattr(trial, step)

    def begin_another(*args):
        monkeypatch.setattr(trial, step, original)
        monkeypatch.setattr(trial, "_LONGEST", timedelta())
        if desk.integration.trial_undo:
            trial.put_back(desk.venue, 1)
        with monkeypatch.context() as patch:
            patch.setattr(trial, "_undone_at_all_costs", lambda *_: False)
            assert run(desk) == TrialOutcome.NOT_UNDONE
        return original(*args)

    monkeypatch.setattr(trial, step, begin_another)


@pytest.mark.both_databases
@pytest.mark.parametrize("step", ["_remember", "kept", "_save"])
def test_trial_that_takes_too_long_leaves_alone_what_the_next_one_has_to_put_back(
    desk, sandbox, monkeypatch, step
):
    values(sandbox, last="2026-05-28T21:30:00+01:00", visits="7")
    overtake(desk, monkeypatch, step)
    with pytest.raises(trial.NotNow, match="somebody has started another one"):
        run(desk)
    assert trial.pending(desk.integration).before[NUMBER_OF_VISITS] == "7"
    assert desk.integration.trial_outcome == TrialOutcome.NOT_UNDONE
    assert trial.put_back(desk.venue, 1) == ""
    assert held(sandbox) == ("2026-05-28T21:30:00+01:00", "7")


@pytest.mark.parametrize("step", ["_remember", "kept", "_save"])
def test_without_telling_trials_apart_the_first_one_forgets_what_the_second_has_to_put_back(
    desk, sandbox, monkeypatch, step
):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(trial, "_is_overtaken", lambda *_: False)
    values(sandbox, last="2026-05-28T21:30:00+01:00", visits="7")
    overtake(desk, monkeypatch, step)
    run(desk)
    assert trial.pending(desk.integration) is None


def test_trial_whose_test_customer_is_changed_meanwhile_is_put_back(desk, sandbox, monkeypatch):
    values(sandbox, visits="7")
    read = trial.kept

    def change_the_customer(*args):
        choices.save(desk.venue, replace(choices.current(desk.venue), test_customer_id=AMARA_ID), 1)
        return read(*args)

    monkeypatch.setattr(trial, "kept", change_the_customer)
    run(desk)
    assert held(sandbox) == (None, "7")
    assert desk.integration.trial_undo == ""


def test_customer_of_a_linked_guest_is_never_tried_on(desk, sandbox):
    make_link(make_guest(desk.venue), LinkState.VERIFIED, customer_id=AMARA_ID)
    desk.integration.test_customer_id = AMARA_ID
    db.session.commit()
    with pytest.raises(trial.NotNow, match="linked to a guest"):
        run(desk)
    assert sandbox.requests() == []


def test_test_customer_who_does_not_exist_is_told_apart_from_a_wrong_client_name(desk, sandbox):
    desk.integration.test_customer_id = "I-NOPE-NOPE"
    db.session.commit()
    assert run(desk) == TrialOutcome.CUSTOMER_GONE
    sandbox.post("options", client_names=["elsewhere"])
    assert run(desk) == Code.CLIENT_UNKNOWN


def test_without_a_test_customer_the_way_to_name_one_is_told(stage):
    with pytest.raises(trial.NotNow, match="Enter a test customer under Settings"):
        run(stage)


def test_set_up_changed_meanwhile_is_not_taken_for_the_new_one(desk, monkeypatch):
    read = trial.kept

    def change_the_set_up(*args):
        db.session.execute(update(Integration).values(generation=Integration.generation + 1))
        db.session.commit()
        return read(*args)

    monkeypatch.setattr(trial, "kept", change_the_set_up)
    assert run(desk) == TrialOutcome.OK
    assert keeps(desk) == ["", ""]


@pytest.mark.parametrize("value", [True, "x" * 501])
def test_value_that_could_not_be_written_again_stops_the_trial(value):
    record = customer(attribute_LastDinedAt=value)
    with pytest.raises(CannotPutBack):
        plan("harbourplayhouse", record, {}, clock.utc_now(), "Europe/London")


def test_what_has_to_be_put_back_survives_its_storing():
    record = customer(attribute_LastDinedAt="\u00e9" * 500, attribute_NumberOfRestaurantVisits=7.5)
    undo = plan("harbourplayhouse", record, {}, clock.utc_now(), "Europe/London")
    assert len(undo.as_json()) <= Integration.trial_undo.type.length
    assert Undo.from_json(undo.as_json()) == undo
    assert still_there(undo, record) == {}


def test_what_another_trial_wrote_is_not_taken_for_what_somebody_typed():
    now, zone = clock.utc_now(), "Europe/London"
    first = plan("c", customer(attribute_NumberOfRestaurantVisits="1"), {}, now, zone)
    typed = customer(attribute_NumberOfRestaurantVisits="7")
    second = plan("c", typed, {}, now + timedelta(minutes=5), zone)
    assert with_newer(first, typed, [first, second]).before == second.before
    by_now = customer(
        attribute_LastDinedAt=second.last_dined, attribute_NumberOfRestaurantVisits=second.visits
    )
    assert with_newer(first, by_now, [first, second]).before == second.before
    assert with_newer(first, by_now, [first]).before != second.before, "without the other trial"


def customer(**attributes):
    return Customer(DANIEL_ID, "", "", "", "", "", attributes)


def refuse_the_second_update(desk, sandbox):
    """Let the write through and no other: the fault comes on with the reading back."""
    read = trial.kept

    def fail_from_now_on(*args):
        sandbox.fault("update_customer", "status", status=503, times=1)
        trial.kept = read
        return read(*args)

    trial.kept = fail_from_now_on
