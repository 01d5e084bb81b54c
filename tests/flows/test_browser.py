"""The whole way in Chromium: a diner on the pretend theatre, then a manager in the portal."""

import re
from urllib.parse import urlsplit

import pytest
from embedded import wait_until
from playwright.sync_api import expect
from sqlalchemy import update

from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.outbox.models import Kind
from portal.shell import demo
from portal.widgets.models import Widget
from tests.flows.conftest import LiveStage
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID
from tests.support.axe import violations
from tests.support.days import later_day
from tests.widgets.host_pages.on_the_theatre import LATER_EVENING

pytestmark = pytest.mark.timeout(120)
WIDGET = "w_demo"
WRONG_KEY = "bm90IHRoZSByaWdodCBrZXkgYXQgYWxs"
NEW_KEY = "dGhlIGtleSB0aGF0IHJlcGxhY2VkIGl0"
ASK_FOR_DAY = "day => document.querySelectorAll('[data-rezzy-widget]').forEach(one => one.dataset.date = day)"
# Its own scripts are kept from storage, so this looks through the eyes of a frame within.
STORED = """() => {
    const within = document.body.appendChild(document.createElement("iframe")).contentWindow;
    try { return within.localStorage.length + within.sessionStorage.length } catch { return "denied" }
}"""


@pytest.fixture
def theatre(app_context, sandbox, processes):
    """The demo, running: the theatre's pages carry the widget of the demo venue."""
    demo.seed(WIDGET, [urlsplit(sandbox.theatre_url).netloc])
    sandbox.post("options", widget_id=WIDGET, portal_url=processes.settings.portal_url)
    db.session.rollback()
    processes.start("web", "worker", "relay")
    return sandbox.theatre_url


@pytest.fixture
def window(live_portal, sandbox):
    """The theatre's pages with the widget of a portal that runs no jobs, for what ends with the booking."""
    with live_portal.app.app_context():
        demo.seed(WIDGET, [urlsplit(sandbox.theatre_url).netloc])
    sandbox.post("options", widget_id=WIDGET, portal_url=live_portal.url)
    return sandbox.theatre_url


@pytest.fixture
def live(theatre, sandbox):
    return LiveStage(sandbox)


def buy_tickets(page, theatre):
    page.goto(f"{theatre}/whats-on")
    page.get_by_role("button", name=LATER_EVENING).nth(1).click()
    page.get_by_role("link", name="See your basket").wait_for()


