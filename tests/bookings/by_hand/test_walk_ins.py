"""Walk-ins: how many, which table, done."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.availability import service as availability
from portal.availability.models import DiningTable, ServicePeriod
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from tests.factories import local, make_booking, make_staff, make_table, make_venue, sign_in
from tests.support.reading import read
from tests.support.tables import each_row

TODAY = date(2026, 6, 12)


@pytest.fixture(autouse=True)
def at_seven():
    with time_machine.travel(datetime(2026, 6, 12, 18, 2, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def venue(app):
    with app.app_context():
        return make_venue(tables=2)


@pytest.fixture
def door(app, client, venue):
    with app.app_context():
        staff = make_staff(venue)
    return sign_in(client, staff)


def tiles(page):
    return {tile.attributes["value"]: tile.words for tile in page.all("button", name="place")}


def tables_for(door, party_size=2):
    page = read(door.get(f"/bookings/walk-in?party_size={party_size}"))
    return page, tiles(page)


def press(door, page, place, **typed):
    key = page.one("input", id="key").attributes["value"]
    return door.post("/bookings/walk-in", data={"key": key, "party_size": "2", "place": place} | typed)


def bookings(app):
    with app.app_context():
        return db.session.scalars(select(Booking).order_by(Booking.id)).unique().all()


def test_a_party_is_seated_in_three_taps(app, door):
    first = read(door.get("/bookings/walk-in"))
    (two,) = [one for one in first.all("a") if one.words == "2 guests"]
    page = read(door.get(two.attributes["href"]))
    place, words = next(iter(tiles(page).items()))
    assert words == "T1 free all evening"
    answer = press(door, page, place)
    assert (answer.status_code, answer.location) == (303, f"/diary?date={TODAY}")
    (booking,) = bookings(app)
    assert (booking.source, booking.booked_name, booking.table_name) == (Source.WALK_IN, "Walk-in", "T1")
    assert booking.starts_at == booking.seated_at == datetime(2026, 6, 12, 18, 2, tzinfo=UTC)
    assert "Walk-in seated at table T1, 2 guests, until 20:47." in read(door.get(answer.location)).words


def test_a_table_that_is_booked_for_later_is_free_until_then(app, venue, door):
    with app.app_context():
        make_booking(venue, starts_at=local(venue, TODAY, 21), name="Ada", email="", phone="")
        make_booking(venue, starts_at=local(venue, TODAY, 20), name="Tom", email="", phone="")
        make_table(venue, "T3", 2)
    _, words = tables_for(door)
    assert list(words.values()) == ["T3 free all evening", "T1 free until 21:00", "T2 until 20:00"]


def test_a_short_visit_ends_when_the_next_party_comes(app, venue, door):
    with app.app_context():
        for _ in range(2):
            make_booking(venue, starts_at=local(venue, TODAY, 20, 15), name="Ada", email="", phone="")
    page, words = tables_for(door)
    place = list(words)[1]
    assert words[place] == "T2 until 20:15"
    assert press(door, page, place, name="Zoe 🙂").status_code == 303
    booking = bookings(app)[-1]
    assert (booking.table_name, booking.booked_name) == ("T2", "Zoe 🙂")
    assert booking.ends_at == local(venue, TODAY, 20, 15)


def test_a_table_without_half_an_hour_left_is_not_offered(app, venue, door):
    with app.app_context():
        for _ in range(2):
            make_booking(venue, starts_at=local(venue, TODAY, 19, 30), name="Ada", email="", phone="")
    page, words = tables_for(door)
    assert words == {}
    assert "No table for 2 guests now" in page.words
    assert page.link("Put them on the waiting list") == "/bookings/waiting-list?date=2026-06-12&party_size=2"


def test_no_table_is_offered_that_cannot_be_had(app, venue, door):
    with app.app_context():
        tables = db.session.scalars(select(DiningTable).order_by(DiningTable.id)).all()
        tables[0].out_from = tables[0].out_until = TODAY
        db.session.commit()
    assert list(tables_for(door)[1].values()) == ["T2 free all evening"]
    assert tables_for(door, 5)[1] == {}
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(covers=1))
        db.session.commit()
    assert tables_for(door)[1] == {}


def test_a_table_that_was_taken_meanwhile_is_told_and_the_name_is_kept(app, venue, door):
    page, words = tables_for(door)
    first, second = words
    press(door, page, first)
    other, _ = tables_for(door)
    answer = press(door, other, first, name="Ada Guest")
    assert answer.status_code == 422
    again = read(answer)
    assert "That table has just been taken. Choose another one." in again.one("div", role="alert").words
    assert again.one("input", id="name").attributes["value"] == "Ada Guest"
    assert list(tiles(again)) == [second]
    assert press(door, again, second, name="Ada Guest").status_code == 303


def test_a_double_press_seats_one_party_and_another_table_is_another_press(app, door):
    page, words = tables_for(door)
    first, second = words
    assert [press(door, page, first).status_code for _ in range(2)] == [303, 303]
    answer = press(door, page, second)
    assert "You have already seated a party with this page" in read(answer).one("div", role="alert").words
    assert len(bookings(app)) == 1


def test_a_press_after_the_booking_was_cancelled_shows_the_booking(app, door):
    page, words = tables_for(door)
    press(door, page, next(iter(words)))
    (booking,) = bookings(app)
    with app.app_context():
        db.session.execute(update(Booking).values(status=Status.CANCELLED))
        db.session.commit()
    assert press(door, page, next(iter(words))).location == f"/bookings/{booking.id}"


def test_where_covers_alone_count_one_button_seats_them(app, client):
    with app.app_context():
        staff = make_staff(make_venue(reference_prefix="CO"))
    door = sign_in(client, staff)
    page, words = tables_for(door)
    assert words == {}
    assert page.one("button", **{"class": "button button--primary"}).words == "Seat 2 guests now"
    assert press(door, page, "").status_code == 303
    assert bookings(app)[0].seated_at is not None


@each_row("typed", ["0", "-1", "201", "two", "", "9" * 30])
def test_a_number_of_guests_that_makes_no_sense_is_asked_for_again(door, typed):
    answer = door.get("/bookings/walk-in", query_string={"party_size": typed})
    assert answer.status_code == 422
    assert "Enter a number from 1 to 200" in read(answer).words


@each_row("changes", [{"party_size": "0"}, {"name": "x" * 121}, {"key": ""}, {"place": "x" * 21}])
def test_a_senseless_form_books_nothing(app, door, changes):
    page, words = tables_for(door)
    assert press(door, page, **({"place": next(iter(words))} | changes)).status_code == 422
    assert not bookings(app)


@each_row("place", ["t999999", "g1", "none", "%", "T1"])
def test_a_place_that_is_none_seats_nobody(app, door, place):
    page, _ = tables_for(door)
    assert press(door, page, place).status_code == 422
    assert not bookings(app)


def test_somebody_without_a_name_is_never_offered_as_a_guest_who_came_before(door):
    page, words = tables_for(door)
    press(door, page, next(iter(words)))
    assert "Walk-in" not in door.get("/bookings/guests?guest_q=walk").text


def test_outside_all_hours_it_says_why(app, venue, door):
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(opens=time(10), last_seating=time(14)))
        db.session.commit()
    page, words = tables_for(door)
    assert words == {}
    assert "Guests are seated for Dinner from 10:00 to 14:00" in page.words


@pytest.mark.both_databases
def test_places_are_found_for_a_service_that_began_yesterday(app_context):
    venue = make_venue(tables=1, reference_prefix="LA")
    db.session.execute(update(ServicePeriod).values(opens=time(18), last_seating=time(2)))
    db.session.commit()
    (found,) = availability.open_places(venue, local(venue, TODAY + timedelta(days=1), 0, 30), 2)
    assert found.is_whole_stay
    assert found.place.name == "T1"
