"""Making a basket and changing each of its parts, by the API user and by a visitor's page."""

import pytest

from tests.people import AMARA_ID, TOM_ID
from tests.support.tables import each_row


def types(sandbox, visitor):
    return {each["name"]: each["id"] for each in visitor.get(sandbox.url("ticket-types")).json()}


def line(sandbox, **fields):
    return {"instance": sandbox.evening()["id"], "type": "1A", "seatingPlan": "2A"} | fields


def studio(sandbox):
    """A performance in the hall with seats."""
    found = sandbox.control("GET", "state").json()["performances"]
    return next(each["id"] for each in found if each["isOnSale"] and each["event"] == "Stormglass")


@pytest.fixture
def basket(sandbox):
    """A basket that the API user has made, with two tickets in it."""
    made = sandbox.owner("POST", "baskets", {"customer": AMARA_ID, "ticketDelivery": {"type": 1}})
    assert (made.status_code, made.json()["tickets"]) == (201, [])
    path = f"baskets/{made.json()['id']}"
    assert sandbox.owner("POST", f"{path}/tickets", [line(sandbox)] * 2).status_code == 200
    return path


def test_basket_that_is_made_can_be_read_and_filled(sandbox, basket):
    found = sandbox.owner("GET", basket).json()
    assert found["customer"] == {"id": AMARA_ID}
    assert [ticket["price"] for ticket in found["tickets"]] == [found["total"] / 2] * 2
    expanded = sandbox.owner("GET", f"{basket}?$expand=tickets/instance").json()
    assert expanded["tickets"][0]["instance"]["start"] == sandbox.evening()["start"]


def test_basket_for_nobody_is_given_to_somebody(sandbox):
    path = f"baskets/{sandbox.owner('POST', 'baskets', {}).json()['id']}"
    assert sandbox.owner("GET", path).json()["customer"] is None
    given = sandbox.owner("PATCH", path, {"customer": TOM_ID, "promoCode": "EARLY"})
    assert (given.json()["customer"], given.json()["promoCode"]) == ({"id": TOM_ID}, "EARLY")


def test_tickets_are_taken_out_by_the_query_and_one_by_one(sandbox, basket):
    first, second = (ticket["id"] for ticket in sandbox.owner("GET", basket).json()["tickets"])
    left = sandbox.owner("DELETE", f"{basket}/tickets?ticketIds={first}").json()
    assert [ticket["id"] for ticket in left["tickets"]] == [second]
    assert sandbox.owner("DELETE", f"{basket}/tickets/{second}").json()["tickets"] == []
    assert sandbox.owner("DELETE", f"{basket}/tickets/{second}").status_code == 404


def test_ticket_changes_type_and_keeps_attributes(sandbox, visitor, basket):
    ticket = sandbox.owner("GET", basket).json()["tickets"][0]
    student = types(sandbox, visitor)["Student"]
    changes = [{"type": student, "attribute_Pronouns": "they"}]
    assert sandbox.owner("PATCH", f"{basket}/tickets/{ticket['id']}", changes).status_code == 200
    found = sandbox.owner("GET", basket).json()["tickets"][0]
    assert (found["type"], found["ticketType"]) == ({"id": student}, {"id": student})
    assert (found["price"], found["attribute_Pronouns"]) == (ticket["price"] / 2, "they")


def test_each_seat_is_sold_once(sandbox, visitor, basket):
    seats = visitor.get(sandbox.url(f"instances/{studio(sandbox)}/plan")).json()["seats"]
    wanted = {"instance": studio(sandbox), "type": "1A", "seat": seats[0]["id"]}
    found = visitor.post(sandbox.url("basket/tickets"), json=[wanted]).json()["tickets"][0]
    assert (found["seatName"], found["planName"]) == ("A1", "Studio")
    assert sandbox.owner("POST", f"{basket}/tickets", [wanted]).status_code == 400
    visitor.delete(sandbox.url(f"basket/tickets/{found['id']}"))
    assert sandbox.owner("POST", f"{basket}/tickets", [wanted]).status_code == 200
    both = [wanted | {"seat": seats[1]["id"]}] * 2
    assert sandbox.owner("POST", f"{basket}/tickets", both).status_code == 400


def test_seats_left_go_down_with_each_ticket(sandbox, visitor, basket):
    path = f"instances/{sandbox.evening()['id']}/status"
    before = visitor.get(sandbox.url(path)).json()
    visitor.post(sandbox.url("basket/tickets"), json=[line(sandbox)] * 3)
    after = visitor.get(sandbox.url(path)).json()
    assert (before["inBasket"], after["inBasket"]) == (0, 3)
    assert before["available"] - after["available"] == 3
    assert sandbox.owner("GET", path).json()["inOtherBasket"] == 5


