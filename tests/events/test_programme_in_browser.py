"""The page of the programme in Chromium: axe, widths and themes, and the wait for a new reading."""

import re

import pytest
from playwright.sync_api import expect

from portal.findings import Code
from portal.integration.programme import schedule as programme_schedule, sync as event_sync
from tests import factories
from tests.support.axe import violations

pytestmark = pytest.mark.timeout(120)

LOOKS = [(1280, "light"), (1280, "dark"), (390, "light"), (320, "dark")]


@pytest.fixture
def open_page(page, app, venue, live_portal):
    """Sign a manager in and open the page."""
    with app.app_context():
        manager = factories.make_manager(venue)

    def opened():
        page.goto(f"{live_portal.url}/sign-in?next=/programme")
        page.get_by_label("Email").fill(manager.email)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_title(re.compile("^Programme"))
        return page

    return opened


def prove_looks(page):
    for width, theme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        assert violations(page) == [], (width, theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, theme)


def not_read_yet(venue, sandbox):
    return "The programme has not been read yet"


def read(venue, sandbox):
    event_sync.sync(venue.id)
    return "The Winter's Tale"


def read_and_then_not(venue, sandbox):
    event_sync.sync(venue.id)
    sandbox.fault("events", "html", status=403)
    assert event_sync.sync(venue.id).outcome == Code.EDGE_BLOCK
    return "may be out of date"


@pytest.mark.parametrize("arrange", [not_read_yet, read, read_and_then_not])
def test_page_looks_right_in_every_state(app, venue, sandbox, open_page, arrange):
    with app.app_context():
        words = arrange(venue, sandbox)
    page = open_page()
    expect(page.locator("#main")).to_contain_text(words)
    prove_looks(page)


def test_page_waits_for_the_reading_and_tells_when_it_has_come(
    app, venue, sandbox, open_page, recording_queue
):
    page = open_page()
    page.get_by_role("button", name="Read the programme again").press("Enter")
    expect(page.locator("#_reading")).to_contain_text("Reading the programme")
    assert violations(page) == []
    with app.app_context():
        programme_schedule.sync(venue.id)
    expect(page.locator(".flash")).to_contain_text("The programme was read:")
    expect(page).to_have_url(re.compile("/programme$"))
    expect(page.get_by_role("cell", name="Winter Concert").first).to_be_visible()
