"""The widget on websites that differ, as the pretend theatre has them, in Chromium."""

import json
import re
import time

import pytest
from playwright.sync_api import expect

from portal.sandbox.websites import WEBSITES
from tests.support.axe import violations
from tests.support.browser import launch_arguments
from tests.support.website import HTML, websites
from tests.widgets.on_the_theatre import EXPECTED_SECONDS, LISTEN, WIDGET, Theatre

BASKET_ID = "90412ACQPBMCNQMGBSRHKHMTNGDHGPTCC"
SHIFTS = """
window.shifted = 0;
const add = (entry) => (shifted += entry.hadRecentInput ? 0 : entry.value);
new PerformanceObserver((list) => list.getEntries().forEach(add))
  .observe({ type: "layout-shift", buffered: true });
"""
FROM_PORTAL = "async ([message, host]) => parent.postMessage(message, host)"


def site(theatre, slug):
    theatre.visit(f"/other-websites/{slug}")
    return theatre


def say(theatre, frame, **message):
    """Let the booking page say something to the page around it."""
    frame.evaluate(FROM_PORTAL, [message, theatre.sandbox.theatre_url])


def book(frame):
    """Take the first time on offer and fill in the form."""
    frame.locator("button[name=starts_at]:visible").first.click()
    frame.get_by_label("Full name").fill("Amara Okafor")
    frame.get_by_label("Email").fill("amara.okafor@example.org")
    frame.get_by_label("Mobile number").fill("07700 900461")
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_visible()


def shut_in(page, portal_url):
    """Expect the sentence and the address, and nothing that leads nowhere, before anything was pressed."""
    expect(page.get_by_role("alert")).to_contain_text("cannot book from inside the website builder’s frame")
    expect(page.get_by_label("Address of the booking page")).to_have_value(f"{portal_url}/w/{WIDGET}")
    expect(page.get_by_role("link", name="01632 960 123")).to_be_visible()
    expect(page.locator(".screen").locator("button, form, select")).to_have_count(0)


def in_sandbox(theatre, allowed):
    """Return a builder's frame that allows so much, with the widget in it."""
    site(theatre, "builder-frame")
    theatre.tab.evaluate(
        "allowed => { const frame = document.querySelector('iframe.pasted');"
        "frame.sandbox = allowed; frame.src = frame.src + '?again'; }",
        allowed,
    )
    frame = theatre.tab.frame_locator("iframe.pasted")
    frame.locator("[data-rezzy-ready]").wait_for()
    return frame


