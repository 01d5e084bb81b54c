"""Every status from 100 to 599, and none, with every kind of body: the right headline and no fault."""

from types import SimpleNamespace

import pytest
from flask import render_template

from portal.findings import FINDINGS, Code
from portal.integration.connection import gateway
from portal.integration.connection.badges import AnswerBadge, badge_of
from portal.integration.connection.failures import CallFailed, RecordMissing, failure_of
from portal.integration.connection.gateway import Credentials
from portal.integration.settings.replacing import Trial
from portal.spektrix.errors import (
    NotFound,
    NotSpektrix,
    Origin,
    PermissionMissing,
    SignInRefused,
    SpektrixError,
    Unreachable,
)
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.support.raw_answers import raw_answers

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
MARKUP = b"<script>alert(1)</script>"
BODIES = {
    "web page": (HTML, b"<html>" + MARKUP + b"</html>"),
    "empty": (JSON, b""),
    "no type": ("", b""),
    "6 MB": (JSON, b"[" + b'"' + b"x" * 6_000_000 + b'"]'),
    "malformed": (JSON, b'{"message": "' + MARKUP),
    "wrong shape": (JSON, b'{"message": "' + MARKUP + b'", "id": 7}'),
    "a string": (JSON, b'"ok"'),
}
OTHER = "Something other than Spektrix answered"
HEADLINES = (
    (range(101, 300), OTHER, Code.NOT_SPEKTRIX),
    (range(300, 400), "Spektrix’s address sends us elsewhere instead of answering", Code.REDIRECTED),
    ([401], "Spektrix did not accept the API user and key", Code.KEY_REFUSED),
    (
        [403],
        "Signed in, but this API user is not allowed to read customers",
        Code.CUSTOMERS_REFUSED,
    ),
    ([404], "Spektrix has no client with that name", Code.CLIENT_UNKNOWN),
    ([429], "Spektrix asked us to slow down", Code.SLOW_DOWN),
    (range(400, 500), "Spektrix refused what this portal asked", Code.REJECTED),
    (range(500, 600), "Spektrix is having a problem at the moment", Code.OUTAGE),
)
# Where the kind of the body tells two answers of one status apart.
BY_BODY = {
    (403, "web page"): ("A security filter in front of Spektrix refused this portal", Code.EDGE_BLOCK),
}


@pytest.fixture(scope="module")
def server():
    with raw_answers() as server:
        yield server


@pytest.fixture
def settings_here(server):
    return {"spektrix_url": server.url, "spektrix_timeout_seconds": 1.0}


@pytest.fixture
def test_of(app, server):
    """Answers with the error that a connection test ends in while the server gives this answer."""

    def ask(answer, timeout=None):
        server.answer = answer
        with gateway.spektrix(Credentials(CLIENT_NAME, API_USER, API_KEY), [], timeout) as client:
            try:
                client.probe_client_name()
                client.check_credentials()
            except CallFailed as failed:
                return failed
        return None

    with app.test_request_context():
        yield ask


def raw(status, media_type, body):
    kind = f"Content-Type: {media_type}\r\n" if media_type else ""
    head = f"HTTP/1.1 {status} Whatever\r\n{kind}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def expected(status, body):
    by_status = next((said, code) for statuses, said, code in HEADLINES if status in statuses)
    return BY_BODY.get((status, body), by_status)


@pytest.mark.parametrize("body", BODIES)
def test_every_status_has_its_headline_whatever_its_body(test_of, body):
    for status in range(101, 600):
        failed = test_of(raw(status, *BODIES[body]))
        assert failed is not None, status
        badge = shown(failed)
        assert (badge.headline, failed.code) == expected(status, body), status
        assert (badge.tone, badge.mark) == ("bad", str(status))
        assert_is_shown(badge)


def shown(failed):
    """The badge, at once and later: all that it is made from is stored."""
    assert len(failed.detail) <= 24
    return badge_of(failed.code, failed.status, CLIENT_NAME, failed.detail)


def assert_is_shown(badge):
    typed = SimpleNamespace(removed=[])
    trial = Trial(badge, told=True)
    html = render_template("integration/settings/_typed_test.html", trial=trial, saving=True, form=typed)
    assert badge.mark in html
    assert MARKUP.decode() not in html


