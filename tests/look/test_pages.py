"""Every component in a browser: axe, narrow screens, no script, and the frame on another site."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PAGES = ("spektrix", "connect", "confirm", "pick", "errors/404", "errors/500", "errors/widget_error")
FINDINGS = "axe.run().then(run => run.violations.map(found => [found.id, found.nodes[0].html]))"


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (390, "light"),
        pytest.param(900, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_axe_finding(page, gallery, path, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{gallery}/{path}?theme={theme}")
    page.evaluate(AXE)
    assert page.evaluate(FINDINGS) == []


@pytest.mark.parametrize("text_size", [pytest.param("100%", marks=pytest.mark.long), "200%"])
@pytest.mark.parametrize("path", PAGES)
def test_page_does_not_scroll_sideways_on_the_narrowest_phone(page, gallery, path, text_size):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{gallery}/{path}")
    page.evaluate("size => { document.documentElement.style.fontSize = size }", text_size)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("path", PAGES)
def test_page_breaks_no_rule_of_the_strict_policy(page, gallery, path):
    complaints = []
    page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
    page.goto(f"{gallery}/{path}")
    page.wait_for_load_state("networkidle")
    assert complaints == []


def test_signed_in_page_has_one_empty_status_region(page, gallery):
    page.goto(f"{gallery}/spektrix")
    expect(page.get_by_role("status")).to_have_count(1)
    expect(page.get_by_role("status")).to_be_empty()


def test_buttons_that_need_script_are_away_without_it(browser, gallery):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gallery}/connect")
    expect(page.locator("[data-copy]")).to_be_hidden()
    expect(page.locator("[data-reveal]")).to_be_hidden()
    context.close()


def test_switch_asks_for_the_other_state_without_script(browser, gallery):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gallery}/spektrix")
    page.get_by_role("switch", name="Active", checked=True).click()
    expect(page.locator("body")).to_contain_text('"active":"off"')
    context.close()


def test_icons_render_in_a_frame_on_another_site(page, gallery):
    theatre = gallery.replace("127.0.0.1", "localhost")
    page.goto(f"{theatre}/theatre?frame={gallery}/pick")
    icon = page.frame_locator("iframe").locator(".show__mark use")
    expect(icon).to_be_attached()
    page.wait_for_load_state("networkidle")
    assert icon.evaluate("use => use.getBBox().width") > 10


def test_close_button_shows_in_a_frame_only(page, gallery):
    page.goto(f"{gallery}/pick")
    expect(page.locator("[data-rezzy-close]")).to_be_hidden()
    page.evaluate("document.documentElement.dataset.framed = ''")
    expect(page.get_by_role("button", name="Close")).to_be_visible()


def test_system_setting_decides_the_theme_unless_forced(page, gallery):
    paint = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    page.goto(f"{gallery}/spektrix")
    assert page.evaluate(paint) == "rgb(22, 18, 26)"
    page.goto(f"{gallery}/spektrix?theme=light")
    assert page.evaluate(paint) == "rgb(250, 247, 242)"
