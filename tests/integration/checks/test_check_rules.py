"""How each check ends, as tables of plain values."""

from datetime import timedelta

import pytest

from portal.findings import FINDINGS, Code
from portal.integration.checks import rules as check_rules
from portal.integration.checks.rules import Asked, LastVisit, Writing
from portal.integration.connection import gateway
from portal.integration.connection.failures import CallFailed, code_of_domain, failure_of
from portal.integration.connection.models import AttributeState, CheckState
from portal.outbox.models import State
from portal.spektrix import errors
from portal.spektrix.client import SpektrixClient
from portal.spektrix.errors import Origin, refusal
from tests.support.tables import each_row

FINE = Asked(None, 120)
MISSING = Asked(failure_of(errors.NotFound(Origin(call="customer_by_id", status=404, is_json=True))), 90)
REFUSED = Asked(failure_of(errors.PermissionMissing(Origin(status=403, is_json=True))), 80)
FOUND, NEAR, ABSENT = AttributeState.FOUND, AttributeState.NEAR_MISS, AttributeState.NOT_FOUND
WRONG, LATER, UNSEEN = (
    AttributeState.WRONG_TYPE,
    AttributeState.AFTER_FIRST_VISIT,
    AttributeState.NOT_CHECKED,
)


def refused(call, status, *, html=False):
    origin = Origin(call=call, status=status, is_json=not html)
    return Asked(failure_of(refusal(origin, "text/html" if html else "application/json")))


def probe_refused(status, *, html=False):
    origin = Origin(call="probe_client_name", status=status, is_json=not html)
    return refusal(origin, "text/html" if html else "application/json")


def every_verdict(asked):
    """What each check makes of it; `asked` returns what became of the call of that name."""
    probe = asked("probe_client_name")
    domain = asked("probe_client_name")
    domain.failed.code = code_of_domain(domain.failed)
    yield check_rules.answering(probe, None)
    yield check_rules.answering(FINE, domain)
    yield check_rules.client_name(probe, "Harbour", probe)
    yield check_rules.sign_in(asked("customer_by_email"), "api")
    yield check_rules.rights(asked("customer_by_id"), MISSING, Writing.PROVED)
    yield check_rules.rights(MISSING, asked("basket_by_id"), Writing.PROVED)
    yield check_rules.attributes((FOUND, FOUND), asked("customer_by_id"))


# Which of those checks an answer speaks for, by its status and whether it is a web page: a 404 knows the call
# and not the record, 400 is no refusal of rights, and 403 no refusal of the key.
PASSED_BY = {(404, True): {0}, (404, False): {0, 1, 4, 5}, (400, False): {4, 5}, (403, False): {3}}


@each_row("html", [True, False])
@each_row("status", [*range(100, 200, 33), *range(300, 600)])
def test_every_status_of_every_check_ends_in_words(status, html):
    verdicts = dict(enumerate(every_verdict(lambda call: refused(call, status, html=html))))
    failed = {place: one for place, one in verdicts.items() if one.state is CheckState.FAILED}
    assert set(verdicts) - set(failed) == PASSED_BY.get((status, html), set())
    assert all(verdicts[place].state is CheckState.PASSED for place in set(verdicts) - set(failed))
    for verdict in failed.values():
        assert verdict.code in FINDINGS
        assert verdict.detail
        assert verdict.status == status


@each_row(
    "error",
    [
        *(errors.Unreachable(kind) for kind in ("dns", "refused", "reset", "tls", "certificate", "other")),
        *(
            errors.NotSpektrix(why)
            for why in ("not_json", "malformed", "wrong_shape", "too_large", "not_http")
        ),
        errors.TimedOut(),
        errors.BodyCut(),
        errors.UnsafeIdentifier(),
        errors.SecretNotBase64(),
    ],
)
def test_every_answer_without_a_status_ends_in_words(error):
    verdicts = list(every_verdict(lambda _call: Asked(failure_of(error))))
    # What was never sent says nothing against Spektrix answering.
    passed = 1 if isinstance(error, errors.UnsafeIdentifier) else 0
    assert [one.state for one in verdicts[:passed]] == [CheckState.PASSED] * passed
    for verdict in verdicts[passed:]:
        assert verdict.state is CheckState.FAILED
        assert verdict.stops
        assert 0 < len(verdict.detail) <= 200


def test_a_404_is_an_answer_and_fails_the_client_name():
    asked = refused("probe_client_name", 404)
    assert check_rules.answering(asked, None).state is CheckState.PASSED
    verdict = check_rules.client_name(asked, "harbour")
    assert (verdict.state, verdict.code, verdict.status) == (CheckState.FAILED, Code.CLIENT_UNKNOWN, 404)


def test_a_name_that_answers_in_small_letters_is_told_from_an_unknown_one():
    asked = refused("probe_client_name", 404)
    assert check_rules.client_name(asked, "Harbour", FINE).code is Code.CLIENT_CASE
    assert check_rules.client_name(asked, "Harbour", asked).code is Code.CLIENT_UNKNOWN


@each_row(
    "error, code",
    [
        (probe_refused(404), None),
        (probe_refused(404, html=True), Code.DOMAIN_NOT_SPEKTRIX),
        (probe_refused(302), Code.DOMAIN_NOT_SPEKTRIX),
        (probe_refused(403, html=True), Code.DOMAIN_NOT_SPEKTRIX),
        (probe_refused(503), Code.OUTAGE),
        (errors.NotSpektrix("not_json"), Code.DOMAIN_NOT_SPEKTRIX),
        (errors.Unreachable("dns"), Code.DOMAIN_UNREACHABLE),
        (errors.Unreachable("certificate"), Code.DOMAIN_UNREACHABLE),
        (errors.TimedOut(), Code.DOMAIN_UNREACHABLE),
    ],
)
def test_the_custom_domain_is_judged_apart(app_context, monkeypatch, error, code):
    def probe(_client):
        raise error

    monkeypatch.setattr(SpektrixClient, "probe_client_name", probe)
    with pytest.raises(CallFailed) as caught:
        gateway.public_probe("https://tickets.example.org", "harbour", [])
    assert check_rules.answering(FINE, Asked(caught.value)).code is code