class TestWebsites:
    def test_nothing_but_one_script_is_asked_of_the_portal_before_it_is_opened(self, theatre):
        """R38."""
        theatre.add_tickets()
        for each in WEBSITES:
            # What an earlier page still had under way is not this one's.
            theatre.tab.goto("about:blank")
            theatre.asked.clear()
            site(theatre, each.slug)
            asked = [url for url in theatre.asked if url.startswith(theatre.portal.url)]
            assert set(asked) <= {theatre.portal.url + "/embed.js"}, each.slug

    def test_storage_of_the_page_is_not_touched_before_it_is_opened(self, theatre):
        """R38."""
        theatre.tab.add_init_script(
            "window.read = []; const real = Storage.prototype.getItem;"
            "Storage.prototype.getItem = function (key) { read.push(key); return real.call(this, key); };"
        )
        site(theatre, "in-page")
        theatre.tab.locator("[data-rezzy-ready]").wait_for()
        assert theatre.tab.evaluate("read") == []
        theatre.told(theatre.press())
        assert set(theatre.tab.evaluate("read")) <= {"spektrixBasket", "spektrixClientConstants"}

    def test_whole_booking_breaks_nothing_of_a_strict_policy(self, theatre):
        """X36."""
        theatre.add_tickets()
        frame = site(theatre, "strict-policy").press()
        assert theatre.told(frame)["reason"] == "filled"
        book(frame)
        assert [each.evaluate("broken") for each in (theatre.tab, frame)] == [[], []]

    def test_strict_policy_is_the_sites_own_and_the_lines_that_the_portal_gives_out(self, theatre):
        from portal.widgets import policy_lines, service

        answer = theatre.tab.goto(f"{theatre.sandbox.theatre_url}/other-websites/strict-policy")
        policy = answer.headers["content-security-policy"].replace(f" {theatre.sandbox.theatre_url}", "")
        with theatre.portal.app.app_context():
            basket_url = service.basket_url(service.published(WIDGET))
        given = policy_lines.lines(policy_lines.needs(theatre.portal.url, WIDGET, basket_url))
        lines = {line.split()[0]: set(line.split()[1:]) for line in policy.split("; ")}
        for line in given:
            directive, *sources = line.split()
            assert lines[directive] == set(sources), directive
        own = {"'none'", "data:"}
        assert all(sources <= own for name, sources in lines.items() if f"{name} " not in " ".join(given))

    def test_policy_of_nonces_lets_the_second_script_in(self, theatre):
        frame = site(theatre, "nonce-policy").press()
        assert theatre.told(frame)["reason"] == "no_basket"
        assert theatre.tab.evaluate("broken") == []

    def test_component_that_comes_late_is_heard_while_the_window_is_open(self, theatre):
        """R49, X35."""
        theatre.add_tickets()
        # The component of the page before may still be writing its copy down.
        theatre.tab.goto(theatre.sandbox.theatre_url + "/static/theatre.svg")
        theatre.tab.evaluate("localStorage.clear()")
        theatre.sandbox.fault("web_basket", "drop_connection", times=1)
        held = []

        def hold(route):
            held.append(route)

        theatre.tab.route("**/component.js*", hold)
        frame = site(theatre, "late-component").press()
        assert theatre.told(frame)["reason"] == "script_missing"
        while not held:
            theatre.tab.wait_for_timeout(30)
        held[0].continue_()
        assert theatre.told(frame, "m.basket")["reason"] == "filled"
        theatre.tab.unroute("**/component.js*")
        assert [reason for _, reason, _ in theatre.signalled()] == ["filled"]
        assert len(theatre.sent) == 1

    def test_component_that_is_blocked_is_not_needed(self, theatre):
        theatre.add_tickets()
        frame = site(theatre, "component-blocked").press()
        assert theatre.told(frame)["reason"] == "filled"
        assert theatre.tab.evaluate("customElements.get('spektrix-basket-summary')") is None
        assert [url.rpartition("/")[2] for url in theatre.tab.evaluate("broken")] == ["component.js"]

    def test_place_that_a_builder_moves_and_draws_again_still_opens(self, theatre):
        site(theatre, "page-builder")
        for times in ("Drawn 1 time ", "Drawn 2 times", "Drawn 3 times"):
            expect(theatre.tab.locator("#arranged")).to_contain_text(times)
            theatre.told(theatre.press())
            theatre.tab.keyboard.press("Escape")
            expect(theatre.tab.locator("dialog")).to_have_count(0)
            theatre.tab.locator("#arrange").click()

    def test_page_that_navigates_by_itself_has_one_window_each_time(self, theatre):
        site(theatre, "single-page")
        for _ in range(2):
            theatre.tab.get_by_role("link", name="Eat", exact=True).click()
            theatre.told(theatre.press())
            assert theatre.tab.locator("dialog").count() == 1
            theatre.tab.keyboard.press("Escape")
            theatre.tab.get_by_role("link", name="The house").click()
            expect(theatre.tab.locator("[data-rezzy-widget]")).to_have_count(0)

    def test_script_that_a_tag_manager_adds_twice_opens_one_window(self, theatre):
        site(theatre, "tag-manager")
        theatre.tab.wait_for_function(
            "() => document.querySelectorAll('script[src$=\"/embed.js\"]').length === 2"
        )
        theatre.told(theatre.press())
        assert theatre.tab.locator("dialog").count() == 1
        assert len([url for url in theatre.asked if re.search(r"/embed\.\w+\.js", url)]) == 1

    def test_sandboxed_frame_of_a_builder_opens_a_tab(self, theatre):
        frame = in_sandbox(theatre, "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox")
        with theatre.tab.context.expect_page() as opened:
            frame.get_by_role("link", name="Book a table").click()
        expect(opened.value.locator("button[name=starts_at]").first).to_be_visible()
        opened.value.close()

    def test_tab_that_inherits_the_builders_sandbox_says_where_to_book(self, theatre):
        frame = in_sandbox(theatre, "allow-scripts allow-forms allow-popups")
        with theatre.tab.context.expect_page() as opened:
            frame.get_by_role("link", name="Book a table").click()
        shut_in(opened.value, theatre.portal.url)
        assert violations(opened.value) == []
        opened.value.close()

    def test_sandboxed_frame_that_may_open_no_tab_says_where_to_book(self, theatre):
        frame = in_sandbox(theatre, "allow-scripts allow-forms")
        frame.get_by_role("link", name="Book a table").click()
        shut_in(frame, theatre.portal.url)

    def test_link_drawn_in_svg_opens_the_window_and_leads_on(self, theatre):
        theatre.visit()
        theatre.tab.evaluate(
            """() => {
                const place = document.querySelector("[data-rezzy-widget]");
                const address = place.querySelector("a").getAttribute("href");
                place.innerHTML = '<svg width="200" height="60"><a><rect width="200" height="60"/>'
                  + '<text y="30">Book a table</text></a></svg>';
                place.querySelector("a").setAttribute("href", address);
            }"""
        )
        theatre.told(theatre.press())
        rescue = theatre.tab.locator("dialog a")
        assert rescue.get_attribute("href") == f"{theatre.portal.url}/w/{WIDGET}"

    def test_link_drawn_in_svg_is_followed_when_nothing_can_open(self, theatre):
        theatre.visit()
        theatre.tab.route("**/embed.*.js", lambda route: route.abort())
        theatre.tab.evaluate(
            """() => {
                const place = document.querySelector("[data-rezzy-widget]");
                const address = place.querySelector("a").getAttribute("href");
                place.innerHTML = '<svg width="200" height="60"><a><rect width="200" height="60"/></a></svg>';
                place.querySelector("a").setAttribute("href", address);
            }"""
        )
        theatre.tab.locator("[data-rezzy-ready] a[href]").click()
        theatre.tab.wait_for_url(f"{theatre.portal.url}/w/{WIDGET}")

    def test_page_that_is_isolated_from_other_origins_shows_the_window(self, theatre):
        portal = theatre.portal.url
        code = f'<div data-rezzy-widget="{WIDGET}"><a href="{portal}/w/{WIDGET}">Book a table</a></div>'
        page = f'<!doctype html>{code}<script src="{portal}/embed.js" async></script>'
        isolated = {**HTML, "Cross-Origin-Embedder-Policy": "require-corp"}
        with websites() as website:
            website.pages["/"] = (200, isolated, page.encode())
            theatre.change_widget(sites=[website.site])
            theatre.tab.goto(f"http://{website.site}/")
            book(theatre.press())

    def test_page_that_stops_every_click_at_its_document_does_not_stop_ours(self, theatre):
        theatre.tab.add_init_script(
            "document.addEventListener('click', (event) => event.stopImmediatePropagation(), true);"
        )
        theatre.visit()
        theatre.told(theatre.press())

    def test_two_places_open_each_its_own_window_and_pass_on_what_they_ask(self, theatre):
        site(theatre, "two-widgets")
        theatre.tab.wait_for_function("() => !!customElements.get('rezzy-booking')")
        for nth, party in ((0, ""), (1, "&party=4")):
            frame = theatre.press(nth)
            theatre.told(frame)
            assert frame.url.endswith(f"&host={_quoted(theatre.sandbox.theatre_url)}{party}")
            theatre.tab.evaluate("document.querySelector('dialog').close()")
            expect(theatre.tab.locator("dialog")).to_have_count(0)

    def test_other_spektrix_host_is_named(self, theatre):
        theatre.told(site(theatre, "wrong-host").press())
        assert "tickets.elsewhere.example/harbourplayhouse, not localhost" in " ".join(theatre.warnings)

    def test_embedded_page_of_spektrix_tells_when_to_look_again(self, theatre):
        frame = site(theatre, "embedded-page").press()
        assert theatre.told(frame)["reason"] == "no_basket"
        theatre.tab.frame_locator("#SpektrixIFrame").get_by_role("button", name="Add 2 tickets").click()
        found = theatre.told(frame, "m.basket")
        assert found["basket"].keys() == {"id", "customer_id", "starts_at"}
        assert "rezzy" in found["type"]

    def test_page_off_the_list_keeps_the_plain_link_and_shows_another(self, theatre):
        """X21."""
        theatre.change_widget(sites=["www.elsewhere.example"])
        frame = site(theatre, "in-page").press()
        way_on = theatre.tab.get_by_role("link", name="Open the booking page")
        expect(way_on).to_have_attribute("href", f"{theatre.portal.url}/w/{WIDGET}")
        # Waiting for the address would raise what Chromium says of a frame that it refuses.
        deadline = time.monotonic() + EXPECTED_SECONDS
        while frame.url != "chrome-error://chromewebdata/" and time.monotonic() < deadline:
            theatre.tab.wait_for_timeout(30)
        assert frame.url == "chrome-error://chromewebdata/"
        link = theatre.tab.locator("[data-rezzy-widget] > a")
        assert link.get_attribute("href") == f"{theatre.portal.url}/w/{WIDGET}"


