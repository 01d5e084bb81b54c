"""Calls from a visitor's browser: cookies, CORS, baskets; and the catalogue."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.people import AMARA, AMARA_ID

EMPTY = {"totalDiscount", "total", "customer", "tickets", "membershipSubscriptions"} | {
    "giftVouchers",
    "merchandiseItems",
    "donations",
    "hash",
}
SIGN_IN = {"email": AMARA.email, "password": "opening-night"}


def add_two(sandbox, visitor):
    ticket = {"instance": sandbox.evening()["id"], "type": "1A", "seatingPlan": "2A"}
    answer = visitor.post(sandbox.url("basket/tickets"), json=[ticket, ticket])
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_basket_is_empty_without_a_cookie(sandbox, visitor):
    body = visitor.get(sandbox.url("basket")).json()
    assert set(body) == EMPTY
    assert (body["customer"], body["hash"]) == (None, "NotLoggedIn")


def test_no_basket_may_be_404(sandbox, visitor):
    sandbox.options(empty_web_basket=404)
    assert visitor.get(sandbox.url("basket")).status_code == 404


def test_tickets_are_added_and_removed(sandbox, visitor):
    basket = add_two(sandbox, visitor)
    assert [ticket["price"] for ticket in basket["tickets"]] == [basket["total"] / 2] * 2
    gone = basket["tickets"][0]["id"]
    left = visitor.delete(sandbox.url(f"basket/tickets?ticketIds={gone}")).json()
    assert [ticket["id"] for ticket in left["tickets"]] == [basket["tickets"][1]["id"]]


def test_signing_in_attaches_the_basket_and_owner_mode_sees_it(sandbox, visitor):
    basket = add_two(sandbox, visitor)
    assert visitor.post(sandbox.url("customer/authenticate"), json=SIGN_IN).json()["firstName"] == "Amara"
    assert visitor.get(sandbox.url("basket")).json()["customer"]["id"] == AMARA_ID
    assert sandbox.owner("GET", f"baskets/{basket['id']}").json()["customer"] == {"id": AMARA_ID}
    assert visitor.post(sandbox.url("customer/deauthenticate")).status_code == 204
    assert visitor.get(sandbox.url("basket")).json()["customer"] is None


def test_wrong_password_is_401_and_is_not_in_the_log(sandbox, visitor):
    wrong = SIGN_IN | {"password": "hunter2"}
    assert visitor.post(sandbox.url("customer/authenticate"), json=wrong).status_code == 401
    assert visitor.get(sandbox.url("customer")).status_code == 401
    assert "hunter2" not in str(sandbox.log())


def test_basket_times_out(sandbox, visitor):
    basket = add_two(sandbox, visitor)
    sandbox.options(basket_minutes=0.000001)
    assert "id" not in visitor.get(sandbox.url("basket")).json()
    assert sandbox.owner("GET", f"baskets/{basket['id']}").status_code == 404


@pytest.mark.parametrize(
    "lines", [[], {}, [{"instance": "1A", "seatingPlan": "2A"}], [{"seat": "1", "seatingPlan": "2"}]]
)
def test_bad_ticket_lines_are_400(sandbox, visitor, lines):
    answer = visitor.post(sandbox.url("basket/tickets"), json=lines)
    assert (answer.status_code, answer.json()) == (400, {"message": "Validation Failed"})


def test_theatre_may_call_with_credentials(sandbox, visitor):
    answer = visitor.get(sandbox.url("basket"))
    assert answer.headers["Access-Control-Allow-Origin"] == sandbox.theatre_url
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]


def test_other_sites_may_not_call(sandbox):
    answer = requests.get(sandbox.url("basket"), headers={"Origin": "http://elsewhere.example"}, timeout=5)
    assert "Access-Control-Allow-Origin" not in answer.headers
    sandbox.options(allowed_origins=["http://elsewhere.example"])
    answer = requests.get(sandbox.url("basket"), headers={"Origin": "http://elsewhere.example"}, timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "http://elsewhere.example"


def test_preflight_allows_json_but_no_signature(sandbox, visitor):
    answer = visitor.options(sandbox.url("basket/tickets"))
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == sandbox.theatre_url
    assert "Authorization" not in answer.headers["Access-Control-Allow-Headers"]


def test_cookie_is_out_of_reach_of_scripts(sandbox, visitor):
    add_two(sandbox, visitor)
    (cookie,) = visitor.cookies
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.domain == "localhost.local"


def test_unsigned_owner_paths_are_401(sandbox):
    assert requests.get(sandbox.url(f"customers/{AMARA_ID}"), timeout=5).status_code == 401


def test_catalogue_holds_six_events_from_today_on(sandbox):
    today = date.today().isoformat()
    events = requests.get(sandbox.url(f"events?instanceStart_from={today}"), timeout=5).json()
    assert len(events) == 6
    far = (date.today() + timedelta(days=400)).isoformat()
    assert requests.get(sandbox.url(f"events?instanceStart_from={far}"), timeout=5).json() == []


def test_event_expands_its_instances(sandbox):
    event = requests.get(sandbox.url("events"), timeout=5).json()[0]
    whole = requests.get(sandbox.url(f"events/{event['id']}?$expand=instances"), timeout=5).json()
    listed = requests.get(sandbox.url(f"events/{event['id']}/instances"), timeout=5).json()
    assert whole["instances"] == listed
    assert {each["event"]["id"] for each in listed} == {event["id"]}


def test_start_has_no_zone_and_start_utc_is_utc_without_z(sandbox):
    one = requests.get(sandbox.url(f"instances/{sandbox.evening()['id']}"), timeout=5).json()
    local = datetime.fromisoformat(one["start"]).replace(tzinfo=ZoneInfo("Europe/London"))
    assert local.astimezone(UTC).replace(tzinfo=None).isoformat() == one["startUtc"]
    assert one["startSellingAtWebUtc"].endswith("Z")


def test_every_coming_evening_has_a_performance_and_one_is_cancelled(sandbox):
    listed = requests.get(sandbox.url("instances"), timeout=5).json()
    evenings = {each["start"][:10] for each in listed if each["start"].endswith("19:30:00")}
    assert len(evenings) == 42
    assert sum(each["cancelled"] for each in listed) == 1
    assert any(each["start"].endswith("14:00:00") for each in listed)


def test_ids_have_the_real_shape(sandbox):
    basket = sandbox.basket()
    for each in [*requests.get(sandbox.url("instances"), timeout=5).json(), {"id": basket}]:
        assert len(each["id"]) == 33
        assert re.fullmatch(r"\d+A[BCDGHJKLMNPQRSTV]+", each["id"])
