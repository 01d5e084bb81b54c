"""Bodies have the fields of the example payloads, no more and no fewer."""

import json
from pathlib import Path

import pytest
import requests

from tests.people import AMARA, AMARA_ID

EXAMPLES = Path(__file__).parent / "examples"


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def fields(body):
    """Return the field names, attributes aside, since every theatre has its own."""
    return {name for name in body if not name.startswith("attribute_")}


@pytest.fixture
def basket(sandbox, visitor):
    ticket = {"instance": sandbox.evening()["id"], "type": "1A", "seatingPlan": "2A"}
    visitor.post(sandbox.url("basket/tickets"), json=[ticket])
    sign_in = {"email": AMARA.email, "password": "opening-night"}
    visitor.post(sandbox.url("customer/authenticate"), json=sign_in)
    return visitor.get(sandbox.url("basket?$expand=tickets/event,tickets/instance")).json()


def test_visitors_basket(basket):
    wanted = example("basket_web_expanded")
    assert fields(basket) == fields(wanted)
    assert fields(basket["customer"]) == fields(wanted["customer"])
    found, ticket = basket["tickets"][0], wanted["tickets"][0]
    assert fields(found) == fields(ticket)
    assert fields(found["event"]) == fields(ticket["event"])
    assert fields(found["instance"]) == fields(ticket["instance"])


def test_empty_basket(sandbox, visitor):
    assert visitor.get(sandbox.url("basket")).json() == example("basket_web_empty")


def test_basket_in_owner_mode(sandbox, basket):
    found, wanted = sandbox.owner("GET", f"baskets/{basket['id']}").json(), example("basket_owner_by_id")
    assert fields(found) == fields(wanted)
    assert fields(found["customer"]) == fields(wanted["customer"])
    assert found["tickets"][0].keys() == wanted["tickets"][0].keys()


def test_customer_with_and_without_the_two_attributes(sandbox):
    assert sandbox.customer(AMARA_ID).keys() == example("customer_get_by_id").keys()
    sandbox.attributes({"name": "Access Needs"}, {"name": "Favourite Genre"})
    undefined = example("customer_patch_response_attributes_not_defined")
    assert (
        sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "x"}).json().keys()
        == undefined.keys()
    )


def test_event_and_its_instances(sandbox):
    event = requests.get(sandbox.url("events"), timeout=5).json()[0]
    found = requests.get(sandbox.url(f"events/{event['id']}?$expand=instances"), timeout=5).json()
    wanted = example("event_by_id_expand_instances")
    assert fields(found) == fields(wanted)
    assert fields(found["instances"][0]) == fields(wanted["instances"][0])


def test_instance(sandbox):
    found = requests.get(sandbox.url(f"instances/{sandbox.evening()['id']}"), timeout=5).json()
    assert fields(found) == fields(example("instance_by_id"))


def public(sandbox, path):
    return requests.get(sandbox.url(path), timeout=5).json()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("plans", "plans_list"),
        ("venues", "venues"),
        ("bands", "bands"),
        ("ticket-types", "ticket_types"),
        ("statements", "statements"),
        ("tag-groups", "tag_groups"),
        ("funds", "funds"),
        ("memberships", "memberships"),
    ],
)
def test_lists_of_the_catalogue(sandbox, path, name):
    for found in public(sandbox, path):
        assert fields(found) == fields(example(name)[0])


def test_seats_of_a_plan(sandbox):
    (reserved,) = [plan for plan in public(sandbox, "plans") if plan["type"] == "Reserved"]
    wanted = example("plans_list")[1]
    assert {tuple(seat) for seat in reserved["seats"]} == {tuple(wanted["seats"][0])}


def test_price_list_and_plan_of_an_instance(sandbox):
    evening = sandbox.evening()["id"]
    found, wanted = public(sandbox, f"instances/{evening}/price-list"), example("instance_price_list")
    assert (fields(found), fields(found["prices"][0])) == (fields(wanted), fields(wanted["prices"][0]))
    assert fields(public(sandbox, f"instances/{evening}/plan")) == fields(example("plans_list")[0])


def test_seats_left_as_a_page_and_as_the_api_user_see_them(sandbox):
    path = f"instances/{sandbox.evening()['id']}/status"
    assert public(sandbox, path).keys() == example("instance_status_web_no_lock_info").keys()
    assert public(sandbox, path)["lockInfoAvailable"] is None
    asked = f"{path}?includeLockInformation=true"
    assert public(sandbox, asked)["lockInfoAvailable"] == []
    assert fields(sandbox.owner("GET", asked).json()) == fields(example("instance_status_owner"))


def test_customer_that_is_made_and_both_lists(sandbox):
    # Every theatre has its own tags and statements.
    first = {name: public(sandbox, name)[0]["id"] for name in ("tags", "statements")}
    own = {"Tags": [first["tags"]], "AgreedStatements": [first["statements"]]}
    body = example("customer_create_request") | own
    made = sandbox.owner("POST", "customers", body)
    assert (made.status_code, made.json().keys()) == (201, example("customer_create_response").keys())
    assert made.json()["passwordSet"] is False
    path = f"customers/{made.json()['id']}"
    (tag,) = sandbox.owner("GET", f"{path}/tags").json()
    assert (tag.keys(), tag["id"]) == (example("customer_tags")[0].keys(), own["Tags"][0])
    found = sandbox.owner("GET", f"{path}/agreed-statements").json()
    wanted = example("customer_agreed_statements")
    assert [(each["text"], each["agreed"]) for each in found] == [
        (each["text"], each["agreed"]) for each in wanted
    ]
    assert found[0].keys() == wanted[0].keys()
    again = sandbox.owner("POST", "customers", body)
    assert (again.status_code, again.json()) == (400, example("error_400_duplicate_entry"))


def test_every_kind_of_part_in_a_basket(sandbox, visitor):
    for kind, line in {
        "donations": {"fund": public(sandbox, "funds")[0]["id"], "amount": 5},
        "memberships": {"membership": public(sandbox, "memberships")[0]["id"]},
        "merchandise": {"stockItem": public(sandbox, "stock-items")[0]["id"]},
        "gift-vouchers": {"amount": 25},
    }.items():
        found = visitor.post(sandbox.url(f"basket/{kind}"), json=[line])
        assert found.status_code == 200, kind
    wanted = example("basket_web_all_item_kinds")
    for name in ("donations", "membershipSubscriptions", "merchandiseItems", "giftVouchers"):
        assert fields(found.json()[name][0]) == fields(wanted[name][0])
    assert found.json()["total"] == 5 + 45 + 6 + 25
