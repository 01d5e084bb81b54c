"""The waiting list for staff: who is on it, adding somebody, and booking a table for them in one press."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.bookings import waiting
from portal.bookings.by_hand import offers
from portal.bookings.guest_pages import erasing, export
from portal.bookings.making import SubmissionDiffers
from portal.bookings.models import Booking, Source, WaitingRequest
from portal.bookings.waiting import NewRequest
from portal.events.models import Event, EventSync, Performance
from portal.extensions import db
from portal.guests.models import Guest
from portal.outbox.models import LetterKind, OwedLetter
from portal.scoping import NotHere
from portal.widgets.waiting import sending
from tests.factories import (
    local,
    make_booking,
    make_guest,
    make_manager,
    make_staff,
    make_venue,
    make_waiting,
    make_widget,
    sign_in,
)
from tests.people import AMARA, TOM
from tests.support.reading import read, table
from tests.support.tables import each_row

TODAY = date(2026, 6, 12)
TYPED = {
    "date": str(TODAY),
    "party_size": "2",
    "name": TOM.name,
    "phone": TOM.phone,
    "email": "",
    "note": "Window",
}
LIST = "/bookings/waiting-list"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(datetime(2026, 6, 12, 11, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def venue(app):
    with app.app_context():
        return make_venue(tables=1)


def add(venue, name=TOM.name, phone=TOM.phone, email="", on=TODAY, before_at=None):
    waiting.add(venue, NewRequest(None, on, 2, before_at, email, name=name, phone=phone, note="Window"))
    return db.session.scalars(select(WaitingRequest.id).order_by(WaitingRequest.id.desc())).first()


def all_of(model):
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id)).unique().all()


def test_somebody_is_put_on_the_list_and_stands_there_with_what_is_free(app, desk):
    answer = desk.post(LIST, data=TYPED)
    assert (answer.status_code, answer.location) == (303, LIST)
    page = read(desk.get(LIST))
    assert "Tom Whitfield waits for a table: 2 guests, Fri 12 June." in page.words
    (row,) = table(page)
    assert row[:4] == [
        f"Tom Whitfield {TOM.phone} Window",
        "2 guests",
        "Any time",
        "asked Fri 12 June, 12:00 by staff",
    ]
    assert row[4] == "12:15 12:30 12:45 13:00 13:15 Other times for Tom Whitfield"
    diary = read(desk.get(f"/diary?date={TODAY}"))
    assert f"Tom Whitfield {TOM.phone}" in diary.words


@each_row(
    "changes, said",
    [
        ({"name": ""}, "Enter the guest’s full name"),
        ({"phone": ""}, "Enter a phone number or an email address, so that they can be told"),
        ({"email": "no-at-sign"}, "Enter an email address with an @"),
        ({"phone": "none"}, "Enter a phone number, like 07700 900461"),
        ({"date": "2026-06-11"}, "That day is over. Choose a later one"),
        ({"date": ""}, "Enter the date"),
        ({"party_size": "0"}, "Guests must be between 1 and 200"),
        ({"before": "2026-06-12T18:30:00+00:00"}, "That show is not on this day. Choose again"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_lost(app, desk, changes, said):
    answer = desk.post(LIST, data=TYPED | changes)
    assert answer.status_code == 422
    page = read(answer)
    assert said in page.one("div", role="alert").words
    assert page.one("textarea", id="note").words == "Window"
    with app.app_context():
        assert all_of(WaitingRequest) == []


def test_the_same_person_twice_is_one_and_another_number_another(app_context, venue):
    for phone in (TOM.phone, "+44 7700 900123", "07700 900999"):
        add(venue, phone=phone)
    assert len(all_of(WaitingRequest)) == 2


def test_a_table_before_a_show_of_that_day_can_be_wanted(app, venue, desk):
    curtain = local(venue, TODAY, 19, 30)
    with app.app_context():
        now = datetime.now(UTC)
        event = Event(
            venue_id=venue.id, client_name="x", spektrix_event_id="E1", name="The Tempest", minutes=150
        )
        db.session.add_all([event, EventSync(venue_id=venue.id, client_name="x", synced_at=now, next_at=now)])
        db.session.flush()
        db.session.add(
            Performance(
                venue_id=venue.id,
                event_id=event.id,
                client_name="x",
                spektrix_instance_id="1",
                starts_at=curtain,
                seen_at=now,
                cancelled=False,
            )
        )
        db.session.commit()
    shows = read(desk.get(f"{LIST}/shows?date={TODAY}"))
    assert [one.words for one in shows.all("option")] == ["Any time", "Before The Tempest at 19:30"]
    assert desk.post(LIST, data=TYPED | {"before": curtain.isoformat()}).status_code == 303
    (row,) = table(read(desk.get(LIST)))
    assert row[2] == "Before the show at 19:30"
    assert row[4] == "17:15 17:30 17:45 18:00 18:15 Other times for Tom Whitfield"


def test_one_press_books_the_table_and_takes_them_off_the_list(app, venue, desk):
    with app.app_context():
        request_id = add(venue)
    at = local(venue, TODAY, 19)
    answer = desk.post(f"{LIST}/{request_id}/book", data={"at": at.isoformat()})
    assert (answer.status_code, answer.location) == (303, LIST)
    page = read(desk.get(LIST))
    assert f"Booked: Tom Whitfield at 19:00, 2 guests, table T1. Tell them: {TOM.phone}" in page.words
    assert "Nobody waits for a table" in page.words
    with app.app_context():
        (booking,) = all_of(Booking)
        assert (booking.starts_at, booking.source, booking.note) == (at, Source.PHONE, "Window")
        assert (booking.booked_name, booking.booked_phone) == (TOM.name, TOM.phone)


def test_whoever_gave_an_address_hears_of_the_table_by_letter(app, venue, desk, mail_folder):
    with app.app_context():
        request_id = add(venue, phone="", email=TOM.email)
    answer = desk.post(f"{LIST}/{request_id}/book", data={"at": local(venue, TODAY, 19).isoformat()})
    assert f"We email {TOM.email}." in read(desk.get(answer.location)).words
    with app.app_context():
        (letter,) = all_of(OwedLetter)
        assert letter.kind == LetterKind.CONFIRMATION


@pytest.mark.both_databases
def test_whoever_asked_in_the_widget_is_booked_under_the_name_that_is_known(app_context):
    venue = make_venue(tables=2)
    widget, staff = make_widget(venue), make_staff(venue)
    known = make_guest(venue)
    first = make_waiting(venue, widget)
    other = make_waiting(venue, widget, email="new@example.org")
    booking = offers.book(venue, first.id, local(venue, first.wanted_on, 19), staff.id)
    assert (booking.guest_id, booking.booked_name, booking.source) == (known.id, AMARA.name, Source.EMAIL)
    booking = offers.book(venue, other.id, local(venue, first.wanted_on, 19), staff.id)
    assert booking.booked_name == booking.guest.name == "new@example.org"
    assert all_of(WaitingRequest) == []


@pytest.mark.both_databases
def test_two_staff_who_press_at_once_make_one_booking(app_context, venue, monkeypatch):
    """The second press comes between the booking of the first and the moment the party leaves the list."""
    staff, request_id = make_staff(venue), add(venue)
    at = local(venue, TODAY, 19)
    monkeypatch.setattr(waiting, "take_off", lambda *_of: None)
    first = offers.book(venue, request_id, at, staff.id)
    assert offers.book(venue, request_id, at, staff.id).id == first.id
    with pytest.raises(SubmissionDiffers):
        offers.book(venue, request_id, at + timedelta(hours=2), staff.id)
    assert len(all_of(Booking)) == 1


def test_without_its_key_the_second_press_would_book_again(app_context, monkeypatch):
    venue = make_venue(tables=2, reference_prefix="TW")
    staff, request_id = make_staff(venue), add(venue)
    monkeypatch.setattr(waiting, "take_off", lambda *_of: None)
    monkeypatch.setattr(offers, "SubmissionKey", lambda *_of: None)
    for _ in range(2):
        offers.book(venue, request_id, local(venue, TODAY, 19), staff.id)
    assert len(all_of(Booking)) == 2


def test_a_time_that_has_gone_keeps_them_on_the_list_and_says_why(app, venue, desk):
    with app.app_context():
        request_id = add(venue)
        make_booking(venue, starts_at=local(venue, TODAY, 19))
    at = local(venue, TODAY, 19).isoformat()
    page = read(desk.post(f"{LIST}/{request_id}/book", data={"at": at}, follow_redirects=True))
    assert "2 guests cannot be seated at 19:00 on Fri 12 June. Every table for 2 is taken then." in page.words
    assert len(table(page)) == 1


def test_a_party_that_is_on_the_list_no_more_is_told(app, venue, desk):
    with app.app_context():
        request_id = add(venue)
        waiting.take_off(venue, request_id)
    answer = desk.post(f"{LIST}/{request_id}/book", data={"at": local(venue, TODAY, 19).isoformat()})
    assert answer.status_code == 404
    assert "They are not on the list any more" in read(answer).words


def test_a_press_without_a_time_books_nothing(app, venue, desk):
    with app.app_context():
        request_id = add(venue)
    assert desk.post(f"{LIST}/{request_id}/book", data={"at": "soon"}).location == LIST
    with app.app_context():
        assert all_of(Booking) == []


def test_nobody_writes_to_whom_staff_added(app_context, venue, monkeypatch):
    """The widget's email offers what the widget offers, which whoever called has never seen."""
    add(venue, email=TOM.email)
    monkeypatch.setattr("portal.mail.send", lambda *_of: pytest.fail("an email left"))
    monkeypatch.setattr("portal.mail.is_set_up", lambda _settings: True)
    assert waiting.next_to_look_at() is None
    assert sending.send(all_of(WaitingRequest)[0].id)


