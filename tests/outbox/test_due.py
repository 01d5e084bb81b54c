"""Nothing due waits for the relay's next regular look."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from jobs import relay
from portal.extensions import db
from portal.outbox import service as outbox
from portal.outbox.models import Kind, State
from tests import factories

NOON = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
INTERVAL = timedelta(seconds=2)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def add_due(in_seconds, state=State.WAITING, **columns):
    venue = factories.make_venue(f"Venue {in_seconds}")
    booking = factories.make_booking(venue)
    due_at = None if in_seconds is None else NOON + timedelta(seconds=in_seconds)
    return factories.make_entry(booking, Kind.WRITE_BACK, state, due_at=due_at, **columns)


def test_next_due_is_the_first_that_is_open_and_not_due_yet(app_context, clock):
    assert outbox.next_due_at() is None
    add_due(-5)
    add_due(None, State.HELD)
    add_due(3, State.CONFIRMED, closed_at=NOON)
    assert outbox.next_due_at() is None
    add_due(10)
    add_due(7, State.RETRYING)
    assert outbox.next_due_at() == NOON + timedelta(seconds=7)


def test_a_completed_visit_is_woken_when_undo_has_run_out(app_context, app, clock, recording_queue):
    entry_id = add_due(10).id
    db.session.rollback()
    for seconds in (0, 2, 4, 6, 8):
        clock.move_to(NOON + timedelta(seconds=seconds))
        assert relay.look(app) == NOON + timedelta(seconds=10)
    clock.move_to(NOON + timedelta(seconds=9))
    assert relay.pause(relay.look(app), NOON + timedelta(seconds=9), INTERVAL) == timedelta(seconds=1)
    assert ("write_back", entry_id) not in recording_queue.calls
    clock.move_to(NOON + timedelta(seconds=10))
    relay.look(app)
    assert ("write_back", entry_id) in recording_queue.calls


def test_rounds_are_neither_too_far_apart_nor_too_close():
    assert relay.pause(None, NOON, INTERVAL) == INTERVAL
    assert relay.pause(NOON + timedelta(hours=1), NOON, INTERVAL) == INTERVAL
    assert relay.pause(NOON - timedelta(hours=1), NOON, INTERVAL) == relay.SHORTEST_PAUSE
