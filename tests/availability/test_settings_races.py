"""Somebody books while somebody else changes the house: who comes second sees what the first one did.

Without the lock of the house the booking is decided by hours and tables that are no longer so, and the change
does not see the booking; otherwise the tests would prove nothing.
"""

import threading
from contextlib import suppress
from datetime import time, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.availability import locks, periods, reading, seating, shifts, special_days
from portal.availability.models import DiningTable, Seating, ServicePeriod
from portal.availability.room import Asker
from portal.availability.special_days import Plan
from portal.extensions import db
from tests.availability.house import FRIDAY, NOW, SEVEN, add_period, open_house, portal_without_turns

pytestmark = pytest.mark.both_databases
LEFT = SEVEN + timedelta(minutes=70)


@pytest.fixture
def unguarded_app(settings, monkeypatch):
    """The portal without the lock of the house, and on SQLite with reads outside any write transaction."""
    monkeypatch.setattr(locks, "keep_house", lambda _venue: None)
    monkeypatch.setattr(locks, "hold_house", lambda _session, _venue_ids: None)
    with portal_without_turns(settings, monkeypatch) as app:
        yield app


def close_the_day(house):
    special_days.add(house.venue, FRIDAY, Plan(closed=True))


def take_the_tables_out(house):
    for table in db.session.scalars(select(DiningTable)):
        table.out_from = FRIDAY


def end_the_period(house):
    row = db.session.scalars(select(ServicePeriod)).one()
    periods.change(row, {"valid_until": FRIDAY - timedelta(days=1)})


def change_the_period(house):
    row = db.session.scalars(select(ServicePeriod)).one()
    periods.change_from(house.venue, row, {"covers": 30}, FRIDAY)


CHANGES = [close_the_day, take_the_tables_out, end_the_period]


class Meeting:
    """A booking that has read the house, and a change that is saved in that moment if nothing holds it up."""

    def __init__(self, house, monkeypatch):
        self.house = house
        self.saved_meanwhile = None
        self._has_read, self._is_saved = threading.Event(), threading.Event()
        self._monkeypatch = monkeypatch

    def book_while(self, change, deed):
        """Return what the deed answers."""
        read = reading.hours

        def read_and_wait(*asked):
            found = read(*asked)
            if not self._has_read.is_set():
                self._has_read.set()
                self.saved_meanwhile = self._is_saved.wait(timeout=0.5)
            return found

        self._monkeypatch.setattr(reading, "hours", read_and_wait)
        return self.house.at_once(deed, lambda: self._save(change))[0]

    def _save(self, change):
        assert self._has_read.wait(timeout=10)
        with self.house.app.app_context():
            change(self.house)
            db.session.commit()
        self._is_saved.set()


def row_that_is_in_force(house):
    """Tell whether the booking of Friday belongs to a row that runs on Friday."""
    with house.app.app_context():
        seated = db.session.scalars(select(Seating)).one()
        return periods.runs_at(db.session.get_one(ServicePeriod, seated.service_period_id), FRIDAY)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_waits_for_whoever_has_read_the_house(app, monkeypatch, change):
    house = open_house(app, seats=(2,))
    meeting = Meeting(house, monkeypatch)

    answer = meeting.book_while(change, house.take)

    assert isinstance(answer, int)
    assert meeting.saved_meanwhile is False


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_without_the_lock_of_the_house_a_table_is_booked_that_was_gone_before(
    unguarded_app, monkeypatch, change
):
    house = open_house(unguarded_app, seats=(2,))
    meeting = Meeting(house, monkeypatch)

    answer = meeting.book_while(change, house.take)

    assert isinstance(answer, int)
    assert meeting.saved_meanwhile


def test_a_booking_made_in_the_moment_of_a_change_goes_with_the_new_row(app, monkeypatch):
    house = open_house(app, seats=(2,))

    Meeting(house, monkeypatch).book_while(change_the_period, house.take)

    assert row_that_is_in_force(house)


def test_without_the_lock_of_the_house_it_stays_with_the_old_row(unguarded_app, monkeypatch):
    house = open_house(unguarded_app, seats=(2,))

    Meeting(house, monkeypatch).book_while(change_the_period, house.take)

    assert not row_that_is_in_force(house)


def test_a_change_waits_for_whoever_takes_leaves_frees_or_moves_a_table(app, monkeypatch):
    deeds = {
        "take_again": lambda house, own: house.take_again(LEFT, table_name="T1", seating_id=own),
        "leave": lambda house, own: house.leave(own, LEFT),
        "release": lambda house, own: house.release(own),
        "shift": _shift,
    }
    for name, deed in deeds.items():
        house = open_house(app, seats=(2,))
        own = house.take()
        # They meet where the hours are read, so those must not come from memory.
        app.extensions.pop("houses")
        with monkeypatch.context() as patched:
            meeting = Meeting(house, patched)
            meeting.book_while(_note, partial(deed, house, own))
        assert meeting.saved_meanwhile is False, name


def _shift(house, own):
    with house.app.app_context():
        shifts.shift(house.venue, [shifts.Shift(own, SEVEN, SEVEN + timedelta(hours=1))])
        db.session.commit()


def _note(house):
    special_days.add(house.venue, FRIDAY, Plan(note="Live music"))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_booking_waits_for_a_change_that_is_being_saved_and_then_goes_by_it(app, change):
    house = open_house(app, seats=(2,))
    is_written = threading.Event()

    def save():
        with app.app_context():
            change(house)
            db.session.flush()
            is_written.set()
            threading.Event().wait(0.3)
            db.session.commit()

    def book():
        assert is_written.wait(timeout=10)
        return house.take(asker=Asker.STAFF)

    assert house.at_once(book, save)[0] is seating.NotOffered
    assert house.covers_booked() == 0


