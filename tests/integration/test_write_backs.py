"""Writing visits back, against the sandbox over HTTP."""

import dataclasses
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from portal import clock
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.integration import service as integration
from portal.integration import visit_decisions, write_backs
from portal.integration.links import integration_of
from portal.integration.service import Typed
from portal.outbox import service as outbox
from portal.outbox.models import State
from tests.integration.conftest import AMARA, AMARA_ID, TOM, TOM_ID

KEY = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="


def ends_at(booking_id, instant):
    db.session.execute(update(Booking).where(Booking.id == booking_id).values(ends_at=instant))
    db.session.commit()


def test_completed_visit_lands_on_the_customer_and_is_read_back(stage, sandbox):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("confirmed", None)
    assert stage.stored() == {
        **stage.stored(),
        "Last Dined At": visit.sent_last_dined,
        "Number of Restaurant Visits": "1",
    }
    assert [call.call for call in visit.attempts_made] == [
        "customer_by_id",
        "update_attributes",
        "customer_by_id",
    ]


def test_both_attributes_go_in_one_update_and_nothing_else(stage, sandbox):
    """R26, R85."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    (sent,) = sandbox.requests("update_customer")
    assert set(sent["body"]) == {"attribute_LastDinedAt", "attribute_NumberOfRestaurantVisits"}
    assert type(sent["body"]["attribute_NumberOfRestaurantVisits"]) is int


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (datetime(2026, 5, 28, 20, 30, tzinfo=UTC), "2026-05-28T21:30:00+01:00"),
        (datetime(2026, 1, 9, 21, 30, tzinfo=UTC), "2026-01-09T21:30:00+00:00"),
    ],
)
def test_last_dined_is_iso_with_the_venues_offset(stage, sandbox, end, text):
    """B21."""
    booking_id = stage.verified_booking()
    ends_at(booking_id, end)
    stage.complete(booking_id)
    stage.pay()
    assert sandbox.requests("update_customer")[0]["body"]["attribute_LastDinedAt"] == text


@pytest.mark.parametrize("spelling", [True, False])
def test_key_is_spelled_as_spektrix_spells_it(stage, sandbox, spelling):
    sandbox.post("options", capitalise_inner_words=spelling)
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


@pytest.mark.parametrize("reply", ["customer", "empty", "no_content"])
def test_any_success_reply_is_judged_by_reading_back(stage, sandbox, reply):
    sandbox.post("options", patch_reply=reply)
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_attributes_shown_only_when_set_are_found_by_the_first_visit(stage, sandbox):
    sandbox.post("options", attributes_shown="when_set")
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
    assert {check.state for check in stage.integration.attributes} == {"found"}


def test_older_visit_completed_late_does_not_move_the_date_back(stage, sandbox):
    """S41, Q4."""
    newer = stage.verified_booking(days=3)
    older = stage.book(AMARA, days=1)
    stage.complete(newer)
    stage.pay()
    stage.complete(older)
    stage.pay()
    assert stage.visit(older).sent_last_dined == stage.visit(newer).sent_last_dined
    assert stage.stored()["Number of Restaurant Visits"] == "2"


def test_count_is_by_status_and_taken_when_sending(stage, sandbox):
    """R89 to R93, B24."""
    booking_id = stage.verified_booking()
    for at, status in ((4, None), (8, Status.CANCELLED), (12, Status.NO_SHOW)):
        other = stage.book(AMARA, at=at)
        if status:
            stage.move(other, status)
    stage.complete(booking_id)
    stage.pay()
    assert stage.stored()["Number of Restaurant Visits"] == "2"


def test_nothing_but_completed_ever_sends(stage, sandbox):
    """R80, R81, S46: a month of relay rounds included."""
    booking_id = stage.verified_booking()
    sandbox.delete("requests")
    for status in (Status.CANCELLED, Status.CONFIRMED, Status.NO_SHOW, Status.CONFIRMED):
        stage.move(booking_id, status)
    with time_machine.travel(clock.utc_now() + timedelta(days=31), tick=True):
        stage.pay()
    assert sandbox.requests() == []


def test_unverified_guest_is_never_written_to(stage, sandbox):
    booking_id = stage.book(AMARA, sandbox.basket(None))
    stage.pay()
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "anonymous")
    assert sandbox.requests("update_customer") == []


def test_phone_booking_without_a_link_says_why(stage):
    booking_id = stage.book(TOM)
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "no_basket")


def test_verifying_later_sends_no_earlier_visit(stage, sandbox):
    """R70, Q2."""
    earlier = stage.book(AMARA, sandbox.basket(None))
    stage.pay()
    stage.complete(earlier)
    stage.pay()
    stage.verified_booking(at=4)
    stage.skip_waits()
    stage.pay()
    assert sandbox.requests("update_customer") == []


def test_visit_completed_while_the_question_is_open_waits_for_the_answer(stage, sandbox):
    """Q2."""
    sandbox.fault("basket_by_id", "status", status=500)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.pay()
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("waiting", "link_pending")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.pay()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_undo_within_the_grace_sends_nothing(stage, sandbox):
    """S43."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.move(booking_id, Status.CONFIRMED)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "set_back")
    assert sandbox.requests("update_customer") == []


