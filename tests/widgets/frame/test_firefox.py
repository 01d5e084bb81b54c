"""The main flow in Firefox, with its protection against tracking as it comes.

It is Debian's own, which bin/test installs; Playwright's cannot be had from a package registry.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from testing import find_firefox

from portal.joined_files import joined
from tests.people import AMARA
from tests.support.firefox import firefox
from tests.support.show_starts import STARTS, instance_of
from tests.widgets.host_pages.on_the_theatre import WIDGET

# Its first start with a new profile takes its time on a busy machine.
pytestmark = pytest.mark.timeout(150)

STATIC = Path(__file__).parents[3] / "static"
FRAME = "iframe[title^='Book a table']"
LINK = "[data-rezzy-ready] a"
TIME = "button[name=starts_at]"
# Tomorrow's at the earliest, so that there are tables before the show at whatever time tests run.
MARK_LATER_EVENING = """
const evening = (button) => /(Mon|Tue) .*7:30pm/.test(button.textContent);
[...document.querySelectorAll("[data-call=add] button")].filter(evening)[1].id = "later";
"""


@pytest.fixture(scope="module")
def firefox_page(tmp_path_factory):
    program = find_firefox()
    if program is None:
        pytest.fail("Firefox is not installed. Install it with: apt install firefox-esr", pytrace=False)
    with firefox(program, tmp_path_factory.mktemp("firefox")) as found:
        yield found


@pytest.fixture
def site(firefox_page, sandbox, embedded):
    """Visit one of the theatre's pages, as somebody who was never there."""

    def visit(path):
        firefox_page.visit(sandbox.theatre_url + path)

    visit("/")
    firefox_page.run("localStorage.clear(); sessionStorage.clear()")
    return visit


def bookings(portal):
    from portal.bookings.models import Booking
    from portal.extensions import db

    with portal.app.app_context():
        rows = db.session.scalars(db.select(Booking)).all()
        return [(row.booked_name, row.link_check is not None, row.show_starts_at is not None) for row in rows]


def test_guest_with_tickets_books_around_the_show(firefox_page, site, embedded):
    site("/whats-on")
    firefox_page.run(MARK_LATER_EVENING)
    firefox_page.click("#later")
    firefox_page.find("#said a")
    site("/other-websites/strict-policy")
    firefox_page.click(LINK)
    with firefox_page.inside(FRAME):
        firefox_page.says("#main", "your show")
        firefox_page.click(TIME)
        firefox_page.type("[name=name]", AMARA.name)
        firefox_page.type("[name=email]", AMARA.email)
        firefox_page.type("[name=phone]", AMARA.phone)
        firefox_page.click("#main form[method=post] button.button--primary")
        firefox_page.find("a[href$='calendar.ics']")
    assert bookings(embedded) == [("Amara Okafor", True, True)]


def test_policy_of_nonces_lets_the_second_script_in(firefox_page, site):
    site("/other-websites/nonce-policy")
    firefox_page.click(LINK)
    with firefox_page.inside(FRAME):
        firefox_page.find(TIME)


def test_widget_opens_in_the_page(firefox_page, site):
    site("/other-websites/in-page")
    firefox_page.click(LINK)
    with firefox_page.inside(f"[data-rezzy-widget] {FRAME}"):
        firefox_page.find(TIME)
    assert firefox_page.run("return document.activeElement.localName") == "iframe"


def test_floating_button_opens_the_window(firefox_page, site):
    site("/other-websites/floating-button")
    firefox_page.click("html > button")
    with firefox_page.inside(f"dialog {FRAME}"):
        firefox_page.find(TIME)


def test_sandboxed_frame_leaves_a_way_to_the_booking_page(firefox_page, site, embedded):
    site("/other-websites/builder-frame")
    with firefox_page.inside("iframe.pasted"):
        firefox_page.find(LINK)
        assert firefox_page.run("return document.querySelector('a').href") == f"{embedded.url}/w/{WIDGET}"


def test_starts_of_shows_are_read_as_the_portal_reads_them(firefox_page):
    """The table of tests/widgets/host_pages/test_starts.py: each browser has clock rules of its own."""
    firefox_page.visit("about:blank")
    code = joined(STATIC, ["reading.js", "starts.js"])
    read = "return arguments[0].map(([instance, zone]) => startOf(instance, zone) ?? null)"
    rows = [[instance_of(start_utc, start), zone] for start_utc, start, zone, _ in STARTS]
    found = firefox_page.run(f"{code}\n{read}", rows)
    assert len(found) == len(STARTS)
    for milliseconds, (start_utc, start, zone, expected) in zip(found, STARTS, strict=True):
        wanted = expected and datetime.fromisoformat(expected)
        instant = milliseconds and datetime.fromtimestamp(milliseconds // 1000, UTC)
        assert instant == wanted, (start_utc, start, zone)
