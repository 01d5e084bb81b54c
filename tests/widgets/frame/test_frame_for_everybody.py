"""Every state of the frame for everybody: axe, keyboard, narrow, large letters, wide spacing, no script."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal import config
from tests.people import AMARA
from tests.support.axe import violations
from tests.widgets.conftest import WIDGET, answer_in_process

# WCAG 2.2, 1.4.12: what a reader may set without losing anything.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""
# Boxes too small for their words, and whatever reaches over the edge.
CLIPPED = """
() => {
    const BOXES = ".slot, .chip__face, .button, .offer, .show, .chosen, .curtain, .callout, h1, h2, h3, p";
    const all = (name) => [...document.querySelectorAll(name)];
    const seen = (name) => all(name).filter((one) => !one.closest(".visually-hidden"));
    const cut = (one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    const out = (one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
    const bad = [...seen(BOXES).filter(cut), ...seen("main *").filter(out)];
    return bad.map((one) => one.outerHTML.slice(0, 120));
}
"""


# Where mail can leave, the states without a table offer one.
pytestmark = pytest.mark.usefixtures("mail_folder")


def at(day, hour, minute=0):
    from datetime import time

    from portal import clock

    return clock.from_local(day, time(hour, minute), "Europe/London")


@pytest.fixture
def days(seeded, stored, on_stage):
    """A programme and some full days. Returns the addresses of states, by name."""
    from portal import clock
    from portal.availability.models import ServicePeriod, SpecialDay
    from portal.venues.models import Venue
    from portal.widgets import rules
    from portal.widgets.models import Widget
    from tests.factories import make_booking

    today = clock.local_date(clock.utc_now(), "Europe/London")
    curtain = [rules.instant_text(at(today + timedelta(days=n), 19, 30)) for n in range(10)]
    on_stage(
        ("The Winter’s Tale and other stories", curtain[3], 155, False),
        ("Hamlet", curtain[4], 200, True),
        ("Full House", curtain[5], 120, False),
    )

    def change(db):
        from datetime import time

        db.session.execute(db.update(ServicePeriod).values(opens=time(17), last_seating=time(22, 45)))
        db.session.execute(db.update(Widget).values(walk_minutes=2))
        db.session.execute(db.update(Venue).values(theatre_name="Harbour Playhouse"))
        venue = db.session.scalar(db.select(Venue))
        closed = {
            "service_on": today + timedelta(days=8),
            "closed": True,
            "note": "Closed for our staff party",
        }
        db.session.add(SpecialDay(venue_id=venue.id, **closed))
        for day, hours in ((5, ((17, 0), (18, 45))), (6, ((17, 0), (18, 45), (20, 30), (22, 15)))):
            for hour, minute in hours:
                start = at(today + timedelta(days=day), hour, minute)
                booked = make_booking(venue, starts_at=start, party_size=4, email=f"{day}-{hour}@example.org")
        return booked.public_token

    own = f"/bookings/{stored(change)}"
    full_day = (today + timedelta(days=6)).isoformat()
    return {
        "plain": "",
        "around": f"?show={curtain[3]}",
        "guessed end": f"?show={curtain[7]}",
        "cancelled": f"?show={curtain[4]}",
        "none before": f"?show={curtain[5]}&party=4",
        "none that day": f"?date={full_day}&party=4",
        "waiting": f"/waiting?date={full_day}&party=4",
        "asked": f"/waiting/asked?date={full_day}&party=4",
        "dates": "/dates?party=4",
        "too large": "?party=99",
        "not open": "?date=2099-01-01",
        "details": f"/details?starts_at={rules.instant_text(at(today + timedelta(days=3), 17))}"
        f"&party=2&show={curtain[3]}",
        "change or cancel": f"{own}/change-or-cancel",
        "change": f"{own}/change",
        "check change": f"{own}/change?party=2&starts_at="
        + rules.instant_text(at(today + timedelta(days=3), 17)),
        "cancel": f"{own}/cancel",
        "unknown": "x",
    }


STATES = [
    "plain",
    "around",
    "guessed end",
    "cancelled",
    "none before",
    "none that day",
    "waiting",
    "asked",
    "dates",
    "too large",
    "not open",
    "details",
    "change or cancel",
    "change",
    "check change",
    "cancel",
    "unknown",
]


@pytest.fixture
def visit(page, seeded, days):
    """Open a state: `visit("around")`."""
    portal = config.of(seeded).portal_url
    client = seeded.test_client()
    page.route("**/*", lambda route: answer_in_process(route, client, portal))

    def go(state):
        page.goto(f"{portal}/w/{WIDGET}{days[state]}")
        return page

    return go


WEAR = """
css => {
    const [sheet] = document.adoptedStyleSheets.length ? document.adoptedStyleSheets : [new CSSStyleSheet()];
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
}
"""


@pytest.mark.parametrize("state", STATES)
def test_state_is_sound_and_clips_nothing(visit, page, state):
    visit(state)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    for fold in page.locator("details").all():
        fold.evaluate("fold => { fold.open = true; }")
    page.set_viewport_size({"width": 320, "height": 640})
    for css in ("", SPACING, "html { font-size: 200% !important; }"):
        page.evaluate(WEAR, css)
        assert page.evaluate(CLIPPED) == [], css


def test_a_choice_keeps_its_shape_while_it_has_the_focus(visit, page):
    visit("plain")
    for choice in page.locator("label.chip").all()[:3]:
        before = choice.bounding_box()
        choice.locator("input").focus()
        assert choice.locator("input").bounding_box()["width"] <= 1
        assert choice.bounding_box() == before


def test_booking_by_keyboard_alone(visit, page, bookings):
    visit("around")

    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "starts_at":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your details")).to_be_focused()
    for typed in (AMARA.name, AMARA.email, AMARA.phone):
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "INPUT":
                break
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Booking confirmed")).to_be_focused()
    assert violations(page) == []
    assert bookings()[-1]["name"] == "Amara Okafor"


@pytest.fixture
def context_without_script(browser):
    with browser.new_context(java_script_enabled=False) as context:
        yield context


def test_booking_without_script_cookies_and_storage(context_without_script, seeded, days, bookings):
    """X35."""
    portal, client = config.of(seeded).portal_url, seeded.test_client()
    page = context_without_script.new_page()
    page.route("**/*", lambda route: answer_in_process(route, client, portal))
    page.goto(f"{portal}/w/{WIDGET}{days['around']}")
    page.get_by_label("Guests").select_option("3")
    page.get_by_role("button", name="Show times").click()
    expect(page.get_by_label("Guests")).to_have_value("3")
    page.locator("button[name=starts_at]").first.click()
    page.get_by_role("button", name=re.compile("Book table")).click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Full name").fill(AMARA.name)
    page.get_by_label("Email").fill(AMARA.email)
    page.get_by_label("Mobile number").fill(AMARA.phone)
    page.get_by_role("button", name=re.compile("Book table")).click()
    expect(page.get_by_role("heading", name="Booking confirmed")).to_be_visible()
    expect(page.get_by_text("The Winter’s Tale")).to_be_visible()
    assert (bookings()[-1]["party_size"], context_without_script.cookies()) == (3, [])


def test_frame_works_where_the_browser_shuts_the_storage(visit, page):
    page.add_init_script(
        """
        const shut = { get() { throw new DOMException("shut", "SecurityError"); } };
        const stores = ["localStorage", "sessionStorage", "indexedDB"];
        for (const name of stores) Object.defineProperty(window, name, shut);
        Object.defineProperty(document, "cookie", shut);
        """
    )
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    visit("plain")
    page.locator("label.chip").nth(1).click()
    page.locator("button[name=starts_at]").first.click()
    expect(page.get_by_role("heading", name="Your details")).to_be_focused()
    assert faults == []
