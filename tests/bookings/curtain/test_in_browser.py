"""A theatre moves a performance: what staff see on a screen, on a phone and on paper, and what they press."""

from datetime import timedelta

from playwright.sync_api import expect

from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from tests.factories import local, make_booking, make_table
from tests.support.axe import violations
from tests.widgets.conftest import answer_in_process

PORTAL = "http://localhost"
NAME = "The Winter’s Tale"
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_guests_of_a_moved_show_are_written_to_from_the_diary(page, app, venue, desk, programme):
    page.route("**/*", lambda route: answer_in_process(route, desk, PORTAL))
    day = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=3)
    half_past, seven = local(venue, day, 19, 30), local(venue, day, 19)
    programme(("9AB", NAME, half_past, False))
    with app.app_context():
        for name in ("T1", "T2"):
            make_table(venue, name)
        make_booking(
            venue,
            starts_at=local(venue, day, 17, 30),
            name="Siobhán O’Brien-Featherstonehaugh",
            email="ann@example.org",
            show_starts_at=half_past,
            allergies="Nuts",
            note="A long note " * 20,
        )
        make_booking(venue, starts_at=local(venue, day, 18), name="Walter Bell", email="")
    programme(("9AB", NAME, seven, False))
    page.goto(f"{PORTAL}/diary?view=list&date={day}")
    page.get_by_role("link", name="See them and write to the guests").click()
    expect(page.get_by_role("heading", name=f"{NAME} moved from 19:30 to 19:00")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Write to this guest").click()
    expect(page.get_by_text("1 letter leaves in a moment")).to_be_visible()
    expect(page.get_by_text("Dealt with by Sam Doyle")).to_be_visible()
    page.get_by_role("link", name="Curtain sheet").click()
    expect(page.get_by_role("heading", name="19:00 The Winter’s Tale")).to_be_visible()
    sound(page)
    expect(page.get_by_role("table", name=f"Tables for {NAME}").get_by_role("row")).to_have_count(2)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 1
    with app.app_context():
        assert db.session.scalars(db.select(Booking.show_starts_at).order_by(Booking.id)).all() == [
            seven,
            None,
        ]


def sound(page):
    """Hold that a page is sound in both colours, and fits a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert not page.evaluate(WIDER_THAN_THE_SCREEN)
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 844})
