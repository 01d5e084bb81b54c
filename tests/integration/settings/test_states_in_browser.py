"""Every state of the Spektrix page in Chromium: words, axe, widths and themes, the keys."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from portal import clock
from portal.extensions import db
from portal.integration.checks import run as checks, switch
from portal.integration.connection.models import CheckResult, Integration
from portal.integration.standing import service as standing
from portal.outbox.models import Kind, OutboxEntry
from portal.shell import demo
from portal.venues.models import Staff
from tests.factories import API_KEY, API_USER, CLIENT_NAME, make_manager, make_venue
from tests.integration.conftest import Stage
from tests.people import AMARA, TOM, TOM_ID
from tests.support.axe import violations

pytestmark = [pytest.mark.timeout(120), pytest.mark.settings(spektrix_timeout_seconds=2.0)]

PAGE = "/integrations/spektrix"
LOOKS = [(1280, "light"), (390, "dark")]
OTHER_LOOKS = [(1280, "dark"), (390, "light")]
# A status is icon, words and colour; any of the three alone is not one.
BARE_STATUSES = """
() => [...document.querySelectorAll(".tag, .check, .callout, .flash")]
    .filter(one => one.checkVisibility() && !(one.querySelector("svg.icon") && one.innerText.trim()))
    .map(one => one.outerHTML)
