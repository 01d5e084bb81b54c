"""The page's badge as a table: green only when visits really land."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.findings import Code
from portal.integration import wording
from portal.integration.connection.badges import badge_of
from portal.integration.connection.models import AttributeState
from portal.integration.standing import rules as page_rules
from portal.integration.standing.rules import Facts
from portal.outbox import rules as outbox_rules
from portal.outbox.models import State
from tests.support.tables import each_row

NOW = datetime(2026, 6, 12, 21, 42, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
FOUND = (AttributeState.FOUND, AttributeState.FOUND)
TESTED = {"test_outcome": "ok", "test_status": 200, "tested_at": NOW, "attributes": FOUND}
GOOD = TESTED | {"confirmed_at": EARLIER}


def callout(facts, client_name):
    fault = page_rules.connection_fault(facts)
    return badge_of(fault.code, fault.status, client_name, fault.detail) if fault else None


def failed(outcome, status=None):
    return {"test_outcome": outcome, "test_status": status, "tested_at": NOW, "attributes": FOUND}


@each_row(
    "facts, tone, words",
    [
        (GOOD, "ok", "Working"),
        ({"confirmed_at": NOW, "attributes": FOUND}, "ok", "Working"),
        (GOOD | {"counts": {State.RETRYING: 1}}, "ok", "Working"),
        (TESTED | {"trial_at": EARLIER}, "ok", "Working"),
        (TESTED, "info", "Ready, not proved yet"),
        ({"attributes": FOUND}, "warn", "Needs attention"),
        (GOOD | {"attributes": ()}, "warn", "Needs attention"),
        (
            GOOD | {"attributes": (AttributeState.FOUND, AttributeState.NEAR_MISS)},
            "warn",
            "Needs attention",
        ),
        (
            GOOD | {"attributes": (AttributeState.NOT_CHECKED, AttributeState.NOT_CHECKED)},
            "warn",
            "Needs attention",
        ),
        (
            GOOD | {"attributes": (AttributeState.FOUND, AttributeState.WRONG_TYPE)},
            "warn",
            "Needs attention",
        ),
        (GOOD | {"counts": {State.NOT_STORED: 1}}, "warn", "Needs attention"),
        (GOOD | {"domain_fault": Code.DOMAIN_UNREACHABLE}, "warn", "Needs attention"),
        (GOOD | {"counts": {State.NEEDS_ATTENTION: 1}}, "warn", "Needs attention"),
        (GOOD | {"active": False}, "off", "Paused"),
        (failed(Code.KEY_REFUSED, 401) | {"active": False}, "off", "Paused"),
        (GOOD | {"key_readable": False}, "bad", "Sign-in refused"),
        (failed(Code.KEY_REFUSED, 401), "bad", "Sign-in refused"),
        (failed(Code.KEY_NOT_BASE64), "bad", "Sign-in refused"),
        (failed(Code.CUSTOMERS_REFUSED, 403), "bad", "Permission missing"),
        (failed(Code.CLIENT_UNKNOWN, 404), "bad", "Client not found"),
        (failed(Code.CLIENT_UNKNOWN), "bad", "Client not found"),
        (failed(Code.OUTAGE, 503), "warn", "Spektrix unavailable"),
        (failed(Code.SLOW_DOWN, 429), "warn", "Spektrix unavailable"),
        (failed(Code.TIMED_OUT), "warn", "Spektrix unavailable"),
        (failed(Code.UNREACHABLE), "warn", "Spektrix unavailable"),
        (failed(Code.UNREACHABLE, 200), "warn", "Spektrix unavailable"),
        (failed(Code.NOT_SPEKTRIX, 200), "warn", "Spektrix unavailable"),
        (failed(Code.REDIRECTED, 302), "warn", "Spektrix unavailable"),
        (failed(Code.EDGE_BLOCK, 403), "warn", "Needs attention"),
        (failed(Code.REJECTED, 400), "warn", "Needs attention"),
        (GOOD | {"blocked_reason": Code.KEY_REFUSED}, "bad", "Sign-in refused"),
        (GOOD | {"blocked_reason": Code.BASKETS_REFUSED}, "bad", "Permission missing"),
        (GOOD | {"blocked_reason": Code.WRITING_REFUSED}, "bad", "Permission missing"),
        (GOOD | {"blocked_reason": Code.CLIENT_UNKNOWN}, "bad", "Client not found"),
        (GOOD | {"blocked_reason": Code.EDGE_BLOCK}, "warn", "Needs attention"),
    ],
)
def test_badge_of_a_connected_venue(facts, tone, words):
    result = page_rules.overall(Facts(**facts))
    assert (result.tone, result.words) == (tone, words)


def test_a_venue_without_credentials_is_not_connected():
    result = page_rules.overall(None)
    assert (result.tone, result.words) == ("off", "Not connected")


def test_a_visit_that_landed_after_a_failed_test_outweighs_it():
    facts = failed(Code.OUTAGE, 503) | {"confirmed_at": NOW + timedelta(minutes=1)}
    assert page_rules.overall(Facts(**facts)).words == "Working"


def test_a_visit_that_landed_before_a_failed_test_does_not_outweigh_it():
    facts = failed(Code.OUTAGE, 503) | {"confirmed_at": EARLIER}
    assert page_rules.overall(Facts(**facts)).words == "Spektrix unavailable"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Code.OUTAGE, "Spektrix unavailable"),
        (Code.TIMED_OUT, "Spektrix unavailable"),
        (Code.UNREACHABLE, "Spektrix unavailable"),
        (Code.NOT_SPEKTRIX, "Spektrix unavailable"),
    ],
)
def test_visits_failing_since_the_last_proof_turn_the_badge(reason, words):
    facts = Facts(**GOOD | {"failing_since": NOW + timedelta(seconds=1), "failing_reason": reason})
    assert page_rules.overall(facts).words == words


@pytest.mark.parametrize("reason", [Code.OUR_FAULT, Code.REJECTED])
def test_failures_that_spektrix_did_not_cause_are_not_called_its_outage(reason):
    facts = Facts(**GOOD | {"failing_since": NOW + timedelta(seconds=1), "failing_reason": reason})
    assert page_rules.overall(facts).words == "Needs attention"


def test_one_visit_failing_since_before_the_last_proof_leaves_the_badge_green():
    facts = Facts(**GOOD | {"failing_since": EARLIER, "failing_reason": Code.OUTAGE})
    assert page_rules.overall(facts).words == "Working"


def test_a_later_failed_test_is_shown_before_an_older_block():
    blocked = {"blocked_reason": Code.KEY_REFUSED, "blocked_until": outbox_rules.probe_at(EARLIER)}
    facts = Facts(**failed(Code.OUTAGE, 503) | blocked)
    assert callout(facts, "harbourplayhouse").mark == "503"


def test_a_later_block_is_shown_before_an_older_failed_test():
    later = outbox_rules.probe_at(NOW + timedelta(minutes=1))
    blocked = {"blocked_reason": Code.KEY_REFUSED, "blocked_until": later}
    facts = Facts(**failed(Code.OUTAGE, 503) | blocked)
    assert callout(facts, "harbourplayhouse").mark == "401"


@pytest.mark.parametrize(
    ("reason", "right"),
    [(Code.BASKETS_REFUSED, "read baskets"), (Code.WRITING_REFUSED, "update customers")],
)
def test_the_missing_permission_is_named(reason, right):
    headline = callout(Facts(blocked_reason=reason), "harbourplayhouse").headline
    assert headline == f"Signed in, but this API user is not allowed to {right}"


def test_an_unreadable_key_asks_for_the_key():
    assert callout(Facts(key_readable=False), "x").advice[0] == "Paste the API key again."


def test_a_healthy_connection_has_no_callout():
    assert callout(Facts(**GOOD), "harbourplayhouse") is None


def test_a_connection_on_which_nothing_has_landed_says_so():
    result = page_rules.overall(Facts(**TESTED))
    assert result.lead.startswith("Connected, but no visit has reached Spektrix yet.")
    assert result.code is None


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Code.KEY_REFUSED, Code.KEY_REFUSED),
        (Code.BASKETS_REFUSED, Code.BASKETS_REFUSED),
        (Code.WRITING_REFUSED, Code.WRITING_REFUSED),
        (Code.CLIENT_UNKNOWN, Code.CLIENT_UNKNOWN),
        (Code.EDGE_BLOCK, Code.EDGE_BLOCK),
        (Code.CERTIFICATE, Code.CERTIFICATE),
    ],
)
def test_what_stops_the_calls_is_one_finding(reason, code):
    facts = Facts(**GOOD | {"blocked_reason": reason})
    assert page_rules.overall(facts).code is code


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (125, "2 minutes ago"),
        (3600, "1 hour ago"),
        (47 * 3600, "47 hours ago"),
        (48 * 3600, "2 days ago"),
    ],
)
def test_how_long_ago(seconds, words):
    assert wording.ago(timedelta(seconds=seconds)) == words


def test_a_website_typed_as_client_name_is_told_as_such():
    advice = badge_of(Code.CLIENT_UNKNOWN, 404, "www.playhouse.org").advice
    assert advice[-1] == "www.playhouse.org looks like the address of a website, which is something else."


@pytest.mark.parametrize(
    ("landed", "lead"),
    [({}, "Your details are not the cause."), ({"confirmed_at": EARLIER}, "Your details are fine.")],
)
def test_an_outage_calls_details_fine_only_where_they_were_seen_to_work(landed, lead):
    facts = Facts(**failed(Code.OUTAGE, 503) | landed)
    assert page_rules.overall(facts).lead == lead
