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
