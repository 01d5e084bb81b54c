"""Each call: what is sent, and what becomes of the answer."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.spektrix.client import NOBODY, USER_AGENT, CallRecord, SpektrixClient
from portal.spektrix.errors import (
    NotFound,
    NotSpektrix,
    PermissionMissing,
    SecretNotBase64,
    SignInRefused,
    UnsafeIdentifier,
)
from portal.spektrix.schemas import AttributeUpdate
from portal.spektrix.signing import authorization
from tests.support.tables import each_row

JSON = {"Content-Type": "application/json; charset=utf-8"}
HTML = {"Content-Type": "text/html"}
BASE = "https://spektrix.test/thetheatre/api/v3"
CUSTOMER = "I-7Q2D-K9XM"
BASKET = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
PERFORMANCE = "112601ADVKGDPBPLVHPQKKHKVSNPRMCVD"
UPDATE = AttributeUpdate(
    "attribute_LastDinedAt", "2026-05-28T21:30:00+01:00", "attribute_NumberOfRestaurantVisits", 7
)


def refused_for(caught):
    return caught.value.reason


def test_customer_by_id_reads_the_published_example(client, requests_mock, example):
    requests_mock.get(
        f"{BASE}/customers/{CUSTOMER}", content=example("customer_get_by_id.json"), headers=JSON
    )
    customer = client.customer_by_id(CUSTOMER)
    assert (customer.id, customer.email) == (CUSTOMER, "orla.dowd@example.org")
    assert (customer.first_name, customer.last_name) == ("Orla", "Dowd")
    assert (customer.phone, customer.mobile) == ("", "07700 900123")
    assert customer.attributes == {
        "attribute_AccessNeeds": "",
        "attribute_FavouriteGenre": "Drama",
        "attribute_LastDinedAt": None,
        "attribute_NumberOfRestaurantVisits": None,
    }


def test_signature_covers_the_address_on_the_wire(client, requests_mock):
    requests_mock.get(f"{BASE}/customers", json={"id": CUSTOMER}, headers=JSON)
    client.customer_by_email("orla+theatre@example.org")
    sent = requests_mock.last_request
    assert sent.url == f"{BASE}/customers?email=orla%2Btheatre%40example.org"
    date = "Thu, 28 May 2026 20:31:07 GMT"
    secret = "MDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk8="
    assert sent.headers["Date"] == date
    assert sent.headers["Authorization"] == authorization("GET", sent.url, date, None, "rezzy-api", secret)


def test_every_call_says_who_we_are_and_asks_for_plain_json(client, requests_mock):
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", json={"id": CUSTOMER}, headers=JSON)
    client.customer_by_id(CUSTOMER)
    headers = requests_mock.last_request.headers
    assert headers["User-Agent"] == USER_AGENT
    assert headers["Accept"] == "application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in headers


def test_user_agent_names_the_version_of_the_project():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"MakeARezzy/{project['version']} (+Spektrix bridge)" == USER_AGENT


def test_each_call_is_signed_afresh(make_client, requests_mock):
    ticks = iter(datetime(2026, 5, 28, 20, 31, second, tzinfo=UTC) for second in range(60))
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", status_code=503)
    client = make_client(clock=lambda: next(ticks))
    for _ in range(2):
        with pytest.raises(Exception, match="503"):
            client.customer_by_id(CUSTOMER)
    first, second = requests_mock.request_history
    assert first.headers["Date"] != second.headers["Date"]
    assert first.headers["Authorization"] != second.headers["Authorization"]


def test_client_name_keeps_its_case(make_client, requests_mock):
    requests_mock.get("https://spektrix.test/TheTheatre/api/v3/events", text="[]", headers=JSON)
    make_client(client_name="TheTheatre").probe_client_name()
    assert "/TheTheatre/api/v3/" in requests_mock.last_request._request.url


@pytest.mark.parametrize("body", ["[]", "\n  [1, 2", "\ufeff[]", json.dumps([{"id": "1"}] * 9_999)])
def test_probe_is_content_with_the_beginning_of_a_list(make_client, requests_mock, body):
    requests_mock.get(f"{BASE}/events", text=body, headers=JSON)
    make_client(max_bytes=1_000).probe_client_name()
    sent = requests_mock.last_request
    assert sent.url == f"{BASE}/events?instanceStart_from=2026-05-28"
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize("body", ["{}", "null", '"["', ""])
def test_probe_refuses_what_is_not_a_list(client, requests_mock, body):
    requests_mock.get(f"{BASE}/events", text=body, headers=JSON)
    with pytest.raises(NotSpektrix) as caught:
        client.probe_client_name()
    assert refused_for(caught) == "wrong_shape"


def test_probe_needs_no_usable_secret(make_client, requests_mock):
    requests_mock.get(f"{BASE}/events", text="[]", headers=JSON)
    make_client(login="", secret="not base64").probe_client_name()
    assert "Authorization" not in requests_mock.last_request.headers


def test_credentials_are_good_when_nobody_is_found(client, requests_mock, records, example):
    body = example("error_404_resource_not_found.json")
    requests_mock.get(f"{BASE}/customers", status_code=404, content=body, headers=JSON)
    client.check_credentials()
    assert requests_mock.last_request.qs == {"email": [NOBODY]}
    assert [record.status for record in records] == [404]


def test_credentials_are_good_when_somebody_is_found(client, requests_mock):
    requests_mock.get(f"{BASE}/customers", json={"id": CUSTOMER}, headers=JSON)
    client.check_credentials()
    assert requests_mock.last_request.headers["Authorization"].startswith("SpektrixAPI3 ")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status_code": 401, "headers": JSON}, SignInRefused),
        ({"status_code": 403, "headers": JSON}, PermissionMissing),
        ({"status_code": 404, "headers": HTML}, NotFound),
    ],
)
def test_credentials_are_not_good_on_other_answers(client, requests_mock, answer, error):
    requests_mock.get(f"{BASE}/customers", **answer)
    with pytest.raises(error):
        client.check_credentials()


def test_unknown_email_is_not_found(client, requests_mock):
    requests_mock.get(f"{BASE}/customers", status_code=404, headers=JSON)
    with pytest.raises(NotFound) as caught:
        client.customer_by_email("nobody@example.org")
    assert caught.value.path_template == "customers?email={email}"


def test_email_lookup_answered_with_a_list_is_refused(client, requests_mock):
    requests_mock.get(f"{BASE}/customers", json=[{"id": CUSTOMER}], headers=JSON)
    with pytest.raises(NotSpektrix) as caught:
        client.customer_by_email("orla@example.org")
    assert refused_for(caught) == "wrong_shape"


@pytest.mark.parametrize("answered", ["I-0000-0000", CUSTOMER.lower(), f" {CUSTOMER}"])
def test_another_customer_than_asked_for_is_refused(client, requests_mock, answered):
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", json={"id": answered}, headers=JSON)
    with pytest.raises(NotSpektrix) as caught:
        client.customer_by_id(CUSTOMER)
    assert refused_for(caught) == "wrong_id"
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("basket_owner_by_id.json", CUSTOMER),
        ("basket_owner_by_id_anonymous.json", None),
        ("basket_no_tickets_donation_only.json", CUSTOMER),
    ],
)
def test_basket_examples_tell_their_owner(client, requests_mock, example, name, owner):
    requests_mock.get(f"{BASE}/baskets/{BASKET}", content=example(name), headers=JSON)
    basket = client.basket_by_id(BASKET)
    assert (basket.id, basket.customer_id) == (BASKET, owner)


def test_basket_without_id_is_refused(client, requests_mock, example):
    requests_mock.get(f"{BASE}/baskets/{BASKET}", content=example("basket_web_empty.json"), headers=JSON)
    with pytest.raises(NotSpektrix):
        client.basket_by_id(BASKET)


def test_another_basket_than_asked_for_is_refused(client, requests_mock):
    requests_mock.get(f"{BASE}/baskets/{BASKET}", json={"id": "1A", "customer": None}, headers=JSON)
    with pytest.raises(NotSpektrix) as caught:
        client.basket_by_id(BASKET)
    assert refused_for(caught) == "wrong_id"


def test_performance_is_read_unsigned_with_bare_utc(client, requests_mock, example):
    requests_mock.get(f"{BASE}/instances/{PERFORMANCE}", content=example("instance_by_id.json"), headers=JSON)
    performance = client.performance(PERFORMANCE)
    assert performance.event_id == "70401ADQJCRGJLTKQVVCBJLSDDMKGRTVG"
    assert performance.starts.local == datetime.fromisoformat("2026-06-12T19:30:00")
    assert performance.starts.utc == datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
    assert performance.cancelled is False
    assert "Authorization" not in requests_mock.last_request.headers


def test_update_sends_exactly_two_attributes_in_one_patch(client, requests_mock):
    requests_mock.patch(f"{BASE}/customers/{CUSTOMER}", status_code=204)
    client.update_attributes(CUSTOMER, UPDATE)
    assert len(requests_mock.request_history) == 1
    sent = requests_mock.last_request
    assert sent.json() == {
        "attribute_LastDinedAt": "2026-05-28T21:30:00+01:00",
        "attribute_NumberOfRestaurantVisits": 7,
    }
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Content-Length"] == str(len(sent.body))


def test_update_of_the_signing_vector_is_byte_for_byte_the_same(make_client, requests_mock):
    vector = json.loads((Path(__file__).parent / "signing_vectors.json").read_text())["vectors"][2]
    requests_mock.patch(vector["url"], status_code=204)
    instant = datetime(2026, 5, 28, 20, 31, 8, tzinfo=UTC)
    client = make_client(
        "https://system.spektrix.com", secret=vector["secret_key_base64"], clock=lambda: instant
    )
    client.update_attributes(CUSTOMER, UPDATE)
    assert requests_mock.last_request.body == vector["body"].encode()
    assert requests_mock.last_request.headers["Authorization"] == vector["expected_authorization_header"]


@each_row("body", ["", " ", "null", '"ok"', "[]", "{}", f'{{"id": "{CUSTOMER}"}}'])
@each_row("status", [200, 201, 202, 204, 299])
def test_update_accepts_any_success(client, requests_mock, status, body):
    requests_mock.reset_mock()
    requests_mock.patch(f"{BASE}/customers/{CUSTOMER}", status_code=status, text=body, headers=JSON)
    client.update_attributes(CUSTOMER, UPDATE)
    assert requests_mock.call_count == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"text": "<html>", "headers": HTML}, "not_json"),
        ({"text": "{}"}, "not_json"),
        ({"text": "<html>", "headers": JSON}, "malformed"),
        ({"text": '{"id": "I-0000-0000"}', "headers": JSON}, "wrong_id"),
        ({"text": '{"id": null}', "headers": JSON}, "wrong_id"),
    ],
)
def test_update_answered_by_something_else_is_no_success(client, requests_mock, answer, reason):
    requests_mock.patch(f"{BASE}/customers/{CUSTOMER}", **answer)
    with pytest.raises(NotSpektrix) as caught:
        client.update_attributes(CUSTOMER, UPDATE)
    assert refused_for(caught) == reason


@pytest.mark.parametrize(
    ("last_dined_key", "visits_key"),
    [
        ("email", "attribute_NumberOfRestaurantVisits"),
        ("attribute_LastDinedAt", "attribute_LastDinedAt"),
        ("attribute_LastDinedAt", "attribute_FavouriteGenre"),
        ("attribute_Lastdinedat", "attribute_NumberOfRestaurantVisits"),
        ("attribute_NumberOfRestaurantVisits", "attribute_LastDinedAt"),
        ("attribute_LastDinedAt\n", "attribute_NumberOfRestaurantVisits"),
        ("attribute_", ""),
    ],
)
def test_update_of_any_other_attribute_never_leaves(client, requests_mock, last_dined_key, visits_key):
    update = AttributeUpdate(last_dined_key, "2026-05-28T21:30:00+01:00", visits_key, 7)
    with pytest.raises(UnsafeIdentifier):
        client.update_attributes(CUSTOMER, update)
    assert not requests_mock.called


def test_both_spellings_of_the_visits_key_may_be_written(client, requests_mock):
    requests_mock.patch(f"{BASE}/customers/{CUSTOMER}", status_code=204)
    for key in ("attribute_NumberOfRestaurantVisits", "Attribute_NumberofRestaurantVisits"):
        client.update_attributes(
            CUSTOMER, AttributeUpdate("attribute_LastDinedAt", "2026-01-02T21:30:00+00:00", key, 0)
        )
        assert requests_mock.last_request.json()[key] == 0


@pytest.mark.parametrize(
    ("keys", "body"),
    [
        (
            ("Attribute_Last Dined At", "attribute_Number of Restaurant Visits"),
            {
                "Attribute_Last Dined At": "2026-01-02T21:30:00+00:00",
                "attribute_Number of Restaurant Visits": 3,
            },
        ),
        (
            ("attributes[Last Dined At]", "attributes[NumberofRestaurantVisits]"),
            {
                "attributes": [
                    {"name": "Last Dined At", "value": "2026-01-02T21:30:00+00:00"},
                    {"name": "NumberofRestaurantVisits", "value": 3},
                ]
            },
        ),
        (
            ("attribute_LastDinedAt", "attributes[Number of Restaurant Visits]"),
            {
                "attribute_LastDinedAt": "2026-01-02T21:30:00+00:00",
                "attributes": [{"name": "Number of Restaurant Visits", "value": 3}],
            },
        ),
    ],
    ids=["spaced", "list", "mixed"],
)
def test_update_is_written_in_the_form_that_was_shown(client, requests_mock, keys, body):
    requests_mock.patch(f"{BASE}/customers/{CUSTOMER}", status_code=204)
    client.update_attributes(CUSTOMER, AttributeUpdate(keys[0], "2026-01-02T21:30:00+00:00", keys[1], 3))
    assert requests_mock.last_request.json() == body


def test_secret_that_is_not_base64_stops_the_call(make_client, requests_mock, records):
    with pytest.raises(SecretNotBase64) as caught:
        make_client(secret="not base64").customer_by_id(CUSTOMER)
    assert caught.value.call == "customer_by_id"
    assert not requests_mock.called
    assert records == []


def test_every_call_sent_is_recorded_without_its_ids(client, requests_mock, records):
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", json={"id": CUSTOMER}, headers=JSON)
    requests_mock.get(f"{BASE}/baskets/{BASKET}", status_code=404)
    client.customer_by_id(CUSTOMER)
    with pytest.raises(NotFound):
        client.basket_by_id(BASKET)
    assert [(record.call, record.method, record.status, record.outcome) for record in records] == [
        ("customer_by_id", "GET", 200, "ok"),
        ("basket_by_id", "GET", 404, "NotFound"),
    ]
    assert all(isinstance(record, CallRecord) and record.duration_ms >= 0 for record in records)
    assert CUSTOMER not in repr(records)
    assert BASKET not in repr(records)


def test_hook_before_the_call_can_stop_it(make_client, requests_mock, records):
    def stop():
        raise RuntimeError("a transaction is open")

    with pytest.raises(RuntimeError):
        make_client(before_call=stop).customer_by_id(CUSTOMER)
    assert not requests_mock.called
    assert records == []


def test_call_is_signed_after_the_hook_has_waited(make_client, requests_mock):
    instants = [datetime(2026, 5, 28, 20, 31, 7, tzinfo=UTC)]
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", json={"id": CUSTOMER}, headers=JSON)
    later = datetime(2026, 5, 28, 20, 41, 7, tzinfo=UTC)
    client = make_client(clock=lambda: instants[-1], before_call=lambda: instants.append(later))
    client.customer_by_id(CUSTOMER)
    assert requests_mock.last_request.headers["Date"] == "Thu, 28 May 2026 20:41:07 GMT"


def test_list_of_calls_is_closed():
    public = {name for name in vars(SpektrixClient) if not name.startswith("_")}
    assert public == {
        "basket_by_id",
        "check_credentials",
        "close",
        "customer_by_email",
        "customer_by_id",
        "events",
        "performance",
        "performances",
        "probe_client_name",
        "update_attributes",
    }


def test_login_beyond_latin_1_arrives_as_utf_8(make_client, requests_mock):
    requests_mock.get(f"{BASE}/customers/{CUSTOMER}", json={"id": CUSTOMER}, headers=JSON)
    make_client(login="łucja\\theatre").customer_by_id(CUSTOMER)
    sent = requests_mock.last_request.headers["Authorization"].encode("latin-1").decode()
    assert re.match(r"SpektrixAPI3 łucja\\theatre:", sent)
