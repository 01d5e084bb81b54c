"""The sandbox's pages and the theatre's, as plain HTML and forms."""

import pytest
import requests

from tests.people import AMARA_ID, TOM
from tests.support.reading import inline, read

STRIP = "this is not Spektrix and not a real theatre"
OUR_PAGES = ["", "customers", f"customers/{AMARA_ID}", "behave-badly", "requests"]
THEATRE_PAGES = ["/", "/whats-on", "/events/the-winters-tale", "/basket", "/account/sign-in", "/book-a-table"]


def pages(sandbox):
    ours = [f"{sandbox.api_url}/_sandbox/{page}" for page in OUR_PAGES]
    return ours + [sandbox.theatre_url + page for page in [*THEATRE_PAGES, "/nowhere"]]


def test_every_page_says_what_it_is_and_has_nothing_inline(sandbox):
    for address in pages(sandbox):
        answer = requests.get(address, timeout=5)
        assert STRIP in answer.text
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
        assert inline(read(answer)) == [], address


def test_customer_page_shows_the_write_that_landed(sandbox):
    sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "2026-05-28T21:30:00+01:00"})
    page = read(requests.get(f"{sandbox.api_url}/_sandbox/customers/{AMARA_ID}", timeout=5))
    assert "2026-05-28T21:30:00+01:00" in [value.words for value in page.all("strong")]
    assert "Number of Restaurant Visits" in page.words


def behave(sandbox, path, **fields):
    return requests.post(f"{sandbox.api_url}/_sandbox/behave-badly/{path}", data=fields, timeout=5)


def test_fault_is_switched_on_and_off_by_form(sandbox):
    page = behave(sandbox, "faults", kind="status", call="basket_by_id", status="503", times="2")
    assert "The fault is on." in page.text
    (fault,) = sandbox.control("GET", "faults").json()
    assert (fault["kind"], fault["status"], fault["times"]) == ("status", 503, 2)
    behave(sandbox, "faults/clear", id=str(fault["id"]))
    assert sandbox.control("GET", "faults").json() == []


def test_bad_fault_form_is_422_and_keeps_what_was_typed(sandbox):
    page = behave(sandbox, "faults", kind="status", call="*", status="often")
    assert page.status_code == 422
    assert "must be a whole number" in page.text
    assert read(page).one("input", name="status").attributes["value"] == "often"


def test_options_are_changed_by_form(sandbox):
    behave(sandbox, "options", basket_customer="full", basket_minutes="5", owner_reads_web_basket="403")
    options = sandbox.control("GET", "state").json()["options"]
    found = [options[name] for name in ("basket_customer", "basket_minutes", "owner_reads_web_basket")]
    assert found == ["full", 5, 403]


def test_attribute_is_renamed_by_form_and_keeps_its_values(sandbox):
    sandbox.owner("PATCH", f"customers/{AMARA_ID}", {"attribute_LastDinedAt": "x"})
    behave(sandbox, "attributes", old_name="Last Dined At", name="Last Dinner", type="Text")
    assert sandbox.customer()["attribute_LastDinner"] == "x"
    behave(sandbox, "attributes", old_name="Last Dinner", remove="yes")
    assert "attribute_LastDinner" not in sandbox.customer()


@pytest.mark.parametrize("path", ["/_sandbox/reset", "/_sandbox/behave-badly/faults"])
def test_another_sites_form_is_refused(sandbox, path):
    elsewhere = {"Origin": "http://elsewhere.example"}
    assert requests.post(sandbox.api_url + path, headers=elsewhere, timeout=5).status_code == 403


def test_theatre_forms_fill_the_basket_that_the_api_sees(sandbox, visitor):
    page = visitor.post(sandbox.theatre_url + "/basket/tickets", data={"instance": sandbox.evening()["id"]})
    assert "2 × full price" in page.text
    assert len(visitor.get(sandbox.url("basket")).json()["tickets"]) == 2
    fields = {"email": TOM.email, "password": "opening-night", "next": "/basket"}
    page = visitor.post(sandbox.theatre_url + "/account/sign-in", data=fields)
    assert "Signed in as Tom Whitfield" in page.text
    assert visitor.get(sandbox.url("basket")).json()["customer"]["firstName"] == "Tom"


def test_theatre_forms_remove_tickets_and_sign_out(sandbox, visitor):
    visitor.post(sandbox.theatre_url + "/basket/tickets", data={"instance": sandbox.evening()["id"]})
    basket = visitor.get(sandbox.url("basket")).json()
    visitor.post(sandbox.theatre_url + "/account/sign-out")
    tickets = ",".join(ticket["id"] for ticket in basket["tickets"])
    page = visitor.post(sandbox.theatre_url + "/basket/remove", data={"tickets": tickets})
    assert "There is nothing in it yet." in page.text


def test_performance_that_is_not_on_sale_is_not_added(sandbox, visitor):
    cancelled = next(
        each for each in sandbox.control("GET", "state").json()["performances"] if each["cancelled"]
    )
    page = visitor.post(sandbox.theatre_url + "/basket/tickets", data={"instance": cancelled["id"]})
    assert page.status_code == 422
    assert "not on sale" in page.text
    assert not visitor.cookies


def test_wrong_password_keeps_the_address(sandbox, visitor):
    fields = {"email": TOM.email, "password": "x", "next": "/basket"}
    page = visitor.post(sandbox.theatre_url + "/account/sign-in", data=fields)
    assert page.status_code == 422
    assert read(page).one("input", name="email").attributes["value"] == TOM.email


@pytest.mark.parametrize("path", ["//elsewhere.example", "/\\elsewhere.example", "http://elsewhere.example"])
def test_sign_in_leads_nowhere_else(sandbox, visitor, path):
    fields = {"email": TOM.email, "password": "opening-night", "next": path}
    address = sandbox.theatre_url + "/account/sign-in"
    assert visitor.post(address, data=fields, allow_redirects=False).headers["Location"] == "/"


def test_widget_snippet_and_policy_follow_the_options(sandbox):
    home = sandbox.theatre_url + "/"
    assert "No reservation widget is set up" in requests.get(home, timeout=5).text
    sandbox.options(widget_id="abc123")
    page = requests.get(home, timeout=5)
    snippet = (
        '<div data-rezzy-widget="abc123"><a href="http://127.0.0.1:8700/w/abc123">Book a table</a></div>'
    )
    assert snippet in page.text
    assert '<script async src="http://127.0.0.1:8700/embed.js"></script>' in page.text
    assert "frame-src http://127.0.0.1:8700" in page.headers["Content-Security-Policy"]
    sandbox.options(theatre_allows_widget=False, theatre_component=False)
    page = requests.get(home, timeout=5)
    assert "frame-src 'none'" in page.headers["Content-Security-Policy"]
    assert "spektrix-basket-summary" not in page.text
