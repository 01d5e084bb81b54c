"""The widget where the browser, an optimiser or the page itself takes away what others have. In Chromium."""

import json
import re

from playwright.sync_api import expect

from tests.support.browser import launch_arguments
from tests.widgets.host_pages.on_the_theatre import LISTEN, WIDGET, Theatre, book, site


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
