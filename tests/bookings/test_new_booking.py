from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import delete, func, select, update

from portal.availability.models import ServicePeriod
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.guests.models import Guest
from portal.venues.models import Venue
from tests.factories import DAY, local, make_booking, make_period, make_staff, make_venue, sign_in
from tests.people import TOM
from tests.support.reading import read, table
from tests.support.tables import each_row

TYPED = {
    "key": "key-1",
    "source": "phone",
    "date": str(DAY),
    "time": "19:10",
    "party_size": "3",
    "name": TOM.name,
    "phone": TOM.phone,
    "email": "",
    "note": "Window",
}


def send(desk, **changes):
    return desk.post("/bookings/new", data=TYPED | changes)


def all_bookings(app):
    with app.app_context():
        return db.session.scalars(select(Booking).order_by(Booking.id)).unique().all()


def summary(answer):
    assert answer.status_code == 422
    return read(answer).one("div", role="alert").words


def test_a_phone_booking_lands_on_its_day(app, venue, desk):
    answer = send(desk)
    assert (answer.status_code, answer.location) == (303, f"/diary?date={DAY}")
    (booking,) = all_bookings(app)
    assert booking.starts_at == datetime(2026, 6, 12, 18, 10, tzinfo=UTC)
    assert (booking.source, booking.party_size, booking.note) == (Source.PHONE, 3, "Window")
    page = read(desk.get(answer.location))
    assert "Booked: Tom Whitfield at 19:10, 3 guests." in page.words
    assert table(page)[0][:2] == ["19:10", "Tom Whitfield Window"]


def test_an_email_booking_needs_the_address_alone(app, desk):
    assert send(desk, source="email", phone="", email="tom@example.org").status_code == 303
    assert all_bookings(app)[0].booked_email == "tom@example.org"


def test_a_walk_in_needs_neither_name_nor_contact(app, desk):
    assert send(desk, source="walk_in", name="", phone="").status_code == 303
    (booking,) = all_bookings(app)
    assert (booking.source, booking.booked_name) == (Source.WALK_IN, "Walk-in")


def test_the_history_names_the_member_of_staff(app, desk):
    send(desk)
    (booking,) = all_bookings(app)
    assert table(read(desk.get(f"/bookings/{booking.id}")))[0][2] == "Sam Doyle"


def test_a_double_click_books_once(app, desk):
    assert [send(desk).status_code for _ in range(3)] == [303, 303, 303]
    assert len(all_bookings(app)) == 1


def test_the_same_form_sent_again_with_other_details_is_told_apart(app, desk):
    send(desk)
    answer = send(desk, name="Daniel Reyes")
    assert "You have already made a booking with this form" in summary(answer)
    assert len(all_bookings(app)) == 1
    again = read(answer).one("input", id="key").attributes["value"]
    assert send(desk, key=again, name="Daniel Reyes").status_code == 303
    assert len(all_bookings(app)) == 2


def test_each_blank_form_has_its_own_key(desk):
    keys = {read(desk.get("/bookings/new")).one("input", id="key").attributes["value"] for _ in range(3)}
    assert len(keys) == 3


