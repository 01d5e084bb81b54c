"""The code and Check a page in Chromium: keyboard, axe, no JavaScript, and each line of the policy."""

import pytest
from embedded import wait_until
from playwright.sync_api import expect

from portal.widgets.setup import policy_lines
from tests.support.axe import violations
from tests.support.website import HTML, websites
from tests.widgets.conftest import WIDGET
from tests.widgets.host_pages.on_the_theatre import LISTEN

pytestmark = pytest.mark.settings(allow_local_domains=True)


@pytest.fixture
def set_up(live_portal, sandbox):
    """A widget on the theatre, and its manager's email address."""
    from tests.factories import connect_spektrix, make_manager, make_venue, make_widget

    with live_portal.app.app_context():
        venue = make_venue()
        make_widget(venue, public_id=WIDGET, sites=[sandbox.theatre_url.removeprefix("http://"), "a.org"])
        manager = make_manager(venue)
        connect_spektrix(venue, staff=manager)
    sandbox.post("options", portal_url=live_portal.url, widget_id=WIDGET)
    return manager.email


def sign_in(page, url, email, to):
    from tests.factories import PASSWORD

    page.goto(f"{url}/sign-in?next={to}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


@pytest.fixture
def at_the_widget(page, live_portal, set_up):
    return sign_in(page, live_portal.url, set_up, f"/widgets/{WIDGET}")


def test_tabs_and_check_by_keyboard(at_the_widget, sandbox):
    page = at_the_widget
    page.get_by_text("For WordPress, Wix and others").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="WordPress").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tab-wordpress")).to_have_attribute("aria-current", "true")
    expect(page.locator("#tab-wordpress")).to_be_focused()
    expect(page.locator("#_code")).to_contain_text("Custom HTML")
    page.get_by_text("Check another page").click()
    page.get_by_label("Page to check").fill(f"{sandbox.theatre_url}/other-websites/wrong-host")
    page.keyboard.press("Enter")
    found = page.locator("#_check .callout")
    expect(found).to_contain_text("1 problem found on this page")
    expect(found).to_be_focused()
    assert violations(page) == []
    page.get_by_label("Page to check").fill("https://elsewhere.example/")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("elsewhere.example is not on this widget’s list")
    assert violations(page) == []


def test_a_website_is_checked_from_its_line(at_the_widget, sandbox):
    site = sandbox.theatre_url.removeprefix("http://")
    at_the_widget.get_by_role("button", name=f"Check {site}").click()
    expect(at_the_widget.locator("#_check .callout")).to_contain_text("on this page")


def test_page_of_the_code_in_both_themes_and_on_a_phone(at_the_widget, live_portal):
    page = at_the_widget
    for tab in ("any", "gtm", "developer"):
        page.goto(f"{live_portal.url}/widgets/{WIDGET}/code?tab={tab}")
        assert violations(page) == [], tab
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 700})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_copy_code_says_copied(at_the_widget):
    at_the_widget.context.grant_permissions(["clipboard-read", "clipboard-write"])
    at_the_widget.get_by_role("button", name="Copy code").click()
    expect(at_the_widget.locator("#status")).to_have_text("Copied")
    copied = at_the_widget.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'<div data-rezzy-widget="{WIDGET}">')
    assert copied.endswith("async></script>")


def test_without_javascript_tabs_and_check_are_pages(browser, live_portal, set_up, sandbox):
    with browser.new_context(java_script_enabled=False) as context:
        page = sign_in(context.new_page(), live_portal.url, set_up, f"/widgets/{WIDGET}/code")
        page.get_by_role("link", name="Squarespace").click()
        expect(page.locator("#_code")).to_contain_text("Code Injection")
        page.goto(f"{live_portal.url}/widgets/{WIDGET}")
        page.get_by_text("Check another page").click()
        page.get_by_label("Page to check").fill(f"{sandbox.theatre_url}/other-websites/two-widgets")
        page.locator(".with-button button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Check a page")
        expect(page.get_by_text("No problems found on this page")).to_be_visible()


LINES = ["script-src", "frame-src", "connect-src of the portal", "connect-src of Spektrix"]


@pytest.fixture
def strict_page(page, live_portal, set_up, sandbox):
    """Visits a page whose policy has the widget's lines and no others, but for one that is left out."""
    basket = f"{sandbox.api_url}/harbourplayhouse/api/v3/basket?$expand=tickets/instance"
    needs = dict(zip(LINES, policy_lines.needs(live_portal.url, WIDGET, basket), strict=True))
    code = f"""<div data-rezzy-widget="{WIDGET}"><a href="{live_portal.url}/w/{WIDGET}">Book a table</a></div>
        <script src="{live_portal.url}/embed.js" async></script>"""
    page.add_init_script(LISTEN)

    with websites() as website:

        def visit(left_out=None):
            lines = policy_lines.lines(need for name, need in needs.items() if name != left_out)
            policy = {"Content-Security-Policy": "; ".join(["default-src 'none'", *lines])}
            website.pages["/"] = (200, HTML | policy, f"<!doctype html><title>Eat</title>{code}".encode())
            page.goto(f"http://{website.site}/")

        with live_portal.app.app_context():
            from portal.extensions import db
            from portal.widgets.models import Widget

            db.session.execute(db.update(Widget).values(sites=[website.site]))
            db.session.commit()
        yield visit


def test_lines_of_the_policy_are_enough(strict_page, page):
    strict_page()
    page.locator("[data-rezzy-ready] a").click()
    page.locator("iframe[title^='Book a table']").wait_for()
    frame = page.locator("iframe[title^='Book a table']").element_handle().content_frame()
    assert wait_until(lambda: frame.evaluate("heard.some((m) => m && m.type === 'rezzy:basket')"), 8)
    assert page.evaluate("broken") == []


def test_each_line_of_the_policy_is_needed(strict_page, page, live_portal, sandbox):
    for left_out in LINES:
        strict_page(left_out)
        if left_out != "script-src":
            page.locator("[data-rezzy-ready] a").click()
        # Asked from outside: what the browser's own waiting evaluates, this policy forbids.
        assert wait_until(lambda: page.evaluate("broken.length"), 8), left_out
        stopped = sandbox.api_url if "Spektrix" in left_out else live_portal.url
        assert all(url.startswith(stopped) for url in page.evaluate("broken")), left_out
