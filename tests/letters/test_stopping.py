"""Whoever wants no reminders stops them by a link, and still hears of changes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters.models import StoppedReminders
from portal.letters.reminders import owing
from portal.letters.sending import due
from tests.factories import local, make_booking, make_venue
from tests.support.reading import read

NINE = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)


def remind(noon, at=NINE):
    noon.move_to(at)
    owing.owe_due()
    due.send_due()
    db.session.rollback()


@pytest.fixture
def link(house, noon, sent):
    make_booking(house)
    remind(noon)
    return next(letter.stop_url for letter in sent if letter.stop_url)


@pytest.fixture
def path(link):
    return link.removeprefix("https://portal.example")


def stopped():
    found = [
        (row.booking_id, row.address is not None) for row in db.session.scalars(select(StoppedReminders))
    ]
    db.session.rollback()
    return found


def test_opening_the_page_stops_nothing(client, path):
    page = read(client.get(path))
    assert "Stop all reminders to this address" in page.words
    assert stopped() == []


def test_one_press_in_a_mail_program_stops_them_for_the_address(house, client, path, noon, sent, arrived):
    reminder = next(letter for letter in arrived() if letter["List-Unsubscribe"])
    assert reminder["List-Unsubscribe"] == f"<https://portal.example{path}>"
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert "sends no more reminders to this address" in read(answer).words
    assert stopped() == [(None, True)]
    count = len(sent)
    make_booking(house, starts_at=local(house, datetime(2026, 6, 14).date(), 19))
    remind(noon, NINE + timedelta(days=2))
    assert [letter.subject for letter in sent[count:]] == [
        "Your table at The Green Room: Sunday 14 June at 7:00pm"
    ]


def test_the_others_are_stopped_for_this_venue_alone(house, client, path, noon, sent):
    client.post(path)
    other = make_venue("The Lantern")
    make_booking(other, starts_at=local(other, datetime(2026, 6, 14).date(), 19))
    remind(noon, NINE + timedelta(days=2))
    assert sent[-1].subject == "A reminder: your table at The Lantern, Sunday 14 June at 7:00pm"


def test_one_booking_alone_can_be_stopped(house, client, path):
    booking_id = db.session.scalar(select(Booking.id))
    db.session.rollback()
    answer = client.post(path, data={"of": "booking"})
    assert "You get none for this booking" in read(answer).words
    client.post(path, data={"of": "booking"})
    assert stopped() == [(booking_id, False)]
    assert "The reminders are stopped" in read(client.get(path)).words


def test_only_reminders_offer_to_stop(link, arrived):
    offers = {letter["Subject"].split()[0]: letter["List-Unsubscribe"] is not None for letter in arrived()}
    assert offers == {"Your": False, "A": True}


@pytest.mark.parametrize("token", ["nothing", "x" * 300, "%00"])
def test_a_link_that_is_none_says_so(house, client, token):
    db.session.rollback()
    for answer in (client.get(f"/reminders/{token}"), client.post(f"/reminders/{token}")):
        assert answer.status_code == 404
        assert "There is nothing to stop here" in read(answer).words


def test_the_link_of_an_old_letter_stops_the_address_it_went_to(house, client, path, noon, sent):
    booking = db.session.scalars(select(Booking)).one()
    booking.booked_email = "corrected@example.org"
    db.session.commit()
    client.post(path, data={"List-Unsubscribe": "One-Click"})
    count = len(sent)
    corrected = {"email": "corrected@example.org", "name": "Ann Reed", "phone": "07700 900555"}
    make_booking(house, starts_at=local(house, datetime(2026, 6, 14).date(), 19), **corrected)
    remind(noon, NINE + timedelta(days=2))
    assert [letter.to[0] for letter in sent[count:] if letter.stop_url] == ["corrected@example.org"]
