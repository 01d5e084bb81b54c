"""Processes and Redis dying at the worst moment. Scenario numbers are those of the reliability catalogue.

Each promise has its control: the same story with the safeguard off, in which the visit does not arrive.
"""

import os
import signal

import pytest
import requests
from embedded import wait_until

from portal.outbox.models import Kind
from tests.people import AMARA, AMARA_ID

QUIET_SECONDS = 4

COMPLETE_AND_DIE = """
import os, signal
from portal import create_app
from portal.bookings import statuses
from portal.bookings.models import Status
from portal.extensions import db
from portal.venues.models import Venue

with create_app().app_context():
    statuses.move(db.session.get(Venue, 1), {booking_id}, Status.COMPLETED, early=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def completed_by_a_process_that_died(live, processes):
    """F02: the visit is committed, and the process is killed before it could do anything more."""
    (booking_id,) = live.linked_bookings(1)
    assert processes.script(COMPLETE_AND_DIE.format(booking_id=booking_id)) == -signal.SIGKILL
    return booking_id


def test_visit_committed_by_a_killed_web_process_is_written(
    live, processes, completed_by_a_process_that_died
):
    processes.start("worker", "relay")
    assert live.wait_for("confirmed", 1)


@pytest.mark.one_database
def test_without_the_relay_that_visit_is_never_looked_for(live, processes, completed_by_a_process_that_died):
    processes.start("worker")
    assert not live.wait_for("confirmed", 1, seconds=QUIET_SECONDS)


@pytest.mark.both_databases
@pytest.mark.parametrize("applied", [False, True], ids=["request-sent", "request-applied"])
def test_worker_killed_in_the_middle_of_an_update(live, processes, sandbox, applied):
    """F05: while the update is on its way, and once Spektrix has stored it."""
    (booking_id,) = live.linked_bookings(1)
    sandbox.fault("update_customer", "delay", seconds=3, apply=applied, times=1)
    live.complete(booking_id)
    processes.start("worker", "relay")
    assert wait_until(lambda: in_flight(sandbox), seconds=20)
    processes.kill("worker")
    processes.start("worker")
    assert live.wait_for("confirmed", 1)
    assert live.visit(booking_id).attempts >= 2
    bodies = [request["body"] for request in sandbox.requests("update_customer")]
    assert bodies
    assert all(body == bodies[0] for body in bodies)
    assert live.visits_written() == {"I-0000-TEST": "1"}


def in_flight(sandbox) -> bool:
    """The one fault has met its call, so the update is on its way."""
    return not sandbox.get("faults")


def test_redis_refusing_connections_costs_neither_booking_nor_visit(live, processes, sandbox, valkey):
    """The relay does the work itself."""
    valkey.kill()
    processes.start("worker", "relay", "web")
    booking_id = live.book(AMARA, sandbox.basket(AMARA_ID))
    assert live.wait_for("settled", 1, kind=Kind.VERIFY_LINK)
    live.complete(booking_id)
    assert live.wait_for("confirmed", 1)
    assert requests.get(f"{processes.settings.portal_url}/sign-in", timeout=5).status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize("count", [12, pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(300)])])
def test_flushed_redis_loses_no_visit(live, processes, valkey, count):
    """As many visits are due as wake-ups are queued, then FLUSHALL."""
    queued = complete_and_queue(live, valkey, count)
    assert queued == count
    flush(valkey)
    processes.start("worker", "relay")
    assert live.wait_for("confirmed", count, seconds=60 + count)
    assert set(live.visits_written().values()) == {"1"}
    assert len(live.visits_written()) == count


@pytest.mark.one_database
def test_without_the_relay_a_flushed_redis_loses_them(live, processes, valkey):
    complete_and_queue(live, valkey, 5)
    flush(valkey)
    processes.start("worker")
    assert not live.wait_for("confirmed", 5, seconds=QUIET_SECONDS)
    assert live.states() == {"waiting": 5}


def complete_and_queue(live, valkey, count) -> int:
    for booking_id in live.linked_bookings(count):
        live.complete_and_wake(booking_id)
    with client(valkey) as redis:
        return redis.llen("rq:queue:rezzy")


def flush(valkey) -> None:
    with client(valkey) as redis:
        redis.flushall()


def client(valkey):
    from redis import Redis

    return Redis.from_url(valkey.url())


def test_two_relays_send_nothing_twice(live, processes, sandbox):
    """F13."""
    ids = live.linked_bookings(5)
    for booking_id in ids:
        live.complete(booking_id)
    processes.start("worker", "relay")
    second = type(processes)(processes.settings, processes.folder)
    second.start("relay")
    try:
        assert live.wait_for("confirmed", 5)
    finally:
        second.stop()
    assert len(sandbox.requests("update_customer")) == 5


@pytest.mark.one_database
def test_terminated_worker_finishes_what_it_began(live, processes, sandbox):
    (booking_id,) = live.linked_bookings(1)
    sandbox.fault("update_customer", "delay", seconds=1, apply=True, times=1)
    live.complete_and_wake(booking_id)
    processes.start("worker")
    assert wait_until(lambda: in_flight(sandbox), seconds=20)
    os.kill(processes.running["worker"].pid, signal.SIGTERM)
    assert processes.running["worker"].wait(timeout=20) == 0
    assert live.states() == {"confirmed": 1}