def test_set_back_after_sending_sends_nothing_more_and_completing_again_is_a_new_visit(stage, sandbox):
    booking_id = stage.verified_booking()
    first = stage.complete(booking_id)
    stage.pay()
    stage.move(booking_id, Status.CONFIRMED)
    stage.pay()
    assert len(sandbox.requests("update_customer")) == 1
    second = stage.complete(booking_id)
    stage.pay()
    assert second != first
    assert len(sandbox.requests("update_customer")) == 2


def test_set_back_while_the_send_is_being_prepared_stops_it(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    before_the_update(monkeypatch, lambda: stage.move(booking_id, Status.CONFIRMED))
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("not_sent", "set_back")
    assert sandbox.requests("update_customer") == []


def test_set_back_after_the_update_has_left_keeps_the_history_true(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    original = write_backs._compare

    def compare(customer, visit):
        stage.move(booking_id, Status.CONFIRMED)
        return original(customer, visit)

    monkeypatch.setattr(write_backs, "_compare", compare)
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 1


def test_wrong_key_holds_visits_without_using_attempts_and_a_new_key_sends_them(stage, sandbox):
    """S01."""
    ids = [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]
    integration.save_credentials(
        stage.venue, Typed("harbourplayhouse", "greenroom-api", "bm90IHRoZSByaWdodCBrZXkgYXQgYWxs"), 1
    )
    for booking_id in ids:
        stage.complete(booking_id)
    stage.pay()
    assert [stage.visit(b).state for b in ids] == ["blocked", "blocked"]
    assert [stage.visit(b).reason for b in ids] == ["key_refused", "key_refused"]
    assert [stage.visit(b).attempts for b in ids] == [0, 0]
    assert len([r for r in sandbox.requests("customer_by_id") if r["status"] == 401]) == 1
    integration.save_credentials(stage.venue, Typed("harbourplayhouse", "greenroom-api", KEY), 1)
    stage.pay()
    assert [stage.visit(b).state for b in ids] == ["confirmed", "confirmed"]


def test_a_fault_mended_at_spektrix_is_found_without_being_asked(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "customers_refused")
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=True)
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
    assert stage.integration.blocked_reason is None


def test_no_right_to_write_blocks_although_the_test_is_green(stage, sandbox):
    """S02, R96."""
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.pay()
    assert integration.test_connection(stage.venue).badge.tone == "ok"
    assert stage.visit(booking_id).reason in ("customers_refused", None)


@pytest.mark.parametrize("call", ["customer_by_id", "update_customer"])
@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("status", {"status": 500}, "spektrix_trouble"),
        ("status", {"status": 503}, "spektrix_trouble"),
        ("status", {"status": 429, "retry_after": 120}, "slow_down"),
        ("html", {"status": 200}, "not_spektrix"),
        ("html", {"status": 403}, "edge_block"),
        ("redirect", {"to": "login"}, "not_spektrix"),
        ("redirect", {"to": "self"}, "not_spektrix"),
        ("drop_connection", {}, "unreachable"),
        ("cut", {"apply": False}, "our"),
        ("status", {"status": 400}, "rejected"),
    ],
)
def test_visit_waits_with_a_reason_and_is_written_when_the_fault_ends(
    stage, sandbox, call, kind, details, reason
):
    """S16 among them: a redirect is neither followed nor taken for success."""
    booking_id = stage.verified_booking()
    sandbox.fault(call, kind, **details)
    stage.complete(booking_id)
    stage.pay()
    visit = stage.visit(booking_id)
    assert visit.closed_at is None
    assert visit.due_at > clock.utc_now()
    assert visit.state in ("retrying", "blocked")
    assert visit.reason
    if reason != "our":
        assert visit.reason == reason
    assert not stage.stored().get("Last Dined At")
    sandbox.delete("faults")
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_slow_down_keeps_to_the_time_spektrix_names_and_counts_no_attempt(stage, sandbox):
    """S06."""
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120)
    stage.complete(booking_id)
    before = clock.utc_now()
    stage.pay()
    visit = stage.visit(booking_id)
    assert visit.due_at >= before + timedelta(seconds=120)
    assert visit.attempts == 0