"""
MANAGER, STAFF = "priya@greenroom.example", "sam@greenroom.example"


@dataclass(frozen=True)
class State:
    """One row of the table of states.

    Args:
        arrange: brings the demo venue and the sandbox into it.
        badge: the words beside the title.
        says: what else has to be read on the page.
        main: what is to be pressed next, by the name of its button or link.
    """

    arrange: object
    badge: str
    says: tuple[str, ...]
    main: str


def _two_linked(stage):
    return [stage.verified_booking(), stage.verified_booking(TOM, TOM_ID, at=4)]


def _complete(stage, bookings):
    for booking_id in bookings:
        stage.complete(booking_id)
    stage.deliver()


def _check(stage):
    assert checks.run_all(stage.venue)


def _let_minutes_pass(minutes=3):
    then = clock.utc_now() - timedelta(minutes=minutes)
    db.session.execute(update(Integration).values(checked_at=then))
    db.session.execute(update(CheckResult).values(at=then))
    db.session.commit()
    standing.update(db.session.scalars(select(Integration.venue_id)).one())


def _pause(stage):
    manager = db.session.scalars(select(Staff).where(Staff.email == MANAGER)).one()
    switch.set_active(stage.venue, False, manager.id)


def _grant(stage, **rights):
    """Give the API user these rights; one that is not named is given."""
    stage.sandbox.post("api_users", login=API_USER, secret=API_KEY, **rights)


def all_passed(stage):
    _complete(stage, _two_linked(stage))
    _check(stage)


def working(stage):
    all_passed(stage)
    _let_minutes_pass()


def refused_key(stage):
    linked = _two_linked(stage)
    stage.sandbox.post("api_users", login=API_USER, deleted=True)
    _complete(stage, linked)
    _check(stage)


def refused_right(stage):
    linked = _two_linked(stage)
    _grant(stage, may_read_baskets=True, may_write_customers=False)
    _complete(stage, linked)
    _check(stage)


def unknown_client(stage):
    stage.sandbox.post("options", client_names=["elsewhere"])
    _check(stage)


def _answering(**fault):
    def arrange(stage):
        linked = _two_linked(stage)
        stage.sandbox.fault("*", **fault)
        _complete(stage, linked[:1])
        _check(stage)

    return arrange


def hanging(stage):
    stage.sandbox.fault("*", "delay", seconds=3, apply=False)
    _check(stage)


def paused(stage):
    linked = _two_linked(stage)
    _check(stage)
    _pause(stage)
    _complete(stage, linked)


def near_miss(stage):
    linked = _two_linked(stage)
    stage.define({"Last Dined At": "Text", "Number of Restaurant Visit": "Text"})
    _complete(stage, linked)
    _check(stage)


STATES = {
    "working": State(
        working,
        "Working",
        ("All 6 checks passed", "Visits confirmed", "Trying again", "Not sent", "Guests linked"),
        "Test connection",
    ),
    "test passed": State(
        all_passed, "Working", ("Everything is working", "6 of 6 passed", "Found"), "Test connection"
    ),
    "401": State(
        refused_key,
        "Sign-in refused",
        (
            "Spektrix did not accept the API user and key",
            "2 visits are waiting",
            "Stopped at step 3 of 6",
            "401",
        ),
        "Replace API key",
    ),
    "403": State(
        refused_right,
        "Permission missing",
        ("this API user is not allowed to update customers", "System Owner", "403"),
        "Copy message for Spektrix admin",
    ),
    "404": State(
        unknown_client,
        "Client not found",
        ("Spektrix has no client with that name", "case-sensitive", "Stopped at step 2 of 6"),
        "Change client name",
    ),
    "429": State(
        _answering(kind="status", status=429, retry_after=60),
        "Spektrix unavailable",
        ("Spektrix asked us to slow down", "1 visit is waiting"),
        "Try now",
    ),
    "5xx": State(
        _answering(kind="status", status=503),
        "Spektrix unavailable",
        (
            "Spektrix is having a problem at the moment",
            "do not need to change anything",
            "1 visit is waiting",
            "503",
        ),
        "Try now",
    ),
    "time-out": State(hanging, "Spektrix unavailable", ("Spektrix did not answer in time",), "Test again"),
    "paused": State(
        paused,
        "Paused",
        ("Paused by Priya Shah", "2 visits were completed while paused", "Resume without sending"),
        "Resume and send 2 visits",
    ),
    "near miss": State(
        near_miss,
        "Needs attention",
        ("Spektrix is ignoring what we send", "Almost right", "In Spektrix", "Must be", "Sent, not stored"),
        "Copy correct name",
    ),
}


@pytest.fixture
def unconnected(app_context, recording_queue, sandbox):
    """A venue of which Spektrix knows nothing yet."""
    make_manager(make_venue(tables=9), email=MANAGER)
    return Stage(sandbox)


@pytest.fixture
def open_page(page, live_portal):
    """Sign in and open the page."""
    return lambda email=MANAGER: opened(page, live_portal, email)


def opened(page, portal, email):
    # An open transaction of the test would keep the portal out of SQLite.
    db.session.rollback()
    page.goto(f"{portal.url}/sign-in?next={PAGE}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{portal.url}{PAGE}")
    return page


def badge(page):
    return page.locator(".page-head__title .tag")


@pytest.fixture
def prove_looks(page, pytestconfig):
    """Hold the page to axe, to its width and to icons beside words, on desk and phone, light and dark."""
    looks = LOOKS + OTHER_LOOKS if pytestconfig.getoption("long") else LOOKS

    def prove():
        for width, theme in looks:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)
            assert violations(page) == [], (width, theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, theme)
        assert page.evaluate(BARE_STATUSES) == []

    return prove


def reach(page, name, presses=80):
    """Press Tab from the top until what is focused has this name."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(presses):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.textContent"):
            return True
    return False


@pytest.mark.parametrize("name", STATES)
def test_a_state_says_what_is_wrong_and_leads_to_the_next_step(name, stage, open_page, prove_looks):
    state = STATES[name]
    state.arrange(stage)
    page = open_page()
    expect(badge(page)).to_have_text(state.badge)
    for words in state.says:
        expect(page.locator("#main")).to_contain_text(words)
    prove_looks()
    assert reach(page, state.main)


def test_not_connected_shows_what_to_do_in_three_steps(unconnected, open_page, prove_looks):
    page = open_page()
    expect(badge(page)).to_have_text("Not connected")
    expect(page.locator(".benefits .card")).to_have_count(3)
    expect(page.locator(".step")).to_have_count(3)
    expect(page.locator("#main [data-copy]")).not_to_have_count(0)
    page.get_by_role("link", name="go to step 3").click()
    expect(page.get_by_label("Client name")).to_be_in_viewport()
    prove_looks()
    assert reach(page, "Save and test")


