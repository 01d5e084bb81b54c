"""Rows that an earlier portal stored are read with the words of this one, and back (migration 0007)."""

import runpy
from pathlib import Path

import pytest
from sqlalchemy import text

from portal import clock
from portal.bookings.models import LinkCheck
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import CustomerLink, LinkBasis, LinkState
from portal.integration.connection.models import CheckResult, CheckState, Integration
from portal.integration.connection.queries import integration_of
from portal.outbox.models import Attempt, Kind, OutboxEntry, State
from portal.venues import audit
from portal.venues.models import AuditEntry
from tests import factories

MIGRATION = Path(__file__).parents[2] / "portal/migrations/versions/0007_one_code_for_what_is_wrong.py"

pytestmark = pytest.mark.both_databases


def run(statements):
    for statement in runpy.run_path(str(MIGRATION))[statements]:
        db.session.execute(text(statement))
    db.session.commit()
    db.session.expire_all()


def set_column(table, column, value, row):
    db.session.execute(
        text(f"UPDATE {table} SET {column} = :value WHERE id = :id"), {"value": value, "id": row.id}
    )
    db.session.commit()


@pytest.fixture
def venue(app_context, recording_queue):
    venue = factories.make_venue()
    factories.connect_spektrix(venue)
    return venue


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        (State.WAITING, "grace", Code.VISIT_WAITING),
        (State.HELD, "paused", Code.VISIT_HELD),
        (State.WAITING, "paused", Code.PAUSED),
        (State.BLOCKED, "key_refused", Code.KEY_REFUSED),
        (State.BLOCKED, "customers_refused", Code.WRITING_REFUSED),
        (State.BLOCKED, "client_name", Code.CLIENT_UNKNOWN),
        (State.RETRYING, "spektrix_trouble", Code.OUTAGE),
        (State.NOT_STORED, "attributes_missing", Code.ATTRIBUTE_MISSING),
        (State.NOT_STORED, "stored_changed", Code.ATTRIBUTE_TYPE),
        (State.CONFIRMED, "kept_day_only", Code.DAY_ONLY),
        (State.NOT_SENT, "discarded", Code.VISIT_DISCARDED),
        (State.NOT_SENT, "no_basket", Code.NO_BASKET_BOOKED),
        (State.NOT_SENT, "erased", Code.GUEST_ERASED),
        (State.NEEDS_ATTENTION, "given_up", Code.VISIT_GIVEN_UP),
    ],
)
def test_a_visit_keeps_its_reason(venue, state, before, after):
    entry = factories.make_entry(factories.make_booking(venue), state=state)
    set_column("outbox_entries", "reason", before, entry)
    run("STATEMENTS")
    assert db.session.get(OutboxEntry, entry.id).reason == after
    run("BACK")
    assert db.session.get(OutboxEntry, entry.id).reason == before


def test_a_refusal_to_read_is_told_from_one_to_write_by_the_last_call(venue):
    entry = factories.make_entry(factories.make_booking(venue), state=State.BLOCKED)
    set_column("outbox_entries", "reason", "customers_refused", entry)
    factories.make_attempt(entry, "customer_by_id", 403, "PermissionMissing")
    run("STATEMENTS")
    assert db.session.get(OutboxEntry, entry.id).reason == Code.CUSTOMERS_REFUSED


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        ("update_attributes", "ok", "ok"),
        ("update_attributes", "PermissionMissing", Code.WRITING_REFUSED),
        ("basket_by_id", "PermissionMissing", Code.BASKETS_REFUSED),
        ("customer_by_id", "PermissionMissing", Code.CUSTOMERS_REFUSED),
        ("basket_by_id", "NotFound", Code.BASKET_GONE),
        ("customer_by_email", "NotFound", Code.NO_ACCOUNT),
        ("customer_by_id", "NotFound", Code.CUSTOMER_GONE),
        ("probe_client_name", "NotFound", Code.CLIENT_UNKNOWN),
        ("customer_by_id", "SignInRefused", Code.KEY_REFUSED),
        ("customer_by_id", "ServerTrouble", Code.OUTAGE),
        ("customer_by_id", "TimedOut", Code.TIMED_OUT),
    ],
)
def test_a_call_keeps_its_outcome(venue, call, before, after):
    entry = factories.make_entry(factories.make_booking(venue))
    factories.make_attempt(entry, call, None, before)
    run("STATEMENTS")
    assert db.session.scalars(db.select(Attempt.outcome)).one() == after
    run("BACK")
    assert db.session.scalars(db.select(Attempt.outcome)).one() == before


