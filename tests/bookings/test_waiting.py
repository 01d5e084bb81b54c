"""Who waits for a table: kept once, listed for staff, stopped, erased, forgotten; and how many are told."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.bookings import waiting, waiting_rules
from portal.bookings.guest_pages import erasing, export
from portal.bookings.labels import waiting_parties
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.scoping import NotHere
from tests import factories
from tests.people import AMARA

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
DAY = factories.DAY
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def venue(app_context):
    return factories.make_venue()


@pytest.fixture
def widget(venue):
    return factories.make_widget(venue)


def rows():
    db.session.expire_all()
    return db.session.scalars(select(WaitingRequest).order_by(WaitingRequest.id)).all()


@pytest.mark.parametrize(("tries", "minutes"), [(1, 5), (2, 15), (3, 60), (4, 240), (5, 240), (100, 240)])
def test_an_email_that_did_not_leave_is_left_alone_for_longer_each_time(tries, minutes):
    assert waiting_rules.rest(tries) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("places", "told", "expected"), [(0, 0, False), (1, 0, True), (1, 1, False), (3, 2, True), (3, 3, False)]
)
def test_no_more_are_told_than_tables_are_free(places, told, expected):
    assert waiting_rules.may_tell(places, told) is expected


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([4], "1 party waits for a table: 4 guests"),
        ([1], "1 party waits for a table: 1 guest"),
        ([2, 4], "2 parties wait for a table: 2 and 4 guests"),
        ([2, 6, 4], "3 parties wait for a table: 2, 6 and 4 guests"),
    ],
)
def test_the_diary_says_how_many_wait_and_for_how_many(sizes, words):
    assert waiting_parties(sizes) == words


def test_the_same_asked_twice_is_one(venue, widget):
    for email in (AMARA.email, "Amara.Okafor@Example.org"):
        factories.make_waiting(venue, widget, email=email)
    assert len(rows()) == 1


def test_another_party_day_or_show_is_another_request(venue, widget):
    factories.make_waiting(venue, widget)
    factories.make_waiting(venue, widget, party_size=3)
    factories.make_waiting(venue, widget, on=date(2026, 6, 13))
    factories.make_waiting(venue, widget, before_at=CURTAIN)
    assert len(rows()) == 4


def test_who_was_told_may_ask_again(venue, widget):
    waiting.settle(factories.make_waiting(venue, widget).id, left=True)
    factories.make_waiting(venue, widget)
    assert [row.told_at is None for row in rows()] == [False, True]


def test_a_request_is_deleted_when_its_day_is_over_at_the_venue(app_context, noon):
    far = factories.make_venue("Far away", timezone="Pacific/Auckland", reference_prefix="FA")
    near = factories.make_venue("Near", reference_prefix="NE")
    for venue in (far, near):
        factories.make_waiting(venue, factories.make_widget(venue))
    noon.move_to(datetime(2026, 6, 12, 12, 0, tzinfo=UTC))
    assert waiting.forget_past() == 1
    assert [row.venue_id for row in rows()] == [near.id]
    noon.move_to(datetime(2026, 6, 12, 22, 59, tzinfo=UTC))
    assert waiting.forget_past() == 0
    noon.move_to(datetime(2026, 6, 12, 23, 0, tzinfo=UTC))
    assert waiting.forget_past() == 1


def test_stopping_forgets_the_address_for_every_day_at_that_venue_alone(venue, widget):
    one = factories.make_waiting(venue, widget)
    factories.make_waiting(venue, widget, on=date(2026, 6, 20))
    factories.make_waiting(venue, widget, email="tom@example.org")
    other = factories.make_venue("The Anchor", reference_prefix="AN")
    factories.make_waiting(other, factories.make_widget(other))
    assert waiting.stop(one.public_token) == venue.id
    assert waiting.stop(one.public_token) == venue.id
    kept = [(row.venue_id, row.email, row.stopped_at is None) for row in rows()]
    assert kept == [
        (venue.id, "", False),
        (venue.id, "", False),
        (venue.id, "tom@example.org", True),
        (other.id, AMARA.email, True),
    ]
    assert all(row.look_at is None for row in rows() if row.stopped_at)


def test_stopping_with_a_made_up_token_stops_nothing(venue, widget):
    factories.make_waiting(venue, widget)
    with pytest.raises(NotHere):
        waiting.stop("made-up")
    assert rows()[0].stopped_at is None


def test_erasing_a_guest_erases_what_their_addresses_wait_for_at_that_venue(venue, widget):
    booking = factories.make_booking(venue, email=AMARA.email)
    factories.make_waiting(venue, widget, email="AMARA.okafor@example.org")
    factories.make_waiting(venue, widget, email="tom@example.org")
    other = factories.make_venue("The Anchor", reference_prefix="AN")
    factories.make_waiting(other, factories.make_widget(other))
    erasing.erase(venue, booking.guest_id, factories.make_manager(venue).id)
    assert [(row.venue_id, row.email) for row in rows()] == [
        (venue.id, "tom@example.org"),
        (other.id, AMARA.email),
    ]


def test_erasing_a_guest_without_an_address_erases_nobody_else(venue, widget):
    booking = factories.make_booking(venue, email="")
    stopped = factories.make_waiting(venue, widget, email="tom@example.org")
    waiting.stop(stopped.public_token)
    erasing.erase(venue, booking.guest_id, factories.make_manager(venue).id)
    assert len(rows()) == 1


def test_an_export_tells_what_the_guest_waits_for(venue, widget):
    booking = factories.make_booking(venue)
    factories.make_waiting(venue, widget, email=booking.booked_email, before_at=CURTAIN)
    found = export.of(venue, booking.guest_id, factories.make_manager(venue).id)
    assert found["waiting"] == [
        {
            "for": "2026-06-12",
            "guests": 2,
            "before_the_show_at": CURTAIN.isoformat(),
            "asked_at": NOON.isoformat(),
            "told_at": None,
        }
    ]


@pytest.fixture
def desk(app, client):
    with app.app_context():
        venue = factories.make_venue()
        widget = factories.make_widget(venue)
        factories.make_waiting(venue, widget, party_size=2)
        factories.make_waiting(venue, widget, party_size=4, before_at=CURTAIN, email="tom@example.org")
        told = factories.make_waiting(venue, widget, party_size=7, email="daniel@example.org")
        waiting.settle(told.id, left=True)
        staff = factories.make_staff(venue)
    return factories.sign_in(client, staff)


def test_staff_see_who_waits_in_the_diary_of_the_day(desk):
    page = desk.get("/diary?date=2026-06-12").text
    assert "2 parties wait for a table: 2 and 4 guests" in page
    assert "tom@example.org" in page
    assert "Before the show at 19:30" in page
    assert "daniel@example.org" not in page
    assert "wait for a table" not in desk.get("/diary?date=2026-06-13").text


def test_another_venues_diary_says_nothing_of_them(app, desk):
    with app.app_context():
        staff = factories.make_staff(factories.make_venue("The Anchor", reference_prefix="AN"))
    assert "for a table" not in factories.sign_in(app.test_client(), staff).get("/diary?date=2026-06-12").text


def test_staff_take_somebody_off_the_list(app, desk):
    with app.app_context():
        first = rows()[0].id
    answer = desk.post(f"/waiting-requests/{first}/remove", follow_redirects=True)
    assert "Taken off the list. Their details are deleted." in answer.text
    assert "1 party waits for a table: 4 guests" in answer.text
    assert desk.post(f"/waiting-requests/{first}/remove").status_code == 404
