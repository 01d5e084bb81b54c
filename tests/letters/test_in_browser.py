"""A manager writes a letter and sees it as a phone shows it; staff tell a guest that they had to be moved."""

import pytest
from playwright.sync_api import expect

from tests.restaurant.in_browser import look, sign_in


@pytest.fixture
def settings_here(mail_folder):
    # Nobody sends by the clock here, so that each letter leaves when the test says so.
    return {"letter_delay_seconds": 0.0}


@pytest.fixture(autouse=True)
def noon():
    """The clock of the machine: a browser has no other."""


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def people(portal, recording_queue):
    """The address of a manager, and the number of a booking in a week."""
    from datetime import timedelta

    from portal import clock
    from tests.factories import local, make_booking, make_manager, make_venue, make_widget

    with portal.app.app_context():
        venue = make_venue(address="12 Quay Street\nHarbour", email="hello@greenroom.example")
        make_widget(venue, public_id="w_demo")
        day = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=7)
        return make_manager(venue).email, make_booking(venue, starts_at=local(venue, day, 19)).id


def send(portal):
    from portal.letters.sending import due

    with portal.app.app_context():
        due.send_due()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_a_letter_is_written_tried_and_used(page, portal, people, arrived, width, scheme):
    email, booking_id = people
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    sign_in(page, portal.url, email, "/settings/messages")
    look(page, f"messages-{width}-{scheme}")
    page.get_by_role("link", name="We had to move you").click()
    letter = page.frame_locator("[name=letter-preview]")
    expect(letter.get_by_role("heading", name="We had to move your booking")).to_be_visible()

    page.get_by_label("Subject").fill("News of your table")
    page.get_by_label("Text").fill("Dear ")
    page.get_by_role("button", name="{first_name}").click()
    expect(page.get_by_label("Text")).to_have_value("Dear {first_name}")
    expect(letter.get_by_text("Dear Alex")).to_be_visible()
    expect(letter.get_by_text("News of your table")).to_be_visible()
    page.get_by_label("Show it for").select_option(str(booking_id))
    expect(letter.get_by_text("Dear Amara")).to_be_visible()
    look(page, f"letter-{width}-{scheme}")

    page.get_by_role("button", name="Send a test to me").click()
    expect(page.get_by_role("alert")).to_contain_text(f"Sent to {email}.")
    expect(page.get_by_label("Text")).to_have_value("Dear {first_name}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".save__line")).to_contain_text("Saved")

    page.goto(f"{portal.url}/bookings/{booking_id}")
    send(portal)
    card = page.locator("#_of_booking")
    expect(card).to_contain_text("To a…@example.org")
    card.get_by_role("button", name="We had to move you").click()
    expect(card).to_contain_text("Leaving soon")
    look(page, f"booking-{width}-{scheme}")
    send(portal)
    expect(card.locator("li").first).to_contain_text("We had to move youSent")
    assert [each["Subject"] for each in arrived()][1:] == [
        f"Your table at The Green Room: {arrived()[1]['Subject'].partition(': ')[2]}",
        "News of your table",
    ]
    assert arrived()[0]["Subject"] == "Test: News of your table"


def test_a_letter_is_written_without_script(browser, portal, people):
    email, booking_id = people
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, portal.url, email, "/settings/messages/change")
    page.get_by_label("Text").fill("Plainly {day}")
    page.get_by_role("button", name="Show in preview").click()
    expect(page.frame_locator("[name=letter-preview]").get_by_text("Plainly")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Text")).to_have_value("Plainly {day}")
    page.goto(f"{portal.url}/bookings/{booking_id}")
    page.get_by_role("button", name="Send confirmation again").click()
    expect(page.get_by_text("The letter leaves in a moment.")).to_be_visible()
    page.context.close()
