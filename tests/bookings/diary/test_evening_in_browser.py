"""A piece of an evening in Chromium: two tablets at once, the keyboard alone, a drag, no connection."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from portal.availability.models import DiningArea, DiningTable
from portal.bookings import statuses
from portal.bookings.models import Booking, Status
from portal.events.models import Event, EventSync, Performance
from portal.extensions import db
from tests.factories import DAY, PASSWORD, local, make_booking, make_staff, make_table, make_venue
from tests.support.axe import violations

TABLES = "/diary?view=tables"


@dataclass(frozen=True)
class Evening:
    """A portal with its bookings by first name, and its tables."""

    url: str
    ids: dict[str, int]
    tables: list[int]


@pytest.fixture
def evening(serve_portal, settings, time_machine):
    """Ten to six on a Friday with a show, at a portal that can be asked."""
    with serve_portal(settings) as portal, portal.app.app_context():
        venue = make_venue()
        time_machine.move_to(local(venue, DAY, 17, 50), tick=False)
        area = DiningArea(venue_id=venue.id, name="Main room")
        db.session.add(area)
        db.session.commit()
        tables = [make_table(venue, f"T{number}", 2) for number in range(1, 5)]
        db.session.execute(update(DiningTable).values(area_id=area.id))
        _put_on(venue, local(venue, DAY, 19, 30))
        make_staff(venue, email="sam@greenroom.example")
        make_staff(venue, email="ann@greenroom.example", name="Ann Lee")
        names = {
            "Ruth Adeyemi": (17, 15),
            "Tom Whitfield": (17, 30),
            "Amara Okafor": (17, 45),
            "Joan Castellano": (18, 7),
        }
        show = {"show_starts_at": local(venue, DAY, 19, 30)}
        booked = {
            name.split()[0]: make_booking(
                venue,
                starts_at=local(venue, DAY, *at),
                name=name,
                email=f"{at[1]}@example.org",
                **(show if name != "Joan Castellano" else {}),
            ).id
            for name, at in names.items()
        }
        statuses.seat(venue, booked["Ruth"])
        yield Evening(portal.url, booked, [table.id for table in tables])


def _put_on(venue, starts_at):
    client = {"venue_id": venue.id, "client_name": "harbourplayhouse"}
    event = Event(**client, spektrix_event_id="1", name="The Winter’s Tale", minutes=155)
    db.session.add(event)
    db.session.add(EventSync(**client, next_at=starts_at, synced_at=starts_at, outcome="ok"))
    db.session.flush()
    db.session.add(
        Performance(
            **client,
            event_id=event.id,
            spektrix_instance_id="1A",
            starts_at=starts_at,
            seen_at=starts_at + timedelta(days=1),
        )
    )
    db.session.commit()


def sign_in(page, portal, email="sam@greenroom.example", address=TABLES):
    page.goto(f"{portal.url}{address}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/diary**")
    # Shown by the script, which has then scrolled to the present.
    expect(page.get_by_role("button", name="Keys")).to_be_visible()
    return page


@pytest.fixture
def tablet(evening, page):
    page.set_viewport_size({"width": 1024, "height": 768})
    return sign_in(page, evening)


@pytest.fixture
def other(evening, browser):
    """Ann's tablet, which is hers alone."""
    with browser.new_context(viewport={"width": 1024, "height": 768}) as context:
        yield sign_in(context.new_page(), evening, "ann@greenroom.example")


def block(page, portal, name):
    return page.locator(f"#b{portal.ids[name]}")


def stored(portal, name):
    db.session.expire_all()
    booking = db.session.get(Booking, portal.ids[name])
    found = (booking.status, booking.seated_at is not None, booking.table_name, booking.starts_at)
    db.session.rollback()
    return found


def test_two_tablets_play_a_piece_of_the_evening(evening, tablet, other):
    figures = tablet.locator("#_figures")
    expect(figures).to_contain_text("8 guests booked 4 bookings 2 seated now 1 late")
    expect(figures).to_contain_text("6 guests leave for the show by 19:15")
    expect(tablet.locator(".floor__row--stage")).to_contain_text("The Winter’s Tale, 19:30 to 22:05")
    expect(block(tablet, evening, "Tom")).to_contain_text("20 min late")

    # Ann has a booking open and reads; what Sam does comes in around it.
    block(other, evening, "Amara").click()
    expect(other.locator("#panel-title")).to_be_focused()
    block(tablet, evening, "Tom").click()
    tablet.get_by_role("button", name="Seat now").click()
    expect(tablet.get_by_role("status")).to_contain_text("Tom Whitfield seated at table T2")
    expect(tablet.locator("#panel")).to_contain_text("Mark completed")
    expect(figures).to_contain_text("4 seated now")
    expect(figures).not_to_contain_text("late")
    expect(block(other, evening, "Tom")).to_have_class(re.compile("is-seated"))
    expect(other.locator("#panel-title")).to_have_text("Amara Okafor")
    expect(other.locator("#panel-title")).to_be_focused()
    expect(other.locator("#_figures")).to_contain_text("4 seated now")

    # The press of one is taken back, wherever on the page it was.
    undo = tablet.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_in_viewport(ratio=1)
    undo.click()
    expect(block(other, evening, "Tom")).to_contain_text("20 min late")

    # Both press at once: one wins, the other is told.
    tablet.route("**/diary/changes*", lambda route: route.fulfill(status=304))
    block(other, evening, "Amara").click()
    other.locator("#panel").get_by_role("button", name="No-show").click()
    expect(block(other, evening, "Amara")).to_have_class(re.compile("is-no_show"))
    block(tablet, evening, "Amara").focus()
    tablet.keyboard.press("s")
    expect(tablet.get_by_role("status")).to_contain_text("now no-show")
    expect(block(tablet, evening, "Amara")).to_have_class(re.compile("is-no_show"))
    assert stored(evening, "Amara")[0] == Status.NO_SHOW


