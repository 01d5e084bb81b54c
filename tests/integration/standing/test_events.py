"""After everything that changes the evidence, what is saved is what a fresh judgement says.

Each event is shown to matter as well: with the calls left out, the same table finds the standing out of date.
`test_writers.py` shows that the table names every place that can change the evidence.
"""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.bookings.guest_pages import erasing
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.integration.attributes import looks, trial
from portal.integration.checks import look_ups, run as checks, switch
from portal.integration.connection.models import Integration
from portal.integration.settings import choices, disconnecting, late_trials, replacing, service
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.integration.visits import decisions
from portal.outbox.models import Kind, OutboxEntry, State
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.integration.standing.conftest import (
    as_judged,
    as_saved,
    leave_out_the_calls,
    lose_the_encryption_key,
)
from tests.people import AMARA, AMARA_ID

pytestmark = pytest.mark.both_databases

MISSPELT = {"LastDineAt": "Text", "Number of Restaurant Visits": "Text"}


def refuse(stage, *calls, status=401):
    for call in calls or ("customer_by_id", "customer_by_email", "basket_by_id", "update_customer"):
        stage.sandbox.fault(call, "status", status=status)


def owe_a_visit(stage):
    stage.complete(stage.booking_id)


def owe_a_question(stage):
    stage.book(AMARA, stage.sandbox.basket(AMARA_ID), days=9)


def trouble(stage, state, reason, **columns):
    """A visit that stands in this state after tries that are over."""
    entry_id = stage.complete(stage.booking_id)
    db.session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.id == entry_id)
        .values(state=state, reason=reason, due_at=None, **columns)
    )
    db.session.commit()
    standing.update(stage.venue.id)
    return entry_id


def block(stage, reason):
    db.session.execute(
        update(Integration).values(
            blocked_reason=reason, blocked_until=clock.utc_now() - timedelta(minutes=1)
        )
    )
    db.session.commit()
    standing.update(stage.venue.id)


def refused_trial(stage):
    with pytest.raises(trial.NotNow):
        trial.run(stage.venue, stage.staff_id)


