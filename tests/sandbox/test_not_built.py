"""Calls that the sandbox does not have are answered, logged and shown; a slash at the end changes nothing."""

import pytest
import requests

from tests.people import AMARA_ID
from tests.support.reading import read_html
from tests.support.tables import each_row

UNBUILT = [
    ("GET", "orders?confirmedOn=2026-06-12"),
    ("PUT", f"customers/{AMARA_ID}"),
    ("DELETE", f"customers/{AMARA_ID}"),
    ("POST", "baskets/1A/confirm"),
    ("GET", "basket/potentialdiscount"),
    ("GET", "offers"),
    ("GET", "Help"),
]


@each_row("method, path", UNBUILT)
def test_call_that_is_not_built_is_404_with_cors_and_a_line_in_the_log(sandbox, visitor, method, path):
    answer = visitor.request(method, sandbox.url(path), json={} if method != "GET" else None)
    assert (answer.status_code, answer.json()) == (404, {"message": "Resource Not Found"})
    assert answer.headers["Access-Control-Allow-Origin"] == sandbox.theatre_url
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    entry = sandbox.log()[-1]
    assert (entry["call"], entry["method"], entry["status"]) == ("not_built", method, 404)
    assert entry["path"].endswith(path)


def test_other_versions_are_logged_too(sandbox, visitor):
    visitor.get(f"{sandbox.api_url}/harbourplayhouse/api/v1/eventsrestful.svc/from?date=2026-06-12")
    (entry,) = sandbox.log()
    assert (entry["call"], entry["client"]) == ("not_built", "harbourplayhouse")


def test_browser_that_asks_first_may_make_the_call(sandbox, visitor):
    answer = visitor.options(sandbox.url("orders"))
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, sandbox.theatre_url)
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]


def test_signature_of_a_call_that_is_not_built_is_checked_and_logged(sandbox):
    assert sandbox.owner("GET", "orders").status_code == 404
    assert sandbox.owner("GET", "orders", secret="d3Jvbmc=").status_code == 401
    assert [entry["signed_ok"] for entry in sandbox.log()] == [True, False]


def test_page_of_requests_says_not_built(sandbox, visitor):
    visitor.get(sandbox.url("orders"))
    visitor.get(sandbox.url("events"))
    page = read_html(requests.get(f"{sandbox.api_url}/_sandbox/requests", timeout=5).text)
    assert [tag.words for tag in page.all("span", class_="tag warn")] == ["Not built"]


BUILT = [
    ("GET", "venues", "catalogue"),
    ("GET", "plans", "catalogue"),
    ("GET", "instances/{evening}/price-list", "catalogue"),
    ("GET", "instances/{evening}/plan", "catalogue"),
    ("GET", "instances/{evening}/status", "instance_status"),
    ("POST", "customers", "create_customer"),
    ("GET", f"customers/{AMARA_ID}/tags", "customer_tags"),
    ("DELETE", f"customers/tags/1A?id={AMARA_ID}", "customer_tags"),
    ("GET", f"customers/{AMARA_ID}/agreed-statements", "customer_statements"),
    ("POST", "baskets", "new_basket"),
    ("PATCH", "baskets/1A", "change_basket"),
    ("DELETE", "baskets/1A/tickets/2A", "change_basket"),
    ("PATCH", "basket/tickets/2A", "web_basket"),
    ("DELETE", "basket/donations/2A", "web_basket"),
    ("GET", "orders", "not_built"),
]


@each_row("method, path, call", BUILT)
def test_faults_strike_each_of_these_calls_as_they_strike_the_others(sandbox, method, path, call):
    address = path.format(evening=sandbox.evening()["id"])
    sandbox.fault(call, "status", status=503, times=1)
    assert sandbox.owner(method, address).status_code == 503
    sandbox.fault(call, "html", times=1)
    assert sandbox.owner(method, address).headers["Content-Type"].startswith("text/html")
    struck = sandbox.log()[-2:]
    assert [(entry["call"], entry["fault"]) for entry in struck] == [(call, ["status"]), (call, ["html"])]


@pytest.mark.parametrize(
    "path", ["events/", f"customers/{AMARA_ID}/", "customers/?email=tom.whitfield@example.org", "venues//"]
)
def test_slash_at_the_end_changes_nothing_and_the_signature_covers_it(sandbox, path):
    assert (
        sandbox.owner("GET", path).json() == sandbox.owner("GET", path.replace("/?", "?").rstrip("/")).json()
    )
    first, second = sandbox.log()
    assert (first["call"], first["status"], first["signed_ok"]) == (second["call"], 200, True)


def test_slash_at_the_end_is_taken_from_a_page_too(sandbox, visitor):
    ticket = {"instance": sandbox.evening()["id"], "type": "1A", "seatingPlan": "2A"}
    assert visitor.post(sandbox.url("basket/tickets/"), json=[ticket]).status_code == 200
    assert len(visitor.get(sandbox.url("basket/")).json()["tickets"]) == 1


def names(sandbox, path):
    found = requests.get(sandbox.url(path), timeout=5).json()
    return [each.get("name") or each["event"]["id"] for each in found]


def test_events_are_filtered_by_name_sale_and_attributes(sandbox):
    whole = names(sandbox, "events")
    assert names(sandbox, "events?name=harbour") == ["Harbour Lights"]
    assert names(sandbox, "events?onSale=true") == whole
    assert names(sandbox, "events?onSale=false") == []
    assert names(sandbox, "events?attribute_Genre=musical") == ["Harbour Lights"]
    assert names(sandbox, "events?attribute_Genre=Opera") == []
    assert names(sandbox, "events?attribute_NoSuchThing=1") == []
    assert names(sandbox, "events?instanceattribute_Captioned=False") == whole
    assert names(sandbox, "events?instanceattribute_DoorTime=15:30") == ["Winter Concert"]


def test_instances_are_filtered_by_their_event_and_attributes(sandbox):
    events = {each["name"]: each["id"] for each in requests.get(sandbox.url("events"), timeout=5).json()}
    assert set(names(sandbox, "instances?eventName=storm")) == {events["Stormglass"]}
    assert set(names(sandbox, "instances?eventattribute_Genre=Music")) == {events["Winter Concert"]}
    assert set(names(sandbox, "instances?attribute_DoorTime=15:30")) == {events["Winter Concert"]}
    assert names(sandbox, "instances?eventName=nobody") == []
