"""The settings page in Chromium: the preview, the keyboard, axe in each state, and no JavaScript."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.axe import violations
from tests.widgets.conftest import WIDGET

PREVIEW = "iframe[name=preview]"
MORE_LOOK = "Name, light or dark, how it opens, font"
LIMITS = "Booking limits and times around the show"
SHOWN_IN_THE_PREVIEW = {
    "No basket": "Add your tickets first",
    "Fully booked": "No tables for 2 before the show",
    "Paused": "Choose another date",
    "Guest with tickets": "Curtain up 7:30pm",
}


@pytest.fixture
def people_at(live_portal):
    """A venue with a widget on the live portal; returns how to sign a browser in."""
    from tests.factories import PASSWORD, connect_spektrix, make_manager, make_staff, make_venue, make_widget

    with live_portal.app.app_context():
        venue = make_venue(theatre_name="Harbour Playhouse", phone="020 7946 0018")
        make_widget(venue, public_id=WIDGET, sites=["www.harbour.org"], walk_minutes=2)
        manager, staff = make_manager(venue), make_staff(venue)
        connect_spektrix(venue, staff=manager)
        emails = {"manager": manager.email, "staff": staff.email}

    def sign_in(page, role="manager"):
        page.goto(f"{live_portal.url}/sign-in?next=/widgets/{WIDGET}")
        page.get_by_label("Email").fill(emails[role])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Booking page widget")
        return page

    return sign_in


@pytest.fixture
def complaints(page):
    """What the browser says against the policy."""
    said = []
    page.on("console", lambda line: said.append(line.text) if "Policy" in line.text else None)
    return said


def test_preview_follows_the_form_and_nothing_is_saved(people_at, page, complaints):
    people_at(page)
    frame = page.frame_locator(PREVIEW)
    expect(frame.get_by_text("Curtain up 7:30pm")).to_be_visible()
    page.get_by_label("Main colour", exact=True).fill("#ffd400")
    expect(frame.locator(".curtain")).to_have_css("background-color", "rgb(255, 212, 0)")
    expect(page.locator("#_reading")).to_contain_text("Hard to read: 1.4 to 1")
    expect(page.get_by_label("Pick main colour")).to_have_value("#ffd400")
    page.get_by_label("Pick main colour").fill("#0f766e")
    expect(page.get_by_label("Main colour", exact=True)).to_have_value("#0f766e")
    expect(frame.locator(".curtain")).to_have_css("background-color", "rgb(15, 118, 110)")
    page.get_by_text(LIMITS).click()
    page.get_by_label("Walk to the theatre").fill("9")
    expect(frame.get_by_text("Nine minutes’ walk")).to_be_visible()
    page.get_by_role("radio", name="Fully booked").check()
    expect(frame.get_by_text("No tables for 2 before the show")).to_be_visible()
    page.get_by_role("link", name="Discard").first.click()
    expect(page.get_by_label("Main colour", exact=True)).to_have_value("#5b2a6e")
    expect(page.get_by_label("Walk to the theatre")).to_have_value("2")
    assert complaints == []


def test_the_page_is_short_and_the_preview_stays_beside_the_form(people_at, page):
    page.set_viewport_size({"width": 1280, "height": 900})
    people_at(page)
    assert page.evaluate("document.documentElement.scrollHeight") < 1700
    page.get_by_text(LIMITS).click()
    page.get_by_label("Sign-in page").scroll_into_view_if_needed()
    expect(page.locator(PREVIEW)).to_be_in_viewport()


def test_pressing_a_time_in_the_preview_books_nothing(people_at, page, live_portal):
    people_at(page)
    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.frame_locator(PREVIEW).get_by_role("button", name="5:15pm").click()
    page.frame_locator(PREVIEW).get_by_role("heading", name="Book a table").click()
    expect(page.frame_locator(PREVIEW).get_by_text("Curtain up 7:30pm")).to_be_visible()
    # The preview lies under /widgets; times, details and bookings are asked for under the widget's address.
    assert [path for path in asked if path.startswith("/w/") and "/style-" not in path] == []


def test_keyboard_alone_changes_saves_and_restores(people_at, page):
    people_at(page)
    page.get_by_label("Pick main colour", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Main colour", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_text(MORE_LOOK)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" two")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Match the visitor")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Light", exact=True)).to_be_checked()
    name.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Booking page widget two")
    page.get_by_role("link", name="Earlier versions").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Restore version 1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Booking page widget")


def test_preview_switches_work_by_keyboard(people_at, page):
    people_at(page)
    page.get_by_role("radio", name="Guest with tickets").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="No basket")).to_be_checked()
    expect(page.frame_locator(PREVIEW).get_by_text("Add your tickets first")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "theme"), [(390, "dark"), pytest.param(1280, "light", marks=pytest.mark.long)]
)
def test_no_state_has_an_axe_finding_or_scrolls_sideways(people_at, page, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    people_at(page)
    address = page.url
    page.get_by_label("Main colour", exact=True).fill("#ffd400")
    expect(page.locator("#_reading")).to_contain_text("Hard to read")
    if width == 390:
        page.get_by_text("Preview", exact=True).click()
    for state, shown in SHOWN_IN_THE_PREVIEW.items():
        page.get_by_role("radio", name=state).check()
        expect(page.frame_locator(PREVIEW).get_by_text(shown)).to_be_visible()
        assert_sound(page, width)
    if width == 390:
        page.get_by_text("Preview", exact=True).click()
    page.get_by_text(MORE_LOOK).click()
    page.get_by_text(LIMITS).click()
    assert_sound(page, width)
    page.get_by_label("Largest party online").fill("900")
    page.get_by_label("Sign-in page").fill("javascript:alert(1)")
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_sound(page, width)
    for path in ("/versions", "/delete", "/../"):
        page.goto(address + path)
        assert_sound(page, width)


def assert_sound(page, width):
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_second_manager_hears_of_the_first_in_the_browser(people_at, page, context):
    people_at(page)
    other = context.new_page()
    other.goto(page.url)
    other.get_by_text(LIMITS).click()
    other.get_by_label("Days ahead").fill("90")
    other.get_by_role("button", name="Save changes").first.click()
    expect(other.get_by_text("Changes saved.")).to_be_visible()
    page.get_by_text(MORE_LOOK).click()
    page.get_by_label("Name").fill("Foyer")
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_role("alert")).to_contain_text("saved this widget while you were changing it")
    expect(page.get_by_label("Name")).to_have_value("Foyer")
    expect(page.get_by_label("Days ahead")).to_have_value("90")
    assert violations(page) == []
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Foyer")


def test_everything_works_without_javascript(people_at, browser):
    context = browser.new_context(java_script_enabled=False)
    page = people_at(context.new_page())
    page.get_by_label("Pick main colour").fill("#0f766e")
    page.get_by_role("radio", name="No basket").check()
    page.get_by_role("button", name="Show preview").click()
    frame = page.frame_locator(PREVIEW)
    expect(frame.get_by_text("Add your tickets first")).to_be_visible()
    expect(frame.locator(".chip input:checked + .chip__face").first).to_have_css(
        "background-color", "rgb(15, 118, 110)"
    )
    page.get_by_role("button", name="Save changes").first.click()
    expect(page.get_by_text("Changes saved.")).to_be_visible()
    expect(page.get_by_label("Main colour", exact=True)).to_have_value("#0f766e")
    context.close()


def test_staff_switch_the_preview_and_the_integration_without_javascript(people_at, browser):
    context = browser.new_context(java_script_enabled=False)
    page = people_at(context.new_page(), "staff")
    page.get_by_role("radio", name="Fully booked").check()
    page.get_by_role("button", name="Show preview").click()
    expect(page.frame_locator(PREVIEW).get_by_text("No tables for 2 before the show")).to_be_visible()
    page.get_by_text("None", exact=True).first.click()
    page.get_by_role("button", name="Save integration").click()
    expect(page.get_by_text("Changes saved.")).to_be_visible()
    expect(page.get_by_role("radio", name="None")).to_be_checked()
    context.close()


@pytest.mark.parametrize(("width", "longest"), [(390, 2324), (1280, 1424)])
def test_the_page_is_half_as_long_as_it_was_and_the_preview_in_reach(people_at, page, width, longest):
    page.set_viewport_size({"width": width, "height": 800})
    people_at(page)
    assert page.evaluate("document.documentElement.scrollHeight") <= longest
    title = page.get_by_text("Preview", exact=True)
    expect(title).to_be_in_viewport(ratio=1)
    # As far down as the form goes.
    page.get_by_text(LIMITS).scroll_into_view_if_needed()
    expect(title).to_be_in_viewport(ratio=1)
    if width == 390:
        title.click()
        expect(page.get_by_role("radio", name="No basket")).to_be_visible()
        colour = page.get_by_label("Main colour", exact=True)
        colour.focus()
        expect(colour).to_be_in_viewport(ratio=1)
        # The open preview never covers what has focus.
        page.wait_for_function(
            """() => {
                const box = document.activeElement.getBoundingClientRect();
                const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return document.activeElement.id === "color" && seen === document.activeElement;
            }"""
        )
    expect(page.frame_locator(PREVIEW).get_by_role("heading", name="Book a table")).to_be_in_viewport()
