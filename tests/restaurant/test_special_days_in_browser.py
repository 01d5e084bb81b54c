"""The pages of the special days in Chromium: what axe finds, phones, and a day added by keyboard alone."""

import os
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import expect

from portal import clock
from tests.factories import PASSWORD, make_booking, make_manager, make_table, make_venue
from tests.support.axe import violations

PAGE = "/settings/special-days"
NEXT_WEEK = clock.utc_now().date() + timedelta(days=7)


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def office(page, portal):
    """A manager of a venue with tables who has signed in by the form."""
    with portal.app.app_context():
        venue = make_venue()
        for name in ("T1", "T2", "T3"):
            make_table(venue, name)
        make_booking(venue, starts_at=datetime.combine(NEXT_WEEK, time(18), UTC))
        make_manager(venue, email="priya@greenroom.example")
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("Email").fill("priya@greenroom.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{portal.url}{PAGE}")
    return page


@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_is_clean_and_fits(office, width):
    office.set_viewport_size({"width": width, "height": 900})
    look(office, f"special-days-empty-{width}")
    office.get_by_role("link", name="Add special day", exact=True).click()
    expect(office.get_by_label("Opens").first).not_to_be_visible()
    look(office, f"special-day-new-{width}")
    office.get_by_label("Date").fill(NEXT_WEEK.isoformat())
    expect(office.get_by_text("1 booking to come would no longer fit")).to_be_visible()
    look(office, f"special-day-touched-{width}")
    office.get_by_text("Other hours", exact=True).click()
    expect(office.get_by_label("Opens").first).to_be_visible()
    office.get_by_label("Opens").first.fill("")
    look(office, f"special-day-hours-{width}")
    office.get_by_role("button", name="Add", exact=True).click()
    expect(office.get_by_role("alert")).to_be_focused()
    look(office, f"special-day-error-{width}")
    office.get_by_text("Closed all day", exact=True).click()
    office.get_by_label("Note for diners").fill("Closed for our staff party")
    office.get_by_role("button", name="Add", exact=True).click()
    expect(office.get_by_role("alert")).to_contain_text("1 booking to come no longer fits this day")
    look(office, f"special-day-kept-{width}")
    office.get_by_role("button", name="Add anyway").click()
    expect(office.locator("#next")).to_contain_text("Closed for our staff party")
    look(office, f"special-days-{width}")


def look(page, name):
    """Nothing for axe, nothing wider than the screen; the folder PICTURES gets pictures in both themes."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if folder := os.environ.get("PICTURES"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/{name}-{theme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


def test_a_day_is_closed_by_keyboard_alone(office):
    office.get_by_role("link", name="Add special day", exact=True).press("Enter")
    office.get_by_label("Date").focus()
    for key in (*f"{NEXT_WEEK:%m%d%Y}", "Enter"):
        office.keyboard.press(key)
    expect(office.get_by_role("alert")).to_contain_text("1 booking to come no longer fits this day")
    office.get_by_role("button", name="Add anyway").press("Enter")
    expect(office.locator("#next")).to_contain_text(f"{NEXT_WEEK:%d %b %Y}".lstrip("0"))
