"""The theatre's pages in a real browser: calls across ports with cookies, and what local storage holds."""

import json
from pathlib import Path

import pytest

from tests.people import AMARA, AMARA_ID

EXAMPLES = Path(__file__).parent / "examples"
PHONE = {"width": 390, "height": 844}
AXE = Path(__file__).parents[1] / "look" / "vendor" / "axe.min.js"
THEATRE_PAGES = ["/", "/whats-on", "/events/stormglass", "/basket", "/account/sign-in", "/book-a-table"]
THEATRE_PAGES += [f"/other-websites{slug}" for slug in ("", "/page-builder", "/embedded-page")]
OUR_PAGES = ["", "customers", f"customers/{AMARA_ID}", "behave-badly", "requests"]


def kept(page, key):
    text = page.evaluate("key => window.localStorage.getItem(key)", key)
    return text and json.loads(text)


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def add_two(page, sandbox):
    page.goto(sandbox.theatre_url + "/whats-on")
    page.get_by_role("button", name="Add 2 tickets").first.click()
    page.get_by_role("link", name="See your basket").wait_for()


def test_component_leaves_basket_and_constants_in_local_storage(page, sandbox):
    add_two(page, sandbox)
    page.locator("spektrix-basket-summary[count='2']").wait_for()
    basket, wanted = kept(page, "spektrixBasket"), example("localstorage_spektrixBasket")
    assert basket.keys() == wanted.keys()
    assert basket["data"].keys() == wanted["data"].keys()
    assert [ticket["instance"].keys() for ticket in basket["data"]["tickets"]] == [{"id"}] * 2
    constants = kept(page, "spektrixClientConstants")
    assert constants["data"].keys() == example("localstorage_spektrixClientConstants")["data"].keys()
    assert constants["data"]["apiEndpoint"] == f"{sandbox.api_url}/harbourplayhouse/api/v3/"


def test_signing_in_by_script_attaches_the_basket(page, sandbox):
    add_two(page, sandbox)
    page.goto(sandbox.theatre_url + "/account/sign-in?next=/basket")
    page.get_by_label("Email address").fill(AMARA.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Password").fill("opening-night")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_text("Signed in as Amara Okafor").wait_for()
    (basket,) = sandbox.control("GET", "state").json()["baskets"]
    assert basket["customer_id"] == AMARA_ID
    assert [entry["status"] for entry in sandbox.log() if entry["call"] == "web_customer"] == [401, 200]


def test_form_is_sent_plainly_where_the_call_fails(page, sandbox):
    sandbox.fault("web_basket", "status", status=503)
    page.goto(sandbox.theatre_url + "/whats-on")
    page.get_by_role("button", name="Add 2 tickets").first.click()
    page.wait_for_url("**/basket")
    assert page.get_by_text("2 × full price").count() == 1


def test_without_the_component_nothing_is_fetched_or_kept(page, sandbox):
    sandbox.options(theatre_component=False)
    page.goto(sandbox.theatre_url + "/", wait_until="networkidle")
    assert kept(page, "spektrixBasket") is None
    assert sandbox.log() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_accessibility_fault_and_fit_a_phone(page, sandbox, scheme):
    sandbox.fault("basket_by_id", "status", status=500)
    sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "x", "attribute_Unknown": 1})
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    ours = [f"{sandbox.api_url}/_sandbox/{name}" for name in OUR_PAGES]
    for address in [*(sandbox.theatre_url + path for path in THEATRE_PAGES), *ours]:
        page.goto(address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "async () => (await axe.run()).violations.map(each => [each.id, each.nodes[0].html])"
        )
        assert found == [], address
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], address


def test_component_that_comes_late_is_not_there_before(page, sandbox):
    sandbox.options(theatre_component_delay=30)
    page.clock.install()
    page.goto(sandbox.theatre_url + "/")
    summary = page.locator("spektrix-basket-summary")
    assert not summary.evaluate("element => element.matches(':defined')")
    page.clock.fast_forward("00:31")
    page.locator("spektrix-basket-summary[count]").wait_for(state="attached")


def test_component_names_another_host_and_client_where_told(page, sandbox):
    sandbox.options(theatre_component_host="tickets.elsewhere.example", theatre_component_client="elsewhere")
    page.goto(sandbox.theatre_url + "/")
    constants = kept(page, "spektrixClientConstants")["data"]
    assert (constants["spektrixHost"], constants["clientName"]) == ("tickets.elsewhere.example", "elsewhere")
    assert sandbox.log() == []


def test_policy_that_leaves_the_api_out_stops_its_calls(page, sandbox):
    sandbox.options(theatre_allows_basket=False)
    page.goto(sandbox.theatre_url + "/whats-on", wait_until="networkidle")
    assert sandbox.log() == []
    page.get_by_role("button", name="Add 2 tickets").first.click()
    page.wait_for_url("**/basket")
    assert page.get_by_text("2 × full price").count() == 1
