"""Business details and the set-up guide in Chromium: axe, narrow screens, dark, and the keyboard alone."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.axe import violations

SCREENS = [
    (390, "light"),
    (1280, "dark"),
    pytest.param(390, "dark", marks=pytest.mark.long),
    pytest.param(1280, "light", marks=pytest.mark.long),
]


@pytest.fixture
def new_venue(live_portal):
    """A venue with nothing but its manager; returns the portal and the manager's address."""
    from portal.extensions import db
    from portal.venues.service import NewVenue, add_venue
    from tests.factories import make_manager

    with live_portal.app.app_context():
        venue = add_venue(NewVenue("The Wings", "Europe/London", "WI"))
        db.session.commit()
        return live_portal, make_manager(venue).email


def sign_in(page, new_venue):
    from tests.factories import PASSWORD

    portal, email = new_venue
    page.goto(f"{portal.url}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set-up guide")


def assert_sound(page, width):
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def logo():
    file = BytesIO()
    Image.new("RGB", (900, 300), "purple").save(file, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": file.getvalue()}


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_each_state_is_sound(page, new_venue, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    sign_in(page, new_venue)
    assert_sound(page, width)

    page.get_by_role("link", name="Add your details").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Business details")
    assert_sound(page, width)

    page.get_by_label("Phone number").fill("CALL US 1")
    page.locator("#business").get_by_role("button", name="Save").click()
    expect(page).to_have_title("Error: Business details · Make a Rezzy")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Phone number")).to_have_value("CALL US 1")
    assert_sound(page, width)

    page.get_by_label("Phone number").fill("020 7946 0018")
    page.get_by_label("Address (optional)").fill("A" * 150 + "\n1 The Cut")
    page.locator("#business").get_by_role("button", name="Save").click()
    expect(page.locator("#business")).to_contain_text("Saved")
    page.get_by_label("Logo file").set_input_files(logo())
    page.locator("#logo").get_by_role("button", name="Save").click()
    expect(page.locator("#logo")).to_contain_text("Saved")
    expect(page.get_by_role("img", name="Your logo")).to_be_visible()
    assert page.get_by_role("img", name="Your logo").bounding_box()["height"] <= 64
    assert_sound(page, width)

    page.get_by_label("Time zone", exact=True).select_option("Australia/Lord_Howe")
    page.locator("#time_zone").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Australia/Lord Howe")
    assert_sound(page, width)
    page.get_by_role("button", name="Change time zone").click()
    expect(page.get_by_text("The time zone is Australia/Lord_Howe.")).to_be_visible()

    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Set-up guide").click()
    expect(page.get_by_text("The Wings, 020 7946 0018")).to_be_visible()
    assert_sound(page, width)


def test_a_card_is_saved_and_set_back_by_the_keyboard_alone(page, new_venue):
    sign_in(page, new_venue)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Add your details":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Business details")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "phone":
            break
    page.keyboard.type("020 7946 0018")
    page.keyboard.press("Enter")
    expect(page.locator("#business")).to_contain_text("Saved")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Undo":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#business")).to_contain_text("Undone")
    expect(page.get_by_label("Phone number")).to_have_value("")


def test_without_javascript_too(browser, new_venue):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, new_venue)
    page.get_by_role("link", name="Add your details").click()
    page.get_by_label("First line for diners").fill("Beside the stage door")
    page.locator("#words").get_by_role("button", name="Save").click()
    expect(page.locator("#words")).to_contain_text("Saved")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#words")).to_contain_text("Undone")
    context.close()