def _quoted(origin):
    return origin.replace(":", "%3A").replace("/", "%2F")


class TestInPage:
    def test_frame_stands_below_its_link_takes_the_focus_and_moves_nothing(self, theatre):
        theatre.tab.add_init_script(SHIFTS)
        site(theatre, "in-page")
        before = theatre.tab.locator("h1").bounding_box()
        frame = theatre.press()
        expect(frame.locator("button[name=starts_at]").first).to_be_visible()
        theatre.tab.wait_for_timeout(600)
        assert theatre.tab.evaluate("document.activeElement.localName") == "iframe"
        assert theatre.tab.locator("dialog").count() == 0
        assert theatre.tab.evaluate("shifted") == 0
        link = theatre.tab.locator("[data-rezzy-widget] > a").bounding_box()
        assert link["y"] + link["height"] <= theatre.tab.locator("iframe").bounding_box()["y"]
        scrolled = theatre.tab.evaluate("scrollY")
        assert theatre.tab.locator("h1").bounding_box()["y"] + scrolled == pytest.approx(before["y"])

    def test_it_grows_and_never_shrinks(self, theatre):
        frame = site(theatre, "in-page").press()
        theatre.told(frame)
        height = "document.querySelector('[data-rezzy-widget] iframe').offsetHeight"
        for wanted in (2000, 300):
            say(theatre, frame, type="rezzy:height", height=wanted)
            theatre.tab.wait_for_function(f"() => {height} === 2000")

    def test_second_press_goes_to_the_frame_that_is_there(self, theatre):
        frame = site(theatre, "in-page").press()
        theatre.told(frame)
        theatre.press()
        assert theatre.tab.locator("[data-rezzy-widget] iframe").count() == 1

    def test_closing_gives_the_room_and_the_focus_back(self, theatre):
        frame = site(theatre, "in-page").press()
        theatre.told(frame)
        say(theatre, frame, type="rezzy:close")
        expect(theatre.tab.locator("[data-rezzy-widget] iframe")).to_have_count(0)
        expect(theatre.tab.locator("[data-rezzy-widget] > a")).to_be_focused()

    def test_frame_that_a_builder_moves_is_told_again(self, theatre):
        theatre.told(site(theatre, "in-page").press())
        theatre.tab.evaluate("document.body.append(document.querySelector('[data-rezzy-widget]'))")
        theatre.told(theatre.frame())


