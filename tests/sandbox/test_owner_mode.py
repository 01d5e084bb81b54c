"""Signed calls: customers, attributes, baskets, rights."""

import pytest

from tests.people import AMARA, AMARA_ID, TOM_ID

LAST, VISITS = "attribute_LastDinedAt", "attribute_NumberOfRestaurantVisits"
VISIT = {LAST: "2026-05-28T21:30:00+01:00", VISITS: 7}


def test_customer_shows_defined_attributes_as_null(sandbox):
    customer = sandbox.customer()
    assert customer["email"] == AMARA.email
    assert (customer[LAST], customer[VISITS]) == (None, None)


def test_customer_is_found_by_email_as_one_object(sandbox):
    assert sandbox.owner("GET", "customers?email=TOM.Whitfield@example.org").json()["id"] == TOM_ID


@pytest.mark.parametrize(
    "path", ["customers/I-0000-0000", "customers?email=nobody@example.org", "baskets/1A", "x"]
)
def test_unknown_things_are_resource_not_found(sandbox, path):
    answer = sandbox.owner("GET", path)
    assert (answer.status_code, answer.json()) == (404, {"message": "Resource Not Found"})


@pytest.mark.parametrize("client", ["HarbourPlayhouse", "otherhouse"])
def test_client_name_is_case_sensitive(sandbox, client):
    answer = sandbox.owner("GET", f"customers/{AMARA_ID}", client=client)
    assert (answer.status_code, answer.json()) == (404, {"message": "Resource Not Found"})


def test_patch_stores_text_and_answers_the_customer(sandbox):
    answer = sandbox.owner("PATCH", f"customers/{AMARA_ID}", VISIT)
    assert answer.json()[LAST] == VISIT[LAST]
    assert sandbox.customer()[VISITS] == "7"


def test_patch_drops_unknown_attributes_in_silence(sandbox):
    sandbox.attributes({"name": "Last Dined At"})
    answer = sandbox.owner("PATCH", f"customers/{AMARA_ID}", VISIT)
    assert answer.status_code == 200
    assert VISITS not in sandbox.customer()
    write = next(each for each in state_customers(sandbox) if each["id"] == AMARA_ID)["writes"][-1]
    assert write["dropped"] == [VISITS]


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ({"type": "Text"}, 7, "7"),
        ({"type": "Currency"}, 7, 7.0),
        ({"type": "Currency"}, "seven", None),
        ({"type": "Date"}, "2026-02-27T23:30:00+00:00", "2026-02-27T00:00:00"),
        ({"type": "Date"}, 7, None),
        ({"type": "Dropdown", "options": ["1", "7"]}, "7", "7"),
        ({"type": "Dropdown", "options": ["1", "7"]}, "8", None),
        ({"type": "Dropdown", "options": ["1", "7"]}, 7, None),
        ({"type": "CheckList"}, True, True),
    ],
)
def test_each_type_keeps_what_it_can_hold(sandbox, kind, sent, kept):
    sandbox.attributes({"name": "Visits", **kind})
    assert sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_Visits": sent}).status_code == 200
    found = sandbox.customer()["attribute_Visits"]
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(("reply", "status", "length"), [("empty", 200, 0), ("no_content", 204, 0)])
def test_patch_may_answer_without_a_body(sandbox, reply, status, length):
    sandbox.options(patch_reply=reply)
    answer = sandbox.owner("PATCH", f"customers/{AMARA_ID}", VISIT)
    assert (answer.status_code, len(answer.content)) == (status, length)
    assert sandbox.customer()[VISITS] == "7"


def test_unset_attributes_may_be_left_out(sandbox):
    sandbox.options(attributes_shown="when_set")
    assert LAST not in sandbox.customer()


def test_inner_words_may_stay_in_lower_case(sandbox):
    sandbox.options(capitalise_inner_words=False)
    assert "attribute_NumberofRestaurantVisits" in sandbox.customer()


def test_basket_names_its_customer_by_id_or_in_full(sandbox):
    basket = sandbox.basket(AMARA_ID)
    assert sandbox.owner("GET", f"baskets/{basket}").json()["customer"] == {"id": AMARA_ID}
    sandbox.options(basket_customer="full")
    assert sandbox.owner("GET", f"baskets/{basket}").json()["customer"]["firstName"] == "Amara"


def test_anonymous_basket_has_customer_null(sandbox):
    assert sandbox.owner("GET", f"baskets/{sandbox.basket()}").json()["customer"] is None


def test_basket_expands_instance_and_event(sandbox):
    evening = sandbox.evening()
    path = f"baskets/{sandbox.basket(AMARA_ID, performance_ids=[evening['id']])}"
    plain = sandbox.owner("GET", path).json()["tickets"][0]
    assert plain["instance"] == {"id": evening["id"]}
    whole = sandbox.owner("GET", path + "?$expand=tickets/event,tickets/instance").json()["tickets"][0]
    assert whole["instance"]["start"] == evening["start"]
    assert whole["event"]["name"] == evening["event"]


@pytest.mark.parametrize("status", [403, 404])
def test_owner_mode_may_not_see_a_visitors_basket(sandbox, status):
    basket = sandbox.basket(AMARA_ID)
    sandbox.options(owner_reads_web_basket=status)
    assert sandbox.owner("GET", f"baskets/{basket}").status_code == status