def test_without_the_lock_of_the_house_it_goes_by_what_was_before(unguarded_app):
    """On PostgreSQL; on SQLite nobody reads what another is writing, and nobody waits here either."""
    house = open_house(unguarded_app, seats=(2,))
    with unguarded_app.app_context():
        if db.engine.dialect.name == "sqlite":
            return
        close_the_day(house)
        db.session.flush()
        assert isinstance(house.at_once(house.take)[0], int)
        db.session.commit()


def test_a_period_is_deleted_only_once_those_who_book_it_are_done(app, monkeypatch):
    house = open_house(app, seats=(2,))
    answers = []

    def delete(house):
        row = db.session.scalars(select(ServicePeriod)).one()
        try:
            periods.delete(house.venue, row, NOW.date())
        except periods.HasBookings:
            db.session.rollback()
            answers.append("has bookings")

    booked = Meeting(house, monkeypatch).book_while(delete, house.take)

    assert isinstance(booked, int)
    assert answers == ["has bookings"]
    assert row_that_is_in_force(house)


def test_an_added_period_is_not_taken_away_from_those_who_book_it(app, monkeypatch):
    """Undo of its adding says that it has bookings, rather than the database."""
    house = open_house(app, seats=(2,))
    with app.app_context():
        was = {row.id: periods.columns_of(row) for row in periods.weekly(house.venue)}
    add_period(house, name="Lunch", opens=time(12), last_seating=time(14), covers=40)
    answers = []

    def undo(house):
        try:
            periods.set_back(house.venue, was, NOW.date())
        except periods.HasBookings:
            db.session.rollback()
            answers.append("has bookings")

    noon = SEVEN.replace(hour=12)
    booked = Meeting(house, monkeypatch).book_while(undo, partial(house.take, noon))

    assert isinstance(booked, int)
    assert answers == ["has bookings"]


def test_a_day_copied_over_ends_what_somebody_books_in_that_moment(app, monkeypatch):
    """Nobody had booked it before, so it was about to be deleted."""
    house = open_house(app, seats=(2,))
    with app.app_context():
        db.session.scalars(select(ServicePeriod)).one().weekdays = 0b10000
        db.session.commit()

    def copy_closed_thursday_to_friday(house):
        periods.copy_day(house.venue, 3, [4], NOW.date(), NOW.date())

    booked = Meeting(house, monkeypatch).book_while(copy_closed_thursday_to_friday, house.take)

    assert isinstance(booked, int)
    with app.app_context():
        row = db.session.scalars(select(ServicePeriod)).one()
        assert row.valid_until == NOW.date() - timedelta(days=1)


def copy_a_day_while_a_place_is_freed(app, monkeypatch):
    """Return the errors of both. Copying wants Saturday's lock before Friday's, freeing the other way round.

    It goes by the periods in order: the early one is booked on Saturday, the late one on Friday, and Friday's
    last parties sit until Saturday's first come.
    """
    house = open_house(app, opens=time(18), last_seating=time(2), stay_minutes=240)
    add_period(house, name="Early", opens=time(5), last_seating=time(7), covers=40)
    house.take(SEVEN.replace(day=28, hour=6), asker=Asker.STAFF)
    late = house.take(SEVEN, asker=Asker.STAFF)
    with app.app_context():
        for row in periods.weekly(house.venue):
            row.weekdays = 0b0110001
        db.session.commit()
    lock, met, errors = locks.lock_day, threading.Barrier(2), []
    has_met = threading.local()

    def lock_and_wait(venue, day):
        lock(venue, day)
        if not getattr(has_met, "it", False):
            has_met.it = True
            with suppress(threading.BrokenBarrierError):
                met.wait(timeout=0.5)

    def copy():
        with app.app_context():
            periods.copy_day(house.venue, 2, [4, 5], FRIDAY, NOW.date())
            db.session.commit()

    def noting_errors(deed):
        try:
            deed()
        except (OperationalError, locks.BusyNow) as error:
            errors.append(error)

    monkeypatch.setattr(locks, "lock_day", lock_and_wait)
    house.at_once(partial(noting_errors, copy), partial(noting_errors, lambda: house.release(late)))
    return errors


def test_a_day_is_copied_while_a_place_is_freed(app, monkeypatch):
    assert copy_a_day_while_a_place_is_freed(app, monkeypatch) == []


def test_without_the_lock_of_the_house_the_two_wait_for_each_other(unguarded_app, monkeypatch):
    """On PostgreSQL; on SQLite nobody waits for a day in this fixture."""
    errors = copy_a_day_while_a_place_is_freed(unguarded_app, monkeypatch)
    with unguarded_app.app_context():
        assert len(errors) == (0 if db.engine.dialect.name == "sqlite" else 1)


def test_many_bookings_go_on_beside_each_other_while_settings_are_saved(app):
    """Nobody waits in a circle: all answer, and each party sits in a row that is in force."""
    house = open_house(app, seats=(2,) * 8)

    def change(number):
        with app.app_context():
            row = periods.weekly(house.venue)[-1]
            periods.change_from(house.venue, row, {"covers": 30 + number}, FRIDAY)
            db.session.commit()

    def settings():
        for number in range(4):
            change(number)

    answers = house.at_once(*[house.take] * 8, settings)

    assert all(isinstance(answer, int) for answer in answers[:8])
    with app.app_context():
        for seated in db.session.scalars(select(Seating)):
            row = db.session.get_one(ServicePeriod, seated.service_period_id)
            assert periods.runs_at(row, FRIDAY)