@pytest.mark.parametrize(
    ("answer", "headline", "code"),
    [
        (b"", "Spektrix could not be reached (the connection broke off)", Code.UNREACHABLE),
        (b"SSH-2.0-OpenSSH_9.6\r\n", OTHER, Code.NOT_SPEKTRIX),
        (b"HTTP/1.1 \r\n\r\n", OTHER, Code.NOT_SPEKTRIX),
        (b"HTTP/1.1 099 No\r\n\r\n", OTHER, Code.NOT_SPEKTRIX),
    ],
    ids=["nothing", "another protocol", "no status", "a status below 100"],
)
def test_an_answer_without_a_status_is_not_dressed_up_as_one(test_of, answer, headline, code):
    failed = test_of(answer)
    badge = shown(failed)
    assert (badge.headline, badge.mark, failed.code) == (headline, "No answer", code)


def test_a_body_that_breaks_off_and_an_answer_that_never_comes_are_outages(test_of):
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n"
    assert test_of(cut).code is Code.UNREACHABLE
    # A 100 only announces the answer; this server closes instead of giving it.
    assert test_of(b"HTTP/1.1 100 Continue\r\n\r\n").code is Code.UNREACHABLE


def test_a_test_that_passed_is_green_and_says_what_it_does_not_prove():
    badge = badge_of(None, None, CLIENT_NAME)
    assert (badge.tone, badge.mark) == ("ok", "200")
    assert "It does not show whether the two attributes exist." in badge.advice[0]


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("dns", Code.UNREACHABLE, "its address could not be looked up"),
        ("refused", Code.UNREACHABLE, "the connection was refused"),
        ("reset", Code.UNREACHABLE, "the connection broke off"),
        ("tls", Code.UNREACHABLE, "no secure connection could be made"),
        ("not_public", Code.UNREACHABLE, "its address is not a public one"),
        ("other", Code.UNREACHABLE, "the network failed"),
        ("certificate", Code.CERTIFICATE, "The certificate at Spektrix’s address is not right"),
    ],
)
def test_each_way_of_not_reaching_spektrix_has_its_words(kind, code, words):
    failed = failure_of(Unreachable(kind))
    badge = shown(failed)
    assert (badge.mark, failed.code) == ("No answer", code)
    assert words in badge.headline


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("basket_by_id", Code.BASKETS_REFUSED),
        ("customer_by_email", Code.CUSTOMERS_REFUSED),
        ("customer_by_id", Code.CUSTOMERS_REFUSED),
        ("update_attributes", Code.WRITING_REFUSED),
    ],
)
def test_the_refused_right_is_named(call, code):
    """R9."""
    failed = failure_of(PermissionMissing(Origin(call=call, status=403, is_json=True)))
    assert failed.code is code
    assert shown(failed).headline == FINDINGS[code].title


def test_a_web_page_that_says_404_of_a_record_is_not_spektrix():
    failed = failure_of(NotFound(Origin(call="customer_by_email", status=404)))
    assert failed.code is Code.NOT_SPEKTRIX
    assert shown(failed).headline == OTHER


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("basket_by_id", Code.BASKET_GONE),
        ("customer_by_email", Code.NO_ACCOUNT),
        ("customer_by_id", Code.CUSTOMER_GONE),
        ("update_attributes", Code.CUSTOMER_GONE),
    ],
)
def test_a_record_that_spektrix_does_not_have_is_told_from_a_fault(call, code):
    failed = failure_of(NotFound(Origin(call=call, status=404, is_json=True)))
    assert isinstance(failed, RecordMissing)
    assert failed.code is code


@pytest.mark.parametrize("reason", ["malformed", "wrong_id", "too_large", "not_http", "duplicate_keys"])
def test_every_odd_answer_is_something_other_than_spektrix(reason):
    failed = failure_of(NotSpektrix(reason, Origin(status=200)))
    assert failed.code is Code.NOT_SPEKTRIX
    assert shown(failed).headline == OTHER


def test_only_an_answer_about_the_details_refuses_them():
    about = [kind for kind in subclasses(SpektrixError) if failure_of(kind()).is_about_details]
    assert {kind.__name__ for kind in about} == {
        "SignInRefused",
        "PermissionMissing",
        "NotFound",
        "Rejected",
        "SecretNotBase64",
        "UnsafeIdentifier",
    }


def test_every_error_has_a_code_and_a_badge():
    for kind in subclasses(SpektrixError):
        assert failure_of(kind()).code in FINDINGS
        assert isinstance(shown(failure_of(kind())), AnswerBadge)
    assert failure_of(SignInRefused()).code is Code.KEY_REFUSED


def subclasses(kind):
    return [kind for kind in kind.__subclasses__() if kind.__module__ == "portal.spektrix.errors"]
