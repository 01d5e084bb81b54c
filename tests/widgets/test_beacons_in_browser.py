"""Every reason that an opened widget can give, brought about on the pretend theatre's page in Chromium."""

import time
from urllib.parse import urlsplit

import pytest

from tests.support.sandbox import SandboxControl

WIDGET = "w_theatre"
EXPECTED_SECONDS = 8


@pytest.fixture
def friday_noon():
    """Chromium keeps its own time, so these tests run in the present."""


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all tests of this file: opening one costs more than a story."""
    context = browser.new_context()
    context.set_default_timeout(1000 * EXPECTED_SECONDS)
    yield context.new_page()
    context.close()


class Theatre:
    """The theatre's page with the widget, and what the portal has counted."""

    def __init__(self, tab, sandbox: SandboxControl, portal) -> None:
        self.tab, self.sandbox, self.portal = tab, sandbox, portal
        self.sent: list[str] = []
        self.warnings: list[str] = []

    def heard_request(self, request):
        if request.url.endswith("/opened"):
            self.sent.append(request.post_data)

    def heard_console(self, message):
        if message.text.startswith("Make a Rezzy:"):
            self.warnings.append(message.text)

    def visit(self, path="/book-a-table", base=None):
        self.tab.goto(f"{base or self.sandbox.theatre_url}{path}", wait_until="load")

    def open(self):
        self.tab.locator("[data-rezzy-ready] a").click()
        deadline = time.monotonic() + EXPECTED_SECONDS
        while not (self.counted() and self.sent) and time.monotonic() < deadline:
            self.tab.wait_for_timeout(30)
        return self.counted()

    def counted(self):
        from portal.extensions import db
        from portal.widgets.models import WidgetOpenings

        with self.portal.app.app_context():
            rows = db.session.scalars(db.select(WidgetOpenings)).all()
            return [(row.page, str(row.reason), row.count) for row in rows]

    def change_widget(self, **values):
        from portal.extensions import db
        from portal.widgets.models import Widget

        with self.portal.app.app_context():
            db.session.execute(db.update(Widget).values(**values))
            db.session.commit()

    def pause(self):
        from portal.extensions import db
        from portal.integration.models import Integration

        with self.portal.app.app_context():
            db.session.execute(db.update(Integration).values(active=False))
            db.session.commit()

    def add_tickets(self):
        self.visit("/whats-on")
        self.tab.get_by_role("button", name="Add 2 tickets").first.click()
        self.tab.get_by_role("link", name="See your basket").wait_for()

    def page(self):
        return f"{self.sandbox.theatre_url}/book-a-table"


@pytest.fixture
def theatre(tab, sandbox, live_portal):
    from tests.factories import connect_spektrix, make_venue, make_widget

    site = urlsplit(sandbox.theatre_url).netloc
    with live_portal.app.app_context():
        venue = make_venue()
        make_widget(venue, public_id=WIDGET, sites=[site])
        connect_spektrix(venue)
    sandbox.post("options", portal_url=live_portal.url, widget_id=WIDGET)
    found = Theatre(tab, sandbox, live_portal)
    tab.on("request", found.heard_request)
    tab.on("console", found.heard_console)
    yield found
    tab.unroute_all()
    tab.remove_listener("request", found.heard_request)
    tab.remove_listener("console", found.heard_console)
    tab.evaluate("localStorage.clear()")
    tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.context.new_cdp_session(tab).send("Network.clearBrowserCache")


def only(theatre, reason):
    """Open the widget, see that one signal was counted for `reason`, and return what the console said."""
    assert theatre.open() == [(theatre.page(), reason, 1)]
    assert len(theatre.sent) == 1
    return " ".join(theatre.warnings)


def test_filled(theatre):
    theatre.add_tickets()
    theatre.visit("/book-a-table?utm=x#here")
    assert only(theatre, "filled") == ""
    assert "utm" not in theatre.sent[0]


def test_no_basket(theatre):
    theatre.visit()
    assert only(theatre, "no_basket") == ""


def test_off(theatre):
    theatre.change_widget(integration="none")
    theatre.visit()
    assert only(theatre, "off") == ""
    assert theatre.tab.evaluate("localStorage.getItem('spektrixBasket')") is not None


def test_paused(theatre):
    theatre.pause()
    theatre.visit()
    assert only(theatre, "paused") == ""


def test_wrong_host(theatre):
    theatre.sandbox.post("options", theatre_component_host="tickets.elsewhere.example")
    theatre.visit()
    said = only(theatre, "wrong_host")
    assert "tickets.elsewhere.example/harbourplayhouse, not localhost" in said


def test_wrong_client(theatre):
    theatre.sandbox.post("options", theatre_component_client="elsewhere")
    theatre.visit()
    assert "/elsewhere, not " in only(theatre, "wrong_host")


def test_blocked_by_the_pages_policy(theatre):
    theatre.sandbox.post("options", theatre_allows_basket=False)
    theatre.visit()
    said = only(theatre, "blocked")
    assert "Content-Security-Policy (connect-src) leaves out " + theatre.sandbox.api_url in said


def test_blocked_by_something_that_tells_nobody(theatre):
    theatre.visit()
    theatre.tab.wait_for_function("localStorage.getItem('spektrixBasket')")
    theatre.tab.route("**/api/v3/basket**", lambda route: route.abort("blockedbyclient"))
    said = only(theatre, "blocked")
    assert "content blocker" in said


def test_script_missing(theatre):
    theatre.sandbox.post("options", theatre_component=False)
    theatre.sandbox.fault("web_basket", "drop_connection")
    theatre.visit()
    assert "spektrix-basket-summary does not run here" in only(theatre, "script_missing")


def test_script_that_has_not_come_yet(theatre):
    theatre.sandbox.post("options", theatre_component_delay=30)
    theatre.sandbox.fault("web_basket", "drop_connection")
    theatre.visit()
    assert "spektrix-basket-summary does not run here" in only(theatre, "script_missing")


def test_timed_out(theatre):
    theatre.sandbox.fault("web_basket", "delay", seconds=4)
    theatre.visit()
    assert "did not hand over the basket in time" in only(theatre, "timed_out")


def test_failed(theatre):
    theatre.sandbox.fault("web_basket", "status", status=503)
    theatre.visit()
    assert "Spektrix answered 503" in only(theatre, "failed")


def test_not_listed(theatre):
    theatre.change_widget(sites=["www.elsewhere.example"])
    theatre.visit()
    assert "on its list of websites?" in only(theatre, "not_listed")


def test_nothing_is_sent_before_the_widget_is_opened_nor_a_cookie_with_it(theatre):
    theatre.visit()
    theatre.tab.wait_for_selector("[data-rezzy-ready]")
    assert theatre.sent == []
    assert theatre.counted() == []
    with theatre.tab.expect_request("**/opened") as asked:
        theatre.tab.locator("[data-rezzy-ready] a").click()
    assert "cookie" not in asked.value.all_headers()


def test_browser_without_beacons_sends_it_all_the_same(theatre):
    theatre.visit()
    theatre.tab.evaluate("Navigator.prototype.sendBeacon = undefined")
    only(theatre, "no_basket")