def test_unknown_attributes_are_noticed_and_written_once_they_exist(stage, sandbox):
    """S19: Spektrix answers 200 and drops both in silence."""
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason) == ("not_stored", "attributes_missing")
    assert visit.detail == "Last Dined At and Number of Restaurant Visits"
    assert {check.state for check in stage.integration.attributes} == {"not_found"}
    stage.define({"Last Dined At": "Text", "Number of Restaurant Visits": "Text"})
    assert integration.check_attributes(stage.venue) is None
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_near_miss_is_named_and_never_written_to(stage, sandbox):
    stage.define({"Last Dinde At": "Text", "Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).detail == "Last Dined At"
    states = {check.name: check.state for check in stage.integration.attributes}
    assert states == {"Last Dined At": "near_miss", "Number of Restaurant Visits": "found"}
    assert not stage.stored().get("Last Dinde At")


@pytest.mark.parametrize(
    ("date_type", "count_type", "reason"),
    [("Text", "Currency", None), ("Date", "Text", "kept_day_only")],
)
def test_types_that_keep_the_value_are_confirmed_and_the_cost_is_said(
    stage, sandbox, date_type, count_type, reason
):
    """Q7."""
    stage.define({"Last Dined At": date_type, "Number of Restaurant Visits": count_type})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("confirmed", reason)


def test_a_type_that_loses_the_value_is_not_called_landed(stage, sandbox):
    stage.define({"Last Dined At": "Currency", "Number of Restaurant Visits": "Text"})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    visit = stage.visit(booking_id)
    assert (visit.state, visit.reason, visit.detail) == ("not_stored", "stored_changed", "Last Dined At")


def test_customer_gone_ends_this_guest_only(stage, sandbox):
    """S04, S27, N16."""
    gone, well = stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    stage.complete(gone)
    stage.complete(well)
    stage.pay()
    assert (stage.visit(gone).state, stage.visit(gone).reason) == ("not_sent", "customer_gone")
    assert stage.link(gone).state == "stale"
    assert stage.visit(well).state == "confirmed"


def test_wrong_client_name_discards_no_link(stage, sandbox):
    """S03: every call answers 404, and the probe tells whose fault it is."""
    booking_id = stage.verified_booking()
    sandbox.fault("*", "status", status=404)
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "client_name")
    assert stage.link(booking_id).state == "verified"


def test_change_of_client_name_makes_old_links_stale_and_sends_no_old_id(stage, sandbox):
    booking_id = stage.verified_booking()
    integration.save_credentials(stage.venue, Typed("otherplayhouse", "greenroom-api", KEY), 1)
    assert (stage.link(booking_id).state, stage.link(booking_id).reason) == ("stale", "client_changed")
    sandbox.delete("requests")
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).reason == "client_changed"
    assert sandbox.requests() == []


def test_paused_parks_visits_and_resuming_sends_none_until_asked(stage, sandbox):
    """S34, R95, Q8."""
    ids = [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]
    sandbox.delete("requests")
    for booking_id in ids:
        stage.complete(booking_id)
    integration.set_active(stage.venue, False, 1)
    stage.pay()
    assert [stage.visit(b).state for b in ids] == ["held", "held"]
    assert outbox.open_write_backs(stage.venue.id) == {State.HELD: 2}
    integration.set_active(stage.venue, True, 1)
    stage.pay()
    assert sandbox.requests() == []
    assert visit_decisions.send_held(stage.venue, 1) == 2
    stage.pay()
    assert [stage.visit(b).state for b in ids] == ["confirmed", "confirmed"]


