"""The pretend theatre in a browser tab, with a widget on its pages, and what the portal counted of it."""

import re
import time

from playwright.sync_api import expect

from tests.people import AMARA

EXPECTED_SECONDS = 20
# The second such evening is tomorrow at the earliest, so its tables are free at any hour.
LATER_EVENING = re.compile("Add 2 tickets for .*, (Mon|Tue) .*, 7:30pm")
WIDGET = "w_theatre"
# Every window keeps what it is told, and what its policy stopped.
LISTEN = """
window.heard = [];
window.broken = [];
window.addEventListener("message", (event) => heard.push(event.data));
document.addEventListener("securitypolicyviolation", (event) => broken.push(event.blockedURI));
"""


def leave_in_silence(page):
    """Keep what a page would send in leaving from the portal of the next test."""
    page.evaluate("Navigator.prototype.sendBeacon = () => true")


# Waits by the page's own timers, which go off in their order: those of our script that look every half second
# have done so by then, however busy the machine is.
LATER = "() => new Promise((done) => setTimeout(done, 700))"
SHIFTS = """
window.shifted = 0;
const add = (entry) => (shifted += entry.hadRecentInput ? 0 : entry.value);
new PerformanceObserver((list) => list.getEntries().forEach(add))
  .observe({ type: "layout-shift", buffered: true });
"""
FROM_PORTAL = "async ([message, host]) => parent.postMessage(message, host)"


class Theatre:
    """One tab on the theatre's pages, and the portal behind the widget."""

    def __init__(self, tab, sandbox, portal) -> None:
        self.tab, self.sandbox, self.portal = tab, sandbox, portal
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.warnings: list[str] = []

    def __enter__(self):
        self.tab.on("request", self._heard_request)
        self.tab.on("console", self._heard_console)
        return self

    def __exit__(self, *_error):
        leave_in_silence(self.tab)
        self.tab.unroute_all()
        self.tab.goto(self.sandbox.theatre_url + "/static/theatre.svg")
        self.tab.evaluate("localStorage.clear()")
        self.tab.context.clear_cookies()
        self.tab.context.new_cdp_session(self.tab).send("Network.clearBrowserCache")

    def _heard_request(self, request):
        self.asked.append(request.url)
        if request.url.endswith("/opened"):
            self.sent.append(request.post_data)

    def _heard_console(self, message):
        if message.text.startswith("Make a Rezzy:"):
            self.warnings.append(message.text)

    def visit(self, path="/book-a-table", base=None):
        self.tab.goto(f"{base or self.sandbox.theatre_url}{path}", wait_until="load")

    def press(self, nth=0):
        """Press the link of a widget, and return the frame that comes."""
        self.tab.locator("[data-rezzy-ready] a[href]").nth(nth).click()
        return self.frame()

    def frame(self):
        self.tab.locator("iframe[title^='Book a table']").wait_for()
        element = self.tab.locator("iframe[title^='Book a table']").element_handle()
        return element.content_frame()

    def told(self, frame, wanted="true"):
        """Return the first basket message to the frame for which an expression about `m` holds."""
        found = f"() => heard.find((m) => m && m.type === 'rezzy:basket' && ({wanted}))"
        return frame.wait_for_function(found).json_value()

    def open(self):
        """Open the widget and close it once its frame knows why; return what was counted, its signal sent."""
        self.tab.locator("[data-rezzy-ready] a").click()
        self._wait(lambda: self.sent or self._frame_knows())
        if not self.sent:
            self.tab.locator("dialog").evaluate("dialog => dialog.close()")
        self._wait(lambda: self.sent)
        return self.signalled()

    def signalled(self):
        """Return what has been counted once there is something; what a tab sends in leaving is not seen."""
        self._wait(self.counted)
        return self.counted()

    def _frame_knows(self):
        told = "window.heard && heard.some((m) => m && m.type === 'rezzy:basket')"
        return any(frame.evaluate(told) for frame in self.tab.frames[1:] if "framed=1" in frame.url)

    def _wait(self, until):
        deadline = time.monotonic() + EXPECTED_SECONDS
        while not until() and time.monotonic() < deadline:
            self.tab.wait_for_timeout(30)

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
        from portal.integration.connection.models import Integration

        with self.portal.app.app_context():
            db.session.execute(db.update(Integration).values(active=False))
            db.session.commit()

    def add_tickets(self):
        self.visit("/whats-on")
        self.tab.get_by_role("button", name=LATER_EVENING).nth(1).click()
        self.tab.get_by_role("link", name="See your basket").wait_for()

    def page(self):
        return f"{self.sandbox.theatre_url}/book-a-table"


def site(theatre, slug):
    theatre.visit(f"/other-websites/{slug}")
    return theatre


def say(theatre, frame, **message):
    """Let the booking page say something to the page around it."""
    frame.evaluate(FROM_PORTAL, [message, theatre.sandbox.theatre_url])


def book(frame):
    """Take the first time on offer and fill in the form."""
    frame.locator("button[name=starts_at]:visible").first.click()
    frame.get_by_label("Full name").fill(AMARA.name)
    frame.get_by_label("Email").fill(AMARA.email)
    frame.get_by_label("Mobile number").fill(AMARA.phone)
    frame.get_by_role("button", name=re.compile("Book table")).click()
    expect(frame.get_by_role("heading", name="Booking confirmed")).to_be_visible()
