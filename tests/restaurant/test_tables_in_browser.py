"""The pages of the tables in Chromium: what axe finds, phones, and a table added by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_booking, make_manager, make_venue
from tests.restaurant.in_browser import look, sign_in

TABLES = "/settings/tables"


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


def names(page):
    return page.locator("[id^=table-] b").all_inner_texts()


def grip_of(page, row):
    return page.locator(row).locator("[data-grip]").first


def drag(page, row, onto, *, above=True, drop=True):
    """Take a row by its grip and hold it over another, above or below its middle."""
    # Hovering waits until the page stands still.
    grip_of(page, row).hover()
    page.mouse.down()
    expect(page.locator(row)).to_have_class(re.compile("is-dragged"))
    start, end = grip_of(page, row).bounding_box(), page.locator(onto).bounding_box()
    page.mouse.move(start["x"] + 9, end["y"] + (3 if above else end["height"] - 3), steps=6)
    if drop:
        with page.expect_navigation():
            page.mouse.up()


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.long)])
def test_rows_are_put_in_order_by_drag(office, portal, width):
    office.set_viewport_size({"width": width, "height": 2000})
    add_all(office, portal)
    office.get_by_role("link", name="Add area").click()
    office.get_by_label("Name").fill("Bar")
    office.get_by_role("button", name="Add", exact=True).click()
    drag(office, "#table-3", "#table-1")
    assert names(office)[:4] == ["T3", "T1", "T2", "T4"]
    drag(office, "#table-1", "#table-9", above=False)
    assert names(office) == ["T3", "T2", "T4", "T5", "T6", "T7", "T8", "T9", "T1"]
    drag(office, "#area-2", "#area-1")
    assert office.locator("[id^=area-] h2").all_inner_texts() == ["Bar", "Terrace"]
    office.reload()
    assert names(office)[-1] == "T1"


def test_a_row_that_is_not_let_go_stays_where_it_was(office, portal):
    add_all(office, portal)
    drag(office, "#table-3", "#table-1", drop=False)
    assert names(office)[0] == "T3"
    office.keyboard.press("Escape")
    assert names(office)[:3] == ["T1", "T2", "T3"]
    office.mouse.up()
    office.reload()
    assert names(office)[:3] == ["T1", "T2", "T3"]


def test_nothing_can_be_dragged_where_there_is_one_of_a_kind(office, portal):
    add_all(office, portal)
    expect(grip_of(office, "#group-1")).to_be_hidden()
    expect(grip_of(office, "#area-1")).to_be_hidden()
    expect(grip_of(office, "#table-1")).to_be_visible()


def test_a_table_moves_by_the_keyboard_and_goes_to_another_area_by_drag(office, portal):
    office.set_viewport_size({"width": 1280, "height": 2000})
    add_all(office, portal)
    office.get_by_label("New area").fill("Bar")
    office.locator("#table-3-up").focus()
    office.keyboard.press("Enter")
    expect(office.get_by_role("status")).to_have_text("T3 is number 2 of 9 now")
    expect(office.locator("#table-3-up")).to_be_focused()
    office.keyboard.press("Enter")
    expect(office.get_by_role("status")).to_have_text("T3 is number 1 of 9 now")
    expect(office.locator("#table-3-up")).to_be_focused()
    assert names(office)[:3] == ["T3", "T1", "T2"]
    # What was typed below is still there.
    expect(office.get_by_label("New area")).to_have_value("Bar")
    office.get_by_label("New area").fill("")
    office.once("dialog", lambda dialog: dialog.accept())
    drag(office, "#table-2", "#area-1")
    expect(office.locator("#area-1")).to_contain_text("T2")
    office.reload()
    expect(office.locator("#area-1")).to_contain_text("T2")


def test_ticked_tables_name_what_they_are_joined_to(office, portal):
    add_all(office, portal)
    office.get_by_role("link", name="Join tables").click()
    for name in ("T3, 4 seats", "T4, 4 seats"):
        office.get_by_text(name).click()
    expect(office.get_by_label("Name")).to_have_value("T3+T4")
    expect(office.get_by_label("Largest party")).to_have_value("8")
    office.get_by_role("button", name="Add", exact=True).click()
    expect(office.locator("#groups")).to_contain_text("T3+T4")