def test_pausing_stops_a_send_that_was_claimed_already(stage, sandbox, monkeypatch):
    """P10: the switch is looked at again right before the update leaves."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    pause_before(monkeypatch, stage)
    stage.pay()
    assert stage.visit(booking_id).state == "held"
    assert sandbox.requests("update_customer") == []


def test_without_the_fence_the_paused_send_would_leave(stage, sandbox, monkeypatch):
    """The control: shows that the test above can fail."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    pause_before(monkeypatch, stage)
    monkeypatch.setattr(write_backs, "_require_unchanged", lambda _claim, _visit: None)
    stage.pay()
    assert len(sandbox.requests("update_customer")) == 1


def pause_before(monkeypatch, stage):
    before_the_update(monkeypatch, lambda: integration.set_active(stage.venue, False, 1))


def before_the_update(monkeypatch, act):
    """Do something between the first read of the customer and the update, once."""
    original, done = write_backs._key, []

    def key(name, customer):
        if not done:
            done.append(act())
        return original(name, customer)

    monkeypatch.setattr(write_backs, "_key", key)


def test_applied_update_whose_answer_was_lost_is_found_by_reading_first(stage, sandbox):
    """S12: the outcome is unknown, so the next try looks before it sends."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    stage.pay()
    assert stage.visit(booking_id).state == "retrying"
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 1


def test_hanging_spektrix_costs_one_time_out_and_no_open_transaction(stage, sandbox, app):
    """S10, D09."""
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], spektrix_timeout_seconds=0.5)
    booking_id = stage.verified_booking()
    sandbox.fault("customer_by_id", "drip", seconds=1)
    stage.complete(booking_id)
    began = time.monotonic()
    stage.pay()
    assert time.monotonic() - began < 3
    assert stage.visit(booking_id).reason == "timed_out"


def test_a_call_inside_an_open_transaction_is_refused(stage):
    from portal.integration import gateway

    credentials = gateway.credentials_of(stage.integration)
    with gateway.spektrix(credentials, []) as client, pytest.raises(gateway.TransactionOpen):
        client.probe_client_name()


def test_a_wake_up_that_comes_twice_sends_once(stage, sandbox):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)
    assert outbox.deliver(entry_id, write_backs.write_back) is not None
    assert outbox.deliver(entry_id, write_backs.write_back) is None
    assert len(sandbox.requests("update_customer")) == 1


def test_a_fault_of_our_own_is_logged_and_tried_again(stage, sandbox, monkeypatch):
    booking_id = stage.verified_booking()
    entry_id = stage.complete(booking_id)

    def broken(_claim):
        raise ZeroDivisionError

    outbox.deliver(entry_id, broken)
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("retrying", "our_fault")
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_key_that_cannot_be_read_any_more_blocks_its_venue_with_a_reason(stage, sandbox):
    """X42."""
    booking_id = stage.verified_booking()
    db.session.connection().exec_driver_sql("UPDATE integrations SET api_key = 'not ours'")
    db.session.commit()
    stage.complete(booking_id)
    stage.pay()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "key_unreadable")
    assert integration_of(stage.venue.id) is not None


def test_a_passed_test_does_not_hide_a_missing_right(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.pay()
    integration.test_connection(stage.venue)
    assert stage.integration.blocked_reason == "customers_refused"


def test_a_refused_visit_can_be_sent_again_from_the_page(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "status", status=400)
    stage.complete(booking_id)
    stage.pay()
    stage.skip_waits()
    stage.pay()
    assert stage.visit(booking_id).state == "needs_attention"
    sandbox.delete("faults")
    assert visit_decisions.send_all(stage.venue, 1) == 1
    stage.pay()
    assert stage.visit(booking_id).state == "confirmed"


def test_undo_of_a_visit_that_was_not_stored_forgets_which_names_were_missing(stage):
    stage.define({})
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.pay()
    stage.move(booking_id, Status.CONFIRMED)
    assert (stage.visit(booking_id).reason, stage.visit(booking_id).detail) == ("set_back", "")
