"""Visits that the set-up stops: key, permission, client name. They use up no tries (P5)."""

from portal.extensions import db
from portal.integration.checks import run as checks
from portal.integration.connection.queries import integration_of
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from tests.people import TOM, TOM_ID

KEY = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="


def test_wrong_key_holds_visits_without_using_attempts_and_a_new_key_sends_them(stage, sandbox):
    """S01."""
    ids = [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]
    integration.save_credentials(
        stage.venue, Typed("harbourplayhouse", "greenroom-api", "bm90IHRoZSByaWdodCBrZXkgYXQgYWxs"), 1
    )
    for booking_id in ids:
        stage.complete(booking_id)
    stage.deliver()
    assert [stage.visit(b).state for b in ids] == ["blocked", "blocked"]
    assert [stage.visit(b).reason for b in ids] == ["key_refused", "key_refused"]
    assert [stage.visit(b).attempts for b in ids] == [0, 0]
    assert len([r for r in sandbox.requests("customer_by_id") if r["status"] == 401]) == 1
    integration.save_credentials(stage.venue, Typed("harbourplayhouse", "greenroom-api", KEY), 1)
    stage.deliver()
    assert [stage.visit(b).state for b in ids] == ["confirmed", "confirmed"]


def test_a_fault_mended_at_spektrix_is_found_without_being_asked(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "writing_refused")
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=True)
    stage.skip_waits()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    assert stage.integration.blocked_reason is None


def test_no_right_to_write_blocks_although_the_test_is_green(stage, sandbox):
    """S02, R96."""
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.deliver()
    assert checks.run_all(stage.venue)[3].code == "writing_refused"
    assert stage.integration.test_outcome == "ok"
    assert stage.visit(booking_id).reason in ("writing_refused", None)


def test_a_passed_test_does_not_hide_a_missing_right(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("api_users", login="greenroom-api", secret=KEY, may_write_customers=False)
    stage.complete(booking_id)
    stage.deliver()
    checks.run_all(stage.venue)
    assert stage.integration.blocked_reason == "writing_refused"


def test_wrong_client_name_discards_no_link(stage, sandbox):
    """S03: every call answers 404, and the probe tells whose fault it is."""
    booking_id = stage.verified_booking()
    sandbox.fault("*", "status", status=404)
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "client_unknown")
    assert stage.link(booking_id).state == "verified"


def test_change_of_client_name_makes_old_links_stale_and_sends_no_old_id(stage, sandbox):
    booking_id = stage.verified_booking()
    integration.save_credentials(stage.venue, Typed("otherplayhouse", "greenroom-api", KEY), 1)
    assert (stage.link(booking_id).state, stage.link(booking_id).reason) == ("stale", "client_changed")
    sandbox.delete("requests")
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "client_changed"
    assert sandbox.requests() == []


def test_a_key_that_cannot_be_read_any_more_blocks_its_venue_with_a_reason(stage, sandbox):
    """X42."""
    booking_id = stage.verified_booking()
    db.session.connection().exec_driver_sql("UPDATE integrations SET api_key = 'not ours'")
    db.session.commit()
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.visit(booking_id).state, stage.visit(booking_id).reason) == ("blocked", "key_unreadable")
    assert integration_of(stage.venue.id) is not None
