"""A wrong clock of ours is told apart from a wrong key, and allowed for (S39)."""

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from portal.spektrix.errors import NotFound, PermissionMissing, ServerTrouble, SignInRefused
from portal.spektrix.schemas import AttributeUpdate
from portal.spektrix.signing import authorization
from tests.spektrix.conftest import NOW, SECRET

JSON = {"Content-Type": "application/json"}
CUSTOMER = "I-7Q2D-K9XM"
UPDATE = AttributeUpdate(
    "attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", "attribute_NumberOfRestaurantVisits", 7
)


class Spektrix:
    """Refuses whatever is not signed within five minutes of its own clock."""

    def __init__(self, requests_mock, base, ours_ahead, then=(200, {"id": CUSTOMER})):
        self.now = NOW - ours_ahead
        self.then = then
        self.seen = []
        for method in ("GET", "PATCH"):
            requests_mock.register_uri(method, f"{base}/customers/{CUSTOMER}", json=self.answer)
            requests_mock.register_uri(method, f"{base}/customers", json=self.answer)

    def answer(self, request, context):
        self.seen.append((request.body, dict(request.headers)))
        context.headers.update(JSON | {"Date": format_datetime(self.now, usegmt=True)})
        off = abs(parsedate_to_datetime(request.headers["Date"]) - self.now)
        right = off < timedelta(minutes=5) and request.headers["Authorization"] == signature_of(request)
        context.status_code, body = self.then if right else (401, {"message": "Unauthorized"})
        return body


def signature_of(request):
    body = request.body if request.method != "GET" else None
    return authorization(request.method, request.url, request.headers["Date"], body, "rezzy-api", SECRET)


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=2)])
def test_a_call_refused_for_the_clock_is_signed_once_more_by_spektrixs(client, requests_mock, base, ahead):
    spektrix = Spektrix(requests_mock, base, ahead)
    assert client.customer_by_id(CUSTOMER).id == CUSTOMER
    assert len(spektrix.seen) == 2
    assert client.clock_skew == ahead
    assert client.sign_in_accepted


def test_both_tries_are_reported(client, requests_mock, base, records):
    Spektrix(requests_mock, base, timedelta(minutes=10))
    client.customer_by_id(CUSTOMER)
    assert [(record.status, record.outcome) for record in records] == [(401, "SignInRefused"), (200, "ok")]


def test_later_calls_of_the_client_are_signed_right_at_once(client, requests_mock, base):
    spektrix = Spektrix(requests_mock, base, timedelta(minutes=10))
    client.customer_by_id(CUSTOMER)
    client.update_attributes(CUSTOMER, UPDATE)
    assert len(spektrix.seen) == 3
    assert client.clock_skew == timedelta(minutes=10)


def test_an_update_refused_for_the_clock_is_repeated_with_the_same_body(client, requests_mock, base):
    spektrix = Spektrix(requests_mock, base, timedelta(minutes=10))
    client.update_attributes(CUSTOMER, UPDATE)
    first, second = spektrix.seen
    assert first[0] == second[0]
    assert first[1]["Authorization"] != second[1]["Authorization"]


def test_missing_records_and_rights_prove_the_signature_too(client, requests_mock, base):
    Spektrix(requests_mock, base, timedelta(minutes=10), then=(404, {"message": "Resource Not Found"}))
    client.check_credentials()
    assert client.clock_skew == timedelta(minutes=10)
    for status, error in ((404, NotFound), (403, PermissionMissing)):
        Spektrix(requests_mock, base, timedelta(minutes=10), then=(status, {}))
        with pytest.raises(error):
            client.customer_by_id(CUSTOMER)


def test_an_outage_on_the_second_try_proves_nothing(client, requests_mock, base):
    Spektrix(requests_mock, base, timedelta(minutes=10), then=(503, {}))
    with pytest.raises(ServerTrouble):
        client.customer_by_id(CUSTOMER)
    assert (client.clock_skew, client.sign_in_accepted) == (None, False)


def test_a_wrong_key_stays_a_wrong_key_under_a_wrong_clock(make_client, requests_mock, base):
    spektrix = Spektrix(requests_mock, base, timedelta(minutes=10))
    client = make_client(secret="QW5vdGhlciBrZXk=")
    with pytest.raises(SignInRefused):
        client.customer_by_id(CUSTOMER)
    assert len(spektrix.seen) == 2
    assert client.clock_skew is None


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=60), timedelta(seconds=-60)])
def test_a_refusal_while_the_clocks_agree_is_not_tried_again(make_client, requests_mock, base, ahead):
    spektrix = Spektrix(requests_mock, base, ahead)
    with pytest.raises(SignInRefused):
        make_client(secret="QW5vdGhlciBrZXk=").customer_by_id(CUSTOMER)
    assert len(spektrix.seen) == 1


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_refusal_without_a_usable_date_is_not_tried_again(client, requests_mock, base, date):
    headers = JSON if date is None else JSON | {"Date": date}
    requests_mock.get(f"{base}/customers/{CUSTOMER}", status_code=401, headers=headers)
    with pytest.raises(SignInRefused):
        client.customer_by_id(CUSTOMER)
    assert requests_mock.call_count == 1


def test_an_unsigned_call_has_nothing_to_sign_again(client, requests_mock, base):
    headers = JSON | {"Date": format_datetime(NOW - timedelta(hours=1), usegmt=True)}
    requests_mock.get(f"{base}/events", status_code=401, headers=headers)
    with pytest.raises(SignInRefused):
        client.probe_client_name()
    assert requests_mock.call_count == 1