@pytest.mark.parametrize(
    ("kind", "made", "shown", "changes"),
    [
        ("donations", {"fund": "1201A", "amount": 10}, "donations", {"amount": 12.5}),
        ("memberships", {"membership": "801A"}, "membershipSubscriptions", {"autoRenew": True}),
        ("merchandise", {"stockItem": "1213A"}, "merchandiseItems", {"attribute_Size": "M"}),
        ("gift-vouchers", {"amount": 25}, "giftVouchers", {"toName": "Sam"}),
    ],
)
def test_other_parts_are_added_changed_and_removed(sandbox, visitor, basket, kind, made, shown, changes):
    lists = [visitor.get(sandbox.url(name)).json() for name in ("funds", "memberships", "stock-items")]
    ids = {each["id"].split("A")[0] + "A": each["id"] for found in lists for each in found}
    body = {name: ids.get(value, value) for name, value in made.items()}
    (part,) = sandbox.owner("POST", f"{basket}/{kind}", [body]).json()[shown]
    changed = sandbox.owner("PATCH", f"{basket}/{kind}/{part['id']}", changes).json()[shown][0]
    assert changed == part | changes
    assert sandbox.owner("DELETE", f"{basket}/{kind}/{part['id']}").json()[shown] == []
    assert sandbox.owner("PATCH", f"{basket}/{kind}/{part['id']}", changes).status_code == 404


def test_visitor_sets_a_promotion_code_and_never_the_owner(sandbox, visitor):
    visitor.post(sandbox.url("basket/tickets"), json=[line(sandbox)])
    changed = visitor.patch(sandbox.url("basket"), json={"promoCode": "EARLY", "customer": TOM_ID}).json()
    assert (changed["promoCode"], changed["customer"]) == ("EARLY", None)
    assert changed["hash"] != visitor.patch(sandbox.url("basket"), json={"promoCode": ""}).json()["hash"]


@each_row(
    "method, path, body",
    [
        ("POST", "baskets", {"customer": "I-0000-0000"}),
        ("POST", "baskets", {"customer": 7}),
        ("POST", "baskets", None),
        ("PATCH", "{basket}", []),
        ("PATCH", "{basket}", {"customer": "I-0000-0000"}),
        ("POST", "{basket}/tickets", []),
        ("POST", "{basket}/tickets", [{"instance": "1A", "seatingPlan": "2A"}]),
        ("POST", "{basket}/donations", [{"fund": "nobody"}]),
        ("POST", "{basket}/gift-vouchers", [{"amount": -1}]),
        ("POST", "{basket}/gift-vouchers", ["x"]),
    ],
)
def test_what_makes_no_sense_is_400_and_changes_nothing(sandbox, basket, method, path, body):
    before = sandbox.owner("GET", basket).json()
    answer = sandbox.owner(method, path.format(basket=basket), body)
    assert (answer.status_code, answer.json()) == (400, {"message": "Validation Failed"})
    assert sandbox.owner("GET", basket).json() == before


@each_row(
    "method, path",
    [
        ("POST", "baskets/1A/tickets"),
        ("PATCH", "baskets/1A"),
        ("DELETE", "baskets/1A/tickets/2A"),
        ("DELETE", "{basket}/tickets/2A"),
        ("PATCH", "{basket}/tickets/2A"),
        ("DELETE", "{basket}/surprises/2A"),
    ],
)
def test_what_is_not_there_is_404(sandbox, basket, method, path):
    assert sandbox.owner(method, path.format(basket=basket), {}).status_code == 404


@each_row(
    "method, path",
    [
        ("POST", "baskets"),
        ("PATCH", "{basket}"),
        ("POST", "{basket}/tickets"),
        ("DELETE", "{basket}/tickets?ticketIds=1"),
        ("DELETE", "{basket}/tickets/1"),
        ("POST", "{basket}/donations"),
    ],
)
def test_owner_mode_needs_a_signature_and_the_right(sandbox, visitor, basket, method, path):
    address = path.format(basket=basket)
    assert visitor.request(method, sandbox.url(address), json={}).status_code == 401
    sandbox.control("POST", "api_users", {"login": "greenroom-api", "may_read_baskets": False})
    assert sandbox.owner(method, address, {}).status_code == 403


def test_an_expired_basket_changes_no_more(sandbox, basket):
    sandbox.fault("change_basket", "expired_basket", times=1)
    assert sandbox.owner("PATCH", basket, {"promoCode": "X"}).status_code == 404
    sandbox.control("POST", basket, {"expired": True})
    assert sandbox.owner("POST", f"{basket}/tickets", [line(sandbox)]).status_code == 404


def test_basket_outlives_a_restart_with_all_of_its_parts(tmp_path):
    from portal.sandbox.ports.server import SandboxServer
    from tests.sandbox.conftest import Sandbox

    file = tmp_path / "sandbox.json"
    with SandboxServer(state_file=file) as server:
        first = Sandbox(api_url=server.api_url, theatre_url=server.theatre_url)
        path = f"baskets/{first.owner('POST', 'baskets', {}).json()['id']}"
        first.owner("POST", f"{path}/tickets", [line(first)])
        first.owner("POST", f"{path}/gift-vouchers", [{"amount": 25}])
        before = first.owner("PATCH", path, {"promoCode": "EARLY"}).json()
    with SandboxServer(state_file=file) as server:
        second = Sandbox(api_url=server.api_url, theatre_url=server.theatre_url)
        assert second.owner("GET", path).json() == before
