"""An update whose outcome nobody knows may take effect late, over what a newer visit has written since."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from portal import clock as portal_clock
from portal.bookings.models import Status
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.checks import switch
from portal.integration.visits.exchange import Exchange
from portal.outbox import delivering
from portal.outbox.models import Kind, OutboxEntry
from tests.support.apps import change_settings

LATE_SECONDS = 30
# What keeps the answer from us, though the update is carried out.
LOST_ANSWERS = {
    "reset": ("drop_connection", {}),
    "timed out": ("delay", {"seconds": 1}),
    "body cut": ("cut", {}),
    "500": ("status", {"status": 500}),
    "503": ("status", {"status": 503}),
    "504": ("status", {"status": 504}),
    "a web page": ("html", {"status": 200}),
    "a redirect": ("redirect", {}),
}


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


@pytest.fixture
def two_visits(clock, stage):
    """Two bookings of one guest, who dines at the second one later."""
    return stage.verified_booking(), stage.verified_booking(days=2)


def lose_an_answer(sandbox, kind="drop_connection", **details):
    sandbox.fault("update_customer", kind, **({"apply": True, "times": 1} | details))
    sandbox.fault("update_customer", "late_update", seconds=LATE_SECONDS, times=1)


def last_dined(stage, booking_id):
    """What Spektrix is to hold of a visit."""
    return stage.visit(booking_id).sent_last_dined


def send_both(stage, clock, older, newer):
    """The older visit's update is on its way; the newer one is confirmed, and the older one's next try."""
    stage.complete(older)
    stage.deliver()
    assert stage.visit(older).state != "confirmed"
    stage.complete(newer)
    stage.deliver()
    assert stage.visit(newer).state == "confirmed"
    clock.shift(timedelta(seconds=12))
    stage.deliver()
    assert stage.visit(older).state == "confirmed"
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)


def let_it_land(stage, clock, newer):
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert stage.stored()["Last Dined At"] != last_dined(stage, newer)


def look_again(stage, clock):
    """The two later looks, and what they lead to."""
    for wait in (timedelta(minutes=2), timedelta(minutes=8)):
        clock.shift(wait)
        for _ in range(2):
            stage.deliver()


@pytest.mark.both_databases
@pytest.mark.parametrize("lost", LOST_ANSWERS)
def test_an_update_that_lands_after_a_newer_visit_is_put_right(app, stage, sandbox, clock, two_visits, lost):
    change_settings(app, spektrix_timeout_seconds=0.5)
    older, newer = two_visits
    kind, details = LOST_ANSWERS[lost]
    lose_an_answer(sandbox, kind, **details)
    send_both(stage, clock, older, newer)
    let_it_land(stage, clock, newer)
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)
    assert stage.visit(newer).state == "confirmed"


def test_without_the_later_look_the_older_value_stands(stage, sandbox, clock, two_visits, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(delivering, "_schedule_reading", lambda *_: None)
    older, newer = two_visits
    lose_an_answer(sandbox)
    send_both(stage, clock, older, newer)
    let_it_land(stage, clock, newer)
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] != last_dined(stage, newer)


def test_an_update_that_lands_between_the_two_looks_is_put_right(stage, sandbox, clock, two_visits):
    older, newer = two_visits
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    sandbox.fault("update_customer", "late_update", seconds=300, times=1)
    send_both(stage, clock, older, newer)
    clock.shift(timedelta(minutes=2))
    stage.deliver()
    clock.shift(timedelta(minutes=4))
    assert stage.stored()["Last Dined At"] != last_dined(stage, newer)
    clock.shift(timedelta(minutes=4))
    stage.deliver()
    stage.deliver()
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)


@pytest.mark.both_databases
def test_an_update_of_a_worker_that_died_is_looked_after(stage, sandbox, clock, two_visits, monkeypatch):
    """Nobody lives to tell that it has left; its lease runs out instead."""
    older, newer = two_visits
    lose_an_answer(sandbox)
    entry_id = stage.complete(older)
    with monkeypatch.context() as dying:
        dying.setattr(delivering, "_save_result", lambda *_: False)
        stage.deliver()
    db.session.rollback()
    db.session.execute(update(OutboxEntry).values(lease_until=portal_clock.utc_now()))
    db.session.commit()
    clock.shift(timedelta(seconds=1))
    stage.complete(newer)
    stage.deliver()
    stage.deliver()
    assert {stage.visit(older).state, stage.visit(newer).state} == {"confirmed"}
    let_it_land(stage, clock, newer)
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)
    assert stage.visit(older).id == entry_id


def test_an_update_after_which_our_own_code_failed_is_looked_after(
    stage, sandbox, clock, two_visits, monkeypatch
):
    older, newer = two_visits
    sandbox.fault("update_customer", "late_update", seconds=LATE_SECONDS, times=1)
    noted = Exchange.noted
    with monkeypatch.context() as broken:
        broken.setattr(Exchange, "noted", lambda *_: 1 / 0)
        stage.complete(older)
        stage.deliver()
    assert Exchange.noted is noted
    assert stage.visit(older).reason == "our_fault"
    stage.complete(newer)
    clock.shift(timedelta(seconds=12))
    stage.deliver()
    stage.deliver()
    let_it_land(stage, clock, newer)
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)


def test_an_update_that_was_set_back_before_its_answer_is_looked_after(stage, sandbox, clock, two_visits):
    """Its own entry is closed by then, so no next try of it finds what has landed."""
    newer = two_visits[1]
    stage.complete(newer)
    stage.deliver()
    confirmed = stage.stored()["Last Dined At"]
    # The one that comes later is set back, so its date must not stand.
    third = stage.verified_booking(days=3)
    lose_an_answer(sandbox)
    stage.complete(third)
    stage.deliver()
    stage.move(third, Status.CONFIRMED)
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert stage.stored()["Last Dined At"] != confirmed
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] == confirmed
    assert stage.visit(third).reason == "set_back"


def test_where_nothing_landed_late_nothing_is_written(stage, sandbox, clock, two_visits):
    older, newer = two_visits
    sandbox.fault("update_customer", "drop_connection", times=1)
    send_both(stage, clock, older, newer)
    sandbox.delete("requests")
    look_again(stage, clock)
    assert [each["method"] for each in sandbox.requests()] == ["GET", "GET"]
    (reading,) = readings()
    assert (reading.state, reading.due_at) == ("settled", None)


def test_what_was_refused_is_not_looked_after(stage, sandbox, clock, two_visits):
    """A refused update was not carried out."""
    for status in (400, 401, 403, 404, 429):
        sandbox.fault("update_customer", "status", status=status, times=1)
        stage.complete(two_visits[0])
        stage.deliver()
        stage.move(two_visits[0], Status.CONFIRMED)
        stage.skip_waits()
    assert readings() == []


def test_a_visit_that_is_still_owed_is_left_to_its_own_try(stage, sandbox, clock, two_visits):
    older, newer = two_visits
    lose_an_answer(sandbox)
    send_both(stage, clock, older, newer)
    let_it_land(stage, clock, newer)
    third = stage.verified_booking(days=3)
    sandbox.fault("update_customer", "status", status=400)
    stage.complete(third)
    stage.deliver()
    sandbox.delete("faults")
    look_again(stage, clock)
    assert stage.stored()["Last Dined At"] == last_dined(stage, third)


def test_a_paused_venue_is_not_asked_and_is_looked_after_later(stage, sandbox, clock, two_visits):
    older, newer = two_visits
    lose_an_answer(sandbox)
    send_both(stage, clock, older, newer)
    let_it_land(stage, clock, newer)
    switch.set_active(stage.venue, False, 1)
    sandbox.delete("requests")
    clock.shift(timedelta(minutes=20))
    stage.deliver()
    assert sandbox.requests() == []
    switch.set_active(stage.venue, True, 1)
    clock.shift(timedelta(minutes=30))
    stage.deliver()
    stage.deliver()
    assert stage.stored()["Last Dined At"] == last_dined(stage, newer)


def test_a_guest_who_is_no_longer_linked_is_not_asked_about(stage, sandbox, clock, two_visits):
    older, newer = two_visits
    lose_an_answer(sandbox)
    send_both(stage, clock, older, newer)
    guests.mark_stale(stage.link(newer), "customer_gone")
    db.session.commit()
    sandbox.delete("requests")
    look_again(stage, clock)
    assert sandbox.requests() == []


def readings():
    return [
        entry
        for entry in db.session.query(OutboxEntry).populate_existing().all()
        if entry.kind == Kind.READ_AGAIN
    ]