@pytest.mark.parametrize(
    ("basis", "before", "after"),
    [
        (LinkBasis.BASKET, "rejected", Code.LINK_REJECTED),
        (LinkBasis.DETAILS, "details_differ", Code.LINK_PROPOSED),
        (LinkBasis.BASKET, "deadline_passed", Code.DEADLINE_PASSED),
        (LinkBasis.DETAILS, "deadline_passed", Code.DETAILS_NOT_ASKED),
        (LinkBasis.BASKET, "anonymous", Code.ANONYMOUS),
    ],
)
def test_a_link_and_its_question_keep_their_reason(venue, basis, before, after):
    booking = factories.make_booking(venue)
    factories.make_link(booking.guest, LinkState.UNVERIFIED, reason=Code.ANONYMOUS)
    check = db.session.scalars(db.select(LinkCheck)).one()
    link = db.session.scalars(db.select(CustomerLink)).one()
    link.basis = check.basis = basis
    db.session.commit()
    set_column("customer_links", "reason", before, link)
    set_column("link_checks", "reason", before, check)
    question = db.session.scalars(db.select(OutboxEntry).filter_by(kind=Kind.VERIFY_LINK)).one()
    set_column("outbox_entries", "reason", "deadline_passed", question)
    run("STATEMENTS")
    assert (link.reason, check.reason) == (after, after)
    by_details = basis == LinkBasis.DETAILS
    asked = Code.DETAILS_NOT_ASKED if by_details else Code.DEADLINE_PASSED
    assert db.session.get(OutboxEntry, question.id).reason == asked
    run("BACK")
    assert (link.reason, check.reason) == (before, before)


@pytest.mark.parametrize(
    ("outcome", "detail", "after"),
    [
        ("ok", "", ("ok", "")),
        ("", "", ("", "")),
        ("SignInRefused", "", (Code.KEY_REFUSED, "")),
        ("PermissionMissing", "customer_by_email", (Code.CUSTOMERS_REFUSED, "")),
        ("PermissionMissing", "basket_by_id", (Code.BASKETS_REFUSED, "")),
        ("NotFound", "", (Code.CLIENT_UNKNOWN, "")),
        ("NotFound", "case", (Code.CLIENT_CASE, "")),
        ("NotFound", "page", (Code.CLIENT_UNKNOWN, "page")),
        ("Unreachable", "dns", (Code.UNREACHABLE, "dns")),
        ("Unreachable", "certificate", (Code.CERTIFICATE, "")),
        ("NotSpektrix", "not_json", (Code.NOT_SPEKTRIX, "")),
        ("SecretNotBase64", "", (Code.KEY_NOT_BASE64, "")),
    ],
)
def test_a_test_of_the_connection_keeps_its_outcome(venue, outcome, detail, after):
    integration = integration_of(venue.id)
    integration.test_outcome, integration.test_detail = outcome, detail
    db.session.commit()
    run("STATEMENTS")
    assert (integration.test_outcome, integration.test_detail) == after
    run("BACK")
    assert integration.test_outcome == outcome


def test_what_stops_the_calls_and_a_trial_keep_their_words(venue):
    integration = integration_of(venue.id)
    integration.blocked_reason, integration.trial_outcome = "customers_refused", "PermissionMissing"
    audit.record(venue.id, None, audit.Action.TRIAL_WRITE, "PermissionMissing")
    db.session.commit()
    run("STATEMENTS")
    assert integration.blocked_reason == integration.trial_outcome == Code.WRITING_REFUSED
    assert (
        db.session.scalars(db.select(AuditEntry.detail).filter_by(action=audit.Action.TRIAL_WRITE)).one()
        == Code.WRITING_REFUSED
    )
    run("BACK")
    assert (integration.blocked_reason, integration.trial_outcome) == (
        "customers_refused",
        "PermissionMissing",
    )


def test_a_check_that_was_not_allowed_to_read_says_what_stops_the_calls(venue):
    integration = integration_of(venue.id)
    integration.blocked_reason = "customers_refused"
    integration.checks = [
        CheckResult(
            number=4, state=CheckState.FAILED, code="customers_refused", status=403, at=clock.utc_now()
        )
    ]
    db.session.commit()
    run("STATEMENTS")
    assert db.session.get(Integration, integration.id).blocked_reason == Code.CUSTOMERS_REFUSED