class TestFloatingButton:
    def test_button_is_drawn_in_the_colour_with_a_text_that_reads(self, theatre):
        site(theatre, "floating-button")
        button = theatre.tab.get_by_role("button", name="Book a table")
        style = button.evaluate(
            "b => (({ position, color, backgroundColor }) => "
            "[position, color, backgroundColor])(getComputedStyle(b))"
        )
        assert style == ["fixed", "rgb(0, 0, 0)", "rgb(244, 201, 93)"]
        box, view = button.bounding_box(), theatre.tab.viewport_size
        assert min(box["width"], box["height"]) >= 44
        assert (box["x"] + box["width"], box["y"] + box["height"]) == (
            view["width"] - 16,
            view["height"] - 16,
        )

    def test_button_opens_the_window_lies_under_it_and_gets_the_focus_back(self, theatre):
        site(theatre, "floating-button")
        button = theatre.tab.get_by_role("button", name="Book a table")
        box = button.bounding_box()
        button.focus()
        theatre.tab.keyboard.press("Enter")
        theatre.told(theatre.frame())
        on_top = "([x, y]) => document.elementFromPoint(x, y).localName"
        assert theatre.tab.evaluate(on_top, [box["x"] + 9, box["y"] + 9]) != "button"
        theatre.tab.keyboard.press("Escape")
        expect(button).to_be_focused()

    def test_button_moves_nothing_and_leaves_with_its_place(self, theatre):
        theatre.tab.add_init_script(SHIFTS)
        site(theatre, "floating-button")
        button = theatre.tab.get_by_role("button", name="Book a table")
        button.wait_for()
        assert theatre.tab.evaluate("shifted") == 0
        theatre.tab.evaluate("document.body.lastElementChild.remove()")
        expect(button).to_have_count(1)
        theatre.tab.evaluate("document.querySelector('[data-rezzy-widget]').remove()")
        expect(button).to_have_count(0)