def test_expired_basket_is_404(sandbox):
    basket = sandbox.basket(AMARA_ID)
    sandbox.control("POST", f"baskets/{basket}", {"expired": True})
    assert sandbox.owner("GET", f"baskets/{basket}").status_code == 404


def test_basket_may_change_hands_and_its_hash_with_it(sandbox):
    path = f"baskets/{sandbox.basket(AMARA_ID)}"
    before = sandbox.owner("GET", path).json()
    sandbox.control("POST", path, {"customer_id": TOM_ID})
    after = sandbox.owner("GET", path).json()
    assert after["customer"] == {"id": TOM_ID}
    assert after["hash"] != before["hash"]


def test_rights_are_refused_apart_even_for_ids_that_do_not_exist(sandbox):
    user = {"login": "greenroom-api", "may_read_baskets": False, "may_write_customers": False}
    sandbox.control("POST", "api_users", user)
    assert sandbox.owner("GET", "baskets/1A").status_code == 403
    assert sandbox.owner("PATCH", "customers/I-0-0", VISIT).json() == {"message": "Forbidden"}
    assert sandbox.owner("GET", f"customers/{AMARA_ID}").status_code == 200


def test_edge_network_blocks_library_agents_with_html(sandbox):
    sandbox.options(edge_blocks_default_agents=True)
    answer = sandbox.owner("GET", f"customers/{AMARA_ID}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_deleted_customer_is_404(sandbox):
    assert sandbox.control("POST", "customers", {"id": AMARA_ID, "deleted": True}).status_code == 204
    assert sandbox.owner("GET", f"customers/{AMARA_ID}").status_code == 404


def state_customers(sandbox):
    return sandbox.control("GET", "state").json()["customers"]


SHOWN = {
    "joined": {LAST: None, VISITS: None},
    "spaced": {"Attribute_Last Dined At": None, "Attribute_Number of Restaurant Visits": None},
    "list": {
        "attributes": [
            {"name": "Last Dined At", "value": None},
            {"name": "Number of Restaurant Visits", "value": None},
        ]
    },
}
SENT = {
    "joined": {LAST: "x", VISITS: 7},
    "spaced": {"attribute_Last Dined At": "x", "ATTRIBUTE_Number of Restaurant Visits": 7},
    "list": {
        "attributes": [
            {"name": "Last Dined At", "value": "x"},
            {"name": "Number of Restaurant Visits", "value": 7},
        ]
    },
}


@pytest.mark.parametrize("form", SHOWN)
def test_attributes_are_shown_in_each_form(sandbox, form):
    sandbox.options(attributes_read_as=form)
    sandbox.attributes({"name": "Last Dined At"}, {"name": "Number of Restaurant Visits"})
    shown = sandbox.customer()
    assert {key: value for key, value in shown.items() if "attribute" in key.lower()} == SHOWN[form]
    sandbox.options(attributes_shown="when_set")
    unset = {"attributes": []} if form == "list" else {}
    assert {key: value for key, value in sandbox.customer().items() if "attribute" in key.lower()} == unset


@pytest.mark.parametrize("written", ["as_read", "joined", "spaced", "list"])
@pytest.mark.parametrize("sent", SENT)
@pytest.mark.parametrize("read", SHOWN)
def test_an_update_is_taken_in_one_form_alone(sandbox, read, written, sent):
    sandbox.options(attributes_read_as=read, attributes_written_as=written)
    assert sandbox.owner("PATCH", f"customers/{AMARA_ID}", SENT[sent]).status_code == 200
    (stored,) = [each for each in state_customers(sandbox) if each["id"] == AMARA_ID]
    taken = sent == (read if written == "as_read" else written)
    assert stored["attributes"].get("Number of Restaurant Visits") == ("7" if taken else None)
    assert bool(stored["writes"][-1]["dropped"]) == (not taken)


def test_misspelt_attribute_is_misspelt_in_the_list_too(sandbox):
    sandbox.options(attributes_read_as="list")
    sandbox.fault("*", "misspell_attribute", attribute="Last Dined At")
    assert "Last Dine At" in [each["name"] for each in sandbox.customer()["attributes"]]
    body = {"attributes": [{"name": "Last Dine At", "value": "x"}, "odd", {"value": 1}]}
    answer = sandbox.owner("PATCH", f"customers/{AMARA_ID}", body)
    assert {"name": "Last Dine At", "value": "x"} in answer.json()["attributes"]


@pytest.mark.parametrize(
    ("starts", "left_out"), [("both", set()), ("local", {"startUtc"}), ("utc", {"start"})]
)
def test_starts_are_shown_as_the_option_says(sandbox, starts, left_out):
    evening = sandbox.evening()["id"]
    path = f"baskets/{sandbox.basket(performance_ids=[evening])}?$expand=tickets/instance"
    sandbox.options(starts_shown=starts)
    for shown in (
        sandbox.owner("GET", path).json()["tickets"][0]["instance"],
        sandbox.owner("GET", f"instances/{evening}").json(),
        sandbox.owner("GET", "instances").json()[0],
    ):
        assert {"start", "startUtc"} - shown.keys() == left_out