def test_a_stopped_request_is_offered_nothing(app_context, venue):
    request = make_waiting(venue, make_widget(venue))
    waiting.stop(request.public_token)
    with pytest.raises(NotHere):
        offers.book(venue, request.id, local(venue, request.wanted_on, 19), make_staff(venue).id)


@pytest.mark.both_databases
def test_whoever_is_erased_leaves_the_list_by_number_too_and_is_exported_with_it(app_context, venue):
    booking = make_booking(venue, name=TOM.name, email="", phone=TOM.phone)
    add(venue)
    add(venue, name="Ada Guest", phone="07700 900999")
    manager = make_manager(venue)
    assert len(export.of(venue, booking.guest_id, manager.id)["waiting"]) == 1
    erasing.erase(venue, booking.guest_id, manager.id)
    assert [one.name for one in all_of(WaitingRequest)] == ["Ada Guest"]


def test_another_venues_list_says_nothing_of_them(app, venue, client):
    with app.app_context():
        add(venue)
        staff = make_staff(make_venue("The Anchor", reference_prefix="AN"))
    assert "Nobody waits for a table" in read(sign_in(client, staff).get(LIST)).words


def test_a_new_booking_without_a_table_sends_what_was_typed_to_the_list(app, desk):
    typed = TYPED | {"key": "k", "source": "phone", "time": "", "slots_of": "", "guest_q": "", "occasion": ""}
    assert desk.post(LIST, data=typed).status_code == 303
    with app.app_context():
        (request,) = all_of(WaitingRequest)
        assert (request.name, request.phone, request.note) == (TOM.name, TOM.phone, "Window")
        assert all_of(Guest) == []
