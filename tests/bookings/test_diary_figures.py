"""The figures above the diary follow every change, whoever makes it, without the page being loaded again."""

import pytest

from portal.bookings import statuses, waiting
from portal.bookings.models import Status
from portal.extensions import db
from portal.venues.models import Venue
from tests.bookings.test_status_buttons import HTMX
from tests.factories import (
    DAY,
    local,
    make_booking,
    make_table,
    make_venue,
    make_waiting,
    make_widget,
    sign_in,
)
from tests.people import AMARA, TOM
from tests.support.reading import read

FRIDAY = f"/diary?date={DAY}"


@pytest.fixture
def bookings(app, venue):
    """Three guests of Amara's and two of Tom's, at seven and at eight."""
    with app.app_context():
        amara = make_booking(venue, party_size=3)
        tom = make_booking(venue, starts_at=local(venue, DAY, 20), name=TOM.name, email=TOM.email)
        return amara, tom


def press(desk, booking, word):
    return read(desk.post(f"/bookings/{booking.id}/{word}", headers=HTMX))


def figures(page):
    return page.one("p", id="_figures").words


def move(app, booking, status):
    """Change a booking as somebody else does."""
    with app.app_context():
        statuses.move(db.session.get(Venue, booking.venue_id), booking.id, status, early=True)


def mark_of(page):
    """Return the mark of a page, or of an answer to one."""
    return next(tag.attributes["data-mark"] for tag in page.all() if "data-mark" in tag.attributes)


def look_again(desk, page, view="list"):
    """Return the answer to the next look of an open diary."""
    known = {**HTMX, "If-None-Match": f'"{mark_of(page)}"'}
    return desk.get(f"/diary/changes?date={DAY}&view={view}", headers=known)


def rows(page):
    return [row.attributes["id"] for row in page.all("tr", role="row") if "id" in row.attributes]


def test_the_figures_come_with_every_change(desk, bookings):
    amara, _ = bookings
    assert figures(read(desk.get(FRIDAY))) == "5 guests booked 2 bookings"
    assert figures(press(desk, amara, "no-show")) == "2 guests booked 1 booking"
    assert figures(press(desk, amara, "confirm")) == "5 guests booked 2 bookings"


def test_a_change_that_is_refused_brings_the_figures_of_now(app, desk, bookings):
    amara, tom = bookings
    move(app, amara, Status.CANCELLED)
    move(app, tom, Status.NO_SHOW)
    assert figures(press(desk, amara, "complete")) == "0 guests booked 0 bookings"


def test_the_next_arrival_follows_a_change(staff, client, bookings, venue, time_machine):
    time_machine.move_to(local(venue, DAY, 18))
    desk = sign_in(client, staff)
    assert "Next: 19:00 Amara Okafor, 3" in figures(read(desk.get("/diary")))
    assert "Next: 20:00 Tom Whitfield, 2" in figures(press(desk, bookings[0], "cancel"))


@pytest.mark.parametrize("view", ["list", "tables"])
def test_a_look_finds_nothing_while_nothing_changes(app, venue, desk, bookings, view):
    with app.app_context():
        make_table(venue, "T1")
    answer = look_again(desk, read(desk.get(f"{FRIDAY}&view={view}")), view)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_look_brings_what_others_changed_and_nothing_else(app, desk, bookings):
    amara, tom = bookings
    page = read(desk.get(FRIDAY))
    move(app, amara, Status.CANCELLED)
    answer = read(look_again(desk, page))
    assert figures(answer) == "2 guests booked 1 booking"
    assert "Restore" in answer.one("tr", id=f"_booking_row-{amara.id}").words
    assert not answer.all("tr", id=f"_booking_row-{tom.id}")
    assert look_again(desk, answer).status_code == 304


def test_a_look_brings_bookings_made_meanwhile_and_names_all_that_are_there(app, venue, desk, bookings):
    page = read(desk.get(FRIDAY))
    with app.app_context():
        daniel = make_booking(venue, name="Daniel Reyes", email="daniel@example.org")
    answer = read(look_again(desk, page))
    assert rows(answer) == [f"_booking_row-{daniel.id}"]
    head = next(tag for tag in answer.all("template") if "data-mark" in tag.attributes)
    assert head.attributes["data-rows"].split() == rows(read(desk.get(FRIDAY)))
    assert figures(answer) == "7 guests booked 3 bookings"


def test_the_first_booking_of_an_empty_day_draws_the_list_anew(app, venue, desk):
    page = read(desk.get(FRIDAY))
    assert not rows(page)
    with app.app_context():
        booking = make_booking(venue)
    answer = read(look_again(desk, page))
    assert rows(answer.one("div", id="day-list"))[-1] == f"_booking_row-{booking.id}"


def test_a_look_notices_that_the_next_arrival_is_another(staff, client, bookings, venue, time_machine):
    time_machine.move_to(local(venue, DAY, 18, 59))
    desk = sign_in(client, staff)
    page = read(desk.get("/diary"))
    time_machine.move_to(local(venue, DAY, 19, 1))
    assert "Next: 20:00 Tom Whitfield, 2" in figures(read(look_again(desk, page)))


def test_a_look_notices_who_is_late_by_now(staff, client, bookings, venue, time_machine):
    time_machine.move_to(local(venue, DAY, 19, 14))
    desk = sign_in(client, staff)
    page = read(desk.get("/diary"))
    assert look_again(desk, page).status_code == 304
    for minute in (15, 16):
        time_machine.move_to(local(venue, DAY, 19, minute))
        page = read(look_again(desk, page))
        assert rows(page) == [f"_booking_row-{bookings[0].id}"]
        assert f"{minute} min late" in page.one("tr", id=rows(page)[0]).words
        assert "1 late" in figures(page)


def test_a_look_follows_who_waits_for_a_table(app, venue, desk):
    with app.app_context():
        widget = make_widget(venue)
    page = read(desk.get(FRIDAY))
    with app.app_context():
        request = make_waiting(venue, widget, party_size=5)
    with_one = read(look_again(desk, page))
    assert figures(with_one) == "1 party waiting"
    assert AMARA.email in with_one.one(id="_waiting").words
    with app.app_context():
        waiting.take_off(db.session.get(Venue, venue.id), request.id)
    with_none = read(look_again(desk, with_one))
    assert figures(with_none) == ""
    assert with_none.one(id="_waiting").words == ""


def test_a_look_shows_nothing_of_another_venue(app, desk, bookings):
    page = read(desk.get(FRIDAY))
    with app.app_context():
        other = make_venue("Elsewhere")
        make_table(other, "E1")
        make_booking(other, name="Stranger", email="stranger@example.org")
    assert look_again(desk, page).status_code == 304


@pytest.mark.parametrize("mark", ["", "abc", "9-9", "-1--1--1--1", "99999999999999999999-1-1-1", "1-2-3-4-5"])
def test_a_mark_typed_by_hand_does_no_harm(desk, bookings, mark):
    asked = {**HTMX, "If-None-Match": f'"{mark}"'}
    answer = desk.get(f"/diary/changes?date={DAY}&view=list", headers=asked)
    assert figures(read(answer)) == "5 guests booked 2 bookings"


@pytest.mark.parametrize("view", ["", "everything", "tables"])
def test_a_view_typed_by_hand_does_no_harm(desk, bookings, view):
    answer = desk.get(f"/diary/changes?date={DAY}&view={view}", headers=HTMX)
    assert figures(read(answer)) == "5 guests booked 2 bookings"


def test_a_look_needs_a_day(desk):
    assert desk.get("/diary/changes?date=banana", headers=HTMX).status_code == 422