def test_keyboard_alone_seats_completes_undoes_and_moves(evening, tablet):
    block(tablet, evening, "Ruth").focus()
    tablet.keyboard.press("ArrowDown")
    expect(block(tablet, evening, "Tom")).to_be_focused()
    tablet.keyboard.press("s")
    expect(tablet.get_by_role("status")).to_contain_text("Tom Whitfield seated")
    expect(block(tablet, evening, "Tom")).to_be_focused()
    tablet.keyboard.press("u")
    expect(tablet.get_by_role("status")).to_contain_text("not seated any more")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#panel-title")).to_be_focused()
    tablet.keyboard.press("Escape")
    expect(block(tablet, evening, "Tom")).to_be_focused()

    tablet.keyboard.press("?")
    tablet.get_by_label("Switch the letters off").check()
    tablet.get_by_role("dialog").get_by_role("button", name="Close").click()
    block(tablet, evening, "Tom").focus()
    tablet.keyboard.press("n")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#panel-title")).to_have_text("Tom Whitfield")
    assert stored(evening, "Tom")[0] == Status.CONFIRMED

    tablet.get_by_role("link", name="Move table").press("Enter")
    expect(tablet.get_by_role("heading", level=1)).to_have_text("Move table")
    expect(tablet.get_by_role("main")).to_contain_text("Tom Whitfield")


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def sent_by(press, page):
    """Return what a press sends, its token and the page's own state apart."""
    with page.expect_request("**/move") as request:
        press()
    sent = dict(parse_qsl(request.value.post_data))
    return {name: sent[name] for name in ("place", "at") if name in sent}


def test_a_block_is_dragged_to_a_later_time_and_a_taken_table_says_by_whom(evening, tablet):
    joan = block(tablet, evening, "Joan")
    quarter = tablet.locator(".lane").first.evaluate(
        "lane => lane.clientWidth / document.getElementById('floor').dataset.steps * 3"
    )
    # Waits until the page has come in, which takes the pointer until then.
    joan.hover()
    x, y = centre(joan)
    tablet.mouse.down()
    tablet.mouse.move(x + 2 * quarter, y, steps=4)
    expect(tablet.locator(".landing")).to_have_text("18:37")
    sent = sent_by(tablet.mouse.up, tablet)
    assert sent == {"place": "own", "at": "2026-06-12T17:37:00.000Z"}
    expect(tablet.get_by_role("status")).to_contain_text("18:37")
    expect(joan).to_contain_text("18:37 · 2")
    assert stored(evening, "Joan")[2:] == ("T4", datetime(2026, 6, 12, 17, 37, tzinfo=UTC))

    tablet.get_by_role("button", name="Undo", exact=True).click()
    expect(joan).to_contain_text("18:07 · 2")

    joan.hover()
    x, y = centre(joan)
    _, target = centre(block(tablet, evening, "Amara"))
    tablet.mouse.down()
    tablet.mouse.move(x, target, steps=4)
    assert sent_by(tablet.mouse.up, tablet) == {"place": f"t{evening.tables[2]}"}
    expect(tablet.get_by_role("status")).to_contain_text("Amara Okafor")
    expect(tablet.locator(f"#lane-{evening.tables[3]} #b{evening.ids['Joan']}")).to_be_visible()
    assert stored(evening, "Joan")[2] == "T4"


def test_without_a_connection_buttons_refuse_and_the_page_stays_readable(evening, tablet):
    block(tablet, evening, "Joan").click()
    tablet.context.set_offline(True)
    expect(tablet.locator("#offline")).to_contain_text("No connection. Changes are not being saved")
    tablet.get_by_role("button", name="Seat now").click()
    expect(tablet.get_by_role("status")).to_contain_text("No connection, so nothing was changed")
    assert stored(evening, "Joan")[:2] == (Status.CONFIRMED, False)
    expect(block(tablet, evening, "Ruth")).to_be_visible()
    tablet.context.set_offline(False)
    expect(tablet.locator("#offline")).to_be_hidden()
    tablet.get_by_role("button", name="Seat now").click()
    expect(tablet.get_by_role("status")).to_contain_text("Joan Castellano seated")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_to_say_and_a_phone_gets_the_list(evening, tablet, scheme):
    tablet.emulate_media(color_scheme=scheme)
    for width, address in [
        (1280, TABLES),
        (1280, "/diary?view=tables&date=2026-07-01"),
        (1280, f"/diary/print?date={DAY}"),
        (1280, "/diary/week"),
        (390, "/diary/week"),
        (390, f"/diary/print?date={DAY}"),
    ]:
        tablet.set_viewport_size({"width": width, "height": 844})
        tablet.goto(evening.url + address)
        assert violations(tablet) == [], address
        assert tablet.evaluate("document.documentElement.scrollWidth") <= width, address
    tablet.set_viewport_size({"width": 1280, "height": 844})
    tablet.goto(evening.url + TABLES)
    block(tablet, evening, "Amara").click()
    expect(tablet.locator("#panel-title")).to_be_focused()
    assert violations(tablet) == []
    tablet.set_viewport_size({"width": 390, "height": 844})
    tablet.wait_for_url("**view=list**")
    expect(tablet.locator("#day-list")).to_contain_text("20 min late")
    assert tablet.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(tablet) == []
