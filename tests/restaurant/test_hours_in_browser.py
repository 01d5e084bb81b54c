"""Opening hours and online booking in Chromium: empty, full and with errors, on phones and desks."""

from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from portal import clock
from portal.availability.models import ServicePeriod
from portal.extensions import db
from tests.factories import local, make_booking, make_manager, make_period, make_venue
from tests.integration.test_every_page_in_browser import COVERED, CUT, TARGETS, WIDTHS
from tests.restaurant.in_browser import look, sign_in

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def house(live_portal):
    """A house with three services, one of them changed from a date on, and a manager's address."""
    with live_portal.app.app_context():
        venue = make_venue()
        email = make_manager(venue).email
        dinner = db.session.query(ServicePeriod).filter_by(venue_id=venue.id).one()
        today = clock.local_date(clock.utc_now(), venue.timezone)
        change = today + timedelta(days=40)
        dinner.opens, dinner.last_seating, dinner.weekdays = time(17), time(21, 45), 0b1111110
        dinner.covers, dinner.valid_until = 90, change - timedelta(days=1)
        db.session.commit()
        make_period(
            venue, name="Lunch", opens=time(12), last_seating=time(14, 30), weekdays=0b1110100, covers=60
        )
        supper = {"name": "After-show supper", "opens": time(22), "last_seating": time(1, 30)}
        make_period(venue, weekdays=0b110000, covers=40, largest_online=6, notice_minutes=0, **supper)
        make_period(
            venue,
            opens=time(18),
            last_seating=time(22),
            weekdays=0b1111100,
            covers=90,
            valid_from=change,
            follows_id=dinner.id,
        )
        make_booking(venue, starts_at=local(venue, today + timedelta(days=7 - today.weekday() + 5), 20))
        return venue, email, dinner.id


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_state_of_the_hours_is_accessible_and_fits(live_portal, page, house, width, scheme):
    _, email, dinner_id = house
    of = f"{width}-{scheme}"
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_portal.url, email, "/settings/hours")
    look(page, f"hours-{of}")
    page.get_by_role("navigation", name="Which week").get_by_role("link").nth(1).click()
    expect(page.get_by_role("link", name="Dinner 18:00–22:00").first).to_be_visible()
    look(page, f"hours-later-{of}")
    page.goto(f"{live_portal.url}/settings/hours/{dinner_id}")
    look(page, f"period-{of}")
    page.get_by_label("Opens").fill("19:30")
    page.get_by_label("Last seating").fill("21:00")
    page.get_by_label("Saturday").uncheck(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("1 booking to come would no longer fit")
    look(page, f"period-kept-{of}")
    page.get_by_role("button", name="Save anyway").first.click()
    expect(page.get_by_text("Dinner changes from")).to_be_visible()
    look(page, f"hours-changed-{of}")
    page.goto(f"{live_portal.url}/settings/hours/new")
    page.get_by_label("Last seating").fill("09:00")
    page.get_by_label("Opens").fill("17:00")
    page.get_by_label("7 guests or more stay").fill("1500")
    page.get_by_role("button", name="Add service").click()
    expect(page.get_by_role("alert")).to_contain_text("or from midnight up to 06:00")
    look(page, f"period-errors-{of}")
    page.goto(f"{live_portal.url}/settings/online")
    look(page, f"online-{of}")


@pytest.mark.parametrize("width", [390, 1280])
def test_an_empty_house_gets_its_first_service_by_keyboard_alone(live_portal, page, width):
    with live_portal.app.app_context():
        venue = make_venue()
        email = make_manager(venue).email
        db.session.query(ServicePeriod).filter_by(venue_id=venue.id).delete()
        db.session.commit()
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_portal.url, email, "/settings/hours")
    expect(page.get_by_text("No opening hours yet")).to_be_visible()
    look(page, f"hours-empty-{width}")
    page.get_by_role("link", name="Add a service").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.type("Dinner")
    for day in ("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        page.get_by_label(day).focus()
        page.keyboard.press("Space")
    page.get_by_label("Opens").fill("17:00")
    page.get_by_label("Last seating").fill("21:30")
    page.get_by_label("Most guests at once").focus()
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Added Dinner.")).to_be_visible()
    expect(page.get_by_role("link", name="Dinner 17:00–21:30 60 guests")).to_have_count(6)
    look(page, f"hours-first-{width}")


@pytest.fixture
def tablet(browser):
    with browser.new_context(has_touch=True, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_covered_or_too_small_for_a_finger(live_portal, tablet, house, width):
    _, email, dinner_id = house
    page = tablet
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_portal.url, email, "/settings/hours")
    for path in ("hours", f"hours/{dinner_id}", "hours/new", "online"):
        page.goto(f"{live_portal.url}/settings/{path}")
        look(page, f"{path.replace('/', '-')}-{width}")
        assert [fault for faults in (TARGETS, CUT, COVERED) for fault in page.evaluate(faults)] == [], path


def test_no_block_of_the_week_cuts_its_words_off(live_portal, page, house):
    _, email, _ = house
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_portal.url, email, "/settings/hours")
    cut = """() => [...document.querySelectorAll(".week__block")]
        .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.innerText)"""
    assert page.evaluate(cut) == []


def test_two_services_at_one_time_show_their_names_whole(live_portal, page, house):
    venue, email, _ = house
    with live_portal.app.app_context():
        make_period(venue, name="Tea", opens=time(12), last_seating=time(16), weekdays=0b1110100, covers=20)
    page.set_viewport_size({"width": 1280, "height": 900})
    sign_in(page, live_portal.url, email, "/settings/hours")
    block = page.get_by_title("Lunch, 12:00 to 14:30, 60 guests").first
    look(page, "hours-beside-1280")
    assert block.locator("b").evaluate("each => each.scrollHeight <= each.clientHeight + 1")
    # A name and times that stood beside each other would break in the middle of a number.
    assert block.locator(".week__times").evaluate("each => getComputedStyle(each).position") == "absolute"
