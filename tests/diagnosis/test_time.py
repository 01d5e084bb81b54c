"""How long an answer takes: a budget bounds it, whatever Spektrix does. The document has it at full size."""

import time

import pytest

from portal.diagnosis import engine
from portal.extensions import db
from portal.integration.connection import gateway
from tests.diagnosis.scene import CONNECTION, PRE_FILL, VISIT, WRITES

SYMPTOMS = [CONNECTION, PRE_FILL, VISIT, WRITES]


def timed(scene, symptom, booking_id):
    began = time.perf_counter()
    diagnosis = scene.diagnose(symptom, booking_id)
    return diagnosis, time.perf_counter() - began


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_a_hanging_spektrix_is_noticed_within_the_budget(scene, symptom, monkeypatch):
    booking_id = scene.visited()
    if symptom == PRE_FILL:
        scene.opened("filled")
    monkeypatch.setattr(engine, "BUDGET_SECONDS", 0.6)
    # Each call would be waited for longer than all of them together may take.
    scene.wait_only(1.0)
    scene.sandbox.fault("*", "delay", seconds=2)
    diagnosis, seconds = timed(scene, symptom, booking_id)
    assert diagnosis.code == "timed_out"
    assert seconds < 2


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_few_calls_are_made(scene, symptom):
    """At 200 ms a call twelve of them would be too many for three seconds."""
    booking_id = scene.visited()
    scene.opened("filled")
    scene.sandbox.delete("requests")
    scene.diagnose(symptom, booking_id)
    assert 1 <= len(scene.sandbox.requests()) <= 8


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_no_transaction_stays_open_during_a_call(scene, symptom, monkeypatch):
    booking_id = scene.visited()
    scene.opened("filled")
    open_ones = []
    monkeypatch.setattr(
        gateway, "_refuse_open_transaction", lambda: open_ones.append(db.session().in_transaction())
    )
    scene.diagnose(symptom, booking_id)
    assert open_ones
    assert not any(open_ones)