def test_a_first_visit_reads_in_a_minute(unconnected, open_page):
    assert len(open_page().locator("body").inner_text().split()) < 300


def test_form_errors_are_summed_up_and_the_key_is_not_sent_back(unconnected, live_portal, browser):
    with browser.new_context(java_script_enabled=False) as context:
        page = opened(context.new_page(), live_portal, MANAGER)
        page.get_by_label("Client name").fill("harbour playhouse")
        page.get_by_label("API key").fill("not a key")
        page.get_by_role("button", name="Save and test").click()
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.get_by_role("alert")).to_contain_text("Client name must not contain spaces")
        expect(page.get_by_label("Client name")).to_have_value("harbour playhouse")
        expect(page.get_by_label("API key")).to_have_value("")


def test_form_errors_take_the_focus_and_look_right(unconnected, open_page, prove_looks):
    page = open_page()
    page.get_by_label("API key").fill("not a key")
    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("API key")).to_have_value("")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert").get_by_role("link", name="Enter the client name")).to_be_visible()
    expect(page.get_by_label("Client name")).to_have_attribute("aria-invalid", "true")
    prove_looks()


def test_a_test_fills_the_checks_in_one_by_one(stage, open_page):
    _complete(stage, _two_linked(stage))
    page = open_page()
    # What is looked at while it waits has to be seen before it ends, on a busy machine too.
    stage.sandbox.fault("*", "delay", seconds=0.5)
    button = page.locator("#test-button")
    button.press("Enter")
    expect(badge(page)).to_have_text("Testing")
    expect(button).to_have_text("Testing…")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#_checks .check--busy")).to_have_count(1)
    assert violations(page) == []
    button.press("Enter")
    expect(badge(page)).to_have_text("Working", timeout=20_000)
    expect(button).to_have_text("Test connection")
    expect(button).to_be_focused()
    expect(page.locator("#_connection")).to_contain_text("Everything is working")


def test_staff_read_the_page_and_find_nothing_to_press(stage, open_page, prove_looks):
    working(stage)
    page = open_page(STAFF)
    expect(badge(page)).to_have_text("Working")
    expect(page.locator("#main")).to_contain_text("Only managers can change this connection: Priya Shah")
    expect(page.locator("#main form[method=post]")).to_have_count(0)
    prove_looks()


def test_the_whole_way_goes_without_script(unconnected, live_portal, browser):
    stage = unconnected
    with browser.new_context(java_script_enabled=False) as context:
        page = opened(context.new_page(), live_portal, MANAGER)
        page.get_by_label("Client name").fill(CLIENT_NAME)
        page.get_by_label("API user name").fill(API_USER)
        page.get_by_label("API key").fill(API_KEY)
        page.get_by_role("button", name="Save and test").click()
        expect(page.locator("#last-test")).to_contain_text("200")
        page.get_by_role("switch").click()
        page.get_by_role("button", name="Test connection").click()
        expect(page.locator("#_checks")).to_contain_text("API user can sign in")
        linked = stage.verified_booking(AMARA)
        db.session.rollback()
        page.get_by_role("switch", name="Active").click()
        expect(badge(page)).to_have_text("Paused")
        _complete(stage, [linked])
        db.session.rollback()
        page.reload()
        page.get_by_role("button", name="Resume without sending").click()
        expect(page.get_by_role("switch", name="Active")).to_have_attribute("aria-checked", "true")
        page.get_by_role("link", name="See which").click()
        page.get_by_role("checkbox").check()
        page.get_by_label("Reason").fill("Sent by hand meanwhile")
        page.get_by_role("button", name="Discard ticked visits").click()
        expect(page.locator("#main")).to_contain_text("1 visit discarded.")
    visit = db.session.scalars(select(OutboxEntry).where(OutboxEntry.kind == Kind.WRITE_BACK)).one()
    assert (visit.state, visit.reason) == ("not_sent", "visit_discarded")
    assert "Number of Restaurant Visits" not in stage.stored()
