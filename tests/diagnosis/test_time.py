"""How long an answer takes: a budget bounds it, whatever Spektrix does. The document has it at full size."""

import time

import pytest

from portal.diagnosis import engine
from portal.extensions import db
from portal.integration.connection import gateway
from tests.diagnosis.scene import CONNECTION, PRE_FILL, VISIT, WRITES

DOORS = [CONNECTION, PRE_FILL, VISIT, WRITES]


def timed(scene, door, booking_id):
    began = time.perf_counter()
    diagnosis = scene.diagnose(door, booking_id)
    return diagnosis, time.perf_counter() - began


@pytest.mark.parametrize("door", DOORS)
def test_a_hanging_spektrix_is_noticed_within_the_budget(scene, door, monkeypatch):
    booking_id = scene.visited()
    if door == PRE_FILL:
        scene.opened("filled")
    monkeypatch.setattr(engine, "BUDGET_SECONDS", 0.6)
    # Each call would be waited for longer than all of them together may take.
    scene.wait_only(1.0)
    scene.sandbox.fault("*", "delay", seconds=2)
    diagnosis, seconds = timed(scene, door, booking_id)
    assert diagnosis.code == "timed_out"
    assert seconds < 2


@pytest.mark.parametrize("door", DOORS)
def test_few_calls_are_made(scene, door):
    """At 200 ms a call twelve of them would be too many for three seconds."""
    booking_id = scene.visited()
    scene.opened("filled")
    scene.sandbox.delete("requests")
    scene.diagnose(door, booking_id)
    assert 1 <= len(scene.sandbox.requests()) <= 8


@pytest.mark.parametrize("door", DOORS)
def test_no_transaction_stays_open_during_a_call(scene, door, monkeypatch):
    booking_id = scene.visited()
    scene.opened("filled")
    open_ones = []
    monkeypatch.setattr(
        gateway, "_refuse_open_transaction", lambda: open_ones.append(db.session().in_transaction())
    )
    scene.diagnose(door, booking_id)
    assert open_ones
    assert not any(open_ones)
