"""The pages of the tables in Chromium: what axe finds, phones, and a table added by keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_booking, make_manager, make_venue
from tests.restaurant.in_browser import look, sign_in

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
    sign_in(page, portal.url, "priya@greenroom.example", TABLES)
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


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_state_is_clean_and_fits(office, portal, width, scheme):
    office.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    office.set_viewport_size({"width": width, "height": 900})
    look(office, f"tables-empty-{width}-{scheme}")
    add_all(office, portal)
    look(office, f"tables-{width}-{scheme}")
    office.get_by_role("link", name="T1", exact=True).click()
    look(office, f"table-{width}-{scheme}")
    office.get_by_label("Seats").fill("999")
    office.get_by_role("button", name="Save").click()
    expect(office.get_by_role("alert")).to_be_focused()
    look(office, f"table-error-{width}-{scheme}")


def test_a_table_is_added_by_keyboard_alone(office):
    office.get_by_label("Name of the first").focus()
    for key in ("Tab", "3", "Enter"):
        office.keyboard.press(key)
    expect(office.get_by_text("3 tables, 12 seats")).to_be_visible()