@each_row(
    "changes, sentence",
    [
        ({"name": ""}, "Enter the guest’s full name"),
        ({"name": "\u200b "}, "Enter the guest’s full name"),
        ({"name": "\0 "}, "Enter the guest’s full name"),
        ({"name": "Ama\ufffdra"}, "It has characters in it that cannot be read. Type it again"),
        ({"phone": "077OO 900123"}, "Phone number has letters in it: OO. Type all of it in digits"),
        ({"note": "Zm9vYmFyMTIzNDU2Nzg5MFF3ZXJ0eVVJT1A0NTY3ODk="}, "Note holds what looks like an API key"),
        ({"name": "x" * 121}, "Full name must be 120 letters or fewer"),
        ({"phone": ""}, "Enter the guest’s phone number"),
        ({"phone": "none"}, "Enter a phone number, like 07700 900461"),
        ({"phone": "0" * 41}, "Phone number must be 40 digits or fewer"),
        ({"email": "no-at-sign"}, "Enter an email address with an @, like name@example.com"),
        ({"email": "a@" + "b" * 260 + ".com"}, "Email must be 254 letters or fewer"),
        ({"source": "email"}, "Enter the guest’s email address"),
        ({"source": "widget"}, "Choose how they booked"),
        ({"source": ""}, "Choose how they booked"),
        ({"date": ""}, "Enter the date"),
        ({"date": "tomorrow"}, "Enter a date, like 2026-06-12"),
        ({"date": "0001-01-01"}, "Enter a date, like 2026-06-12"),
        ({"date": "9999-12-31"}, "Enter a date, like 2026-06-12"),
        ({"time": ""}, "Enter the time"),
        ({"time": "25:00"}, "Enter a time, like 19:30"),
        ({"party_size": ""}, "Enter the number of guests"),
        ({"party_size": "two"}, "Enter the number of guests, like 2"),
        ({"party_size": "0"}, "Guests must be between 1 and 200"),
        ({"party_size": "-2"}, "Guests must be between 1 and 200"),
        ({"party_size": "9" * 30}, "Guests must be between 1 and 200"),
        ({"note": "x" * 501}, "Note must be 500 letters or fewer"),
        ({"key": "x" * 65}, "Load this page again"),
        (
            {"time": "03:00"},
            "3 guests cannot be seated at 03:00 on Fri 12 June. Guests are seated for Dinner",
        ),
        ({"date": "2026-03-29", "time": "01:30"}, "The clocks skip that time on this day"),
    ],
)
def test_what_cannot_be_is_answered_with_a_sentence_and_the_values_kept(app, desk, changes, sentence):
    answer = send(desk, **changes)
    assert sentence in summary(answer)
    assert all_bookings(app) == []
    page = read(answer)
    assert page.one("title").words.startswith("Error: New booking")
    typed = (TYPED | changes)["name"].replace("\0", "").replace("\u200b", "").strip()
    assert page.one("input", id="name").attributes["value"] == typed


def test_an_empty_form_lists_every_problem(desk):
    words = summary(desk.post("/bookings/new"))
    for sentence in (
        "Choose how they booked",
        "Enter the date",
        "Enter the time",
        "Enter the number of guests",
    ):
        assert sentence in words


def test_a_full_house_names_free_times_nearby(app, client, time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC))
    with app.app_context():
        venue = make_venue(tables=1)
        staff = make_staff(venue)
        make_booking(venue, starts_at=local(venue, DAY, 19))
    answer = send(sign_in(client, staff))
    sentence = "3 guests cannot be seated at 19:10 on Fri 12 June. Every table for 3 is taken then."
    assert sentence in summary(answer)
    free = [button.words for button in read(answer).all("button", name="instead")]
    assert free == ["17:15", "20:45", "21:00", "21:15"]
    assert len(all_bookings(app)) == 1


CLOSED = "The restaurant is closed on that day. Choose another day."
OUTSIDE = (
    "Guests are seated for Lunch from 12:00 to 14:30 and for Dinner from 17:00 to 21:30. "
    "Choose a time within these hours."
)


@pytest.fixture
def short_of_room(app):
    """Somebody who works where three tables of four serve three at lunch and six at dinner, Fridays only."""
    with app.app_context():
        venue = make_venue(tables=3)
        db.session.execute(delete(ServicePeriod))
        make_period(venue, weekdays=1 << 4, name="Lunch", opens=time(12), last_seating=time(14, 30), covers=3)
        make_period(venue, weekdays=1 << 4, opens=time(17), last_seating=time(21, 30), covers=6)
        staff = make_staff(venue)
        for number, (hour, party) in enumerate([(17, 3), (17, 3), (19, 4), (21, 1), (21, 1), (21, 1)]):
            starts_at = local(venue, DAY, hour)
            make_booking(venue, starts_at=starts_at, party_size=party, email=f"{number}@example.org")
    return sign_in(app.test_client(), staff)


