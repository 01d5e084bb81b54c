"""The page of API users: a new key is shown once and ends the old one."""

import requests

from portal.sandbox.world.seeds import DEMO_LOGIN, DEMO_SECRET
from tests.people import AMARA_ID
from tests.support.reading import read_html

PAGE = "/_sandbox/api-users"


def post(sandbox, path="", **fields):
    return requests.post(f"{sandbox.api_url}{PAGE}{path}", data=fields, timeout=5)


def read(sandbox, **how):
    return sandbox.owner("GET", f"customers/{AMARA_ID}", **how).status_code


def test_the_page_lists_who_may_call_and_only_the_end_of_each_key(sandbox):
    page = requests.get(sandbox.api_url + PAGE, timeout=5)
    assert DEMO_LOGIN in page.text
    assert DEMO_SECRET not in page.text
    assert DEMO_SECRET[-4:] in [code.words for code in read_html(page.text).all("code")]
    assert "this is not Spektrix" in page.text
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert PAGE in requests.get(f"{sandbox.api_url}/_sandbox/", timeout=5).text


def test_a_new_key_is_shown_once_and_ends_the_old_one(sandbox):
    assert read(sandbox) == 200
    shown = post(sandbox, "/key", login=DEMO_LOGIN)
    key = read_html(shown.text).one("code", data_test="new-key").words
    assert shown.headers["Cache-Control"] == "no-store"
    assert read(sandbox) == 401
    assert read(sandbox, secret=key) == 200
    assert key not in requests.get(sandbox.api_url + PAGE, timeout=5).text


def test_rights_are_taken_and_given_by_form(sandbox):
    post(sandbox, "/rights", login=DEMO_LOGIN, may_read_baskets="yes")
    (user,) = sandbox.control("GET", "state").json()["api_users"]
    assert (user["may_read_baskets"], user["may_write_customers"]) == (True, False)


def test_an_unknown_user_is_not_found_and_another_sites_form_is_refused(sandbox):
    assert post(sandbox, "/key", login="nobody").status_code == 404
    elsewhere = {"Origin": "http://elsewhere.example"}
    address = f"{sandbox.api_url}{PAGE}/key"
    answer = requests.post(address, data={"login": DEMO_LOGIN}, headers=elsewhere, timeout=5)
    assert answer.status_code == 403
    assert read(sandbox) == 200
