"""A trial write whose outcome nobody knows may land late, over what stands there by then (N3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal import job_queue
from portal.extensions import db
from portal.guests.service import Contact
from portal.integration.attributes import trial, trial_rules
from portal.integration.connection.models import TrialOutcome
from portal.integration.settings import choices, late_trials
from portal.spektrix.resolve import LAST_DINED_AT, NUMBER_OF_VISITS
from tests.people import AMARA_ID, DANIEL_ID

LATE_SECONDS = 30
OLD = ("2026-05-28T21:30:00+01:00", "7")
# What keeps the answer from us, though the write is carried out.
LOST_ANSWERS = {
    "reset": ("drop_connection", {}),
    "body cut": ("cut", {}),
    "503": ("status", {"status": 503}),
    "a web page": ("html", {"status": 200}),
    "a redirect": ("redirect", {}),
}


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(clock, stage, sandbox, monkeypatch):
    """The stage with a test customer who has values; nobody is woken, so the relay looks itself."""
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    stage.integration.test_customer_id = DANIEL_ID
    db.session.commit()
    give(sandbox, *OLD)
    return stage


def give(sandbox, last, visits):
    sandbox.post("customers", id=DANIEL_ID, attributes={LAST_DINED_AT: last, NUMBER_OF_VISITS: visits})


def held(sandbox):
    stored = sandbox.customer(DANIEL_ID)["attributes"]
    return stored.get(LAST_DINED_AT), stored.get(NUMBER_OF_VISITS)


def write_late(desk, sandbox, kind="drop_connection", *, seconds=LATE_SECONDS, **details):
    """Make a trial whose write gets no answer and is carried out later. Returns the outcome."""
    sandbox.fault("update_customer", kind, **({"apply": True, "times": 1} | details))
    sandbox.fault("update_customer", "late_update", seconds=seconds, times=1)
    return trial.run(desk.venue, 1)


def let_it_land(sandbox, clock):
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert held(sandbox) != OLD


def look_again(desk, clock):
    for wait in (timedelta(minutes=2), timedelta(minutes=8)):
        clock.shift(wait)
        for _ in range(2):
            late_trials.look_at_next_due()
            desk.deliver()


@pytest.mark.both_databases
@pytest.mark.parametrize("lost", LOST_ANSWERS)
def test_a_trial_that_lands_late_is_put_back(desk, sandbox, clock, lost):
    kind, details = LOST_ANSWERS[lost]
    assert write_late(desk, sandbox, kind, **details) not in set(TrialOutcome)
    assert held(sandbox) == OLD
    let_it_land(sandbox, clock)
    look_again(desk, clock)
    assert held(sandbox) == OLD
    assert (desk.integration.trials_in_doubt, desk.integration.trial_look_at) == ("", None)


def test_without_the_later_look_the_trials_values_stay(desk, sandbox, clock, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(trial, "doubt", lambda *_: None)
    write_late(desk, sandbox)
    let_it_land(sandbox, clock)
    look_again(desk, clock)
    assert held(sandbox) != OLD


def test_a_trial_that_was_not_shown_at_once_is_put_back(desk, sandbox, clock):
    """The answer came; reading back was too early to see anything."""
    sandbox.fault("update_customer", "late_update", seconds=LATE_SECONDS, times=1)
    trial.run(desk.venue, 1)
    assert held(sandbox) == OLD
    let_it_land(sandbox, clock)
    look_again(desk, clock)
    assert held(sandbox) == OLD


def test_a_trial_that_lands_between_the_looks_gives_way_to_what_was_typed(desk, sandbox, clock):
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    sandbox.fault("update_customer", "late_update", seconds=300, times=1)
    trial.run(desk.venue, 1)
    typed = ("2026-06-01T20:00:00+01:00", "8")
    give(sandbox, *typed)
    clock.shift(timedelta(minutes=2))
    late_trials.look_at_next_due()
    assert held(sandbox) == typed
    clock.shift(timedelta(minutes=4))
    assert held(sandbox) != typed
    clock.shift(timedelta(minutes=4))
    late_trials.look_at_next_due()
    assert held(sandbox) == typed


def test_old_values_are_put_back_although_another_trial_has_landed_late(desk, sandbox, clock, monkeypatch):
    """What that one wrote is nobody's edit, over which nothing may be written."""
    write_late(desk, sandbox)
    clock.shift(timedelta(seconds=5))
    with monkeypatch.context() as patch:
        patch.setattr(trial, "_undone_at_all_costs", lambda *_: False)
        assert trial.run(desk.venue, 1) == TrialOutcome.NOT_UNDONE
    let_it_land(sandbox, clock)
    assert trial.put_back(desk.venue, 1) == ""
    assert held(sandbox) == OLD


