"""Every change of a booking moves the version of its day, in the same transaction, whoever makes it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.bookings import statuses
from portal.bookings.diary import versions
from portal.bookings.models import Booking, DiaryDay
from portal.extensions import db
from portal.venues.models import Venue
from tests.factories import DAY, make_booking, make_venue

pytestmark = pytest.mark.both_databases
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def booking(app, venue):
    with app.app_context():
        return make_booking(venue)


def version(app, venue, on=DAY):
    with app.app_context():
        return versions.mark(venue.id, on).version


def stored(booking):
    return db.session.get(Booking, booking.id)


def edit(booking):
    stored(booking).note = "Window"


def to_another_day(booking):
    stored(booking).service_on = NEXT


def seat(booking):
    statuses.seat(db.session.get(Venue, booking.venue_id), booking.id)


def for_many(booking):
    db.session.execute(update(Booking).where(Booking.id == booking.id).values(booked_name="Erased"))


@pytest.mark.parametrize("deed", [edit, to_another_day, seat, for_many])
def test_each_way_of_changing_a_booking_moves_it(app, venue, booking, time_machine, deed):
    time_machine.move_to(booking.starts_at)
    before = version(app, venue)
    with app.app_context():
        deed(booking)
        db.session.commit()
    assert version(app, venue) > before


def test_a_booking_that_goes_to_another_day_moves_both(app, venue, booking):
    before = version(app, venue), version(app, venue, NEXT)
    with app.app_context():
        to_another_day(booking)
        db.session.commit()
    assert (version(app, venue) > before[0], version(app, venue, NEXT) > before[1]) == (True, True)


def test_what_is_taken_back_moves_nothing(app, venue, booking):
    before = version(app, venue)
    with app.app_context():
        edit(booking)
        db.session.flush()
        db.session.rollback()
        db.session.add(Venue(name="Another", reference_prefix="AN", created_at=booking.created_at))
        db.session.commit()
    assert version(app, venue) == before


def test_another_venues_day_stays(app, venue, booking):
    before = version(app, venue)
    with app.app_context():
        other = make_venue("The Anchor", reference_prefix="AN")
        make_booking(other)
    assert version(app, venue) == before


@pytest.mark.forgets_versions
def test_without_the_watch_an_open_diary_would_stay_old(app, venue, booking):
    """The safeguard switched off: a statement past the session leaves the version as it is."""
    before = version(app, venue)
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(Booking.__table__.update().values(note="Window"))
        known = db.session.scalars(select(DiaryDay.version)).all()
    assert known
    assert version(app, venue) == before
