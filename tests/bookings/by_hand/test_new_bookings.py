"""New booking: free times at once, the guest who is looked up, and for whom a booking is made."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.bookings import making
from portal.bookings.by_hand import look_up
from portal.bookings.guest_pages import erasing
from portal.bookings.making import NewBooking
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import Guest
from portal.guests.service import Contact, NotThisGuest
from tests.factories import (
    local,
    make_booking,
    make_guest,
    make_manager,
    make_period,
    make_venue,
    sign_in,
)
from tests.people import AMARA, TOM
from tests.support.reading import read
from tests.support.tables import each_row

TODAY = date(2026, 6, 12)
TOMORROW = TODAY + timedelta(days=1)
TYPED = {
    "key": "key-1",
    "source": "phone",
    "date": str(TOMORROW),
    "party_size": "2",
    "name": TOM.name,
    "phone": TOM.phone,
    "email": "",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(datetime(2026, 6, 12, 11, tzinfo=UTC), tick=False):
        yield


def send(desk, **changes):
    return desk.post("/bookings/new", data=TYPED | changes)


def only_booking(app):
    with app.app_context():
        return db.session.scalars(select(Booking)).unique().one()


def summary(answer):
    assert answer.status_code == 422
    return read(answer).one("div", role="alert").words


def slots(page):
    return [slot.attributes["value"] for slot in page.all("input", name="slot")]


def test_free_times_stand_there_at_once_with_their_table(app, client):
    with app.app_context():
        venue = make_venue(tables=2)
        manager = make_manager(venue)
    desk = sign_in(client, manager)
    page = read(desk.get(f"/bookings/new?date={TOMORROW}"))
    assert len(slots(page)) == 56
    assert page.one("fieldset", **{"class": "field times"}).words.startswith("Dinner , Sat 13 June 10:00 T1")


def test_a_time_that_was_pressed_is_booked_and_none_is_typed(app, venue, desk):
    at = local(venue, TOMORROW, 19, 30).isoformat()
    answer = send(desk, slot=at, slots_of=str(TOMORROW), occasion="Birthday", allergies="Nuts")
    assert (answer.status_code, answer.location) == (303, f"/diary?date={TOMORROW}")
    booking = only_booking(app)
    assert booking.starts_at == datetime.fromisoformat(at)
    assert (booking.occasion, booking.allergies) == ("Birthday", "Nuts")


def test_a_time_after_midnight_is_one_of_its_evening(app, venue, desk):
    with app.app_context():
        make_period(
            venue,
            name="Late",
            opens=datetime(2026, 1, 1, 23).time(),
            last_seating=datetime(2026, 1, 1, 1).time(),
        )
    at = local(venue, TOMORROW + timedelta(days=1), 0, 30).isoformat()
    assert at in slots(read(desk.get(f"/bookings/new?date={TOMORROW}")))
    assert send(desk, slot=at, slots_of=str(TOMORROW)).location == f"/diary?date={TOMORROW}"


def test_the_times_of_another_day_are_never_booked_for_this_one(app, venue, desk):
    """A browser without scripts keeps showing the times of the day before the date was changed."""
    at = local(venue, TODAY, 19, 30).isoformat()
    assert "The times were those of another day" in summary(send(desk, slot=at, slots_of=str(TODAY)))


def test_a_time_that_was_pressed_and_another_one_typed_is_asked_about(venue, desk):
    at = local(venue, TOMORROW, 19, 30).isoformat()
    said = summary(send(desk, slot=at, slots_of=str(TOMORROW), time="20:15"))
    assert "Choose one of the free times or type another one, not both" in said
    assert send(desk, slot=at, slots_of=str(TOMORROW), time="19:30").status_code == 303


@each_row(
    "asked, said",
    [
        (f"date={TOMORROW}&party_size=2", "56 free times for 2 guests"),
        (f"date={TODAY - timedelta(days=1)}&party_size=2", "The last time of that day has passed"),
        (f"date={TOMORROW}&party_size=190", "56 free times for 190 guests"),
        ("date=&party_size=2", "Enter the date and the guests to see the free times."),
        (f"date={TOMORROW}&party_size=0", "Enter the date and the guests to see the free times."),
        ("date=9999-12-31&party_size=2", "Enter the date and the guests to see the free times."),
    ],
)
def test_the_form_asks_for_the_times_of_its_day(desk, asked, said):
    assert said in read(desk.get(f"/bookings/free-times?{asked}", headers=HTMX)).words


def test_a_full_day_offers_the_waiting_list_and_the_next_days(app, client):
    with app.app_context():
        venue = make_venue(covers=2)
        manager = make_manager(venue)
        for hour, minute in [*((hour, 0) for hour in range(10, 24, 2)), (23, 45)]:
            at = local(venue, TOMORROW, hour, minute)
            making.book(venue, NewBooking(at, 2, Contact("Ada"), Source.PHONE, any_time=True))
    desk = sign_in(client, manager)
    page = read(desk.get(f"/bookings/free-times?date={TOMORROW}&party_size=2"))
    assert "No table for 2 guests that day" in page.words
    assert [one.attributes["data-day"] for one in page.all("button", name="do")] == [
        "2026-06-14",
        "2026-06-15",
        "2026-06-16",
    ]
    assert page.one("button", formaction="/bookings/waiting-list").words == "Put them on the waiting list"
    never = read(desk.get(f"/bookings/free-times?date={TOMORROW}&party_size=3"))
    assert "No table for 3 guests that day" in never.words
    assert not never.all("button", formaction="/bookings/waiting-list")


@pytest.mark.both_databases
@each_row("typed", ["okafor", "amara.okafor@", "07700 900 461", "+44 7700900461", "900461"])
def test_a_guest_is_looked_up_by_whatever_is_typed(app, venue, desk, typed):
    with app.app_context():
        if not db.session.scalar(select(Guest.id)):
            make_booking(
                venue, starts_at=local(venue, TODAY - timedelta(days=9), 19), status=Status.COMPLETED
            )
            make_booking(venue, name="Walk-in", email="", phone="", source=Source.WALK_IN)
    (option,) = read(desk.get("/bookings/guests", query_string={"guest_q": typed})).all("li", role="option")
    assert option.words == f"{AMARA.name} {AMARA.phone}, {AMARA.email} 1 booking, last here Wed 3 June"
    assert "Walk-in" not in desk.get("/bookings/guests?guest_q=walk").text


@each_row("typed", ["", " ", "x" * 101, "\0", "nobody"])
def test_nobody_is_found_by_what_fits_nobody(desk, typed):
    answer = desk.get("/bookings/guests", query_string={"guest_q": typed})
    assert answer.status_code == 200
    assert not read(answer).all("li", role="option")


def test_a_chosen_guest_shows_visits_notes_and_allergies_and_fills_the_form(app, venue, desk):
    with app.app_context():
        booking = make_booking(
            venue,
            starts_at=local(venue, TODAY - timedelta(days=9), 19),
            status=Status.COMPLETED,
            note="Window table",
            allergies="Nuts",
            step_free=True,
        )
    page = read(desk.get(f"/bookings/guests/{booking.guest_id}", headers=HTMX))
    assert "Allergies: Nuts" in page.words
    assert "Note: Window table" in page.words
    assert "Wed 3 June, 19:00, 2 guests, completed" in page.words
    filled = read(desk.get(f"/bookings/new?guest={booking.guest_id}"))
    assert [filled.one("input", id=name).attributes["value"] for name in ("name", "phone", "email")] == [
        AMARA.name,
        AMARA.phone,
        AMARA.email,
    ]
    assert filled.one("textarea", id="allergies").words == "Nuts"
    assert filled.one("input", name="guest_id").attributes["value"] == str(booking.guest_id)


def test_without_scripts_a_guest_is_found_chosen_and_forgotten_and_nothing_typed_is_lost(app, venue, desk):
    with app.app_context():
        guest = make_guest(venue)
    typed = TYPED | {"name": "", "phone": "", "note": "By the window", "time": "19:00"}
    found = read(desk.post("/bookings/new", data=typed | {"guest_q": "amara", "do": "find"}))
    (button,) = [one for one in found.all("button", name="do") if one.words.startswith(AMARA.name)]
    chosen = read(desk.post("/bookings/new", data=typed | {"do": button.attributes["value"]}))
    assert chosen.one("input", name="guest_id").attributes["value"] == str(guest.id)
    assert chosen.one("input", id="name").attributes["value"] == AMARA.name
    assert chosen.one("textarea", id="note").words == "By the window"
    other = read(desk.post("/bookings/new", data=typed | {"guest_id": str(guest.id), "do": "nobody"}))
    assert not other.all("input", name="guest_id")
    day = read(desk.post("/bookings/new", data=typed | {"do": "day-2026-06-15"}))
    assert day.one("input", id="date").attributes["value"] == "2026-06-15"
    assert desk.post("/bookings/new", data=typed | {"do": "day-x"}).status_code == 422
    assert desk.post("/bookings/new", data=typed | {"do": "guest-999999"}).status_code == 404


def book_for(venue, guest, *, name=None, email=None, phone=""):
    contact = Contact(name or guest.name, guest.email if email is None else email, phone)
    new = NewBooking(local(venue, TOMORROW, 19), 2, contact, Source.PHONE, any_time=True, guest_id=guest.id)
    return making.book(venue, new)


@pytest.mark.both_databases
def test_a_booking_for_a_chosen_guest_is_theirs_and_fills_in_what_the_profile_lacks(app_context, venue):
    guest = make_guest(venue, "Amara Okafor", "", "")
    booking = book_for(venue, guest, email="new@example.org", phone="07700 900461")
    assert booking.guest_id == guest.id
    db.session.expire_all()
    assert db.session.get(Guest, guest.id).email_key == "new@example.org"
    again = book_for(venue, guest, name="A. Okafor", email="other@example.org")
    assert (again.guest_id, again.booked_email) == (guest.id, "other@example.org")
    assert db.session.get(Guest, guest.id).email == "new@example.org"


@pytest.mark.both_databases
@each_row("details", [{"name": "Ben Carter"}, {"email": "tom@example.org"}])
def test_a_booking_is_never_a_guests_whose_name_or_address_it_does_not_have(app_context, venue, details):
    guest = db.session.scalar(select(Guest).where(Guest.name == AMARA.name)) or make_guest(venue)
    guests.find_or_add(venue, Contact("Tom Whitfield", "tom@example.org"))
    db.session.commit()
    with pytest.raises(NotThisGuest):
        book_for(venue, guest, **details)
    assert not db.session().in_transaction()
    assert not db.session.scalars(select(Booking)).all()


def test_without_that_guard_the_visit_would_be_anothers(app_context, venue, monkeypatch):
    guest = make_guest(venue)
    monkeypatch.setattr(guests.names, "may_be_one_name", lambda *_names: True)
    assert book_for(venue, guest, name="Ben Carter").guest_id == guest.id


@each_row(
    "details, said",
    [
        ({"name": "Ben Carter"}, "You chose Amara Okafor, and the name is another one. Press Somebody else"),
        (
            {"name": AMARA.name, "email": "tom@example.org"},
            "That email address belongs to Tom Whitfield, and you chose Amara Okafor.",
        ),
    ],
)
def test_staff_are_told_whose_details_they_typed_and_lose_nothing(app, venue, desk, details, said):
    with app.app_context():
        known = db.session.scalar(select(Guest.id).where(Guest.name == AMARA.name))
        guest_id = known or make_guest(venue).id
        guests.find_or_add(venue, Contact("Tom Whitfield", "tom@example.org"))
        db.session.commit()
    answer = send(desk, time="19:00", guest_id=str(guest_id), **details)
    assert said in summary(answer)
    assert read(answer).one("input", name="guest_id").attributes["value"] == str(guest_id)


def test_a_guest_who_was_erased_meanwhile_is_told(app, venue, desk):
    with app.app_context():
        guest = make_guest(venue)
        erasing.erase(venue, guest.id, make_manager(venue).id)
    said = summary(send(desk, time="19:00", name=AMARA.name, guest_id=str(guest.id)))
    assert "The guest you chose has been erased or merged" in said


def test_a_guest_known_by_an_address_alone_gets_the_name_that_is_typed(app_context, venue):
    guest = make_guest(venue, AMARA.email, AMARA.email, "")
    assert look_up.chosen(venue, guest.id).name == ""
    book_for(venue, guest, name=AMARA.name)
    assert db.session.get(Guest, guest.id).name == AMARA.name
