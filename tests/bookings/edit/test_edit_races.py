"""Two members of staff press at the same moment: one wins, the other is told. Without the lock both would."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from portal.bookings import editing, statuses
from portal.bookings.editing import ChangedMeanwhile
from portal.bookings.models import Booking, Status
from portal.bookings.rules import CannotSeat, PartyIsSeated
from portal.extensions import db
from tests.availability.house import portal_without_turns
from tests.factories import make_booking, make_venue

# How long the two wait for each other where nothing keeps them from meeting, however busy the machine is.
PATIENT = 20


@pytest.fixture
def look_together(monkeypatch):
    """Let the two both look at the booking before either changes it; the lock lets in one at a time."""

    def arrange(look, patience):
        met, over = threading.Barrier(2), threading.Event()

        def look_and_wait(venue, booking_id):
            booking = look(venue, booking_id)
            if not over.is_set():
                with suppress(threading.BrokenBarrierError):
                    met.wait(timeout=patience)
                over.set()
            return booking

        monkeypatch.setattr(statuses, "held", look_and_wait)

    return arrange


def at_once(app, booking, *deeds):
    """Do several things to a booking at the same moment; return what each raised, None for nothing."""
    together = threading.Barrier(len(deeds))

    def do(deed):
        with app.app_context():
            venue = db.session.get(Booking, booking.id).venue_id
            venue = db.session.get(editing.Venue, venue)
            db.session.rollback()
            together.wait(timeout=10)
            try:
                deed(venue)
            except (CannotSeat, PartyIsSeated, ChangedMeanwhile, editing.seatings.SlotTaken) as refused:
                return type(refused)

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(do, deeds))


def seat_and_no_show(app, booking):
    return at_once(
        app,
        booking,
        lambda venue: statuses.seat(venue, booking.id),
        lambda venue: statuses.move(venue, booking.id, Status.NO_SHOW),
    )


def edit_twice(app, booking):
    def note(text):
        def deed(venue):
            wanted = editing.replace(editing.as_it_is(db.session.get(Booking, booking.id)), note=text)
            editing.edit(venue, booking.id, wanted, seen=0)

        return deed

    return at_once(app, booking, note("Window"), note("Quiet corner"))


def booked(app):
    with app.app_context():
        return make_booking(make_venue(tables=2))


def stored(app, booking):
    with app.app_context():
        found = db.session.get(Booking, booking.id)
        db.session.expunge(found)
        return found


@pytest.fixture
def unguarded_app(settings, monkeypatch):
    with portal_without_turns(settings, monkeypatch) as app:
        yield app


def read_alone(venue, booking_id):
    return Booking.get_for(venue.id, booking_id)


def test_seated_and_no_show_at_once_are_never_both_true(app, look_together):
    booking = booked(app)
    look_together(statuses.held, 0.5)
    refused = seat_and_no_show(app, booking)
    became = stored(app, booking)
    if became.status == Status.NO_SHOW:
        assert (refused, became.seated_at) == ([CannotSeat, None], None)
    else:
        assert refused == [None, PartyIsSeated]
        assert became.seated_at is not None


def test_without_the_lock_a_party_sits_and_has_stayed_away(unguarded_app, look_together):
    booking = booked(unguarded_app)
    look_together(read_alone, PATIENT)
    assert seat_and_no_show(unguarded_app, booking) == [None, None]
    became = stored(unguarded_app, booking)
    assert became.status == Status.NO_SHOW
    assert became.seated_at is not None


def test_of_two_who_save_the_same_booking_one_is_told(app, look_together):
    booking = booked(app)
    look_together(statuses.held, 0.5)
    refused = edit_twice(app, booking)
    assert sorted(refused, key=str) == [ChangedMeanwhile, None]
    assert stored(app, booking).edits == 1


def test_without_the_lock_the_later_one_replaces_the_other_unawares(unguarded_app, look_together):
    booking = booked(unguarded_app)
    look_together(read_alone, PATIENT)
    assert edit_twice(unguarded_app, booking) == [None, None]
