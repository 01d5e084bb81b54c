"""A venue to fill. Every party is seated in a context and a transaction of its own, as requests are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import func, select

from portal import create_app, database
from portal.availability import locks, reading, seating, service
from portal.availability.models import CapacityDay, DiningTable, Seating, ServicePeriod, TableQuarter
from portal.extensions import db
from portal.venues.models import Venue

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
SEVEN = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
REFUSALS = (seating.SlotTaken, seating.NotOffered, locks.BusyNow)


@contextmanager
def portal_without_turns(settings, monkeypatch):
    """Yield a portal of the test's own, which on SQLite reads outside any write transaction."""
    monkeypatch.setattr(database, "_on_begin", lambda _connection: None)
    app = create_app(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass(frozen=True)
class House:
    """A venue of `app`, and the ways in which tests fill it and look at it."""

    app: Flask
    venue_id: int
    zone: str

    @property
    def venue(self):
        return Venue(id=self.venue_id, timezone=self.zone)

    def take(self, starts_at=SEVEN, party_size=2, now=NOW, **options):
        """Seat a party and commit; return its seating's id, or the class of the refusal."""
        with self.app.app_context():
            try:
                seating_id = seating.take(self.venue, starts_at, party_size, now, **options).id
                db.session.commit()
            except REFUSALS as refusal:
                db.session.rollback()
                return type(refusal)
            return seating_id

    def rush(self, parties):
        """Seat parties, each given as options of `take`, at the same moment; return their answers."""
        together = threading.Barrier(len(parties))

        def arrive(options):
            together.wait(timeout=10)
            return self.take(**options)

        with ThreadPoolExecutor(len(parties)) as pool:
            return list(pool.map(arrive, parties))

    def release(self, seating_id):
        with self.app.app_context():
            seating.release(self.venue, seating_id)
            db.session.commit()

    def leave(self, seating_id, now):
        """Mark a party as left and commit; return the id of what is left of its seating."""
        with self.app.app_context():
            rest = seating.leave(self.venue, seating_id, now)
            db.session.commit()
            return rest and rest.id

    def reseat(self, seating_id, starts_at=SEVEN, party_size=2, now=NOW, **wanted):
        """Give a party another place or time and commit; return its seating's id, or the refusal's class."""
        with self.app.app_context():
            try:
                asked = seating.Wanted(starts_at, party_size, **wanted)
                again = seating.reseat(self.venue, seating_id, asked, now).seating.id
                db.session.commit()
            except REFUSALS as refusal:
                db.session.rollback()
                return type(refusal)
            return again

    def take_again(self, now, starts_at=SEVEN, party_size=2, table_name="", seating_id=None):
        """Seat a party again and commit; return its seating's id, or the class of the refusal."""
        ends_at = starts_at + timedelta(minutes=105)
        stay = seating.Stay(starts_at.date(), starts_at, ends_at, party_size, table_name)
        with self.app.app_context():
            try:
                again = seating.take_again(self.venue, stay, now, seating_id).id
                db.session.commit()
            except REFUSALS as refusal:
                db.session.rollback()
                return type(refusal)
            return again

    def at_once(self, *deeds):
        """Do several things at the same moment, each in a thread of its own; return what they return."""
        together = threading.Barrier(len(deeds))

        def do(deed):
            together.wait(timeout=10)
            return deed()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(do, deeds))

    def starts(self, service_on=FRIDAY, party_size=2, now=NOW):
        with self.app.app_context():
            return [slot.starts_at for slot in service.slots(self.venue, service_on, party_size, now)]

    def covers_booked(self):
        return self._scalar(select(func.coalesce(func.sum(Seating.covers), 0)))

    def quarters_held(self):
        return self._scalar(select(func.count()).select_from(TableQuarter))

    def versions(self):
        """Return the version of each day that was ever locked."""
        with self.app.app_context():
            days = db.session.scalars(select(CapacityDay).where(CapacityDay.venue_id == self.venue_id))
            return {day.service_on: day.version for day in days}

    def _scalar(self, question):
        with self.app.app_context():
            return db.session.scalar(question)


def open_house(app, *, seats=(), zone="Europe/London", **period):
    """Make a venue with tables of these sizes that serves every day, dinner unless told otherwise."""
    dinner = {"name": "Dinner", "opens": time(18), "last_seating": time(21), "covers": 40}
    with app.app_context():
        venue = Venue(name="The Green Room", timezone=zone, reference_prefix="GR", created_at=NOW)
        db.session.add(venue)
        db.session.flush()
        house = House(app, venue.id, zone)
        db.session.add_all(
            DiningTable(venue_id=venue.id, name=f"T{number}", seats=size)
            for number, size in enumerate(seats, start=1)
        )
        db.session.commit()
    add_period(house, **(dinner | period))
    return house


def add_period(house, weekdays=range(7), **period):
    with house.app.app_context():
        days = reading.weekday_bits(weekdays)
        db.session.add(ServicePeriod(venue_id=house.venue_id, weekdays=days, **period))
        db.session.commit()
