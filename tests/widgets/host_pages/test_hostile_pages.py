"""The widget on pages whose styles and scripts stand in its way, in Chromium."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.widgets.host_pages.on_the_theatre import LATER

BASKET_ID = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
COPY = {"data": {"id": BASKET_ID, "customer": None, "tickets": [{"instance": {"id": "I1"}}]}}
READ_AGAIN = "([nonce, host]) => parent.postMessage({ type: 'rezzy:reread', nonce }, host)"
# What themes, responsive videos, scroll locks and lazy loaders do to whatever stands on their pages.
RULES = """
body { pointer-events: none; transform: translateX(0); height: 3000px; }
a { pointer-events: auto; }
iframe { position: absolute; top: -9000px; min-width: 2000px; min-height: 3000px; float: right;
         filter: blur(9px); clip-path: inset(50%); }
"""
DRESS = "rules => { const s = new CSSStyleSheet(); s.replaceSync(rules); document.adoptedStyleSheets = [s]; }"


@pytest.fixture
def site(theatre):
    def visit(slug):
        theatre.visit(f"/other-websites/{slug}")
        return theatre

    return visit


def test_window_is_seen_and_can_be_pressed_whatever_the_page_does_to_frames(site):
    theatre = site("strict-policy")
    theatre.tab.evaluate(DRESS, RULES)
    frame = theatre.press()
    theatre.told(frame)
    box = theatre.tab.locator("iframe").bounding_box()
    assert box == theatre.tab.locator("dialog").bounding_box()
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_label("Full name")).to_be_visible()
    assert theatre.tab.locator("iframe").evaluate("f => getComputedStyle(f).filter") == "none"


def test_floating_button_keeps_to_the_edge_of_the_screen_although_the_body_is_moved(site):
    theatre = site("floating-button")
    theatre.tab.evaluate(DRESS, RULES)
    box = theatre.tab.get_by_role("button", name="Book a table").bounding_box()
    assert box["y"] + box["height"] == theatre.tab.viewport_size["height"] - 16


def test_page_that_writes_itself_anew_has_its_window_again(site):
    theatre = site("in-page")
    page = theatre.tab.content().replace("data-rezzy-ready", "data-before")
    theatre.tab.evaluate("p => { document.open(); document.write(p); document.close(); }", page)
    theatre.told(theatre.press())
    assert theatre.tab.locator("iframe[title^='Book a table']").count() == 1


def test_place_that_a_router_brings_back_later_is_told_again_and_has_one_frame(site):
    theatre = site("in-page")
    theatre.told(theatre.press())
    theatre.tab.evaluate("() => { kept = document.querySelector('[data-rezzy-widget]'); kept.remove(); }")
    # By then the script has noticed that the place has gone.
    theatre.tab.evaluate(LATER)
    theatre.tab.evaluate("document.body.append(kept)")
    theatre.told(theatre.frame())
    theatre.press()
    assert theatre.tab.locator("[data-rezzy-widget] iframe").count() == 1


def test_copy_of_another_theatres_basket_is_none(site):
    theatre = site("embedded-page")
    frame = theatre.press()
    theatre.told(frame)
    theatre.tab.route("**/api/v3/basket**", lambda route: route.fulfill(status=500))
    theatre.tab.evaluate("text => localStorage.setItem('spektrixBasket', text)", json.dumps(COPY))
    for client, wanted in (("anotherplayhouse", None), ("HarbourPlayhouse", BASKET_ID)):
        constants = {"data": {"clientName": client}, "timestamp": 4e12}
        theatre.tab.evaluate(
            "text => localStorage.setItem('spektrixClientConstants', text)", json.dumps(constants)
        )
        frame.evaluate(READ_AGAIN, [client, theatre.sandbox.theatre_url])
        told = theatre.told(frame, f"m.nonce === '{client}'")
        assert (told["basket"] or {}).get("id") == wanted


def test_copy_is_none_where_another_theatres_component_may_have_left_it(site):
    theatre = site("embedded-page")
    frame = theatre.press()
    theatre.told(frame)
    theatre.tab.route("**/api/v3/basket**", lambda route: route.fulfill(status=500))
    theatre.tab.evaluate("text => localStorage.setItem('spektrixBasket', text)", json.dumps(COPY))
    for client, wanted in (("harbourplayhouse", BASKET_ID), ("anotherplayhouse", None)):
        theatre.tab.evaluate(
            """client => {
                const component = document.createElement("spektrix-login-status");
                component.setAttribute("client-name", client);
                document.body.append(component);
            }""",
            client,
        )
        frame.evaluate(READ_AGAIN, [client, theatre.sandbox.theatre_url])
        told = theatre.told(frame, f"m.nonce === '{client}'")
        assert (told["basket"] or {}).get("id") == wanted


@pytest.mark.parametrize(
    ("written", "reason"),
    [("https://{}/", "no_basket"), ("", "no_basket"), ("box.theatre.example", "wrong_host")],
)
def test_host_that_spektrixs_script_wrote_down_is_read_as_that_of_a_component(site, written, reason):
    theatre = site("in-page")
    theatre.tab.locator("spektrix-basket-summary").evaluate("component => component.remove()")
    host = written.format(urlsplit(theatre.sandbox.api_url).netloc)
    constants = {"data": {"clientName": "harbourplayhouse", "spektrixHost": host}, "timestamp": 4e12}
    theatre.tab.evaluate(
        "text => localStorage.setItem('spektrixClientConstants', text)", json.dumps(constants)
    )
    assert theatre.told(theatre.press())["reason"] == reason


def test_earliest_of_a_thousand_tickets_counts(site):
    theatre = site("embedded-page")
    frame = theatre.press()
    theatre.told(frame)
    starts = [f"2099-06-{20 - number // 100:02}T18:30:00" for number in range(1000)]
    seat = {"price": 26, "description": "x" * 700}
    tickets = [{**seat, "instance": {"id": "I1", "startUtc": start}} for start in starts]
    headers = {
        "Access-Control-Allow-Origin": theatre.sandbox.theatre_url,
        "Access-Control-Allow-Credentials": "true",
    }
    body = json.dumps({"id": BASKET_ID, "customer": None, "tickets": tickets})
    theatre.tab.route("**/api/v3/basket**", lambda route: route.fulfill(body=body, headers=headers))
    frame.evaluate(READ_AGAIN, ["many", theatre.sandbox.theatre_url])
    told = theatre.told(frame, "m.nonce === 'many'")
    assert told["basket"]["starts_at"] == "2099-06-11T18:30:00.000Z"


@pytest.mark.parametrize(
    ("written", "reason"), [(str.upper, "no_basket"), (lambda host: f"not-{host}", "wrong_host")]
)
def test_host_of_the_component_is_the_same_in_capitals(site, written, reason):
    theatre = site("embedded-page")
    theatre.tab.evaluate(
        """host => {
            const component = document.createElement("spektrix-login-status");
            component.setAttribute("client-name", "harbourplayhouse");
            component.setAttribute("custom-domain", host);
            document.body.append(component);
        }""",
        written(urlsplit(theatre.sandbox.api_url).netloc),
    )
    assert theatre.told(theatre.press())["reason"] == reason
