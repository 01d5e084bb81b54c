"""Tables that go, and who sits at them: by what is booked, whichever quarter hours it holds."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from portal.availability import locks, seating, shifts, special_days, tables
from portal.availability.models import DiningArea, DiningTable, Seating, TableGroup
from portal.availability.room import Asker
from portal.availability.special_days import OwnPeriod, Plan
from portal.extensions import db
from tests.availability.house import FRIDAY, NOW, SEVEN, open_house
from tests.availability.test_every_writer import version
from tests.availability.test_settings_races import Meeting

pytestmark = pytest.mark.both_databases
HOUR = timedelta(hours=1)


@pytest.fixture
def house(app):
    return open_house(app, seats=(2,))


def table(name="T1"):
    return db.session.scalars(select(DiningTable).where(DiningTable.name == name)).one()


def crowd(house):
    """Two parties end up at one table, as when the rules of the clock change; the second holds none of it."""
    early = house.take(SEVEN - HOUR)
    late = house.take(SEVEN + HOUR)
    with house.app.app_context():
        shifts.shift(house.venue, [shifts.Shift(late, SEVEN - HOUR, SEVEN)])
        db.session.commit()
    return early, late


def test_a_table_beside_whose_party_another_sits_is_not_deleted(house):
    early, late = crowd(house)
    house.release(early)
    with house.app.app_context():
        assert db.session.get_one(Seating, late).dining_table_id == table().id
        with pytest.raises(tables.HasBookings):
            tables.delete_table(house.venue, table())


def test_nor_one_that_a_party_had_as_part_of_joined_tables(app):
    house = open_house(app, seats=(2,) * 12)
    with app.app_context():
        ids = list(db.session.scalars(select(DiningTable.id).order_by(DiningTable.id)))
        group = {"name": "Long", "smallest": 20, "largest": 24}
        db.session.add(TableGroup(venue_id=house.venue_id, table_ids=ids[1:], **group))
        db.session.commit()
    seated = house.take(SEVEN, 22, asker=Asker.STAFF)
    with app.app_context():
        long = db.session.get_one(Seating, seated)
        db.session.execute(seating.delete(seating.TableQuarter))
        locks.lock_day(house.venue, long.service_on)
        db.session.delete(db.session.scalars(select(TableGroup)).one())
        db.session.commit()
        with pytest.raises(tables.HasBookings):
            tables.delete_table(house.venue, table("T2"))
        # Its number begins as theirs do, and it is none of them.
        tables.delete_table(house.venue, table("T1"))
        db.session.commit()
        assert len(db.session.scalars(select(DiningTable)).all()) == 11


def test_whoever_sits_beside_another_party_is_listed_before_a_table_changes(house):
    early, late = crowd(house)
    with house.app.app_context():
        to_come = tables.seatings_to_come(house.venue, [table().id], NOW)
        assert {each.id for each in to_come} == {early, late}
        assert tables.seatings_to_come(house.venue, [table().id], SEVEN + 2 * HOUR) == []


def test_a_table_that_somebody_books_in_that_moment_is_not_deleted(app, monkeypatch):
    house = open_house(app, seats=(2,))
    answers = []

    def delete(house):
        try:
            tables.delete_table(house.venue, table())
        except tables.HasBookings:
            db.session.rollback()
            answers.append("has bookings")

    assert isinstance(Meeting(house, monkeypatch).book_while(delete, house.take), int)
    assert answers == ["has bookings"]


def test_an_area_that_goes_moves_its_own_venues_version_alone(app, house):
    other = open_house(app, seats=(2,))
    with app.app_context():
        area = tables.add(house.venue, DiningArea, {"name": "Terrace"})
        table_ids = [
            tables.add(house.venue, DiningTable, {"name": n, "seats": 2, "area_id": area.id}).id for n in "AB"
        ]
        db.session.commit()
        before = version(house), version(other)
        tables.delete_area(house.venue, area)
        db.session.commit()
        assert [db.session.get_one(DiningTable, one).area_id for one in table_ids] == [None, None]
    assert version(house) > before[0]
    assert version(other) == before[1]


@pytest.mark.parametrize("booked", ["before", "after"])
def test_covers_of_a_special_days_own_service_say_who_is_too_many(app, booked):
    """Parties are moved, as when the rules of the clock change, on a day with hours of its own."""
    house = open_house(app)

    def make_special():
        with app.app_context():
            own = OwnPeriod("Brunch", time(9), time(21), 15, 60, 4)
            special_days.add(house.venue, FRIDAY, Plan(periods=(own,)))
            db.session.commit()

    if booked == "after":
        make_special()
    ids = [house.take(SEVEN + HOUR * number, 2 + number) for number in (0, 1)]
    if booked == "before":
        make_special()
    with app.app_context():
        wished = [shifts.Shift(each, SEVEN, SEVEN + HOUR) for each in ids]
        found = shifts.shift(house.venue, wished)
        assert {one.crowded for one in found.values()} == {"more guests than the service takes"}


def test_whoever_moves_to_a_time_without_any_service_is_counted_by_its_own(app):
    house = open_house(app, covers=4)
    ids = [house.take(SEVEN - HOUR + 2 * HOUR * number, 3) for number in (0, 1)]
    with app.app_context():
        wished = [shifts.Shift(each, SEVEN + 4 * HOUR, SEVEN + 5 * HOUR) for each in ids]
        found = shifts.shift(house.venue, wished)
        assert {one.crowded for one in found.values()} == {"more guests than the service takes"}