EVENTS = {
    "credentials are saved, untested": (
        None,
        lambda stage: service.save_credentials(
            stage.venue, Typed(CLIENT_NAME, API_USER, API_KEY), stage.staff_id
        ),
    ),
    "typed details are tested, and the saved key cannot be read": (
        lambda _: lose_the_encryption_key(),
        lambda stage: replacing.try_typed(stage.venue, Typed(CLIENT_NAME, API_USER, "")),
    ),
    "Active is switched off": (
        None,
        lambda stage: switch.set_active(stage.venue, False, stage.staff_id),
    ),
    "another test customer is named": (
        None,
        lambda stage: choices.save(stage.venue, choices.Values(AMARA_ID), stage.staff_id),
    ),
    "Spektrix is disconnected": (
        None,
        lambda stage: disconnecting.disconnect(stage.venue, stage.staff_id),
    ),
    "all checks are made": (refuse, lambda stage: checks.run_all(stage.venue)),
    "one check is made": (
        lambda stage: refuse(stage, "events", status=503),
        lambda stage: checks.run_one(stage.venue, 1),
    ),
    "the names are looked up": (
        lambda stage: stage.define(MISSPELT),
        lambda stage: looks.look_up(stage.venue),
    ),
    "the names are looked up, and the key cannot be read": (
        lambda _: lose_the_encryption_key(),
        lambda stage: looks.look_up(stage.venue),
    ),
    "a trial write lands": (
        None,
        lambda stage: trial.run(stage.venue, stage.staff_id),
    ),
    "a trial write is refused": (
        lambda stage: refuse(stage, "update_customer", status=403),
        lambda stage: trial.run(stage.venue, stage.staff_id),
    ),
    "a trial write is asked for, and the key cannot be read": (
        lambda _: lose_the_encryption_key(),
        refused_trial,
    ),
    "Find the fault reads a customer": (
        lambda stage: stage.define(MISSPELT),
        lambda stage: look_ups.customer(stage.venue.id, AMARA_ID),
    ),
    "Find the fault reads a customer, and the key cannot be read": (
        lambda _: lose_the_encryption_key(),
        lambda stage: look_ups.customer(stage.venue.id, AMARA_ID),
    ),
    "a visit lands": (owe_a_visit, lambda stage: stage.deliver()),
    "a visit lands after a fault": (
        lambda stage: (owe_a_visit(stage), block(stage, Code.WRITING_REFUSED)),
        lambda stage: stage.deliver(),
    ),
    "a visit is refused": (
        lambda stage: (owe_a_visit(stage), refuse(stage)),
        lambda stage: stage.deliver(),
    ),
    "a visit fails": (
        lambda stage: (owe_a_visit(stage), refuse(stage, "customer_by_id", status=503)),
        lambda stage: stage.deliver(),
    ),
    "a visit is not stored": (
        lambda stage: (owe_a_visit(stage), stage.define(MISSPELT)),
        lambda stage: stage.deliver(),
    ),
    "a visit finds that the key cannot be read": (
        lambda stage: (owe_a_visit(stage), lose_the_encryption_key()),
        lambda stage: stage.deliver(),
    ),
    "a question is refused": (
        lambda stage: (owe_a_question(stage), refuse(stage)),
        lambda stage: stage.deliver(),
    ),
    "a question is answered after a fault": (
        lambda stage: (owe_a_question(stage), block(stage, Code.BASKETS_REFUSED)),
        lambda stage: stage.deliver(),
    ),
    "a question shows that a name is wrong": (
        lambda stage: (owe_a_question(stage), stage.define(MISSPELT)),
        lambda stage: stage.deliver(),
    ),
    "one visit is sent again": (
        lambda stage: setattr(
            stage, "entry_id", trouble(stage, State.NEEDS_ATTENTION, Code.REJECTED, closed_at=clock.utc_now())
        ),
        lambda stage: decisions.send(stage.venue, stage.entry_id),
    ),
    "all visits are sent again": (
        lambda stage: block(stage, Code.KEY_REFUSED),
        lambda stage: decisions.send_all(stage.venue, stage.staff_id),
    ),
    "held visits are sent": (
        lambda stage: switch.set_active(stage.venue, False, stage.staff_id),
        lambda stage: decisions.send_held(stage.venue, stage.staff_id),
    ),
    "a trial write landed late, and a visit is sent again": (
        lambda stage: (owe_a_visit(stage), stage.deliver()),
        lambda stage: late_trials._send_visit_again(db.session.get(Booking, stage.booking_id).guest_id),
    ),
    "a visit is set back": (
        lambda stage: trouble(stage, State.NOT_STORED, Code.ATTRIBUTE_MISSING),
        lambda stage: stage.move(stage.booking_id, Status.CONFIRMED),
    ),
    "a guest is erased": (
        lambda stage: trouble(stage, State.NOT_STORED, Code.ATTRIBUTE_MISSING),
        lambda stage: erasing.erase(
            stage.venue, db.session.get(Booking, stage.booking_id).guest_id, stage.staff_id
        ),
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_saved_is_what_the_evidence_says(working, event):
    before, act = EVENTS[event]
    if before:
        before(working)
    act(working)
    assert as_saved(working.venue.id) == as_judged(working.venue.id)


@pytest.mark.parametrize("event", EVENTS)
def test_without_its_call_the_same_event_leaves_the_standing_out_of_date(working, event, monkeypatch):
    before, act = EVENTS[event]
    if before:
        before(working)
    leave_out_the_calls(monkeypatch)
    act(working)
    assert as_saved(working.venue.id) != as_judged(working.venue.id)


def test_each_kind_of_delivery_is_followed_by_a_judgement(working, monkeypatch):
    """Whatever one comes to, waiting included, since it may have read a record or lifted what stopped it."""
    judged = []
    monkeypatch.setattr(standing, "update", judged.append)
    owe_a_visit(working)
    owe_a_question(working)
    working.sandbox.fault("customer_by_id", "status", status=429, retry_after=60)
    working.deliver()
    assert len(judged) >= len({Kind.WRITE_BACK, Kind.VERIFY_LINK})
