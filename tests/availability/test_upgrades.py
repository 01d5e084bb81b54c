"""Venues that were there before: what the steps of the tables make of their hours and tables, up and down."""

from datetime import time, timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, select, text

from portal.availability import seating
from portal.availability.models import DiningTable, HouseVersion, Seating, ServicePeriod, TableGroup
from portal.availability.room import Asker
from portal.clock import utc_now
from portal.extensions import db
from tests.availability.house import FRIDAY, SEVEN, add_period, open_house

# A step of the tables is made before the processes that keep copies start.
pytestmark = [pytest.mark.both_databases, pytest.mark.forgets_versions]


def test_every_venue_gets_the_row_that_locks_its_house(app):
    houses = [open_house(app, seats=(2,)) for _ in range(2)]
    with app.app_context():
        db.session.execute(delete(HouseVersion).where(HouseVersion.venue_id == houses[0].venue_id))
        db.session.commit()
        kept = db.session.scalars(select(HouseVersion.version)).one()
        db.session.commit()
        downgrade(revision="0021")
        upgrade()
        found = dict(db.session.execute(select(HouseVersion.venue_id, HouseVersion.version)).all())
    assert found == {houses[0].venue_id: 0, houses[1].venue_id: kept}
    assert isinstance(houses[0].take(SEVEN), int)


def test_more_tables_may_be_joined_than_two_hundred_letters_hold(app):
    """Numbers of tables grow with all venues together, so a venue of forty needs more."""
    house = open_house(app)
    with app.app_context():
        tables = [
            DiningTable(id=10**6 + n, venue_id=house.venue_id, name=f"T{n}", seats=2) for n in range(40)
        ]
        ids = [table.id for table in tables]
        group = TableGroup(venue_id=house.venue_id, name="All", table_ids=ids, smallest=30, largest=80)
        db.session.add_all([*tables, group])
        db.session.commit()

    seated = house.take(SEVEN, 30, asker=Asker.STAFF)

    with app.app_context():
        assert seating.tables_of(db.session.get_one(Seating, seated)) == ids
        db.session.commit()
        downgrade(revision="0022")
        assert seating.tables_of(db.session.get_one(Seating, seated)) == ids
        db.session.commit()
        upgrade()
        assert seating.tables_of(db.session.get_one(Seating, seated)) == ids


def test_hours_that_older_tables_cannot_hold_are_not_offered_every_week(app):
    """Theirs are of a weekday alone: neither of a date, nor from one day to another."""
    house = open_house(app, weekdays=(5, 6))
    today = utc_now().date()
    hours = {"opens": time(12), "last_seating": time(14), "covers": 40}
    dates = {
        "Brunch": {"special_on": FRIDAY, "weekdays": ()},
        "Party": {"special_on": FRIDAY + timedelta(days=1), "weekdays": ()},
        "Never": {"weekdays": ()},
        "Ended": {"valid_until": today - timedelta(days=1)},
        "Planned": {"valid_from": today + timedelta(days=7)},
        "Now": {"weekdays": (2,), "valid_from": today, "valid_until": today},
    }
    for name, more in dates.items():
        add_period(house, name=name, **hours | more)
    with app.app_context():
        rows = {row.name: row.id for row in db.session.scalars(select(ServicePeriod))}
        for name in ("Brunch", "Ended"):
            _book(house, rows[name])
        db.session.commit()
        downgrade(revision="0011")
        found = db.session.execute(text("SELECT name, weekday FROM service_periods ORDER BY id")).all()
        db.session.commit()
        upgrade()
        weekdays = dict(db.session.execute(select(ServicePeriod.name, ServicePeriod.weekdays)).all())

    assert sorted(found) == [("Brunch", 7), ("Dinner", 5), ("Dinner", 6), ("Ended", 7), ("Now", 2)]
    assert weekdays == {"Brunch": 0, "Dinner": 0b1100000, "Ended": 0, "Now": 0b100}


def _book(house, period_id):
    stay = {"starts_at": SEVEN, "ends_at": SEVEN + timedelta(hours=1), "covers": 2}
    db.session.add(Seating(venue_id=house.venue_id, service_on=FRIDAY, service_period_id=period_id, **stay))
