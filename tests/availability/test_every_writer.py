"""Whoever writes what availability is decided from moves its version in the same transaction."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from portal.availability import seating, shifts, versions
from portal.availability.models import (
    CapacityDay,
    DiningArea,
    DiningTable,
    HouseVersion,
    OnlineRules,
    Seating,
    ServicePeriod,
    SpecialDay,
    TableGroup,
    TableQuarter,
)
from portal.availability.room import Asker
from portal.extensions import Base, db
from portal.venues.models import Venue
from tests.availability.house import FRIDAY, NOW, SEVEN, open_house
from tests.support.versions_kept import VERSION_OF, versions_kept

CHRISTMAS = date(2026, 12, 25)
# Answers to diners and the diary are made from these, which no rule of availability reads.
ALSO = {"venues", "widgets", "bookings"}

NEW_ROWS = {
    ServicePeriod: {
        "name": "Lunch",
        "opens": SEVEN.time(),
        "last_seating": SEVEN.time().replace(hour=20),
        "covers": 10,
    },
    SpecialDay: {"service_on": CHRISTMAS, "closed": True},
    OnlineRules: {"notice_minutes": 60},
    DiningArea: {"name": "Balcony"},
    DiningTable: {"name": "T9", "seats": 4},
    TableGroup: {"name": "T1 + T2", "table_ids": [1, 2], "smallest": 5, "largest": 8},
}
ONE_COLUMN = {
    ServicePeriod: {"covers": 11},
    SpecialDay: {"note": "Closed for Christmas"},
    OnlineRules: {"notice_minutes": 90},
    DiningArea: {"for_walk_ins": True},
    DiningTable: {"online": False},
    TableGroup: {"largest": 9},
}


@pytest.fixture
def house(app):
    return open_house(app, seats=(2, 4))


def version(house):
    with house.app.app_context():
        return db.session.scalar(select(HouseVersion.version).where(HouseVersion.venue_id == house.venue_id))


def moves(house, deed):
    """Tell whether a deed, in a transaction of its own, moves the house's version."""
    before = version(house)
    with house.app.app_context():
        deed()
        db.session.commit()
    return version(house) > before


def test_the_table_names_every_model_that_availability_reads():
    read = {
        model.class_.__tablename__ for model in Base.registry.mappers if _is_of_availability(model.class_)
    }
    assert read - {"capacity_days", "house_versions"} == VERSION_OF.keys() - ALSO
    of_the_house = {name for name, kept in VERSION_OF.items() if kept == "house_versions"} - ALSO
    assert (
        {model.__tablename__ for model in versions.DECIDES}
        == of_the_house
        == {m.__tablename__ for m in NEW_ROWS}
    )


def _is_of_availability(model):
    return model.__module__ == "portal.availability.models"


@pytest.mark.both_databases
@pytest.mark.parametrize("model", NEW_ROWS, ids=lambda model: model.__tablename__)
def test_adding_changing_and_deleting_a_row_move_the_houses_version(house, model):
    row = {}

    def add():
        row["it"] = model(venue_id=house.venue_id, **NEW_ROWS[model])
        db.session.add(row["it"])

    def change():
        row["it"] = db.session.merge(row["it"])
        for name, value in ONE_COLUMN[model].items():
            setattr(row["it"], name, value)

    def remove():
        db.session.delete(db.session.merge(row["it"]))

    for deed in (add, change, remove):
        assert moves(house, deed), deed.__name__


@pytest.mark.both_databases
@pytest.mark.parametrize("model", NEW_ROWS, ids=lambda model: model.__tablename__)
def test_statements_for_many_rows_move_it_too(house, model):
    assert moves(house, lambda: db.session.execute(update(model).values(**ONE_COLUMN[model])))
    other = select(HouseVersion.venue_id)
    assert moves(house, lambda: db.session.execute(delete(model).where(model.venue_id.not_in(other))))


def test_another_venues_version_stays(app, house):
    other = open_house(app)
    before = version(other)

    assert moves(house, lambda: db.session.add(DiningTable(venue_id=house.venue_id, name="T3", seats=2)))
    assert version(other) == before


def day_version(house):
    with house.app.app_context():
        mine = CapacityDay.venue_id == house.venue_id, CapacityDay.service_on == FRIDAY
        return db.session.scalar(select(CapacityDay.version).where(*mine)) or 0


@pytest.mark.both_databases
def test_every_change_of_who_sits_where_moves_the_days_version(house):
    known = [day_version(house)]

    def has_moved():
        known.append(day_version(house))
        return known[-1] > known[-2]

    seated = house.take(SEVEN, asker=Asker.STAFF)
    assert has_moved()
    with house.app.app_context():
        later = shifts.Shift(seated, SEVEN + timedelta(hours=1), SEVEN + timedelta(hours=2))
        shifts.shift(house.venue, [later])
        db.session.commit()
    assert has_moved()
    seated = house.reseat(seated)
    assert has_moved()
    house.leave(seated, SEVEN + timedelta(minutes=75))
    assert has_moved()
    again = house.take_again(SEVEN + timedelta(minutes=80), starts_at=SEVEN)
    assert has_moved()
    house.release(again)
    assert has_moved()


@pytest.mark.forgets_versions
def test_a_writer_that_forgets_is_seen(house):
    """The watch over every test would see a statement that goes past the session."""
    with versions_kept() as forgotten, house.app.app_context():
        db.session.execute(text("UPDATE dining_tables SET seats = 3"))
        db.session.commit()
    assert forgotten == ["dining_tables"]
    with versions_kept() as forgotten, house.app.app_context():
        seating.take(house.venue, SEVEN, 2, NOW)
        db.session.execute(delete(CapacityDay).where(CapacityDay.version < 0))
        db.session.commit()
    assert forgotten == []
    with versions_kept() as forgotten, house.app.app_context():
        db.session.execute(delete(TableQuarter))
        db.session.execute(delete(Seating))
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(Seating)) == 0
    assert sorted(forgotten) == ["seatings", "table_quarters"]


@pytest.mark.both_databases
def test_what_is_only_shown_to_diners_is_no_change_of_the_house(house):
    """A booking that is set back is judged anew only where the house has changed since it went."""

    def changed_at():
        mine = select(HouseVersion.changed_at).where(HouseVersion.venue_id == house.venue_id)
        with house.app.app_context():
            return db.session.scalar(mine)

    before = changed_at()
    assert moves(house, lambda: db.session.execute(update(Venue).values(phone="020 7946 0000")))
    assert moves(house, lambda: setattr(db.session.get(Venue, house.venue_id), "name", "The Blue Room"))
    assert changed_at() == before
    assert moves(house, lambda: db.session.execute(update(DiningTable).values(online=False)))
    assert changed_at() > before
