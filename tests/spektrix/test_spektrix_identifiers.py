"""No text can turn a call into another call."""

import contextlib
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import pytest
import requests_mock as mocking
from hypothesis import given, settings, strategies as st

from portal.spektrix.client import SpektrixClient
from portal.spektrix.errors import SpektrixError, UnsafeIdentifier
from portal.spektrix.schemas import AttributeUpdate
from portal.spektrix.signing import authorization, http_date
from tests.support.tables import each_row

UPDATE = AttributeUpdate(
    "attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", "attribute_NumberOfRestaurantVisits", 7
)
CALLS = {
    "customers": lambda client, text: client.customer_by_id(text),
    "baskets": lambda client, text: client.basket_by_id(text),
    "instances": lambda client, text: client.performance(text),
    "update": lambda client, text: client.update_attributes(text, UPDATE),
}
ESCAPES = [
    "",
    " ",
    ".",
    "..",
    "...",
    "../customers/I-1",
    "..\\customers\\I-1",
    "%2e%2e",
    "%2E%2E%2Fcustomers",
    "I-1/orders",
    "I-1?x=1",
    "I-1#x",
    "I-1 ",
    " I-1",
    "I-1\n",
    "I-1\r\nX-Evil: 1",
    "I-1\x00",
    "I-1\u2028",
    "\ud800",
    "I" * 65,
]
SECRET = "c2VjcmV0"
CLIENT = SpektrixClient(
    "https://spektrix.test", "thetheatre", "rezzy-api", SECRET, clock=lambda: datetime.now(UTC)
)
GOOD_IDS = ["I-7Q2D-K9XM", "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC", "53613", "-", "x" * 64]
PIECES = ["..", ".", "/", "\\", "%2e", "%2F", "%", "?", "#", ";", "@", ":", "I-1", "é", "\n", "\uff0e"]
# Texts made of what path handling trips over, besides any text at all.
TEXTS = st.text(max_size=70) | st.lists(
    st.sampled_from(PIECES),
    max_size=8,
).map("".join)


@each_row("text", ESCAPES)
@each_row("call", CALLS)
def test_text_that_leaves_its_segment_is_never_sent(client, requests_mock, records, call, text):
    with pytest.raises(UnsafeIdentifier) as caught:
        CALLS[call](client, text)
    assert isinstance(caught.value, ValueError)
    assert (caught.value.status, caught.value.retryable) == (None, False)
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert not requests_mock.called
    assert records == []


@each_row("text", ["I-1!", "a.b", "é", "I_1", "90412A+", "\uff11"])
@each_row("call", ["baskets", "instances"])
def test_object_ids_are_letters_digits_and_hyphens(client, requests_mock, call, text):
    with pytest.raises(UnsafeIdentifier):
        CALLS[call](client, text)
    assert not requests_mock.called


@each_row("text", GOOD_IDS)
@each_row("call", CALLS)
def test_ordinary_ids_are_sent_unchanged(client, requests_mock, call, text):
    requests_mock.register_uri(mocking.ANY, mocking.ANY, status_code=204)
    with pytest.raises(SpektrixError) if call != "update" else contextlib.nullcontext():
        CALLS[call](client, text)
    folder = "customers" if call == "update" else call
    assert (
        requests_mock.last_request._request.url == f"https://spektrix.test/thetheatre/api/v3/{folder}/{text}"
    )


@settings(max_examples=300, deadline=None, database=None)
@given(call=st.sampled_from(sorted(CALLS)), text=TEXTS)
def test_no_text_changes_the_segments_of_a_call(call, text):
    with mocking.Mocker() as mock:
        mock.register_uri(mocking.ANY, mocking.ANY, status_code=503)
        with pytest.raises(SpektrixError) as caught:
            CALLS[call](CLIENT, text)
        sent = [request._request.url for request in mock.request_history]
    if isinstance(caught.value, UnsafeIdentifier):
        assert sent == []
        return
    (url,) = sent
    address = urlsplit(url)
    folder = "customers" if call == "update" else call
    *before, last = address.path.split("/")
    assert before == ["", "thetheatre", "api", "v3", folder]
    assert unquote(last) == text
    assert (address.scheme, address.netloc) == ("https", "spektrix.test")
    assert not set("?#") & set(url)


@settings(max_examples=200, deadline=None, database=None)
@given(text=TEXTS | st.emails())
def test_no_email_changes_the_address_of_a_call(text):
    with mocking.Mocker() as mock:
        mock.register_uri(mocking.ANY, mocking.ANY, status_code=503)
        with pytest.raises(SpektrixError) as caught:
            CLIENT.customer_by_email(text)
        sent = [request._request.url for request in mock.request_history]
    if isinstance(caught.value, UnsafeIdentifier):
        assert sent == []
        return
    before, _, value = sent[0].partition("=")
    assert before == "https://spektrix.test/thetheatre/api/v3/customers?email"
    assert not set("&=+#?/ ") & set(value)
    assert unquote(value) == text


@pytest.mark.parametrize(
    "text", ["", "nobody", "a b@example.org", "a@example.org\n", "a@" + "x" * 300, "\ud800@x"]
)
def test_text_that_is_no_email_is_never_sent(client, requests_mock, text):
    with pytest.raises(UnsafeIdentifier):
        client.customer_by_email(text)
    assert not requests_mock.called


@each_row("name", ["", " ", ".", "..", "a/b", "the theatre", "a%2Fb", "-a", "a.", "a\n", "é", "x" * 65])
def test_unusable_client_name_is_never_sent(make_client, requests_mock, name):
    client = make_client(client_name=name)
    for call in (client.probe_client_name, client.check_credentials):
        with pytest.raises(UnsafeIdentifier):
            call()
    assert not requests_mock.called


@pytest.mark.parametrize("login", ["", "a\r\nX-Evil: 1", "a\x00"])
def test_login_that_would_break_the_header_is_never_sent(make_client, requests_mock, login):
    with pytest.raises(UnsafeIdentifier):
        make_client(login=login).customer_by_id("I-1")
    assert not requests_mock.called


@pytest.mark.parametrize(
    "text", ["I-7Q2D-K9XM", "a..b", "..a", "~", "a;b", "a@b:c", "é", "\uff0e\uff0e", "a+b&c=d"]
)
def test_address_on_the_wire_is_the_one_signed(make_client, serve, text):
    now = datetime(2026, 5, 28, tzinfo=UTC)
    server = serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(SpektrixError, match="503"):
        make_client(server.url, secret=SECRET, clock=lambda: now).customer_by_id(text)
    (request,) = server.requests
    target = request.split(b" ")[1].decode()
    assert target.startswith("/thetheatre/api/v3/customers/")
    assert unquote(target.rpartition("/")[2]) == text
    expected = authorization("GET", server.url + target, http_date(now), None, "rezzy-api", SECRET)
    assert _signature(request) == expected


def _signature(request):
    lines = request.decode().split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.startswith("Authorization: "))
