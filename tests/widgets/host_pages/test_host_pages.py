"""The widget on websites that differ, as the pretend theatre has them, in Chromium."""

import re
import time

from playwright.sync_api import expect

from portal.sandbox.theatre.websites import WEBSITES
from tests.support.axe import violations
from tests.support.website import HTML, websites
from tests.widgets.host_pages.on_the_theatre import EXPECTED_SECONDS, WIDGET, book, site


def shut_in(page, portal_url):
    """Expect the sentence and the address, and nothing that leads nowhere, before anything was pressed."""
    expect(page.get_by_role("alert")).to_contain_text("You cannot book inside this website")
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
        from portal.widgets import service
        from portal.widgets.setup import policy_lines

        answer = theatre.tab.goto(f"{theatre.sandbox.theatre_url}/other-websites/strict-policy")
        policy = answer.headers["content-security-policy"].replace(f" {theatre.sandbox.theatre_url}", "")
        with theatre.portal.app.app_context():
            basket_url = service.basket_url(service.find_published(WIDGET))
        given = policy_lines.lines(policy_lines.needs(theatre.portal.url, WIDGET, basket_url))
        lines = {line.split()[0]: set(line.split()[1:]) for line in policy.split("; ")}
        assert len(given) == 3
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
