"""Venues that were there before: what the steps of the tables make of their hours and tables, up and down."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, select

from portal.availability import seating
from portal.availability.models import DiningTable, HouseVersion, Seating, TableGroup
from portal.availability.room import Asker
from portal.extensions import db
from tests.availability.house import SEVEN, open_house

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
