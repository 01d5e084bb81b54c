"""The diary in Chromium: what htmx makes of the answers, where focus goes, and what axe finds."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from portal import clock
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.outbox.models import Attempt, OutboxEntry, State
from portal.venues.models import Venue
from tests.factories import (
    DAY,
    PASSWORD,
    connect_spektrix,
    local,
    make_attempt,
    make_booking,
    make_entry,
    make_guest,
    make_link,
    make_staff,
    make_venue,
    set_entry,
)
from tests.people import TOM
from tests.support.axe import violations

FRIDAY = f"/diary?view=list&date={DAY}"


TAKEN, FREE = "date=2026-06-12&party_size=9&time=19:00", "date=2026-06-12&party_size=2&time=12:00"


@pytest.fixture
def portal(serve_portal, settings):
    with serve_portal(settings) as live:
        yield live


@pytest.fixture
def booking(portal):
    """Amara's, who is linked; beside it one of each other kind."""
    with portal.app.app_context():
        venue = make_venue(tables=9)
        make_staff(venue, email="sam@greenroom.example")
        connect_spektrix(venue)
        guest = make_guest(venue)
        make_link(guest)
        booking = make_booking(venue, guest, source=Source.WIDGET)
        for number, status in enumerate(Status):
            make_booking(venue, name=f"Guest {number}", email=f"{number}@example.org", status=status)
        return booking


@pytest.fixture
def diary(page, portal, booking):
    """The day's list in front of somebody who has signed in by the form."""
    return signed_in(page, portal)


@pytest.fixture
def scriptless_diary(browser, portal, booking):
    with browser.new_context(java_script_enabled=False) as context:
        yield signed_in(context.new_page(), portal)


def signed_in(page, portal):
    page.goto(f"{portal.url}{FRIDAY}")
    page.get_by_label("Email").fill("sam@greenroom.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{FRIDAY}")
    return page


def row_of(diary, booking):
    return diary.locator(f"#_booking_row-{booking.id}")


def focused(page):
    return page.evaluate("document.activeElement.id")


def visit_of(portal, booking):
    with portal.app.app_context():
        return db.session.scalar(select(OutboxEntry).where(OutboxEntry.booking_id == booking.id))


def test_completed_then_undo_without_leaving_the_page_or_losing_focus(portal, diary, booking):
    row = row_of(diary, booking)
    row.get_by_role("button", name="Mark completed").press("Enter")
    expect(diary.get_by_role("status")).to_contain_text("Visit will be sent to Spektrix in 10 seconds")
    expect(row).to_contain_text("Undo completed")
    assert focused(diary) == f"next-{booking.id}"
    diary.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(diary.get_by_role("status")).to_contain_text("Amara Okafor is confirmed again")
    expect(row).to_contain_text("Verified")
    assert focused(diary) == "status-undo"
    assert visit_of(portal, booking).state == State.NOT_SENT


@pytest.fixture
def later(portal, booking):
    """A booking that has not started."""
    with portal.app.app_context():
        venue = db.session.get(Venue, booking.venue_id)
        on = clock.local_date(clock.utc_now(), venue.timezone) + timedelta(days=2)
        return make_booking(
            venue, starts_at=local(venue, on, 19), name="Tom Whitfield", email="tom@example.org"
        )


@pytest.mark.parametrize("desk", ["diary", "scriptless_diary"])
def test_before_its_start_a_question_is_answered_by_keyboard(request, portal, desk, later):
    page = request.getfixturevalue(desk)
    page.goto(f"{portal.url}/diary?view=list&date={later.service_on}")
    row_of(page, later).get_by_role("button", name="Mark completed").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mark it completed now?")
    page.get_by_role("button", name="Mark completed now").press("Enter")
    page.wait_for_url(f"**/diary?date={later.service_on}")
    expect(row_of(page, later)).to_contain_text("Undo completed")


def test_axe_has_nothing_to_say_of_the_question(portal, diary, later):
    diary.goto(f"{portal.url}/bookings/{later.id}/complete-early")
    assert violations(diary) == []


def test_the_note_follows_the_visit_while_buttons_stay_as_they_are(portal, diary, booking):
    row = row_of(diary, booking)
    row.get_by_role("button", name="Mark completed").click()
    expect(row).to_contain_text("Sends to Spektrix in")
    row.get_by_role("button", name="Undo completed").focus()
    with portal.app.app_context():
        set_entry(visit_of(portal, booking), state=State.CONFIRMED, reason=None)
    expect(row).to_contain_text("Confirmed in Spektrix")
    assert focused(diary) == f"next-{booking.id}"


def test_a_refused_move_shows_the_row_as_it_is_now(portal, diary, booking):
    with portal.app.app_context():
        db.session.get(Booking, booking.id).status = Status.CANCELLED
        db.session.commit()
    row_of(diary, booking).get_by_role("button", name="Mark completed").click()
    expect(diary.get_by_role("status")).to_contain_text("now cancelled and cannot become completed")
    expect(row_of(diary, booking).get_by_role("button", name="Restore")).to_be_visible()


