"""Every page of the portal, in Chromium: targets for fingers, and nothing cut, covered or out of reach."""

from datetime import timedelta

import pytest

from portal import clock
from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.guests.service import Contact
from portal.widgets.models import Widget
from tests.factories import make_waiting
from tests.integration.settings.test_pages_in_browser import (
    ARTICLES,
    DOORS,
    HALF_KNOWN,
    NOBODY,
    OF_THE_LOG,
    OF_THE_SET_UP,
)
from tests.integration.settings.test_states_in_browser import MANAGER, PAGE, near_miss, opened

pytestmark = [pytest.mark.timeout(600), pytest.mark.settings(spektrix_timeout_seconds=2.0)]

LONG_NAME = Contact("Priyanka Ramachandran-Featherstonehaugh", "priyanka@example.org", "07700 900455")
# What a finger aims at; links within a sentence are exempt (WCAG 2.5.8), as is what only the keyboard shows,
# and the button that a form has for the Enter key alone.
TARGETS = """
() => {
    const parts = "a[href], button, summary, select, textarea, input:not([type=hidden])";
    const isInline = (one) => getComputedStyle(one).display === "inline";
    const around = (one) => {
        while (isInline(one.parentElement)) one = one.parentElement;
        return one.parentElement;
    };
    const words = (node, without) => node === without ? "" : node.nodeType === 3 ? node.data.trim()
        : [...node.childNodes].filter((one) => one.nodeType === 3 || (one.nodeType === 1 && isInline(one)))
            .map((one) => words(one, without)).join("");
    const inSentence = (one) => one.tagName === "A" && words(around(one), one) !== "";
    const area = (one) => {
        const own = one.getBoundingClientRect().toJSON();
        const label = /checkbox|radio/.test(one.type) && one.labels[0]?.getBoundingClientRect();
        if (!label) return own;
        const width = Math.max(own.right, label.right) - Math.min(own.left, label.left);
        const height = Math.max(own.bottom, label.bottom) - Math.min(own.top, label.top);
        return { width, height };
    };
    return [...document.querySelectorAll(parts)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .filter((one) => !one.matches(".skip, [aria-hidden=true]"))
        .filter((one) => !inSentence(one))
        .map((one) => ({ html: one.outerHTML.slice(0, 160), ...area(one) }))
        .filter(({ width, height }) => width < 43.5 || height < 43.5)
        .map(({ html, width, height }) => `${Math.round(width)}x${Math.round(height)} ${html}`);
}
"""
# What sticks out of a box that hides it.
CUT = """
() => [...document.querySelectorAll("main *")]
    .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, thead, caption, svg, iframe"))
    .filter((one) => {
        const box = one.parentElement.closest(".card--flush, .page");
        const mine = one.getBoundingClientRect();
        const scrolls = one.closest("pre, .pills");
        return !scrolls && mine.width > 1 && box && mine.right > box.getBoundingClientRect().right + 1;
    })
    .map((one) => one.outerHTML.slice(0, 160))
"""
# Two targets that lie on each other. On purpose the fold of the preview stands over the form, and the bar
# with Undo over the list, which scrolls on beyond it.
COVERED = """
() => {
    const parts = "a[href], button, summary, select, textarea, input:not([type=hidden])";
    const all = [...document.querySelectorAll(parts)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .filter((one) => !one.closest(".setup__preview, .chip, .account, .diary-foot"));
    const boxes = all.map((one) => [...one.getClientRects()]);
    const lie = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
    const found = [];
    for (let i = 0; i < all.length; i++) for (let j = i + 1; j < all.length; j++) {
        if (all[i].contains(all[j]) || !boxes[i].some((a) => boxes[j].some((b) => lie(a, b)))) continue;
        found.push(`${all[i].outerHTML.slice(0, 100)} and ${all[j].outerHTML.slice(0, 100)}`);
    }
    return found;
}
"""
OUT_OF_REACH = """
() => [...document.querySelectorAll(".nav__item")]
    .map((one) => ({ words: one.innerText, ...one.getBoundingClientRect().toJSON() }))
    .filter(({ left, right }) => left < 0 || right > innerWidth)
    .map(({ words }) => words)
"""
WIDTHS = (320, 390, 768, 820, 1024, 1280)
FOLDS = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.fixture
def every_page(stage, sandbox):
    """The addresses of every page, at a venue where each list has something in it."""
    near_miss(stage)
    anonymous = stage.book(NOBODY, sandbox.basket(None), at=6)
    proposed = stage.book(HALF_KNOWN, source=Source.PHONE, at=9)
    stage.deliver()
    for booking_id in (anonymous, proposed):
        stage.complete(booking_id)
    stage.deliver()
    venue, now = stage.venue, clock.utc_now()
    today = clock.local_date(now, venue.timezone)
    coming = stage.book(LONG_NAME, source=Source.EMAIL, at=3)
    booking = db.session.get(Booking, coming)
    booking.note, booking.step_free = (
        "Allergic to nuts and to shellfish; would like the table by the window",
        True,
    )
    db.session.commit()
    widget = db.session.scalars(db.select(Widget)).one()
    make_waiting(venue, widget, on=booking.service_on, party_size=6)
    guest = db.session.get(Booking, proposed).guest_id
    other = db.session.get(Booking, anonymous).guest_id
    token = db.session.get(Booking, coming).public_token
    pages = [
        "/sign-in",
        f"/diary?date={booking.service_on}",
        "/diary?date=2031-01-01",
        "/diary?date=banana",
        "/bookings/new",
        f"/bookings/{anonymous}",
        f"/bookings/{coming}",
        f"/bookings/{coming}/complete-early",
        "/guests",
        "/guests?q=zzz",
        *(f"/guests/{guest}{more}" for more in ("", "/timeline", "/erase", f"/merge?other={other}")),
        "/widgets",
        *(f"/widgets/w_demo{more}" for more in ("", "/code", "/versions", "/delete")),
        "/programme",
        "/settings",
        PAGE,
        *(f"{PAGE}/{page}" for page in (*OF_THE_LOG, *OF_THE_SET_UP)),
        f"{PAGE}/visits/{stage.visit(anonymous).id}",
        *(f"/find-the-fault{door}" for door in DOORS),
        f"/bookings/{anonymous}/find-the-fault",
        "/help",
        *(f"/help/integrations/spektrix/{name}" for name in (*ARTICLES, "widget")),
        "/nowhere",
        f"/w/w_demo?date={today + timedelta(days=2)}&party=2",
        f"/w/w_demo/booking/{token}",
    ]
    db.session.rollback()
    return pages


@pytest.fixture
def tablet(browser):
    with browser.new_context(has_touch=True) as context:
        yield context.new_page()


def test_on_every_page_targets_fit_a_finger_and_nothing_is_cut_or_covered(every_page, tablet, live_portal):
    opened(tablet, live_portal, MANAGER)
    found = []
    for address in every_page:
        tablet.set_viewport_size({"width": WIDTHS[0], "height": 900})
        tablet.goto(f"{live_portal.url}{address}")
        for width in WIDTHS:
            looks = [TARGETS, CUT, COVERED, OUT_OF_REACH]
            found += [f"{address} at {width}: {fault}" for fault in faults(tablet, width, looks)]
        tablet.evaluate("document.documentElement.style.fontSize = '200%'")
        looks = [CUT, OUT_OF_REACH]
        found += [f"{address} at 640, twice as large: {fault}" for fault in faults(tablet, 640, looks)]
    assert not found, "\n".join(found)


def faults(page, width, looks):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(FOLDS)
    found = [fault for look in looks for fault in page.evaluate(look)]
    sideways = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{sideways} pixels wide"] if sideways > width else found
