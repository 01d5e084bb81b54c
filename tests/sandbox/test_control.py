"""The control API's manners, and keeping data between runs."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.sandbox.ports.server import SandboxServer
from tests.people import AMARA_ID
from tests.sandbox.conftest import Sandbox
from tests.support.tables import each_row


@each_row(
    "path, body, sentence",
    [
        ("faults", {"call": "*"}, "The field 'kind' is missing."),
        ("faults", {"call": "*", "kind": "rude"}, "The field 'kind' must be one of"),
        ("faults", {"call": "*", "kind": "html", "colour": 1}, "There is no field 'colour'."),
        ("faults", {"call": "events", "kind": "other_owner"}, "has no meaning for the call 'events'"),
        ("faults", {"call": "*", "kind": "status", "status": True}, "must be an HTTP status from 200 to 599"),
        ("faults", [], "Send one JSON object."),
        ("options", {"basket_minutes": 0}, "must be a number above 0"),
        ("options", {"theatre_component_delay": -1}, "must be a number from 0"),
        ("options", {"owner_reads_web_basket": 500}, "must be one of 200, 403, 404"),
        ("attributes", {"name": "x"}, "Send a JSON list"),
        ("attributes", [{"name": "x", "type": "Number"}], "The field 'type' must be one of"),
        ("attributes", [{"name": "x", "type": "Dropdown"}], "A Dropdown needs 'options'."),
        ("api_users", {"login": "x"}, "The field 'secret' is missing."),
        ("api_users", {"login": "x", "secret": "?"}, "must be base64 text"),
        ("customers", {"surname": "x"}, "There is no field 'surname'."),
    ],
)
def test_what_is_not_understood_is_400_with_a_sentence(sandbox, path, body, sentence):
    answer = sandbox.control("POST", path, body)
    assert answer.status_code == 400
    assert sentence in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "faults/99", None),
        ("POST", "baskets/1A", {}),
        ("POST", "baskets", {"customer_id": "I-0-0"}),
        ("POST", "baskets", {"performance_ids": ["1A"]}),
        ("POST", "customers", {"id": "I-0-0", "deleted": True}),
    ],
)
def test_unknown_ids_are_404(sandbox, method, path, body):
    assert sandbox.control(method, path, body).status_code == 404


def test_customer_is_added_and_signs_in(sandbox, visitor):
    body = {"email": "new@example.org", "firstName": "Nia", "lastName": "New", "password": "p"}
    added = sandbox.control("POST", "customers", body).json()["id"]
    assert sandbox.customer(added)["name"] == "Nia New"
    answer = visitor.post(
        sandbox.url("customer/authenticate"), json={"email": body["email"], "password": "p"}
    )
    assert answer.json()["id"] == added


def test_request_log_tells_what_was_asked(sandbox):
    sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "x"})
    (entry,) = sandbox.log()
    assert (entry["call"], entry["mode"], entry["status"]) == ("update_customer", "owner", 200)
    assert (entry["customer_id"], entry["signed_ok"]) == (AMARA_ID, True)
    assert entry["body"] == {"attribute_LastDinedAt": "x"}
    assert sandbox.control("DELETE", "requests").status_code == 204
    assert sandbox.log() == []


def test_reset_brings_back_the_seeds(sandbox):
    sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "x"})
    sandbox.fault("*", "html")
    sandbox.options(basket_customer="full")
    sandbox.control("POST", "reset")
    state = sandbox.control("GET", "state").json()
    assert (state["faults"], state["baskets"], state["options"]["basket_customer"]) == ([], [], "id")
    assert sandbox.customer()["attribute_LastDinedAt"] is None


def test_data_outlives_a_restart_and_faults_do_not(tmp_path):
    file = tmp_path / "sandbox.json"
    with SandboxServer(state_file=file) as server:
        first = Sandbox(api_url=server.api_url, theatre_url=server.theatre_url)
        first.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "2026-05-28T21:30:00+01:00"})
        basket = first.basket(AMARA_ID)
        first.fault("*", "html")
    with SandboxServer(state_file=file) as server:
        second = Sandbox(api_url=server.api_url, theatre_url=server.theatre_url)
        assert second.customer()["attribute_LastDinedAt"] == "2026-05-28T21:30:00+01:00"
        assert second.owner("GET", f"baskets/{basket}").json()["customer"] == {"id": AMARA_ID}
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text(encoding="utf-8"))["customers"]


def test_a_file_that_holds_something_else_is_named(tmp_path):
    file = tmp_path / "sandbox.json"
    file.write_text('{"customers": 3}', encoding="utf-8")
    with pytest.raises(SystemExit, match="does not hold a sandbox's data"):
        SandboxServer(state_file=file)


def test_many_writes_at_once_are_all_kept(sandbox):
    with ThreadPoolExecutor(12) as pool:
        answers = pool.map(lambda _: sandbox.basket(AMARA_ID), range(60))
    assert len(set(answers)) == 60
