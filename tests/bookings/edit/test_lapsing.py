"""A booking that waits to be confirmed holds its table for a while, and then gives it back."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.availability import periods
from portal.bookings import lapsing, making, service, statuses
from portal.bookings.diary import page
from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.factories import make_booking, make_venue
from tests.support.reading import read

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def venue(app_context, time_machine):
    time_machine.move_to(NOON, tick=False)
    return make_venue(tables=1)


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


@pytest.mark.parametrize("status", [Status.PENDING, Status.PENDING_PAYMENT])
def test_it_holds_its_table_until_then_and_no_longer(venue, time_machine, status):
    booking = make_booking(venue, status=status)
    with pytest.raises(making.seatings.SlotTaken):
        make_booking(venue, name="Tom Reed", email="tom@example.org")
    time_machine.move_to(NOON + 59 * MINUTE, tick=False)
    assert lapsing.lapse_due() == 0
    time_machine.move_to(NOON + 60 * MINUTE, tick=False)
    assert lapsing.lapse_due() == 1
    assert (stored(booking).status, stored(booking).seating_id) == (Status.CANCELLED, None)
    assert make_booking(venue, name="Tom Reed", email="tom@example.org").table_name == "T1"
    last = page.history(stored(booking))[-1]
    assert (last.words, last.who) == ("Lapsed, since nobody confirmed it in time", "The portal")


def test_the_venue_says_how_long_or_for_as_long_as_it_takes(venue, time_machine):
    booking = make_booking(venue, status=Status.PENDING)
    periods.change_online_rules(venue, {"pending_minutes": 15})
    db.session.commit()
    assert lapsing.lapses_at(stored(booking)) == NOON + 15 * MINUTE
    periods.change_online_rules(venue, {"pending_minutes": None})
    db.session.commit()
    time_machine.move_to(NOON + timedelta(days=1), tick=False)
    assert (lapsing.lapses_at(stored(booking)), lapsing.lapse_due()) == (None, 0)


def test_many_that_wait_at_one_venue_hold_up_no_other(venue, time_machine, monkeypatch):
    monkeypatch.setattr(lapsing, "_AT_A_TIME", 1)
    make_booking(venue, status=Status.PENDING)
    periods.change_online_rules(venue, {"pending_minutes": None})
    db.session.commit()
    time_machine.move_to(NOON + MINUTE, tick=False)
    other = make_booking(make_venue("The Balcony"), status=Status.PENDING)
    time_machine.move_to(NOON + 62 * MINUTE, tick=False)
    assert lapsing.lapse_due() == 1
    assert stored(other).status == Status.CANCELLED


def test_a_booking_that_goes_on_to_payment_has_its_time_anew(venue, time_machine):
    booking = make_booking(venue, status=Status.PENDING)
    time_machine.move_to(NOON + 50 * MINUTE, tick=False)
    statuses.move(venue, booking.id, Status.PENDING_PAYMENT)
    time_machine.move_to(NOON + 70 * MINUTE, tick=False)
    assert lapsing.lapse_due() == 0


def test_a_booking_confirmed_in_the_last_moment_stays(venue, time_machine):
    booking = make_booking(venue, status=Status.PENDING)
    time_machine.move_to(NOON + 61 * MINUTE, tick=False)
    statuses.move(venue, booking.id, Status.CONFIRMED)
    assert lapsing.lapse_due() == 0
    assert stored(booking).status == Status.CONFIRMED


def test_one_that_was_confirmed_after_it_was_found_stays(venue, time_machine, monkeypatch):
    """Between finding it and holding it somebody confirms."""
    booking = make_booking(venue, status=Status.PENDING)
    time_machine.move_to(NOON + 61 * MINUTE, tick=False)
    held = statuses.held

    def confirm_first(venue, booking_id):
        monkeypatch.setattr(statuses, "held", held)
        statuses.move(venue, booking_id, Status.CONFIRMED)
        return held(venue, booking_id)

    monkeypatch.setattr(statuses, "held", confirm_first)
    assert lapsing.lapse_due() == 0
    assert stored(booking).status == Status.CONFIRMED


def test_confirming_one_that_lapsed_checks_again(venue, time_machine):
    booking = make_booking(venue, status=Status.PENDING)
    time_machine.move_to(NOON + 61 * MINUTE, tick=False)
    lapsing.lapse_due()
    other = make_booking(venue, name="Tom Reed", email="tom@example.org")
    with pytest.raises(making.seatings.SlotTaken):
        statuses.move(venue, booking.id, Status.CONFIRMED)
    statuses.move(venue, other.id, Status.CANCELLED)
    statuses.move(venue, booking.id, Status.CONFIRMED)
    assert stored(booking).table_name == "T1"
    assert len(service.history(stored(booking))) == 3


def test_its_page_says_until_when(app, venue, time_machine):
    from tests.factories import make_staff, sign_in

    booking, staff = make_booking(venue, status=Status.PENDING), make_staff(venue)
    db.session.remove()
    desk = sign_in(app.test_client(), staff)
    assert "Held until Fri 12 June, 13:00" in read(desk.get(f"/bookings/{booking.id}")).words
