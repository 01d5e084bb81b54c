"""The controls: with one safeguard taken out, the harm it prevents comes about.

Each shows that the test of the promise, named beside it, can fail. The fence before an update has its control
in test_write_backs_paused.py, the relay in flows/test_faults.py, the lock in availability/test_races.py.
"""

from portal.guests import rules as guest_rules, service as guests
from portal.integration.attributes.rules import NAMES, Keeps
from portal.integration.checks import switch
from portal.integration.connection import blocks
from portal.integration.connection.delivery import Delivery
from portal.integration.settings import service
from portal.integration.settings.service import Typed
from portal.integration.visits import write_back as write_backs
from portal.outbox.delivering import Claim
from portal.spektrix.client import SpektrixClient
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID


def anything(value):
    return lambda *_args, **_more: value


def a_visit(stage):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    return booking_id


def test_without_comparing_them_somebody_elses_customer_is_written_to(stage, sandbox, monkeypatch):
    """P2, S29: test_somebody_elses_basket_is_a_mismatch_and_never_written_to."""
    monkeypatch.setattr(guest_rules, "owner_is_guest", anything(guest_rules.Proof.ENOUGH))
    booking_id = stage.book(AMARA, sandbox.basket(TOM_ID))
    stage.deliver()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.stored(TOM_ID)["Number of Restaurant Visits"] == "1"


def test_without_asking_for_the_client_a_wrong_name_costs_a_link(stage, sandbox, monkeypatch):
    """S03, Q19: test_wrong_client_name_discards_no_link."""
    booking_id = a_visit(stage)
    sandbox.post("options", client_names=["elsewhere"])
    monkeypatch.setattr(SpektrixClient, "probe_client_name", anything(None))
    stage.deliver()
    assert stage.link(booking_id).state == "stale"


def test_without_resting_the_venue_calls_on_though_asked_to_wait(stage, sandbox, monkeypatch):
    """S06: test_slow_down_rests_the_whole_venue_until_then."""
    for booking_id in (stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)):
        stage.complete(booking_id)
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120, times=1)
    sandbox.delete("requests")
    monkeypatch.setattr(blocks, "rest", anything(None))
    stage.deliver()
    assert len(sandbox.requests()) > 1


def test_without_reading_back_what_was_dropped_counts_as_confirmed(stage, monkeypatch):
    """S19, S21, N2: test_unknown_attributes_are_noticed_and_written_once_they_exist."""
    stage.define({})
    booking_id = a_visit(stage)
    monkeypatch.setattr(write_backs, "kept", anything(dict.fromkeys(NAMES, Keeps.ALL)))
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_without_reading_first_a_lost_answer_is_sent_twice(stage, sandbox, monkeypatch):
    """S12: test_applied_update_whose_answer_was_lost_is_found_by_reading_first."""
    a_visit(stage)
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    monkeypatch.setattr(Claim, "may_have_landed", property(anything(False)))
    stage.deliver()
    stage.skip_waits()
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 2


def test_without_comparing_clocks_a_wrong_one_is_taken_for_a_wrong_key(stage, sandbox, monkeypatch):
    """S39: test_a_call_refused_for_the_clock_is_signed_once_more_by_spektrixs."""
    booking_id = a_visit(stage)
    sandbox.post("options", clock_offset_seconds=-600)
    monkeypatch.setattr(SpektrixClient, "_skew_shown_by", anything(None))
    stage.deliver()
    assert stage.visit(booking_id).reason == "key_refused"


def test_without_making_links_stale_an_old_id_is_written_to_again(stage, sandbox, monkeypatch):
    """test_going_back_to_the_first_client_does_not_revive_its_links."""
    sandbox.post("options", client_names=[CLIENT_NAME, "otherplayhouse"])
    booking_id = stage.verified_booking()
    monkeypatch.setattr(guests, "mark_all_stale", anything(None))
    for name in ("otherplayhouse", CLIENT_NAME):
        service.save_credentials(stage.venue, Typed(name, API_USER, API_KEY), 1)
    stage.complete(booking_id)
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 1


def test_without_the_fence_a_question_goes_on_after_pausing(stage, sandbox, monkeypatch):
    """P10: test_a_pause_between_two_calls_stops_the_next."""
    stage.book(AMARA, sandbox.basket(AMARA_ID))
    ask = SpektrixClient.basket_by_id

    def ask_and_pause(client, basket_id):
        basket = ask(client, basket_id)
        switch.set_active(stage.venue, False, 1)
        return basket

    monkeypatch.setattr(SpektrixClient, "basket_by_id", ask_and_pause)
    monkeypatch.setattr(Delivery, "_stop_unless_still_wanted", anything(None))
    stage.deliver()
    assert len(sandbox.requests()) == 2