class TestMessages:
    def test_basket_read_again_is_answered_with_its_nonce(self, theatre):
        frame = site(theatre, "in-page").press()
        assert theatre.told(frame)["basket"] is None
        with theatre.tab.context.expect_page() as other:
            theatre.tab.evaluate("window.open('/whats-on')")
        other.value.get_by_role("button", name="Add 2 tickets").first.click()
        other.value.get_by_role("link", name="See your basket").wait_for()
        other.value.close()
        say(theatre, frame, type="rezzy:reread", nonce="n-1")
        assert theatre.told(frame, "m.nonce === 'n-1'")["basket"]["starts_at"]

    def test_booking_is_handed_back_at_the_next_opening_and_kept_nowhere(self, theatre):
        """P09."""
        frame = site(theatre, "in-page").press()
        assert "booked" not in theatre.told(frame)
        say(theatre, frame, type="rezzy:booked", booked="sealed.text_1")
        say(theatre, frame, type="rezzy:close")
        expect(theatre.tab.locator("[data-rezzy-widget] iframe")).to_have_count(0)
        frame = theatre.press()
        assert theatre.told(frame)["booked"] == "sealed.text_1"
        kept = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"
        assert "sealed" not in theatre.tab.evaluate(kept)
        say(theatre, frame, type="rezzy:booked", booked="")
        say(theatre, frame, type="rezzy:reread", nonce="cancelled")
        assert "booked" not in theatre.told(frame, "m.nonce === 'cancelled'")

    def test_family_of_the_page_is_told_on_request_and_cleaned(self, theatre):
        site(theatre, "in-page")
        theatre.tab.evaluate(
            "document.querySelector('[data-rezzy-widget]').style.fontFamily = "
            "'\"A{};url(x)\", Georgia, ' + 'Times, '.repeat(90) + 'serif'"
        )
        frame = theatre.press()
        theatre.told(frame)
        say(theatre, frame, type="rezzy:look?")
        found = frame.wait_for_function("() => heard.find((m) => m.type === 'rezzy:look')").json_value()
        assert found["family"].startswith('"Aurlx", Georgia, Times, ')
        assert len(found["family"]) == 200

    def test_strangers_and_odd_shapes_are_dropped(self, theatre):
        """X23."""
        frame = site(theatre, "embedded-page").press()
        theatre.told(frame)
        height = theatre.tab.locator("[data-rezzy-widget] iframe").bounding_box()["height"]
        theatre.tab.evaluate("postMessage({ type: 'rezzy:close' }, '*')")
        theatre.tab.evaluate("postMessage({ basketContents: {}, basketHash: 'X' }, '*')")
        odd = [
            None,
            [],
            "rezzy:close",
            "x" * 1_000_000,
            {"type": ["rezzy:close"]},
            {"type": "rezzy:toString"},
            {"type": "__proto__"},
            {"type": "rezzy:height", "height": "9000"},
            {"type": "rezzy:height", "height": 1e9},
            {"type": "rezzy:height", "height": -5},
            {"type": "rezzy:reread", "nonce": "x" * 1_000_000},
            {"type": "rezzy:reread", "nonce": {"length": 1}},
            {"type": "rezzy:booked", "booked": "x" * 1_000_000},
            {"type": "rezzy:booked", "booked": "<b>"},
        ]
        for message in odd:
            frame.evaluate(FROM_PORTAL, [message, theatre.sandbox.theatre_url])
        say(theatre, frame, type="rezzy:reread", nonce="last")
        assert "booked" not in theatre.told(frame, "m.nonce === 'last'")
        assert theatre.tab.locator("[data-rezzy-widget] iframe").bounding_box()["height"] == height
        theatre.tab.wait_for_timeout(600)
        assert len(frame.evaluate("heard.filter((m) => m.type === 'rezzy:basket')")) == 2
        assert len(theatre.sandbox.requests("web_basket")) == 2