def test_a_trial_that_is_begun_during_the_look_is_left_alone(desk, sandbox, clock, monkeypatch):
    """The visits that both write are the same number."""
    write_late(desk, sandbox)
    let_it_land(sandbox, clock)
    read = trial_rules.with_newer

    def begin_one(*args):
        desk.integration.trial_outcome, desk.integration.trial_at = TrialOutcome.RUNNING, datetime.now(UTC)
        db.session.commit()
        return read(*args)

    monkeypatch.setattr(trial_rules, "with_newer", begin_one)
    clock.shift(timedelta(minutes=2))
    by_then = held(sandbox)
    late_trials.look_at_next_due()
    assert held(sandbox) == by_then


def test_another_customers_values_are_not_taken_for_what_a_trial_wrote(desk, sandbox, clock):
    """Both hold a 1 there: the first customer by the trial, the second one by right."""
    write_late(desk, sandbox)
    sandbox.post("customers", id=AMARA_ID, attributes={NUMBER_OF_VISITS: "1"})
    choices.save(desk.venue, replace(choices.current(desk.venue), test_customer_id=AMARA_ID), 1)
    trial.run(desk.venue, 1)
    assert desk.stored(AMARA_ID)[NUMBER_OF_VISITS] == "1"


def test_a_trial_that_lands_over_a_visit_gives_way_to_the_visit(desk, sandbox, clock):
    """The test customer has become a guest's meanwhile."""
    write_late(desk, sandbox)
    guest = sandbox.customer(DANIEL_ID)

    contact = Contact(f"{guest['firstName']} {guest['lastName']}", guest["email"], guest["mobile"] or "")
    booking_id = desk.verified_booking(contact, DANIEL_ID)
    desk.complete(booking_id)
    desk.deliver()
    visit = (desk.visit(booking_id).sent_last_dined, "1")
    assert held(sandbox) == visit
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert held(sandbox) != visit
    look_again(desk, clock)
    assert held(sandbox) == visit


def test_a_crash_between_write_and_undo_is_looked_after(desk, sandbox, clock, monkeypatch):
    monkeypatch.setattr(trial, "kept", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trial.run(desk.venue, 1)
    monkeypatch.undo()
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    db.session.rollback()
    assert held(sandbox) != OLD
    clock.shift(timedelta(minutes=4))
    late_trials.look_at_next_due()
    assert held(sandbox) == OLD


def test_what_was_seen_in_place_and_put_back_is_not_looked_after(desk, sandbox, clock):
    assert trial.run(desk.venue, 1) == TrialOutcome.OK
    sandbox.delete("requests")
    look_again(desk, clock)
    assert sandbox.requests() == []


def test_where_nothing_landed_late_nothing_is_written(desk, sandbox, clock):
    sandbox.fault("update_customer", "drop_connection", times=1)
    trial.run(desk.venue, 1)
    sandbox.delete("requests")
    look_again(desk, clock)
    assert [each["method"] for each in sandbox.requests()] == ["GET", "GET"]


def test_the_next_trial_takes_nothing_of_a_late_one_for_an_old_value(desk, sandbox, clock):
    write_late(desk, sandbox)
    let_it_land(sandbox, clock)
    assert trial.run(desk.venue, 1) == TrialOutcome.OK
    assert held(sandbox) == OLD


def test_spektrix_that_does_not_answer_is_asked_again(desk, sandbox, clock):
    write_late(desk, sandbox)
    let_it_land(sandbox, clock)
    sandbox.fault("customer_by_id", "status", status=503, times=1)
    clock.shift(timedelta(minutes=2))
    late_trials.look_at_next_due()
    assert held(sandbox) != OLD
    clock.shift(timedelta(minutes=1))
    late_trials.look_at_next_due()
    assert held(sandbox) == OLD
