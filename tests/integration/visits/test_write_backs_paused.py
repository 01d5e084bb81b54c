"""Pausing stops every send, one that was claimed already included (P10, S34, Q8)."""

from portal.integration.checks import switch
from portal.integration.connection.delivery import Delivery
from portal.integration.visits import decisions as visit_decisions
from portal.outbox import service as outbox
from portal.outbox.models import State
from tests.integration.meanwhile import before_the_update
from tests.people import TOM, TOM_ID


def test_paused_parks_visits_and_resuming_sends_none_until_asked(stage, sandbox):
    """S34, R95, Q8."""
    ids = [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]
    sandbox.delete("requests")
    for booking_id in ids:
        stage.complete(booking_id)
    switch.set_active(stage.venue, False, 1)
    stage.deliver()
    assert [stage.visit(b).state for b in ids] == ["held", "held"]
    assert outbox.open_write_backs(stage.venue.id) == {State.HELD: 2}
    switch.set_active(stage.venue, True, 1)
    stage.deliver()
    assert sandbox.requests() == []
    assert visit_decisions.send_held(stage.venue, 1) == 2
    stage.deliver()
    assert [stage.visit(b).state for b in ids] == ["confirmed", "confirmed"]


def test_pausing_stops_a_send_that_was_claimed_already(stage, sandbox, monkeypatch):
    """P10: the switch is looked at again right before the update leaves."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    pause_before(monkeypatch, stage)
    stage.deliver()
    assert stage.visit(booking_id).state == "held"
    assert sandbox.requests("update_customer") == []


def test_without_the_fence_the_paused_send_would_leave(stage, sandbox, monkeypatch):
    """The control: shows that the test above can fail."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    pause_before(monkeypatch, stage)
    monkeypatch.setattr(Delivery, "_stop_unless_still_wanted", lambda _delivery: None)
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 1


def pause_before(monkeypatch, stage):
    before_the_update(monkeypatch, lambda: switch.set_active(stage.venue, False, 1))
