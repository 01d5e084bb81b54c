"""The pages of the special days in Chromium: what axe finds, phones, and a day added by keyboard alone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import expect

from portal import clock
from tests.factories import make_booking, make_manager, make_table, make_venue
from tests.restaurant.in_browser import look, sign_in

PAGE = "/settings/special-days"
NEXT_WEEK = clock.utc_now().date() + timedelta(days=7)


@pytest.fixture
def office(page, portal):
    """A manager of a venue with tables who has signed in by the form."""
    with portal.app.app_context():
        venue = make_venue()
        for name in ("T1", "T2", "T3"):
            make_table(venue, name)
        make_booking(venue, starts_at=datetime.combine(NEXT_WEEK, time(18), UTC))
        make_manager(venue, email="priya@greenroom.example")
    sign_in(page, portal.url, "priya@greenroom.example", PAGE)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_state_is_clean_and_fits(office, width, scheme):
    office.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    office.set_viewport_size({"width": width, "height": 900})
    look(office, f"special-days-empty-{width}-{scheme}")
    office.get_by_role("link", name="Add special day", exact=True).click()
    expect(office.get_by_label("Opens").first).not_to_be_visible()
    look(office, f"special-day-new-{width}-{scheme}")
    office.get_by_label("Date").fill(NEXT_WEEK.isoformat())
    expect(office.get_by_text("1 booking to come would no longer fit")).to_be_visible()
    look(office, f"special-day-touched-{width}-{scheme}")
    office.get_by_text("Other hours", exact=True).click()
    expect(office.get_by_label("Opens").first).to_be_visible()
    office.get_by_label("Opens").first.fill("")
    look(office, f"special-day-hours-{width}-{scheme}")
    office.get_by_role("button", name="Add", exact=True).click()
    expect(office.get_by_role("alert")).to_be_focused()
    look(office, f"special-day-error-{width}-{scheme}")
    office.get_by_text("Closed all day", exact=True).click()
    office.get_by_label("Note for diners").fill("Closed for our staff party")
    office.get_by_role("button", name="Add", exact=True).click()
    expect(office.get_by_role("alert")).to_contain_text("1 booking to come would no longer fit")
    look(office, f"special-day-kept-{width}-{scheme}")
    office.get_by_role("button", name="Add anyway").first.click()
    expect(office.locator("#next")).to_contain_text("Closed for our staff party")
    look(office, f"special-days-{width}-{scheme}")


def test_a_day_is_closed_by_keyboard_alone(office):
    office.get_by_role("link", name="Add special day", exact=True).press("Enter")
    office.get_by_label("Date").focus()
    for key in (*f"{NEXT_WEEK:%m%d%Y}", "Enter"):
        office.keyboard.press(key)
    expect(office.get_by_role("alert")).to_contain_text("1 booking to come would no longer fit")
    office.get_by_role("button", name="Add anyway").first.press("Enter")
    expect(office.locator("#next")).to_contain_text(f"{NEXT_WEEK:%d %b %Y}".lstrip("0"))


def test_a_slow_answer_about_an_earlier_date_never_fills_in_its_hours(office):
    office.get_by_role("link", name="Add special day", exact=True).click()
    office.get_by_text("Other hours", exact=True).click()
    slow = []
    office.route(f"**{PAGE}/new", lambda route: route.continue_() if slow else slow.append(route))
    date_typed = office.get_by_label("Date")
    date_typed.fill(NEXT_WEEK.isoformat())
    tomorrow = NEXT_WEEK + timedelta(days=1)
    date_typed.fill(tomorrow.isoformat())
    expect(office.locator("[name=hours_of]")).to_have_value(tomorrow.isoformat())
    slow[0].abort()
    expect(office.locator("[name=hours_of]")).to_have_value(tomorrow.isoformat())
    office.get_by_role("button", name="Remove Dinner").click()
    expect(office.get_by_label("Opens").first).to_have_value("")
    expect(office.locator("#_hours")).to_be_focused()


def test_the_year_is_one_stop_of_the_tab_key_and_arrows_go_from_day_to_day(office):
    stops = office.locator("#year a[data-on]:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    stops.focus()
    first = stops.get_attribute("data-on")
    office.keyboard.press("ArrowDown")
    office.keyboard.press("ArrowRight")
    there = office.evaluate("document.activeElement.dataset.on")
    assert (datetime.fromisoformat(there) - datetime.fromisoformat(first)).days == 8
    expect(stops).to_have_count(1)
    office.keyboard.press("Enter")
    expect(office.get_by_label("Date")).to_have_value(there)