@each_row(
    "changes, sentence",
    [
        ({"date": "2026-06-13"}, CLOSED),
        ({"time": "15:00"}, OUTSIDE),
        ({"time": "15:00", "party_size": "150"}, OUTSIDE),
        ({"party_size": "5"}, "The largest table seats 4. Split the party into several bookings."),
        ({"party_size": "4"}, "Dinner has room for 2 guests then. Choose another time,"),
        ({"time": "13:00", "party_size": "4"}, "Lunch takes 3 guests at once. Split the party"),
        ({"party_size": "2", "time": "21:00"}, "Every table for 2 is taken then. Choose another time,"),
        ({"party_size": "2", "time": "17:00"}, "Dinner is full then. Choose another time,"),
    ],
)
def test_a_refusal_names_its_one_reason(short_of_room, changes, sentence):
    assert sentence in summary(send(short_of_room, **changes))


def test_restoring_names_the_one_reason_too(app, short_of_room):
    with app.app_context():
        venue = db.session.scalars(select(Venue)).one()
        starts_at = local(venue, DAY, 13)
        booking = make_booking(venue, starts_at=starts_at, email="c@example.org", status=Status.CANCELLED)
        db.session.execute(update(ServicePeriod).values(weekdays=1))
        db.session.commit()
    answer = short_of_room.post(f"/bookings/{booking.id}/confirm", headers={"HX-Request": "true"})
    said = read(answer).one("div", id="status").words
    assert said == "Nothing was changed. The restaurant is closed on that day. Choose another day."


def test_staff_may_book_any_minute_of_a_service_even_one_gone_by(app, desk):
    assert send(desk, date="2020-01-01", time="19:07").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Booking.service_on)).all() == [date(2020, 1, 1)]


def test_the_blank_form_starts_from_the_day_of_the_diary(desk):
    page = read(desk.get("/bookings/new?date=2026-06-20"))
    assert page.one("input", id="date").attributes["value"] == "2026-06-20"
    assert desk.get("/bookings/new?date=banana").status_code == 200


def test_a_walk_in_starts_from_now(app, venue, client, time_machine):
    time_machine.move_to(datetime(2026, 6, 12, 18, 7, tzinfo=UTC))
    with app.app_context():
        staff = make_staff(venue)
    page = read(sign_in(client, staff).get("/bookings/new?source=walk_in"))
    assert page.one("input", id="date").attributes["value"] == "2026-06-12"
    assert page.one("input", id="time").attributes["value"] == "19:07"
    assert "checked" in page.one("input", value="walk_in").attributes


def test_nothing_half_saved_is_left_behind(app, desk):
    send(desk, time="03:00")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Guest)) == 0


@each_row("party", ["2.5", "-1", "0", "1e9", "NaN", "true", "null", "[]", "9" * 30, "2\0"])
def test_a_party_in_another_form_is_refused(app, desk, party):
    """B07."""
    assert "guests" in summary(send(desk, party_size=party)).lower()
    assert all_bookings(app) == []


@pytest.mark.parametrize("party", ["2", " 2 ", "２"], ids=["plain", "with spaces", "wide"])
def test_a_party_in_digits_is_taken(app, desk, party):
    """B07: staff may type wide digits too, as keyboards for Chinese and Japanese write them."""
    assert send(desk, party_size=party).status_code == 303
    assert [booking.party_size for booking in all_bookings(app)] == [2]


@each_row("day", ["2027-02-29", "0000-01-01", "9999-12-31", "28/05/2026", "20260612", "2026-W24-5", "\0"])
def test_a_date_that_cannot_be_is_refused(app, desk, day):
    """B13."""
    assert send(desk, date=day).status_code == 422
    assert all_bookings(app) == []


def test_the_29th_of_february_is_a_date_in_a_leap_year(app, desk):
    """B13: staff may book as far ahead as they like."""
    assert send(desk, date="2028-02-29").status_code == 303
    assert [str(booking.service_on) for booking in all_bookings(app)] == ["2028-02-29"]