def test_a_custom_domain_that_answers_is_fine():
    assert check_rules.answering(FINE, None).code is None
    assert check_rules.answering(FINE, FINE).code is None


def test_a_corrected_clock_passes_with_a_warning():
    """S39: the reason is the clock, not the key."""
    verdict = check_rules.sign_in(FINE, "api", timedelta(minutes=10))
    assert (verdict.state, verdict.code) == (CheckState.WARNS, Code.CLOCK_OFF)
    assert "10 minutes ahead of Spektrix's" in verdict.detail


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (timedelta(seconds=90), "90 seconds ahead of"),
        (timedelta(seconds=-400), "7 minutes behind"),
        (timedelta(hours=1), "60 minutes ahead of"),
    ],
)
def test_how_far_the_clock_is_off(skew, words):
    assert words in check_rules.skew_words(skew)


@each_row(
    "customer, basket, writing, state, code, detail",
    [
        (MISSING, MISSING, Writing.PROVED, CheckState.PASSED, None, ""),
        (FINE, FINE, Writing.PROVED, CheckState.PASSED, None, ""),
        (MISSING, MISSING, Writing.UNPROVED, CheckState.WARNS, None, "Reading is allowed."),
        (MISSING, MISSING, Writing.REFUSED, CheckState.FAILED, Code.WRITING_REFUSED, "Updating customers"),
        (REFUSED, MISSING, Writing.PROVED, CheckState.FAILED, Code.CUSTOMERS_REFUSED, "customers: refused"),
        (MISSING, REFUSED, Writing.PROVED, CheckState.FAILED, Code.BASKETS_REFUSED, "baskets: refused"),
        (REFUSED, REFUSED, Writing.PROVED, CheckState.FAILED, Code.CUSTOMERS_REFUSED, "baskets: refused"),
        (refused("customer_by_id", 400), MISSING, Writing.PROVED, CheckState.PASSED, None, ""),
        (
            refused("customer_by_id", 404, html=True),
            MISSING,
            Writing.PROVED,
            CheckState.FAILED,
            Code.NOT_SPEKTRIX,
            "",
        ),
        (
            refused("customer_by_id", 403, html=True),
            MISSING,
            Writing.PROVED,
            CheckState.FAILED,
            Code.EDGE_BLOCK,
            "",
        ),
        (MISSING, refused("basket_by_id", 401), Writing.PROVED, CheckState.FAILED, Code.KEY_REFUSED, ""),
    ],
)
def test_the_refused_right_is_named(customer, basket, writing, state, code, detail):
    verdict = check_rules.rights(customer, basket, writing)
    assert (verdict.state, verdict.code) == (state, code)
    assert detail in verdict.detail


@pytest.mark.parametrize(
    ("known", "state", "code", "detail"),
    [
        ((FOUND, FOUND), CheckState.PASSED, None, ""),
        (
            (NEAR, ABSENT),
            CheckState.FAILED,
            Code.ATTRIBUTE_NEAR,
            "1 spelled differently, 1 missing. See below.",
        ),
        ((ABSENT, ABSENT), CheckState.FAILED, Code.ATTRIBUTE_MISSING, "2 missing. See below."),
        ((FOUND, WRONG), CheckState.FAILED, Code.ATTRIBUTE_TYPE, "1 with a type"),
        ((LATER, LATER), CheckState.WARNS, Code.ATTRIBUTES_NOT_SEEN, "The first visit will prove it"),
        ((UNSEEN, UNSEEN), CheckState.WARNS, Code.ATTRIBUTES_NOT_SEEN, "The first visit will prove it"),
    ],
)
def test_the_two_attributes_are_judged_together(known, state, code, detail):
    verdict = check_rules.attributes(known, FINE)
    assert (verdict.state, verdict.code) == (state, code)
    assert detail in verdict.detail


@pytest.mark.parametrize(
    ("visit", "state", "code"),
    [
        (None, CheckState.WARNS, None),
        (LastVisit(State.CONFIRMED, "21:42"), CheckState.PASSED, None),
        (LastVisit(State.CONFIRMED, "21:42", is_trial=True), CheckState.PASSED, None),
        (LastVisit(State.NOT_STORED, "21:42", Code.ATTRIBUTE_MISSING), CheckState.WARNS, Code.NOT_STORED),
        (LastVisit(State.RETRYING, "21:42", Code.OUTAGE), CheckState.WARNS, Code.VISIT_WAITING),
        (LastVisit(State.BLOCKED, "21:42", Code.KEY_REFUSED), CheckState.WARNS, Code.VISIT_WAITING),
        (
            LastVisit(State.NEEDS_ATTENTION, "21:42", Code.VISIT_GIVEN_UP),
            CheckState.WARNS,
            Code.VISIT_GIVEN_UP,
        ),
    ],
)
def test_the_last_visit_comes_from_our_own_log(visit, state, code):
    verdict = check_rules.last_visit(visit, active=True, held=0)
    assert (verdict.state, verdict.code) == (state, code)


def test_while_paused_the_last_check_says_what_is_held():
    verdict = check_rules.last_visit(None, active=False, held=12)
    assert (verdict.state, verdict.detail) == (CheckState.SKIPPED, "Paused. 12 visits are being held.")
