"""New booking, walk-in and the waiting list in Chromium, by keyboard alone, and what axe finds on the way."""

import re
from datetime import time, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal import clock
from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.factories import PASSWORD, local, make_booking, make_period, make_staff, make_venue
from tests.people import AMARA, TOM
from tests.support.axe import violations


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def venue(portal):
    """It serves at every hour of the day, so that somebody can always walk in."""
    with portal.app.app_context():
        venue = make_venue(tables=3)
        make_period(venue, name="Night", opens=time(20), last_seating=time(12))
        make_staff(venue, email="sam@greenroom.example")
        last_week = clock.local_date(clock.utc_now(), venue.timezone) - timedelta(days=7)
        make_booking(
            venue,
            starts_at=local(venue, last_week, 13),
            status=Status.COMPLETED,
            note="Window table",
            allergies="Nuts",
        )
        return venue


@pytest.fixture
def tomorrow(portal, venue):
    with portal.app.app_context():
        return clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=1)


@pytest.fixture
def desk(page, portal, venue):
    page.goto(f"{portal.url}/diary")
    page.get_by_label("Email").fill("sam@greenroom.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/diary*")
    return page


def bookings(portal):
    with portal.app.app_context():
        return db.session.scalars(select(Booking).order_by(Booking.id)).unique().all()


def tab_to(page, target):
    """Press Tab until a target has focus, as somebody without a mouse does."""
    for _ in range(60):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not lead there")


def test_a_guest_who_calls_is_found_chosen_and_booked_by_keyboard(portal, desk, tomorrow):
    desk.goto(f"{portal.url}/bookings/new?date={tomorrow}")
    assert violations(desk) == []
    look_up = desk.get_by_role("combobox", name=re.compile("Find a guest"))
    tab_to(desk, look_up)
    desk.keyboard.type("07700 900 461")
    option = desk.get_by_role("option", name=re.compile(AMARA.name))
    expect(option).to_be_visible()
    expect(look_up).to_have_attribute("aria-expanded", "true")
    desk.keyboard.press("ArrowDown")
    expect(look_up).to_have_attribute("aria-activedescendant", re.compile("guest-option-"))
    assert violations(desk) == []
    desk.keyboard.press("Escape")
    expect(option).to_be_hidden()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    chosen = desk.get_by_role("region", name=AMARA.name)
    expect(chosen).to_contain_text("Allergies: Nuts")
    expect(chosen).to_contain_text("Window table")
    expect(desk.get_by_role("status")).to_have_text(f"{AMARA.name} chosen")
    expect(desk.get_by_label("Full name")).to_have_value(AMARA.name)
    expect(desk.get_by_label("Allergies and diet")).to_have_value("Nuts")
    assert violations(desk) == []
    # Other guests than two: the times follow, and what was typed stays.
    desk.get_by_label("Guests", exact=True).press("ControlOrMeta+a")
    desk.keyboard.type("4")
    expect(desk.get_by_role("status")).to_contain_text("for 4 guests")
    expect(desk.get_by_label("Full name")).to_have_value(AMARA.name)
    desk.get_by_role("radio", name=re.compile("19:30")).first.focus()
    desk.keyboard.press("Space")
    desk.get_by_label("Note").focus()
    tab_to(desk, desk.get_by_role("button", name="Book table", exact=True).last)
    desk.keyboard.press("Enter")
    expect(desk.get_by_text(re.compile("Booked: Amara Okafor at 19:30, 4 guests"))).to_be_visible()
    earlier, booking = bookings(portal)
    assert (booking.guest_id, booking.allergies) == (earlier.guest_id, "Nuts")


def test_somebody_else_is_booked_after_a_wrong_choice_and_enter_in_the_search_books_nothing(
    portal, desk, venue, tomorrow
):
    desk.goto(f"{portal.url}/bookings/new?date={tomorrow}")
    look_up = desk.get_by_role("combobox", name=re.compile("Find a guest"))
    look_up.press_sequentially("amara")
    desk.get_by_role("option").click()
    expect(desk.get_by_label("Full name")).to_have_value(AMARA.name)
    desk.get_by_role("button", name="Somebody else").press("Enter")
    expect(desk.get_by_label("Full name")).to_have_value("")
    expect(look_up).to_be_focused()
    look_up.press_sequentially("nobody")
    expect(desk.get_by_role("status")).to_contain_text("No guest found")
    look_up.press("Enter")
    desk.get_by_label("Full name").fill(TOM.name)
    desk.get_by_label("Phone number").fill(TOM.phone)
    desk.get_by_role("radio", name=re.compile("18:00")).first.check(force=True)
    # A time that is typed takes the place of the one that was pressed.
    desk.get_by_label("Time", exact=True).fill("18:10")
    expect(desk.locator("[name=slot]:checked")).to_have_count(0)
    desk.get_by_label("Full name").press("Enter")
    expect(desk.get_by_text("Booked: Tom Whitfield at 18:10")).to_be_visible()
    first, second = bookings(portal)
    assert first.guest_id != second.guest_id


def test_a_walk_in_by_keyboard_and_a_party_that_waits_is_offered_a_table(portal, desk, tomorrow):
    desk.goto(f"{portal.url}/bookings/walk-in")
    assert violations(desk) == []
    tab_to(desk, desk.get_by_role("link", name="2 guests", exact=True))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**party_size=2")
    assert violations(desk) == []
    tab_to(desk, desk.get_by_role("button", name=re.compile("T2")))
    desk.keyboard.press("Enter")
    expect(desk.get_by_text(re.compile("Walk-in seated at table T2, 2 guests, until"))).to_be_visible()
    assert bookings(portal)[-1].seated_at is not None
    desk.goto(f"{portal.url}/bookings/waiting-list?date={tomorrow}")
    desk.get_by_label("Full name").fill(TOM.name)
    desk.get_by_label("Phone number").fill(TOM.phone)
    desk.get_by_label("Phone number").press("Enter")
    offer = desk.get_by_role("button", name=re.compile("book it for Tom Whitfield")).first
    expect(offer).to_be_visible()
    assert violations(desk) == []
    offer.press("Enter")
    expect(desk.get_by_text(re.compile("Booked: Tom Whitfield at"))).to_be_visible()
    expect(desk.get_by_text("Nobody waits for a table")).to_be_visible()
    desk.goto(f"{portal.url}/bookings")
    assert violations(desk) == []
    expect(desk.get_by_role("link", name=TOM.name)).to_be_visible()
