"""Deleting a table, an area, joined tables or a special day: what is said before, and Undo."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability.models import DiningArea, DiningTable, SpecialDay, TableGroup
from portal.bookings.models import Source
from portal.extensions import db
from tests.factories import local, make_booking
from tests.support.reading import read

TABLES = "/settings/tables"
DAYS = "/settings/special-days"
FRIDAY = date(2026, 12, 4)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2026, 11, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def bar(app, office, venue):
    """An area kept for walk-ins with two tables, which are joined too; its id."""
    with app.app_context():
        area = DiningArea(venue_id=venue.id, name="Bar", for_walk_ins=True)
        db.session.add(area)
        db.session.flush()
        tables = [
            DiningTable(venue_id=venue.id, name=name, seats=2, area_id=area.id) for name in ("B1", "B2")
        ]
        db.session.add_all(tables)
        db.session.flush()
        db.session.add(
            TableGroup(
                venue_id=venue.id, name="Both", table_ids=[each.id for each in tables], smallest=3, largest=4
            )
        )
        db.session.commit()
        return area.id


def one(app, model, **which):
    with app.app_context():
        return db.session.scalar(select(model).filter_by(**which))


def press_undo(office, answer):
    page = read(office.get(answer.location))
    button = next(each for each in page.all("form") if "/settings/undo/" in each.attributes.get("action", ""))
    return read(office.post(button.attributes["action"], follow_redirects=True)).words


def test_a_page_says_before_what_becomes_of_the_tables_of_an_area(app, office, bar):
    page = read(office.get(f"{TABLES}/area/{bar}"))
    link = next(each for each in page.all("a") if each.words == "Delete Bar")
    question = read(office.get(link.attributes["href"]))
    assert "Its 2 tables stay, in no area: B1, B2." in question.words
    assert "Diners still cannot book them online." in question.words
    assert one(app, DiningArea, id=bar)


@pytest.mark.both_databases
def test_tables_for_walk_ins_stay_offline_when_their_area_goes_and_undo_brings_it_back(app, office, bar):
    answer = office.post(f"{TABLES}/area/{bar}/delete")
    for model, name in ((DiningTable, "B1"), (DiningTable, "B2"), (TableGroup, "Both")):
        assert not one(app, model, name=name).online
    assert "Deleted Bar." in read(office.get(answer.location)).words
    answer = office.post(f"{TABLES}/area/{bar}/delete")
    assert answer.status_code == 404


@pytest.mark.both_databases
def test_an_area_comes_back_with_its_tables(app, office, bar):
    answer = office.post(f"{TABLES}/area/{bar}/delete")
    assert "Undone" in press_undo(office, answer)
    assert one(app, DiningArea, id=bar).for_walk_ins
    assert [one(app, DiningTable, name=name).area_id for name in ("B1", "B2")] == [bar, bar]
    assert one(app, DiningTable, name="B1").online
    assert one(app, TableGroup, name="Both").online


@pytest.mark.both_databases
def test_a_table_and_joined_tables_come_back_as_they_were(app, office, bar):
    group, table = one(app, TableGroup, name="Both"), one(app, DiningTable, name="B2")
    first = office.post(f"{TABLES}/group/{group.id}/delete")
    second = office.post(f"{TABLES}/table/{table.id}/delete")
    assert (one(app, TableGroup), one(app, DiningTable, name="B2")) == (None, None)
    assert "Nothing was undone. One of the tables was deleted meanwhile." in press_undo(office, first)
    assert "Undone" in press_undo(office, second)
    assert "Undone" in press_undo(office, first)
    again = one(app, DiningTable, name="B2")
    assert (again.id, again.seats, again.area_id) == (table.id, 2, bar)
    assert one(app, TableGroup).table_ids == group.table_ids


def test_a_table_whose_name_is_in_use_by_now_does_not_come_back(app, office, bar):
    office.post(f"{TABLES}/group/{one(app, TableGroup).id}/delete")
    answer = office.post(f"{TABLES}/table/{one(app, DiningTable, name='B1').id}/delete")
    office.post(
        f"{TABLES}/add", data={"first_name": "B1", "how_many": "1", "seats_each": "2", "in_area": "0"}
    )
    assert "“B1” is in use by now, so nothing was undone." in press_undo(office, answer)


def test_the_question_is_not_asked_where_the_answer_is_no(app, office, venue, bar):
    table = one(app, DiningTable, name="B1")
    said = read(office.get(f"{TABLES}/table/{table.id}/delete", follow_redirects=True)).words
    assert "B1 belongs to the joined tables Both." in said
    office.post(f"{TABLES}/group/{one(app, TableGroup).id}/delete")
    office.post(f"{TABLES}/area/{bar}/delete")
    with app.app_context():
        booking = make_booking(venue, starts_at=local(venue, FRIDAY, 19), party_size=2, source=Source.PHONE)
    table = one(app, DiningTable, name=booking.table_name)
    said = read(office.get(f"{TABLES}/table/{table.id}/delete", follow_redirects=True)).words
    assert f"{table.name} has been booked, so it cannot be deleted." in said


@pytest.fixture
def closed(app, venue):
    """The fourth of December, closed; its id."""
    with app.app_context():
        day = SpecialDay(venue_id=venue.id, service_on=FRIDAY, closed=True, note="Staff party")
        db.session.add(day)
        db.session.commit()
        return day.id


@pytest.mark.both_databases
def test_a_special_day_is_deleted_after_a_question_and_comes_back(app, office, closed):
    page = read(office.get(f"{DAYS}/{closed}"))
    link = next(each for each in page.all("a") if each.words == "Delete special day")
    question = read(office.get(link.attributes["href"])).words
    assert "It will be a day like any other Friday: Dinner 10:00 to 23:45." in question
    answer = office.post(f"{DAYS}/{closed}/delete")
    assert one(app, SpecialDay) is None
    said = read(office.get(answer.location)).words
    assert "Deleted. Friday 4 December 2026 is a day like any other now." in said
    assert "Undone" in press_undo(office, answer)
    again = one(app, SpecialDay)
    assert (again.service_on, again.closed, again.note) == (FRIDAY, True, "Staff party")


def test_a_day_that_was_booked_since_does_not_close_again(app, office, venue, closed):
    answer = office.post(f"{DAYS}/{closed}/delete")
    with app.app_context():
        make_booking(venue, starts_at=local(venue, FRIDAY, 19), party_size=2, source=Source.PHONE)
    assert "Nothing was undone. 1 booking to come would no longer fit." in press_undo(office, answer)
    assert one(app, SpecialDay) is None


def test_a_deleted_day_that_was_added_anew_is_left_alone(app, office, closed):
    answer = office.post(f"{DAYS}/{closed}/delete")
    office.post(f"{DAYS}/new", data={"service_on": FRIDAY.isoformat(), "kind": "closed", "note": "Other"})
    assert "Somebody has changed it since, so nothing was undone." in press_undo(office, answer)
    assert one(app, SpecialDay).note == "Other"
