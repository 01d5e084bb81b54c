"""Behaving badly, on the wire."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests
import time_machine
from embedded import wait_until

from tests.people import AMARA_ID, TOM_ID

LAST, VISITS = "attribute_LastDinedAt", "attribute_NumberOfRestaurantVisits"
PATH = f"customers/{AMARA_ID}"


def statuses(sandbox, method):
    return [each["status"] for each in sandbox.log() if each["method"] == method]


def test_status_strikes_so_often_and_no_more(sandbox):
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120, times=1)
    struck = sandbox.owner("GET", PATH)
    assert (struck.status_code, struck.headers["Retry-After"]) == (429, "120")
    assert sandbox.owner("GET", PATH).status_code == 200


def test_fault_strikes_the_named_call_and_client_alone(sandbox):
    sandbox.options(client_names=["harbourplayhouse", "quayside"])
    sandbox.fault("customer_by_id", "status", status=503, client="quayside")
    assert sandbox.owner("GET", PATH, client="quayside").status_code == 503
    assert sandbox.owner("GET", PATH).status_code == 200
    assert sandbox.owner("GET", "customers?email=tom.whitfield@example.org", client="quayside").ok


def test_html_comes_with_200(sandbox):
    sandbox.fault("*", "html")
    answer = sandbox.owner("GET", PATH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize(("to", "where"), [("login", "login.aspx"), ("self", PATH)])
def test_redirect_leads_to_a_login_page_or_in_a_loop(sandbox, to, where):
    sandbox.fault("customer_by_id", "redirect", to=to)
    answer = sandbox.owner("GET", PATH)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(where)


@pytest.mark.parametrize(("apply", "kept"), [(True, "7"), (False, None)])
def test_delayed_patch_is_applied_or_not(sandbox, apply, kept):
    sandbox.fault("update_customer", "delay", seconds=0.4, apply=apply)
    with pytest.raises(requests.ReadTimeout):
        sandbox.owner("PATCH", PATH, {VISITS: 7}, timeout=0.2)
    assert sandbox.customer()[VISITS] == kept


def test_call_that_outlives_a_reset_is_forgotten(sandbox):
    sandbox.fault("customer_by_id", "delay", seconds=0.5, times=1, apply=True)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.customer)
        assert wait_until(lambda: not sandbox.control("GET", "faults").json(), seconds=5)
        sandbox.control("POST", "reset")
        assert waiting.result()["id"] == AMARA_ID
    assert sandbox.log() == []


@pytest.mark.parametrize(("apply", "kept"), [(True, "7"), (False, None)])
def test_dropped_connection_answers_nothing(sandbox, apply, kept):
    sandbox.fault("update_customer", "drop_connection", apply=apply)
    with pytest.raises(requests.ConnectionError):
        sandbox.owner("PATCH", PATH, {VISITS: 7})
    assert sandbox.customer()[VISITS] == kept
    # The line is written when the connection has gone already.
    assert wait_until(lambda: statuses(sandbox, "PATCH"), seconds=5)
    assert statuses(sandbox, "PATCH") == [None]


def test_cut_body_promises_more_than_it_sends(sandbox):
    sandbox.fault("update_customer", "cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        sandbox.owner("PATCH", PATH, {VISITS: 7})
    assert sandbox.customer()[VISITS] == "7"


def test_drip_takes_a_byte_at_a_time(sandbox):
    sandbox.fault("customer_by_id", "drip", seconds=0.001)
    began = time.monotonic()
    answer = sandbox.owner("GET", PATH)
    assert time.monotonic() - began > len(answer.content) * 0.001
    assert answer.json()["id"] == AMARA_ID


def test_huge_body_is_over_five_megabytes(sandbox):
    sandbox.fault("customer_by_id", "huge")
    assert len(sandbox.owner("GET", PATH).content) > 5_000_000


@pytest.mark.parametrize(("shape", "body"), [("list", []), ("null", None), ("string", "ok")])
def test_wrong_shape_is_json_all_the_same(sandbox, shape, body):
    sandbox.fault("customer_by_id", "wrong_shape", shape=shape)
    assert sandbox.customer() == body


def test_wrong_shape_may_lack_the_id_or_have_wrong_types(sandbox):
    sandbox.fault("customer_by_id", "wrong_shape", shape="missing_id", times=1)
    assert "id" not in sandbox.customer()
    sandbox.fault("customer_by_id", "wrong_shape", shape="wrong_types", times=1)
    assert sandbox.customer()["id"] == [AMARA_ID]


def test_a_late_update_is_stored_although_its_answer_never_came(sandbox):
    with time_machine.travel(datetime(2026, 6, 12, 12, 0, tzinfo=UTC), tick=False) as clock:
        sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
        sandbox.fault("update_customer", "late_update", seconds=30, times=1)
        with pytest.raises(requests.ConnectionError):
            sandbox.owner("PATCH", PATH, {VISITS: 7})
        clock.shift(timedelta(seconds=20))
        sandbox.owner("PATCH", PATH, {VISITS: 8})
        assert sandbox.customer()[VISITS] == "8"
        clock.shift(timedelta(seconds=10))
        assert sandbox.customer()[VISITS] == "7"


def test_what_is_stored_later_is_not_shown_before(sandbox):
    with time_machine.travel(datetime(2026, 6, 12, 12, 0, tzinfo=UTC), tick=False) as clock:
        sandbox.fault("update_customer", "late_update", seconds=5, times=1)
        assert sandbox.owner("PATCH", PATH, {VISITS: 7}).json()[VISITS] is None
        assert sandbox.customer()[VISITS] is None
        clock.shift(timedelta(seconds=5))
        assert sandbox.customer()[VISITS] == "7"


def test_dropped_attribute_is_neither_shown_nor_stored(sandbox):
    sandbox.fault("*", "drop_attribute", attribute="Last Dined At")
    sandbox.owner("PATCH", PATH, {LAST: "today", VISITS: 7})
    struck = sandbox.customer()
    assert LAST not in struck
    assert struck[VISITS] == "7"
    sandbox.control("DELETE", "faults")
    assert sandbox.customer()[LAST] is None


def test_misspelt_attribute_stores_only_that_spelling(sandbox):
    sandbox.fault("*", "misspell_attribute", attribute="Last Dined At")
    assert "attribute_LastDineAt" in sandbox.customer()
    sandbox.owner("PATCH", PATH, {LAST: "today"})
    assert sandbox.customer()["attribute_LastDineAt"] is None
    sandbox.owner("PATCH", PATH, {"attribute_LastDineAt": "today"})
    assert sandbox.customer()["attribute_LastDineAt"] == "today"


def test_basket_may_be_somebody_elses_nobodys_or_gone(sandbox):
    path = f"baskets/{sandbox.basket(AMARA_ID)}"
    sandbox.fault("basket_by_id", "other_owner", customer_id=TOM_ID, times=1)
    assert sandbox.owner("GET", path).json()["customer"] == {"id": TOM_ID}
    sandbox.fault("basket_by_id", "anonymous_basket", times=1)
    assert sandbox.owner("GET", path).json()["customer"] is None
    sandbox.fault("basket_by_id", "expired_basket", times=1)
    assert sandbox.owner("GET", path).status_code == 404
    assert sandbox.owner("GET", path).json()["customer"] == {"id": AMARA_ID}


def test_disguise_does_not_hide_behind_a_transport_fault(sandbox):
    sandbox.fault("*", "misspell_attribute")
    sandbox.fault("*", "delay", seconds=0.01)
    assert "attribute_LastDineAt" in sandbox.customer()
    assert sandbox.log()[-1]["fault"] == ["delay", "misspell_attribute"]


def test_one_fault_is_switched_off_by_id(sandbox):
    first = sandbox.fault("*", "html")
    second = sandbox.fault("*", "status", status=500)
    assert sandbox.control("DELETE", f"faults/{second['id']}").status_code == 204
    assert [fault["id"] for fault in sandbox.control("GET", "faults").json()] == [first["id"]]
