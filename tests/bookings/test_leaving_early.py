"""A party that leaves before its planned end frees its table at once; setting back takes it again (Q24)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.availability.models import TableQuarter
from portal.availability.seating import SlotTaken
from portal.bookings import service, statuses
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.outbox.models import Kind, OutboxEntry, State
from tests.factories import DAY, local, make_booking, make_guest, make_link, make_staff, make_venue, sign_in
from tests.support.reading import read

HTMX = {"HX-Request": "true"}


@pytest.fixture
def venue(app_context, time_machine):
    """One table, looked at from eight in the evening of the day."""
    venue = make_venue(tables=1)
    time_machine.move_to(local(venue, DAY, 20) + timedelta(minutes=7), tick=False)
    return venue


@pytest.fixture
def amara(venue):
    """Seated from 19:00 to 20:45, linked to a customer."""
    guest = make_guest(venue)
    make_link(guest)
    return make_booking(venue, guest)


def walk_in(venue, name="Tom Whitfield"):
    """Somebody at the door now."""
    now = clock.utc_now()
    return make_booking(venue, starts_at=now, name=name, email="", phone="", source=Source.WALK_IN)


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


def quarters(booking):
    return db.session.scalar(
        select(func.count()).where(TableQuarter.seating_id == stored(booking).seating_id)
    )


def test_the_next_walk_in_gets_the_table_of_a_party_that_has_left(venue, amara):
    with pytest.raises(SlotTaken):
        walk_in(venue)
    statuses.move(venue, amara.id, Status.COMPLETED)
    assert walk_in(venue).table_name == "T1"


def test_when_they_left_changes_neither_the_end_nor_what_is_sent(venue, amara):
    statuses.move(venue, amara.id, Status.COMPLETED)
    became = stored(amara)
    assert became.left_at == clock.utc_now()
    assert became.ends_at == amara.ends_at == local(venue, DAY, 20) + timedelta(minutes=45)
    assert service.visit_totals(amara.guest_id)[0] == amara.ends_at


def test_a_party_that_stays_to_the_end_has_not_left_early(venue, amara, time_machine):
    time_machine.move_to(amara.ends_at, tick=False)
    statuses.move(venue, amara.id, Status.COMPLETED)
    assert (stored(amara).left_at, quarters(amara)) == (None, 7)


def test_a_party_that_leaves_in_its_first_quarter_leaves_nothing_taken(venue, time_machine):
    party = walk_in(venue)
    time_machine.shift(timedelta(minutes=5))
    statuses.move(venue, party.id, Status.COMPLETED)
    assert stored(party).seating_id is None
    assert walk_in(venue, "Ada Moss").table_name == "T1"


def test_setting_back_takes_the_table_again(venue, amara):
    statuses.move(venue, amara.id, Status.COMPLETED)
    statuses.move(venue, amara.id, Status.CONFIRMED)
    became = stored(amara)
    assert (became.table_name, became.left_at, became.seating.ends_at) == ("T1", None, amara.ends_at)
    with pytest.raises(SlotTaken):
        walk_in(venue)


def test_setting_back_after_the_end_asks_for_no_table(venue, amara, time_machine):
    statuses.move(venue, amara.id, Status.COMPLETED)
    walk_in(venue)
    time_machine.move_to(amara.ends_at, tick=False)
    statuses.move(venue, amara.id, Status.CONFIRMED)
    assert stored(amara).status == Status.CONFIRMED


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.CANCELLED])
def test_no_show_and_cancelled_free_the_table_too_and_take_it_back(venue, amara, status):
    statuses.move(venue, amara.id, status)
    passing = walk_in(venue)
    with pytest.raises(SlotTaken):
        statuses.move(venue, amara.id, Status.CONFIRMED)
    statuses.move(venue, passing.id, Status.COMPLETED)
    statuses.move(venue, amara.id, Status.CONFIRMED)
    assert stored(amara).table_name == "T1"


def test_who_came_late_is_seated_beside_a_party_that_came_and_went_meanwhile(venue, time_machine):
    late = make_booking(venue)
    statuses.move(venue, late.id, Status.NO_SHOW)
    time_machine.move_to(local(venue, DAY, 19), tick=False)
    passing = walk_in(venue)
    time_machine.shift(timedelta(minutes=20))
    statuses.move(venue, passing.id, Status.COMPLETED)
    statuses.move(venue, late.id, Status.CONFIRMED)
    assert (stored(late).table_name, quarters(late)) == ("T1", 6)


@pytest.fixture
def desk(app, client, time_machine):
    """Sign in at a venue of some tables, where Amara, linked, was at the first and left at 20:07."""

    def open_desk(tables):
        with app.app_context():
            venue = make_venue(tables=tables)
            time_machine.move_to(local(venue, DAY, 20) + timedelta(minutes=7), tick=False)
            guest = make_guest(venue)
            make_link(guest)
            amara = make_booking(venue, guest, status=Status.COMPLETED)
            staff = make_staff(venue)
        return sign_in(client, staff), venue, amara

    return open_desk


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_setting_back_says_who_has_the_table(app, desk, headers):
    client, venue, amara = desk(tables=1)
    with app.app_context():
        walk_in(venue)
    answer = client.post(f"/bookings/{amara.id}/confirm", headers=headers)
    assert answer.status_code == 422
    assert "Table T1 now belongs to another booking: Tom Whitfield, 20:07" in read(answer).words
    with app.app_context():
        visit = db.session.scalar(select(OutboxEntry).where(OutboxEntry.kind == Kind.WRITE_BACK))
        assert (stored(amara).status, visit.state) == (Status.COMPLETED, State.WAITING)


def test_setting_back_takes_another_table_and_says_so(app, desk):
    client, venue, amara = desk(tables=2)
    with app.app_context():
        walk_in(venue)
    said = read(client.post(f"/bookings/{amara.id}/confirm", headers=HTMX)).one("div", id="status").words
    assert "Table T1 is taken by Tom Whitfield, 20:07, so they have table T2" in said
    with app.app_context():
        assert stored(amara).table_name == "T2"


def test_the_booking_page_says_when_they_left(desk):
    client, _venue, amara = desk(tables=1)
    assert "Left Fri 12 June, 20:07" in read(client.get(f"/bookings/{amara.id}")).words