def test_two_open_diaries_show_the_same_figures(portal, diary, booking):
    other = diary.context.new_page()
    other.goto(diary.url)
    figures = other.locator("#_figures")
    expect(figures).to_contain_text("10 guests booked 5 bookings")
    row_of(diary, booking).get_by_role("link", name="More for").click()
    diary.locator("#panel").get_by_role("button", name="No-show").click()
    expect(diary.locator("#_figures")).to_contain_text("8 guests booked 4 bookings")
    # As the browser does when somebody comes back to a tab.
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(figures).to_contain_text("8 guests booked 4 bookings")
    row_of(other, booking).get_by_role("button", name="Restore").click()
    expect(figures).to_contain_text("10 guests booked 5 bookings")
    with portal.app.app_context():
        venue = db.session.get(Venue, booking.venue_id)
        make_booking(venue, name="Late Comer", email="late@example.org")
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.locator("#new-bookings")).to_contain_text("1 booking is new")
    assert violations(other) == []


def test_a_lost_connection_is_said_once_saves_nothing_and_goes_when_it_is_back(portal, diary, booking):
    diary.route("**/diary/changes*", lambda route: route.abort())
    expect(diary.locator("#offline")).to_be_visible()
    expect(diary.get_by_text("Changes are not being saved")).to_have_count(1)
    row_of(diary, booking).get_by_role("button", name="Mark completed").click()
    expect(diary.get_by_role("status")).to_contain_text("No connection, so nothing was changed")
    with portal.app.app_context():
        assert db.session.get(Booking, booking.id).status == Status.CONFIRMED
    diary.unroute("**/diary/changes*")
    expect(diary.locator("#offline")).to_be_hidden()


def test_no_show_is_one_press_away(diary, booking):
    row_of(diary, booking).get_by_role("link", name="More for").click()
    diary.locator("#panel").get_by_role("button", name="No-show").click()
    expect(diary.get_by_role("status")).to_contain_text("Amara Okafor marked no-show")


def test_all_of_it_works_without_scripts(scriptless_diary, booking):
    said = scriptless_diary.locator(".flash.tone-ok")
    row_of(scriptless_diary, booking).get_by_role("button", name="Mark completed").click()
    expect(said).to_contain_text("Amara Okafor completed. Visit will be sent")
    row_of(scriptless_diary, booking).get_by_role("button", name="Undo completed").click()
    expect(said).to_contain_text("Amara Okafor is confirmed again")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "dark"),
        (1280, "light"),
        pytest.param(320, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
def test_every_page_is_clean_for_axe_and_fits_its_width(portal, diary, booking, width, scheme):
    diary.emulate_media(color_scheme=scheme)
    diary.set_viewport_size({"width": width, "height": 900})
    addresses = [FRIDAY, "/diary?date=2031-01-01", "/diary?date=banana", "/bookings/new"]
    addresses += [
        "/diary/why-not",
        "/diary/why-not?date=",
        f"/diary/why-not?{TAKEN}",
        f"/diary/why-not?{FREE}",
    ]
    addresses += ["/bookings/dates", "/bookings/dates?party_size=0", "/bookings/dates?party_size=4"]
    addresses += [f"/bookings/{booking.id}", "/guests", "/guests?q=zzz", f"/guests/{booking.guest_id}"]
    for address in addresses:
        diary.goto(portal.url + address)
        assert violations(diary) == [], address
        assert diary.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_form_with_errors_takes_focus_and_keeps_what_was_typed(portal, diary):
    diary.goto(f"{portal.url}/bookings/new")
    diary.get_by_label("Full name").fill(TOM.name)
    diary.get_by_role("button", name="Book table").click()
    expect(diary.get_by_role("alert")).to_be_focused()
    expect(diary.get_by_label("Full name")).to_have_value("Tom Whitfield")
    expect(diary).to_have_title(re.compile("^Error: New booking"))
    assert violations(diary) == []


STICKS_OUT = """card => [...card.querySelectorAll("*")]
    .filter(each => each.getBoundingClientRect().right > card.getBoundingClientRect().right + 1)
    .map(each => each.outerHTML)"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_calls_are_folded_away_and_stay_within_their_card(diary, portal, booking, width):
    sent = "attribute_LastDinedAt: 2026-06-12T20:45:00+01:00\nattribute_NumberOfRestaurantVisits: 4"
    with portal.app.app_context():
        db.session.get(Booking, booking.id).completion_no = 1
        db.session.commit()
        entry = make_entry(booking, state=State.CONFIRMED, completion_no=1, closed_at=clock.utc_now())
        attempt = make_attempt(entry, "update_attributes", outcome=Code.CUSTOMERS_REFUSED)
        db.session.execute(update(Attempt).where(Attempt.id == attempt.id).values(sent=sent, received=sent))
        db.session.commit()
    diary.set_viewport_size({"width": width, "height": 900})
    diary.goto(f"{portal.url}/bookings/{booking.id}")
    card = diary.locator("#_spektrix_card")
    expect(card.get_by_role("table")).to_be_hidden()
    card.get_by_text("Details and calls").click()
    expect(card.get_by_role("table")).to_be_visible()
    assert card.evaluate(STICKS_OUT) == []


def test_what_is_unfolded_stays_so_while_the_visit_moves_on(diary, portal, booking):
    diary.goto(f"{portal.url}/bookings/{booking.id}")
    diary.get_by_role("button", name="Mark completed").click()
    card = diary.locator("#_spektrix_card")
    expect(card).to_contain_text("Sends to Spektrix in")
    card.get_by_text("Details and calls").click()
    with portal.app.app_context():
        set_entry(visit_of(portal, booking), state=State.CONFIRMED, reason=None)
    expect(card).to_contain_text("Confirmed in Spektrix")
    expect(card.get_by_text("Read back and matches")).to_be_visible()