def ticket(**instance):
    return {"id": "T1", "price": 26, "seatName": "A1", "instance": {"id": "I1", **instance}}


def basket(*tickets, **changes):
    return {"id": BASKET_ID, "customer": None, "tickets": list(tickets), "total": 26, **changes}


def starts_on(*days):
    return basket(*(ticket(startUtc=f"2099-06-{day:02}T18:30:00") for day in days))


SOON = "2099-06-12T18:30:00.000Z"
NO_START = {"id": BASKET_ID, "customer_id": None, "starts_at": None}
READINGS = {
    "without an offset it is UTC": (
        basket(ticket(startUtc="2099-06-12T18:30:00")),
        {**NO_START, "starts_at": SOON},
    ),
    "with Z": (basket(ticket(startUtc="2099-06-12T18:30:00Z")), {**NO_START, "starts_at": SOON}),
    "with an offset": (basket(ticket(startUtc="2099-06-12T19:30:00+01:00")), {**NO_START, "starts_at": SOON}),
    "only the venue's own time": (basket(ticket(start="2099-06-12T19:30:00")), NO_START),
    "only a date": (basket(ticket(startUtc="2099-06-12")), NO_START),
    "no start": (basket(ticket()), NO_START),
    "a number": (basket(ticket(startUtc=4085519400000)), NO_START),
    "no such day": (basket(ticket(startUtc="2099-06-99T18:30:00")), NO_START),
    "in the past": (basket(ticket(startUtc="2020-06-12T18:30:00")), NO_START),
    "cancelled": (basket(ticket(startUtc="2099-06-12T18:30:00", cancelled=True)), NO_START),
    "no performance": (basket({"id": "T1"}), NO_START),
    "tickets that are none": (basket(1, None, "x", []), NO_START),
    "customer signed in": (
        basket(ticket(), customer={"id": "I-7Q2D-K9XM", "email": "a@example.org"}),
        {**NO_START, "customer_id": "I-7Q2D-K9XM"},
    ),
    "customer of another shape": (basket(ticket(), customer={"id": {"x": 1}}), NO_START),
    "id of another shape": (basket(ticket(), id=5), None),
    "id that is a path": (basket(ticket(), id="../x"), None),
    "no tickets": (basket(), None),
    "tickets of another shape": (basket(tickets={"length": 1}), None),
    "a list": ([], None),
    "a text": ("ok", None),
    "null": (None, None),
}


