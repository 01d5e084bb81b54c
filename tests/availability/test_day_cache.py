"""Days are remembered between questions, and never a moment longer than they are true."""

import pytest
from sqlalchemy import event, update

from portal.availability import day_cache, locks, reading, seating, service
from portal.availability.models import CapacityDay, DiningTable, ServicePeriod
from portal.extensions import db
from tests.availability.house import FRIDAY, NOW, SEVEN, open_house

SEATED = "FROM seatings"


@pytest.fixture
def house(app):
    return open_house(app, seats=(2, 2))


@pytest.fixture
def questions(house):
    """The statements sent to the database so far, oldest first."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    with house.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def change(house, row_type, **values):
    with house.app.app_context():
        for row in db.session.query(row_type).filter_by(venue_id=house.venue_id):
            for name, value in values.items():
                setattr(row, name, value)
        db.session.commit()


def test_unchanged_day_is_read_once(house, questions):
    first = house.starts()
    again = house.starts(party_size=1)

    assert first == again
    assert sum(SEATED in statement for statement in questions) == 1


def test_party_seated_or_gone_shows_at_once(house):
    before = house.starts()
    seatings = [house.take(), house.take()]
    taken = house.starts()
    for seating_id in seatings:
        house.release(seating_id)

    assert SEVEN not in taken
    assert house.starts() == before


def test_change_of_covers_shows_at_once(house):
    assert house.starts()

    change(house, ServicePeriod, covers=1)

    assert house.starts() == []


def test_change_of_a_table_shows_at_once(house):
    assert house.starts(party_size=2)

    change(house, DiningTable, seats=1)

    assert house.starts(party_size=2) == []


def test_what_is_rolled_back_is_not_remembered(house):
    before = house.starts()
    with house.app.app_context():
        seating.take(house.venue, SEVEN, 2, NOW)
        seating.take(house.venue, SEVEN, 2, NOW)
        inside = [slot.starts_at for slot in service.slots(house.venue, FRIDAY, 2, NOW)]
        db.session.rollback()

    assert SEVEN not in inside
    assert house.starts() == before


def test_other_party_sizes_and_hours_share_the_copy_without_sharing_the_answer(house):
    everything = house.starts()

    assert house.starts(now=SEVEN) == [start for start in everything if start > SEVEN]
    assert house.starts(party_size=99) == []


def test_number_of_copies_is_bounded(house, monkeypatch):
    monkeypatch.setattr("portal.availability.day_cache.MOST_DAYS", 2)
    for number in range(5):
        house.starts(service_on=FRIDAY.replace(day=20 + number))

    assert len(house.app.extensions["availability"]) <= 2


def test_change_while_a_day_is_read_is_not_lost(house, monkeypatch):
    read_seated = reading.seated

    def read_slowly(of, days):
        seated = read_seated(of, days)
        db.session.execute(update(CapacityDay).values(version=CapacityDay.version + 1))
        return seated

    house.take()
    monkeypatch.setattr(reading, "seated", read_slowly)
    house.starts()

    assert not house.app.extensions.get("availability")


@pytest.mark.both_databases
def test_a_booking_takes_the_house_from_memory_once_it_was_read(house, questions):
    house.take()
    before = len(questions)
    house.take(party_size=1)

    assert not [
        one for one in questions[before:] if "FROM dining_tables" in one or "FROM table_groups" in one
    ]


@pytest.mark.both_databases
def test_a_change_that_is_rolled_back_leaves_no_copy_of_the_house(house):
    house.take()
    with house.app.app_context():
        db.session.execute(update(DiningTable).values(seats=12, largest=12))
        venue = house.venue
        inside = day_cache.kept_house(venue, locks.keep_house(venue))
        db.session.rollback()
        after = day_cache.kept_house(venue, locks.keep_house(venue))
        db.session.rollback()

    assert {table.seats for table in inside.tables} == {12}
    assert {table.seats for table in after.tables} == {2}


@pytest.mark.both_databases
def test_a_house_that_others_changed_is_not_taken_from_memory(house):
    house.take()
    change(house, DiningTable, online=False)

    assert house.take() is seating.NotOffered
