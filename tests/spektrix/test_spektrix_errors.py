"""The error tree: one class for every answer, and nothing in it that is secret or personal."""

import pickle
import traceback
from datetime import UTC, datetime

import pytest
from requests_mock import ANY

from portal.spektrix import errors
from portal.spektrix.errors import NotSpektrix, Origin, SpektrixError, Unreachable
from portal.spektrix.schemas import AttributeUpdate
from tests.support.tables import each_row

JSON = {"Content-Type": "application/json"}
CANARIES = {
    "customer": "I-CANARY-1",
    "basket": "90412ACANARYBASKET",
    "email": "canary@example.org",
    "secret": "Q0FOQVJZQ0FOQVJZQ0FOQVJZ",
    "login": "canary-login",
}
UPDATE = AttributeUpdate(
    "attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", "attribute_NumberOfRestaurantVisits", 7
)
CALLS = {
    "probe_client_name": lambda client: client.probe_client_name(),
    "customer_by_email": lambda client: client.customer_by_email(CANARIES["email"]),
    "customer_by_id": lambda client: client.customer_by_id(CANARIES["customer"]),
    "basket_by_id": lambda client: client.basket_by_id(CANARIES["basket"]),
    "performance": lambda client: client.performance("112601A"),
    "update_attributes": lambda client: client.update_attributes(CANARIES["customer"], UPDATE),
}
BODIES = {
    "html": (b"<html>canary@example.org</html>", {"Content-Type": "text/html; charset=utf-8"}),
    "empty": (b"", {}),
    "empty json": (b"", JSON),
    "huge": (b'"' + b"x" * 3_000 + b'"', JSON),
    "malformed": (b'{"id": "I-CANARY-1"', JSON),
    "not utf-8": (b'{"id": "\xff"}', JSON),
    "deep": (b"[" * 1_500, JSON),
    "null": (b"null", JSON),
    "other record": (b'{"id": "I-CANARY-2"}', JSON),
    "good customer": (b'{"id": "I-CANARY-1", "email": "canary@example.org"}', JSON),
    "good, not called json": (b'{"id": "I-CANARY-1"}', {"Content-Type": "text/plain"}),
    "bad headers": (b"{}", JSON | {"Date": "yesterday", "Retry-After": "soon", "Content-Encoding": "gzip"}),
}
# What the table in the reliability paper says about each class.
EXPECTED = (
    (range(300, 400), "Redirected", True),
    ([401], "SignInRefused", False),
    ([404], "NotFound", False),
    ([429], "SlowDown", True),
    ([408, 409, 412, 423, 425], "Rejected", True),
    ([400, 402, 405, 410, 415, 418, 422, 451, 499], "Rejected", False),
    (range(500, 600), "ServerTrouble", True),
    ([*range(100, 200), 600, 999], "NotSpektrix", True),
)


@pytest.fixture
def spied(make_client):
    return make_client(login=CANARIES["login"], secret=CANARIES["secret"], max_bytes=2_000)


def outcome(call, client):
    """The error that a call ends in, None when it succeeds."""
    try:
        CALLS[call](client)
    except SpektrixError as error:
        return error
    return None


@each_row("kind", BODIES)
def test_every_status_ends_in_a_value_or_one_error(spied, requests_mock, kind):
    body, headers = BODIES[kind]
    for status in range(100, 600):
        requests_mock.register_uri(ANY, ANY, status_code=status, content=body, headers=headers)
        error = outcome("customer_by_id", spied)
        is_good = kind == "good customer" and 200 <= status <= 299
        assert (error is None) == is_good
        assert error is None or error.status == status


@each_row("kind", BODIES)
@each_row("call", CALLS)
def test_no_error_of_any_call_holds_a_canary(spied, requests_mock, call, kind):
    body, headers = BODIES[kind]
    for status in (200, 204, 302, 400, 401, 403, 404, 429, 503):
        requests_mock.register_uri(ANY, ANY, status_code=status, content=body, headers=headers)
        error = outcome(call, spied)
        assert error is not None or status < 300
        assert error is None or error.call == call
        assert_holds_no_canary(error)


@each_row("fault", [ConnectionError, TimeoutError, ValueError, OSError])
@each_row("call", CALLS)
def test_no_fault_of_the_network_holds_a_canary(spied, requests_mock, call, fault):
    requests_mock.register_uri(ANY, ANY, exc=fault(f"no way to /customers/{CANARIES['customer']}"))
    with pytest.raises(SpektrixError) as caught:
        CALLS[call](spied)
    assert caught.value.status is None
    assert_holds_no_canary(caught.value)