class TestReading:
    """One opening, in which the basket is read again for every case."""

    def read(self, theatre, frame, body, nonce):
        theatre.tab.unroute_all()
        origin = theatre.sandbox.theatre_url
        headers = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
        theatre.tab.route("**/api/v3/basket**", lambda route: route.fulfill(body=body, headers=headers))
        say(theatre, frame, type="rezzy:reread", nonce=nonce)
        return theatre.told(frame, f"m.nonce === '{nonce}'")

    @pytest.fixture
    def frame(self, theatre):
        frame = site(theatre, "embedded-page").press()
        theatre.told(frame)
        return frame

    def test_what_is_no_basket_or_has_no_start_is_told_apart(self, theatre, frame):
        for number, (name, (body, wanted)) in enumerate(READINGS.items()):
            told = self.read(theatre, frame, json.dumps(body), f"n{number}")
            assert told["basket"] == wanted, name
            assert "starts" not in told, name

    @pytest.mark.parametrize(
        "body",
        [
            '{"__proto__": {"id": "A1", "tickets": [1]}}',
            '{"id": "A1", "tickets": [{"__proto__": {"instance": {"startUtc": "2099-06-12T18:30:00"}}}]}',
            '{"constructor": {"prototype": {"polluted": 1}}, "id": "A1", "tickets": [1]}',
        ],
    )
    def test_keys_of_the_prototype_are_not_believed(self, theatre, frame, body):
        told = self.read(theatre, frame, body, "n1")
        assert (told["basket"] or {}).get("starts_at") is None
        assert theatre.tab.evaluate("({}).polluted === undefined && ({}).id === undefined")

    @pytest.mark.parametrize(
        "body", ["", "{", "<html></html>", json.dumps(basket(ticket())) + " " * 3_000_000]
    )
    def test_rubbish_and_too_much_are_no_basket(self, theatre, frame, body):
        assert self.read(theatre, frame, body, "n1")["basket"] is None

    def test_copy_of_the_page_counts_only_where_spektrix_cannot_be_read(self, theatre, frame):
        theatre.tab.evaluate(
            "text => localStorage.setItem('spektrixBasket', text)", json.dumps({"data": basket(ticket())})
        )
        assert self.read(theatre, frame, json.dumps(basket()), "n1")["basket"] is None
        assert self.read(theatre, frame, "<html></html>", "n2")["basket"] == NO_START

    def test_several_shows_are_told_by_their_starts_sorted_and_once_each(self, theatre, frame):
        """R40, R41."""
        told = self.read(theatre, frame, json.dumps(starts_on(14, 12, 14, 13)), "n1")
        assert told["basket"]["starts_at"] == SOON
        assert told["starts"] == [SOON.replace("-12T", f"-{day}T") for day in (12, 13, 14)]
        assert told.keys() == {"type", "basket", "starts", "reason", "nonce"}

    def test_ten_starts_are_told_at_most(self, theatre, frame):
        told = self.read(theatre, frame, json.dumps(starts_on(*range(25, 5, -1))), "n1")
        assert [each[8:10] for each in told["starts"]] == [f"{day:02}" for day in range(6, 16)]


