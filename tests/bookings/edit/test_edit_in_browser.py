"""An evening's changes in Chromium: every page of them looked at, wide and narrow, light and dark."""

import os

import pytest
from playwright.sync_api import expect

from portal.bookings import statuses
from portal.bookings.models import Status
from tests.factories import DAY, local, make_booking, make_guest, make_link, make_manager, make_venue
from tests.people import TOM
from tests.restaurant.in_browser import look, sign_in

SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def booking(portal):
    with portal.app.app_context():
        venue = make_venue(tables=3)
        make_manager(venue, email="priya@greenroom.example")
        guest = make_guest(venue)
        make_link(guest)
        booking = make_booking(venue, guest, show_starts_at=local(venue, DAY, 19, 30), note="Window")
        make_guest(venue, TOM.name, TOM.email, TOM.phone)
        make_booking(venue, name=TOM.name, email=TOM.email, phone=TOM.phone)
        make_booking(venue, starts_at=local(venue, DAY, 21, 30), name="Bo Li", email="bo@example.com")
        for number in range(3):
            make_booking(
                venue, starts_at=local(venue, DAY, 12), name=f"Lunch {number}", email=f"{number}@x.example"
            )
        gone = make_booking(venue, starts_at=local(venue, DAY, 15), name="Cy Ho", email="cy@example.com")
        statuses.move(venue, gone.id, Status.CANCELLED)
        return booking


@pytest.fixture
def look_all(page):
    """Look at the page as it stands in both sizes; with PICTURES set in the dark too."""

    def look_at(name):
        schemes = ("light", "dark") if os.environ.get("PICTURES") else ("light",)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            for size, viewport in SIZES.items():
                page.set_viewport_size(viewport)
                look(page, f"{name}-{size}-{scheme}")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(SIZES["wide"])

    return look_at


@pytest.mark.timeout(300)
def test_a_booking_is_moved_changed_overbooked_and_set_back(page, portal, booking, look_all):
    at = f"/bookings/{booking.id}"
    sign_in(page, portal.url, "priya@greenroom.example", at)
    page.get_by_role("link", name="Move table").click()
    look_all("move")
    page.get_by_role("radio", name="T3").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Amara Okafor: moved: table from T1 to T3").first).to_be_visible()
    look_all("booking-moved")
    page.get_by_role("link", name="Move table").click()
    page.get_by_role("radio", name="T2").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Table T2 is taken by Tom Whitfield, 19:00 to 20:45")
    look_all("move-taken")

    page.goto(portal.url + at)
    page.get_by_role("link", name="Edit", exact=True).click()
    look_all("edit")
    page.get_by_label("Time", exact=True).fill("12:00")
    page.get_by_label("Note").fill("By the window")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("By the window")
    look_all("edit-refused")
    page.get_by_role("button", name="Overbook on purpose").click()
    expect(page.get_by_text("Overbooked on purpose: no table is free")).to_be_visible()
    look_all("booking-overbooked")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Change undone")).not_to_have_count(0)

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Full name").fill(TOM.name)
    page.get_by_label("Email").fill(TOM.email)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Is this still Amara Okafor’s booking?")).to_be_visible()
    look_all("edit-whose")
    page.get_by_text(f"No, it is {TOM.name}’s").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("link", name=TOM.name)).to_be_visible()

    page.goto(f"{portal.url}/diary/still-open")
    look_all("still-open")
    page.get_by_role("row", name="Bo Li").get_by_role("button", name="No-show").click()
    expect(page.get_by_role("row", name="Bo Li")).to_have_count(0)