@each_row("statuses, name, retryable", EXPECTED)
def test_status_maps_to_its_class(statuses, name, retryable):
    for status in statuses:
        error = errors.refusal(Origin(status=status), "application/json")
        assert (type(error).__name__, error.retryable, error.status) == (name, retryable, status)


def test_success_is_no_error():
    assert all(errors.refusal(Origin(status=status), "text/html") is None for status in range(200, 300))


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("text/html", "BlockedAtEdge"),
        ("application/xhtml+xml", "BlockedAtEdge"),
        ("application/json", "PermissionMissing"),
        ("", "PermissionMissing"),
    ],
)
def test_403_as_a_web_page_comes_from_the_edge(content_type, name):
    assert type(errors.refusal(Origin(status=403), content_type)).__name__ == name


def test_published_edge_page_is_blocked_at_the_edge(client, requests_mock, base, example):
    requests_mock.get(
        f"{base}/customers/I-1",
        status_code=403,
        content=example("error_403_edge_block.html"),
        headers={"Content-Type": "text/html; charset=UTF-8"},
    )
    with pytest.raises(errors.BlockedAtEdge):
        client.customer_by_id("I-1")


@each_row(
    "header, seconds",
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("0", 1.0),
        ("99999", 3600.0),
        ("9" * 5_000, 3600.0),
        ("Thu, 28 May 2026 20:22:07 GMT", 60.0),
        ("Thu, 28 May 2020 20:22:07 GMT", 1.0),
        ("Thu, 28 May 2099 20:22:07 GMT", 3600.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(client, requests_mock, base, header, seconds):
    headers = {"Retry-After": header.encode().decode("latin-1"), "Date": "Thu, 28 May 2026 20:21:07 GMT"}
    requests_mock.get(f"{base}/customers/I-1", status_code=429, headers=headers)
    with pytest.raises(errors.SlowDown) as caught:
        client.customer_by_id("I-1")
    assert caught.value.retry_after == seconds


def test_retry_after_date_is_measured_by_our_clock_when_theirs_is_unknown(client, requests_mock, base):
    headers = {"Retry-After": "Thu, 28 May 2026 20:32:07 GMT"}
    requests_mock.get(f"{base}/customers/I-1", status_code=503, headers=headers)
    with pytest.raises(errors.ServerTrouble) as caught:
        client.customer_by_id("I-1")
    assert caught.value.retry_after == 60.0


@pytest.mark.parametrize(
    ("header", "instant"),
    [
        ("Thu, 28 May 2026 20:21:07 GMT", datetime(2026, 5, 28, 20, 21, 7, tzinfo=UTC)),
        ("Thu, 28 May 2026 20:21:07 -0000", datetime(2026, 5, 28, 20, 21, 7, tzinfo=UTC)),
        ("Thu, 28 May 2026 22:21:07 +0200", datetime(2026, 5, 28, 20, 21, 7, tzinfo=UTC)),
        ("yesterday", None),
        ("Thu, 99 May 2026 20:21:07 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1400", None),
        ("", None),
    ],
)
def test_refused_sign_in_carries_the_servers_own_date(client, requests_mock, base, header, instant):
    requests_mock.get(f"{base}/customers/I-1", status_code=401, headers={"Date": header})
    with pytest.raises(errors.SignInRefused) as caught:
        client.customer_by_id("I-1")
    assert caught.value.server_date == instant


def test_errors_survive_pickling():
    origin = Origin("customer_by_id", "customers/{id}", 200, datetime(2026, 1, 1, tzinfo=UTC), 3.0, True)
    for error in (errors.NotFound(origin), NotSpektrix("wrong_id", origin), Unreachable("dns", origin)):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert vars(copy) == vars(error)


def test_error_says_call_template_and_status():
    error = errors.NotFound(Origin("customer_by_id", "customers/{id}", 404))
    assert str(error) == "customer_by_id customers/{id}: status 404"
    assert str(Unreachable("dns", Origin("performance", "instances/{id}"))) == (
        "performance instances/{id}: no answer, dns"
    )


def assert_holds_no_canary(error):
    if error is None:
        return
    told = "".join([repr(error), str(error), repr(vars(error)), *traceback.format_exception(error)])
    link = error
    while link := link.__cause__ or link.__context__:
        told += repr(link)
    assert [canary for canary in CANARIES.values() if canary in told] == []
