"""How the widget opens where it stands: in the page itself, or from a floating button. In Chromium."""

import pytest
from playwright.sync_api import expect

from tests.widgets.host_pages.on_the_theatre import LATER, SHIFTS, say, site


class TestInPage:
    def test_frame_stands_below_its_link_takes_the_focus_and_moves_nothing(self, theatre):
        theatre.tab.add_init_script(SHIFTS)
        site(theatre, "in-page")
        before = theatre.tab.locator("h1").bounding_box()
        frame = theatre.press()
        expect(frame.locator("button[name=starts_at]").first).to_be_visible()
        expect(theatre.tab.locator("[data-rezzy-widget] iframe")).to_be_focused()
        theatre.tab.evaluate(LATER)
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
