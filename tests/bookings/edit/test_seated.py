"""Seated is a mark on a Confirmed booking; whoever sits has not stayed away."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.bookings import rules, statuses
from portal.bookings.models import Booking, BookingChange, ChangeKind, Status
from portal.bookings.rules import CannotSeat, NotItsDayYet, PartyIsSeated
from portal.extensions import db
from tests.factories import DAY, local, make_booking, make_venue
from tests.support.tables import each_row

EVENING = datetime(2026, 6, 12, 18, 20, tzinfo=UTC)


@pytest.fixture
def venue(app_context, time_machine):
    time_machine.move_to(EVENING, tick=False)
    return make_venue(tables=2)


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


def changes_of(booking):
    rows = db.session.query(BookingChange).filter_by(booking_id=booking.id).order_by(BookingChange.id)
    return [(ChangeKind(row.kind), row.staff_id) for row in rows]


def test_seating_a_party_marks_when_and_who(venue):
    booking = make_booking(venue)
    statuses.seat(venue, booking.id)
    assert stored(booking).seated_at == EVENING
    assert stored(booking).status == Status.CONFIRMED
    assert changes_of(booking) == [(ChangeKind.SEATED, None)]


def test_a_second_press_changes_nothing(venue):
    booking = make_booking(venue)
    for _ in range(2):
        statuses.seat(venue, booking.id)
    assert len(changes_of(booking)) == 1


def test_the_mark_is_taken_back(venue):
    booking = make_booking(venue)
    statuses.seat(venue, booking.id)
    statuses.unseat(venue, booking.id)
    assert stored(booking).seated_at is None
    assert [kind for kind, _ in changes_of(booking)] == [ChangeKind.SEATED, ChangeKind.UNSEATED]


@each_row("status", [status for status in Status if status is not Status.CONFIRMED])
def test_only_a_confirmed_booking_is_seatable(status):
    with pytest.raises(CannotSeat):
        rules.require_seatable(status)


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.CANCELLED])
def test_a_party_that_sits_is_neither_a_no_show_nor_cancelled(venue, status):
    booking = make_booking(venue)
    statuses.seat(venue, booking.id)
    with pytest.raises(PartyIsSeated):
        statuses.move(venue, booking.id, status)
    assert stored(booking).status == Status.CONFIRMED
    statuses.unseat(venue, booking.id)
    statuses.move(venue, booking.id, status)
    assert stored(booking).status == status


def test_a_party_that_sits_is_completed_and_set_back_and_still_sits(venue):
    booking = make_booking(venue)
    statuses.seat(venue, booking.id)
    statuses.move(venue, booking.id, Status.COMPLETED)
    statuses.move(venue, booking.id, Status.CONFIRMED)
    assert stored(booking).seated_at == EVENING


def test_before_its_day_nobody_sits_or_has_stayed_away(venue):
    booking = make_booking(venue, starts_at=local(venue, DAY + timedelta(days=1), 19))
    with pytest.raises(NotItsDayYet):
        statuses.seat(venue, booking.id)
    with pytest.raises(NotItsDayYet):
        statuses.move(venue, booking.id, Status.NO_SHOW)
    assert stored(booking).status == Status.CONFIRMED


def at(minutes):
    return datetime(2026, 6, 12, 18, tzinfo=UTC) + timedelta(minutes=minutes)


@each_row(
    "status, seated_at, minutes, late",
    [
        (Status.CONFIRMED, None, 14, False),
        (Status.CONFIRMED, None, 15, True),
        (Status.CONFIRMED, None, 104, True),
        (Status.CONFIRMED, None, 105, False),
        (Status.CONFIRMED, at(5), 15, False),
        (Status.COMPLETED, None, 15, False),
        (Status.PENDING, None, 15, False),
    ],
)
def test_late_is_worked_out(status, seated_at, minutes, late):
    assert rules.is_late(status, seated_at, (at(0), at(105)), at(minutes)) is late


@each_row(
    "status, minutes, over",
    [
        (Status.CONFIRMED, 104, False),
        (Status.CONFIRMED, 105, True),
        (Status.COMPLETED, 105, False),
        (Status.NO_SHOW, 105, False),
    ],
)
def test_completed_suggests_itself_when_the_stay_is_over(status, minutes, over):
    assert rules.is_over(status, at(105), at(minutes)) is over
