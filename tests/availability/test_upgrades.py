"""Venues that were there before: what the steps of the tables make of their hours and tables, up and down."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, select

from portal.availability.models import HouseVersion
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
