"""Undo looks at the whole of what would be there again, and says in a sentence why it cannot be."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability.models import DiningArea, DiningTable, ServicePeriod, SpecialDay, TableGroup
from portal.extensions import db
from portal.restaurant import saving
from tests.factories import local, make_booking, make_table
from tests.restaurant.cards import agreed, save_id
from tests.support.reading import read

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 25, tzinfo=UTC).date()
TABLES = "/settings/tables"
TABLE = {"seats": "4", "smallest": "1", "area_id": "0", "online": "y"}


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)


@pytest.fixture
def house(app, venue):
    """Three tables of four, a terrace, and a day on which one of the tables is hired."""
    with app.app_context():
        for name in ("T1", "T2", "T3"):
            make_table(venue, name, 4)
        ids = dict(db.session.execute(select(DiningTable.name, DiningTable.id)).all())
        rows = {
            "terrace": DiningArea(venue_id=venue.id, name="Terrace"),
            "group": TableGroup(
                venue_id=venue.id, name="Both", table_ids=[ids["T1"], ids["T2"]], smallest=5, largest=8
            ),
            "day": SpecialDay(venue_id=venue.id, service_on=FRIDAY, hired_table_ids=[ids["T3"]], note=""),
        }
        db.session.add_all(rows.values())
        db.session.commit()
        return ids | {name: row.id for name, row in rows.items()} | {"period": _period_id()}


def _period_id():
    return db.session.scalar(select(ServicePeriod.id).where(ServicePeriod.special_on.is_(None)))


def book(app, venue, hour=19, **more):
    with app.app_context():
        make_booking(venue, starts_at=local(venue, FRIDAY, hour), **more)


def sent(office, path, typed):
    """Save a card, whatever it asks first, and return the number of the save."""
    answer = office.post(path, data=typed)
    if answer.status_code == 409:
        answer = office.post(path, data=typed | agreed(answer))
    assert answer.status_code == 303, read(answer).words
    return save_id(answer)


def undone(office, save):
    answer = office.post(f"/settings/undo/{save}", follow_redirects=True)
    assert answer.status_code == 200
    return read(answer).words


PERIOD = {
    "name": "Dinner",
    "weekdays": [str(day) for day in range(7)],
    "opens": "10:00",
    "last_seating": "23:45",
    "slot_minutes": "15",
    "covers": "40",
    "stay_2": "90",
    "stay_4": "90",
    "stay_6": "90",
    "stay_minutes": "90",
}


@pytest.mark.both_databases
def test_a_last_day_that_bookings_stand_behind_is_not_set_again(app, office, venue, house):
    path = f"/settings/hours/{house['period']}"
    sent(office, path, PERIOD | {"valid_until": "2026-12-20", "number": "0"})
    number = _number(office, path)
    later = sent(office, path, PERIOD | {"valid_until": "", "number": number})
    with app.app_context():
        day = db.session.get_one(SpecialDay, house["day"])
        db.session.delete(day)
        db.session.commit()
    book(app, venue)
    assert "Nothing was undone. 1 booking to come would no longer fit." in undone(office, later)
    with app.app_context():
        assert db.session.get_one(ServicePeriod, house["period"]).valid_until is None


def _number(office, path):
    return read(office.get(path)).all(name="number")[0].attributes["value"]


def test_a_pace_that_nobody_could_keep_by_now_is_not_set_again(app, office, venue, house):
    path = f"/settings/hours/{house['period']}"
    sent(office, path, PERIOD | {"most_covers": "4", "number": "0"})
    later = sent(office, path, PERIOD | {"most_covers": "9", "number": _number(office, path)})
    with app.app_context():
        for table in db.session.scalars(select(DiningTable)):
            table.seats = 6
        db.session.commit()
    assert "Nothing was undone. Most guests to start together must be 6 or more" in undone(office, later)


def test_a_service_that_would_run_twice_is_not_set_again(app, office, venue, house):
    path = f"/settings/hours/{house['period']}"
    later = sent(office, path, PERIOD | {"opens": "18:00", "number": "0"})
    office.post("/settings/hours/new", data=PERIOD | {"opens": "10:00", "last_seating": "12:00"})
    assert "Dinner would run at the same time as another Dinner" in undone(office, later)


def test_a_table_goes_back_to_no_area_that_is_gone(app, office, house):
    path = f"{TABLES}/table/{house['T3']}"
    sent(office, path, TABLE | {"name": "T3", "area_id": house["terrace"], "number": "0"})
    later = sent(office, path, TABLE | {"name": "T3", "number": "1"})
    office.post(f"{TABLES}/area/{house['terrace']}/delete")
    assert "The area that it was in has been deleted since." in undone(office, later)


def test_joined_tables_are_not_set_back_to_one_that_is_gone(app, office, house):
    path = f"{TABLES}/group/{house['group']}"
    typed = {"name": "Both", "smallest": "5", "largest": "8", "number": "0"}
    later = sent(office, path, typed | {"table_ids": [house["T2"], house["T3"]]})
    assert office.post(f"{TABLES}/table/{house['T1']}/delete").status_code == 303
    assert "Nothing was undone." in undone(office, later)
    with app.app_context():
        assert db.session.get_one(TableGroup, house["group"]).table_ids == [house["T2"], house["T3"]]


@pytest.mark.both_databases
def test_a_table_is_not_made_too_small_for_who_booked_it_since(app, office, venue, house):
    path = f"{TABLES}/table/{house['T3']}"
    later = sent(office, path, TABLE | {"name": "T3", "seats": "7", "number": "0"})
    with app.app_context():
        db.session.delete(db.session.get_one(SpecialDay, house["day"]))
        db.session.delete(db.session.get_one(TableGroup, house["group"]))
        db.session.commit()
    book(app, venue, party_size=7)
    assert "1 booking to come would no longer fit" in undone(office, later)
    with app.app_context():
        assert db.session.get_one(DiningTable, house["T3"]).seats == 7


def test_a_day_is_not_hired_out_again_at_a_table_that_is_gone(app, office, house):
    path = f"/settings/special-days/{house['day']}"
    later = sent(office, path, {"kind": "closed", "note": "", "number": "0"})
    assert office.post(f"{TABLES}/table/{house['T3']}/delete").status_code == 303
    said = undone(office, later)
    assert "Nothing was undone. One of the tables was deleted meanwhile." in said
    with app.app_context():
        assert db.session.get_one(SpecialDay, house["day"]).closed


@pytest.mark.both_databases
def test_a_day_is_not_closed_again_over_who_booked_since(app, office, venue, house):
    path = f"/settings/special-days/{house['day']}"
    sent(office, path, {"kind": "closed", "note": "", "number": "0"})
    later = sent(office, path, {"kind": "hire", "table_ids": house["T3"], "note": "", "number": "1"})
    book(app, venue, party_size=2)
    assert "1 booking to come would no longer fit" in undone(office, later)
    with app.app_context():
        assert not db.session.get_one(SpecialDay, house["day"]).closed


def test_without_looking_first_the_day_would_be_closed_over_them(app, office, venue, house, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(saving, "_looks", {})
    path = f"/settings/special-days/{house['day']}"
    sent(office, path, {"kind": "closed", "note": "", "number": "0"})
    later = sent(office, path, {"kind": "hire", "table_ids": house["T3"], "note": "", "number": "1"})
    book(app, venue, party_size=2)
    assert "Undone" in undone(office, later)


def test_a_phone_number_that_the_country_does_not_have_is_not_set_again(office):
    business = {"name": "The Green Room", "address": "1 Yard"}
    sent(office, "/settings/details", business | {"phone": "01632 960 123", "number_business": "0"})
    later = sent(office, "/settings/details", business | {"phone": "", "number_business": "1"})
    sent(office, "/settings/details", {"country": "NO", "currency": "GBP", "number_place": "0"})
    assert "Nothing was undone. Phone number must have all its digits" in undone(office, later)


def test_what_was_deleted_since_is_said(app, office, house):
    path = f"{TABLES}/table/{house['T3']}"
    later = sent(office, path, TABLE | {"name": "T9", "number": "0"})
    office.post(f"{TABLES}/table/{house['T3']}/delete")
    assert "It has been deleted since, so nothing was undone." in undone(office, later)


def test_every_card_is_looked_at_before_it_is_set_back():
    alone = {
        "week",
        "logo",
        "added_tables",
        "added_special_days",
    }  # Their writing looks at the whole by itself.
    assert saving._subjects.keys() - saving._looks.keys() == alone
