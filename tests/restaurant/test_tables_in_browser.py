"""The pages of the tables in Chromium: what axe finds, phones, and a table added by keyboard alone."""

import os

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD, make_booking, make_manager, make_venue
from tests.support.axe import violations

TABLES = "/settings/tables"


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def office(page, portal):
    """A manager of an empty venue who has signed in by the form."""
    with portal.app.app_context():
        venue = make_venue()
        make_booking(venue)
        make_manager(venue, email="priya@greenroom.example")
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("Email").fill("priya@greenroom.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{portal.url}{TABLES}")
    return page


def add_all(page, portal):
    page.get_by_label("How many").fill("9")
    page.get_by_role("button", name="Add tables").click()
    expect(page.get_by_text("9 tables, 36 seats")).to_be_visible()
    page.get_by_role("link", name="Add area").click()
    page.get_by_label("Name").fill("Terrace")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Join tables").click()
    page.get_by_label("Name").fill("T1 + T2")
    for name in ("T1, 4 seats", "T2, 4 seats"):
        page.get_by_text(name).click()
    page.get_by_label("Smallest party").fill("5")
    page.get_by_label("Largest party").fill("10")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("largest party 10")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_is_clean_and_fits(office, portal, width):
    office.set_viewport_size({"width": width, "height": 900})
    look(office, f"tables-empty-{width}")
    add_all(office, portal)
    look(office, f"tables-{width}")
    office.get_by_role("link", name="T1", exact=True).click()
    look(office, f"table-{width}")
    office.get_by_label("Seats").fill("999")
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("alert")).to_be_focused()
    look(office, f"table-error-{width}")


def look(page, name):
    """Nothing for axe, nothing wider than the screen; the folder PICTURES gets pictures in both themes."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("PICTURES"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/{name}-{theme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def test_a_table_is_added_by_keyboard_alone(office):
    office.get_by_label("Name of the first").focus()
    for key in ("Tab", "3", "Enter"):
        office.keyboard.press(key)
    expect(office.get_by_text("3 tables, 12 seats")).to_be_visible()