class TestOddBrowsers:
    def test_without_dialogs_the_link_is_a_link_and_the_page_still_holds_a_frame(self, theatre):
        theatre.tab.add_init_script("delete window.HTMLDialogElement")
        site(theatre, "in-page")
        theatre.told(theatre.press())
        site(theatre, "strict-policy")
        theatre.tab.locator("[data-rezzy-ready] a").click()
        theatre.tab.wait_for_url(f"{theatre.portal.url}/w/{WIDGET}")

    def test_second_script_that_does_not_come_leaves_a_link(self, theatre):
        theatre.tab.route(re.compile(r"/embed\.\w+\.js"), lambda route: route.abort())
        site(theatre, "strict-policy")
        theatre.tab.locator("[data-rezzy-ready] a").click()
        theatre.tab.wait_for_url(f"{theatre.portal.url}/w/{WIDGET}")
        assert "script-src" in " ".join(theatre.warnings)

    def test_script_that_an_optimiser_took_into_its_own_still_knows_the_portal(self, theatre):
        site(theatre, "tag-manager")
        with theatre.portal.app.test_client() as client:
            theatre.tab.evaluate(client.get("/embed.js").text)
        theatre.told(theatre.press())

    def test_place_inside_a_web_component_opens_although_the_page_lets_no_click_through(self, theatre):
        site(theatre, "in-page")
        theatre.tab.evaluate(
            """([id, href]) => {
                const outside = document.body.appendChild(document.createElement("div"));
                const root = outside.attachShadow({ mode: "open" });
                const place = document.createElement("rezzy-booking");
                place.setAttribute("widget", id);
                place.append(Object.assign(document.createElement("a"), { href, textContent: "Eat here" }));
                root.append(place);
                place.addEventListener("click", (event) => event.stopImmediatePropagation());
            }""",
            [WIDGET, f"{theatre.portal.url}/w/{WIDGET}"],
        )
        theatre.tab.get_by_role("link", name="Eat here").click()
        theatre.told(theatre.frame())
        assert theatre.tab.locator("dialog").count() == 1

    def test_page_that_spoils_fetch_and_objects_still_has_its_window(self, theatre):
        site(theatre, "strict-policy")
        theatre.tab.evaluate("fetch = () => { throw Error('mine'); }; Object.prototype.room = 'mine'")
        assert theatre.told(theatre.press())["basket"] is None

    def test_rules_of_the_page_for_all_frames_and_paragraphs_leave_the_window_whole(self, theatre):
        site(theatre, "strict-policy")
        theatre.tab.evaluate("""() => {
            const rules = new CSSStyleSheet();
            rules.replaceSync("* { all: unset } p { display: block } iframe { height: auto !important }"
                + "dialog, dialog[open] { display: none !important; position: static !important }");
            document.adoptedStyleSheets = [rules];
        }""")
        theatre.told(theatre.press())
        expect(theatre.tab.get_by_text("The booking page did not load here.")).to_be_hidden()
        window = theatre.tab.locator("dialog").bounding_box()
        assert theatre.tab.locator("iframe").bounding_box() == window
        assert min(window["width"], window["height"]) > 400

    def test_values_that_a_page_gets_wrong_are_left_out_with_a_word(self, theatre):
        site(theatre, "in-page")
        theatre.tab.evaluate(
            "Object.assign(document.querySelector('[data-rezzy-widget]').dataset, "
            "{ date: '12/6/2026', party: '4', performance: '112601ADVKGDPBPL' })"
        )
        frame = theatre.press()
        theatre.told(frame)
        assert frame.url.endswith("&party=4&performance=112601ADVKGDPBPL")
        assert 'date "12/6/2026"' in " ".join(theatre.warnings)

    def test_without_scripts_the_link_leads_to_the_times(self, browser, sandbox, embedded):
        """X35."""
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{sandbox.theatre_url}/other-websites/floating-button")
        page.get_by_role("link", name="Book a table").click()
        expect(page.locator("button[name=starts_at]").first).to_be_visible()
        context.close()

    def test_third_party_cookies_and_storage_blocked_change_nothing(
        self, playwright, sandbox, embedded, tmp_path
    ):
        """X35."""
        preferences = tmp_path / "Default" / "Preferences"
        preferences.parent.mkdir()
        preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 1}}), encoding="utf-8")
        context = playwright.chromium.launch_persistent_context(tmp_path, **launch_arguments(whole=True))
        context.add_init_script(LISTEN)
        with Theatre(context.pages[0], sandbox, embedded) as theatre:
            theatre.add_tickets()
            frame = site(theatre, "in-page").press()
            assert theatre.told(frame)["reason"] == "filled"
            shut = "() => { try { return localStorage.length >= 0; } catch { return 'shut'; } }"
            assert frame.evaluate(shut) == "shut"
            book(frame)
        context.close()