def sign_in_at_theatre(page, theatre, email=AMARA.email):
    page.goto(f"{theatre}/account/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("opening-night")
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


def open_widget(page, theatre, day=""):
    """Open it for the show in the basket, or where none is read for a day that the page asks for."""
    page.goto(f"{theatre}/book-a-table")
    page.evaluate(ASK_FOR_DAY, day)
    page.get_by_role("link", name="Book a table").last.click()
    return page.frame_locator("iframe[title^='Book a table']")


def fill_in(frame, name=AMARA.name, email=AMARA.email, phone=AMARA.phone):
    frame.get_by_label("Full name").fill(name)
    frame.get_by_label("Email").fill(email)
    frame.get_by_label("Mobile number").fill(phone)
    frame.get_by_role("button", name=re.compile("Book table for")).click()


def book_first_time(page, theatre, day=""):
    frame = open_widget(page, theatre, day)
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    expect(frame.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()
    return frame


def portal_sign_in(page, portal, email=demo.MANAGER_EMAIL):
    page.goto(f"{portal}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/diary**")


def open_booking_day(page, portal, live):
    booking = live.newest_booking()
    page.goto(f"{portal}/diary?view=list&date={booking.service_on}")
    return page.locator(f"#_booking_row-{booking.id}")


@pytest.mark.both_databases
def test_from_the_tickets_to_both_attributes_in_spektrix(page, theatre, live, processes, sandbox):
    portal = processes.settings.portal_url
    sign_in_at_theatre(page, theatre)
    buy_tickets(page, theatre)
    frame = open_widget(page, theatre)
    expect(frame.get_by_label("Date (your show)")).to_be_visible()
    show = live.first_show_in_basket()
    days = frame.locator("button[name=starts_at]").evaluate_all(
        "all => all.map(one => one.value.slice(0, 10))"
    )
    assert set(days) == {show["start"][:10]}
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    expect(frame.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()

    portal_sign_in(page, portal)
    row = open_booking_day(page, portal, live)
    expect(row.get_by_text("Verified", exact=True)).to_be_visible()
    row.get_by_role("button", name="Mark completed").click()
    page.get_by_role("button", name="Mark completed now").click()
    expect(row.get_by_text("Confirmed in Spektrix")).to_be_visible()

    page.goto(f"{sandbox.api_url}/_sandbox/customers/{AMARA_ID}")
    expect(page.get_by_text("Last Dined At").first).to_be_visible()
    stored = sandbox.customer(AMARA_ID)["attributes"]
    expect(page.get_by_text(stored["Last Dined At"]).first).to_be_visible()
    assert stored["Number of Restaurant Visits"] == "1"


def test_anonymous_basket_still_opens_on_the_day_of_the_show_and_stays_unverified(
    page, theatre, live, processes
):
    """R56, R68."""
    buy_tickets(page, theatre)
    book_first_time(page, theatre)
    portal_sign_in(page, processes.settings.portal_url)
    row = open_booking_day(page, processes.settings.portal_url, live)
    expect(row.get_by_text("The basket was not signed in to Spektrix")).to_be_visible()


def test_somebody_elses_basket_is_a_mismatch(page, theatre, live, processes, sandbox):
    """S29: a kiosk where the last visitor is still signed in."""
    sign_in_at_theatre(page, theatre, TOM.email)
    buy_tickets(page, theatre)
    book_first_time(page, theatre)
    assert wait_until(lambda: live.states(Kind.VERIFY_LINK).get("settled") == 1, seconds=30)
    portal_sign_in(page, processes.settings.portal_url)
    row = open_booking_day(page, processes.settings.portal_url, live)
    expect(row.get_by_text("The basket belongs to someone else")).to_be_visible()
    assert "Last Dined At" not in {k for k, v in sandbox.customer(TOM_ID)["attributes"].items() if v}


def test_without_a_basket_the_widget_works_as_ever(page, window):
    """R47."""
    frame = book_first_time(page, window, later_day())
    assert frame.get_by_label("Date (your show)").count() == 0


@pytest.mark.parametrize("switch", ["paused", "none"])
def test_widget_off_or_integration_paused_reads_no_basket(page, window, live_portal, switch, sandbox):
    """R36, R37, R53: not a single request to Spektrix."""
    sandbox.post("options", theatre_component=False)
    change = update(Widget).values(integration="none")
    if switch == "paused":
        change = update(Integration).values(active=False)
    with live_portal.app.app_context():
        db.session.execute(change)
        db.session.commit()
    buy_tickets(page, window)
    sandbox.delete("requests")
    frame = open_widget(page, window, later_day())
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    assert sandbox.requests("web_basket") == []


def test_nothing_is_asked_until_the_widget_is_opened(page, window, sandbox, live_portal):
    """R38."""
    sandbox.post("options", theatre_component=False)
    buy_tickets(page, window)
    sandbox.delete("requests")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{window}/book-a-table")
    page.wait_for_load_state("networkidle")
    portal = live_portal.url
    assert [url for url in asked if url.startswith(portal)] == [f"{portal}/embed.js"]
    assert sandbox.requests() == []


def test_spektrix_hanging_costs_the_diner_two_seconds_and_no_booking(page, window, sandbox):
    sandbox.post("options", theatre_component=False)
    buy_tickets(page, window)
    sandbox.fault("web_basket", "delay", seconds=8, apply=True)
    frame = open_widget(page, window, later_day())
    # Well before Spektrix would have answered.
    expect(frame.locator("button[name=starts_at]").first).to_be_visible(timeout=6_000)
    expect(frame.get_by_label("Date (your show)")).to_have_count(0)
    frame.locator("button[name=starts_at]").first.click()
    fill_in(frame)
    expect(frame.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()


def test_blocked_by_the_sites_policy_the_booking_page_is_still_one_link_away(page, window, sandbox):
    """R50: the policy forbids our script and our frame, and the plain link remains."""
    sandbox.post("options", theatre_allows_widget=False)
    page.goto(f"{window}/book-a-table")
    page.get_by_role("link", name="Book a table").last.click()
    page.wait_for_url(f"**/w/{WIDGET}")
    page.goto(f"{page.url}?date={later_day()}")
    expect(page.locator("button[name=starts_at]").first).to_be_visible()


def test_escape_closes_the_window_and_focus_returns_to_the_link(page, window):
    frame = open_widget(page, window, later_day())
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(page.get_by_role("link", name="Book a table").last).to_be_focused()


def test_escape_closes_the_window_before_its_script_has_come(page, window):
    """A key that is pressed while the frame's script is on its way is heard by the window itself."""
    page.route("**/frame.*.js", lambda _route: None)
    frame = open_widget(page, window, later_day())
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(page.get_by_role("link", name="Book a table").last).to_be_focused()


def test_keys_reach_the_frame_once_its_script_listens(page, window):
    frame = open_widget(page, window, later_day())
    expect(page.locator("iframe[title^='Book a table']")).to_be_focused()
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(frame.locator(":focus")).to_have_count(1)


def test_booking_without_javascript(browser, window, live_portal):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{window}/book-a-table")
    page.get_by_role("link", name="Book a table").last.click()
    page.goto(f"{page.url}?date={later_day()}")
    page.locator("button[name=starts_at]").first.click()
    fill_in(page)
    expect(page.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()
    context.close()


def test_frame_leaves_no_cookie_and_no_storage(page, window, live_portal):
    """P09."""
    book_first_time(page, window, later_day())
    portal = live_portal.url
    assert page.context.cookies(portal) == []
    frame = next(frame for frame in page.frames if frame.url.startswith(portal))
    # A browser that blocks third-party storage refuses even to look, which leaves nothing behind either.
    assert frame.evaluate(STORED) in (0, "denied")


def test_no_violation_of_any_content_policy_on_the_whole_way(page, window, live_portal):
    """X36."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    book_first_time(page, window, later_day())
    portal_sign_in(page, live_portal.url)
    for path in ("diary", "guests", "widgets", "integrations/spektrix", "bookings/new"):
        page.goto(f"{live_portal.url}/{path}")
        page.wait_for_load_state("networkidle")
    assert complaints == []


def test_wrong_key_is_mended_on_the_page_and_the_waiting_visit_goes_out(
    page, theatre, live, processes, sandbox
):
    """S01 as a manager meets it."""
    portal = processes.settings.portal_url
    (booking_id,) = live.linked_bookings(1)
    sandbox.post("api_users", login=demo.API_USER, secret=NEW_KEY)
    live.complete(booking_id)
    assert live.wait_for("blocked", 1)
    portal_sign_in(page, portal)
    page.goto(f"{portal}/integrations/spektrix")
    expect(page.get_by_text("401").first).to_be_visible()
    page.goto(f"{portal}/integrations/spektrix/edit")
    page.get_by_label("API key").fill(WRONG_KEY)
    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_text("The saved details are still in use")).to_be_visible()
    page.get_by_label("API key").fill(NEW_KEY)
    page.get_by_role("button", name="Save and test").click()
    page.wait_for_url("**/integrations/spektrix")
    assert live.wait_for("confirmed", 1)
    assert NEW_KEY not in page.content()


def test_the_test_button_says_that_it_waits_and_takes_no_second_press(page, window, live_portal, sandbox):
    portal_sign_in(page, live_portal.url)
    page.goto(f"{live_portal.url}/integrations/spektrix")
    # Long enough to be pressed once more meanwhile, on a busy machine too.
    sandbox.fault("events", "delay", seconds=4, apply=True)
    presses = []
    page.on("request", lambda request: presses.append(request) if request.url.endswith("/test") else None)
    button = page.get_by_role("button", name="Test connection")
    button.click()
    busy = page.get_by_role("button", name="Testing…")
    expect(busy).to_have_attribute("aria-disabled", "true")
    busy.click(force=True)
    expect(page.get_by_role("status").get_by_text("3 of 6 passed")).to_be_visible()
    expect(button).not_to_have_attribute("aria-disabled", "true")
    assert len(presses) == 1


def test_every_step_of_the_widget_is_axe_clean(page, window):
    buy_tickets(page, window)
    frame = open_widget(page, window)
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    assert violations(page) == []
    frame.locator("button[name=starts_at]").first.click()
    expect(frame.get_by_label("Full name")).to_be_visible()
    assert violations(page) == []
    frame.get_by_role("button", name=re.compile("Book table for")).click()
    expect(frame.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    fill_in(frame)
    expect(frame.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()
    assert violations(page) == []


def test_the_whole_widget_by_keyboard(page, window):
    page.goto(f"{window}/book-a-table")
    page.evaluate(ASK_FOR_DAY, later_day())
    link = page.get_by_role("link", name="Book a table").last
    link.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe[title^='Book a table']")
    expect(frame.locator("button[name=starts_at]").first).to_be_visible()
    frame.locator("button[name=starts_at]").first.focus()
    page.keyboard.press("Enter")
    expect(frame.get_by_label("Full name")).to_be_visible()
    frame.get_by_label("Full name").focus()
    for text in (AMARA.name, AMARA.email, AMARA.phone):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    frame.get_by_label("Mobile number").press("Enter")
    expect(frame.get_by_text(re.compile(r"GR-\w{5}"))).to_be_visible()
