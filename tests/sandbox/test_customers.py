"""Making customers, and what they are tagged with and have agreed to."""

import pytest
import requests

from tests.people import AMARA, AMARA_ID
from tests.support.tables import each_row

NEW = {"email": "orla.dowd@example.org", "firstName": "Orla", "lastName": "Dowd"}


def listed(sandbox, name):
    return sandbox.owner("GET", name).json()


def test_customer_that_is_made_can_be_found_and_written_to(sandbox):
    made = sandbox.owner("POST", "customers", NEW | {"mobile": "07700 900123"})
    assert made.status_code == 201
    found = sandbox.owner("GET", f"customers?email={NEW['email']}").json()
    assert (found["id"], found["name"], found["mobile"]) == (made.json()["id"], "Orla Dowd", "07700 900123")
    sandbox.owner("PATCH", f"customers/{found['id']}", {"attribute_LastDinedAt": "x"})
    assert sandbox.customer(found["id"])["attribute_LastDinedAt"] == "x"


@each_row(
    "body, message",
    [
        (NEW | {"email": AMARA.email.upper()}, "Duplicate Entry"),
        ({"email": "a@example.org", "firstName": "A"}, "Validation Failed"),
        (NEW | {"lastName": ""}, "Validation Failed"),
        (NEW | {"email": "nobody"}, "Validation Failed"),
        (NEW | {"mobile": 7}, "Validation Failed"),
        (NEW | {"Tags": ["1A"]}, "Validation Failed"),
        (NEW | {"AgreedStatements": "all"}, "Validation Failed"),
        (None, "Validation Failed"),
    ],
)
def test_customer_that_cannot_be_made_is_400_with_why(sandbox, body, message):
    before = len(sandbox.control("GET", "state").json()["customers"])
    answer = sandbox.owner("POST", "customers", body)
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert len(sandbox.control("GET", "state").json()["customers"]) == before


def test_tags_are_added_replaced_and_removed(sandbox):
    first, second, third = listed(sandbox, "tags")
    path = f"customers/{AMARA_ID}/tags"
    assert sandbox.owner("GET", path).json() == []
    for _ in range(2):
        assert sandbox.owner("POST", path, {"id": first["id"]}).json() == [first]
    assert sandbox.owner("PUT", path, [{"id": second["id"]}, {"id": third["id"]}]).json() == [second, third]
    removal = f"customers/tags/{third['id']}?id={AMARA_ID}"
    assert sandbox.owner("DELETE", removal).status_code == 204
    assert sandbox.owner("DELETE", removal).status_code == 404
    assert sandbox.owner("GET", path).json() == [second]
    assert sandbox.owner("PUT", path, []).json() == []
    assert sandbox.owner("POST", path, {"id": "1A"}).status_code == 400


def test_statements_are_agreed_to_and_taken_back_as_often_as_one_likes(sandbox):
    first, second = listed(sandbox, "statements")
    path = f"customers/{AMARA_ID}/agreed-statements"
    for _ in range(2):
        answer = sandbox.owner("POST", path, [{"id": second["id"]}])
        assert [each["agreed"] for each in answer.json()] == [False, True]
    for _ in range(2):
        assert sandbox.owner("DELETE", f"{path}/{second['id']}").status_code == 204
    assert sandbox.owner("GET", path).json() == [each | {"agreed": False} for each in (first, second)]


def test_customer_reads_their_own_statements_when_signed_in(sandbox, visitor):
    address = sandbox.url("customer/agreed-statements")
    assert visitor.get(address).status_code == 401
    sign_in = {"email": AMARA.email, "password": "opening-night"}
    visitor.post(sandbox.url("customer/authenticate"), json=sign_in)
    assert [each["agreed"] for each in visitor.get(address).json()] == [False, False]


def test_tags_of_the_theatres_own_are_shown_to_signed_calls_alone(sandbox):
    unsigned = requests.get(sandbox.url("tag-groups"), timeout=5).json()
    assert [group["name"] for group in unsigned] == ["Interests"]
    assert [group["name"] for group in listed(sandbox, "tag-groups")] == ["Interests", "Membership"]


CALLS = [
    ("POST", "customers", NEW),
    ("POST", f"customers/{AMARA_ID}/tags", {"id": "1A"}),
    ("PUT", f"customers/{AMARA_ID}/tags", []),
    ("DELETE", f"customers/tags/1A?id={AMARA_ID}", None),
    ("POST", f"customers/{AMARA_ID}/agreed-statements", [{"id": "1A"}]),
    ("DELETE", f"customers/{AMARA_ID}/agreed-statements/1A", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_writing_needs_a_signature_and_the_right(sandbox, method, path, body):
    unsigned = requests.request(method, sandbox.url(path), json=body, timeout=5)
    assert unsigned.status_code == 401
    sandbox.control("POST", "api_users", {"login": "greenroom-api", "may_write_customers": False})
    assert sandbox.owner(method, path, body).status_code == 403


@pytest.mark.parametrize("path", ["tags", "agreed-statements"])
def test_lists_of_nobody_are_404_and_need_a_signature(sandbox, path):
    assert sandbox.owner("GET", f"customers/I-0000-0000/{path}").status_code == 404
    unsigned = requests.get(sandbox.url(f"customers/{AMARA_ID}/{path}"), timeout=5)
    assert unsigned.status_code == 401
