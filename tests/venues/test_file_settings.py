"""A venue's file says what the pages of its settings say, and is refused what they refuse."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability.models import (
    DiningArea,
    DiningTable,
    OnlineRules,
    ServicePeriod,
    SpecialDay,
    TableGroup,
)
from portal.extensions import db
from portal.restaurant.hours.subjects import PERIOD
from portal.restaurant.online.subjects import ONLINE
from portal.restaurant.special_days.subjects import SPECIAL_DAY
from portal.restaurant.tables.subjects import AREA, GROUP, TABLE
from portal.shell import file_settings
from portal.venues.models import Staff, Venue
from tests.factories import sign_in
from tests.support.tables import each_row
from tests.venues.test_onboarding import run

PEOPLE = """
name = "The Wings"
people = [{ name = "Ana Lima", email = "ana@wings.example", role = "manager" }]
"""
ALL_OF_IT = """
areas = [{ name = "Dining room" }, { name = "Bar", for_walk_ins = true }]
tables = [
    { name = "T1", seats = 4, area = "Dining room" },
    { name = "T2", seats = 6, area = "Dining room", smallest = 3, largest = 5, online = false },
    { name = "B1", seats = 2, area = "Bar", out_from = 2099-01-01, out_until = 2099-02-01 },
    { name = "X1", seats = 2, last_choice = true },
]
joined_tables = [{ name = "T1 + T2", tables = ["T1", "T2"], smallest = 7, largest = 10 }]

[online]
notice_minutes = 120
horizon_days = 90
largest_online = 8
pending_minutes = 45

[[services]]
name = "Dinner"
days = ["friday", "saturday"]
opens = 18:00:00
last_seating = 01:00:00
covers = 40
slot_minutes = 30
stay_minutes = 150
stay_2 = 90
stay_4 = 105
stay_6 = 120
most_covers = 20
most_parties = 5
notice_minutes = 60
horizon_days = 30
largest_online = 6
valid_from = 2098-01-01
valid_until = 2099-12-31

[[services]]
name = "Lunch"
days = ["sunday"]
opens = 12:00:00
last_seating = 14:00:00
covers = 30

[[special_days]]
on = {closed}
kind = "closed"
note = "Staff party"

[[special_days]]
on = {hours}
kind = "hours"
services = [{ name = "Brunch", opens = 10:00:00, last_seating = 12:00:00, covers = 20 }]
tables = ["T2"]

[[special_days]]
on = {hire}
kind = "hire"
tables = ["T1", "X1"]
"""


@pytest.fixture
def described(tmp_path):
    def write(text):
        path = tmp_path / "venue.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def days():
    today = clock.utc_now().date()
    return {name: str(today + timedelta(days=100 + n)) for n, name in enumerate(("closed", "hours", "hire"))}


def filled(days):
    text = ALL_OF_IT
    for name, day in days.items():
        text = text.replace(f"{{{name}}}", day)
    return text


def rows_of(app, name):
    """All that is set up for a venue, with names where rows have numbers."""
    with app.app_context():
        venue = db.session.scalars(select(Venue).where(Venue.name == name)).one()
        areas, tables = (
            {row.id: row.name for row in _of(model, venue)} for model in (DiningArea, DiningTable)
        )
        found = []
        for model in (DiningArea, DiningTable, TableGroup, ServicePeriod, SpecialDay, OnlineRules):
            for row in _of(model, venue):
                values = {each.name: getattr(row, each.name) for each in model.__table__.columns}
                for gone in ("id", "venue_id", "position"):
                    values.pop(gone, None)
                if "area_id" in values:
                    values["area_id"] = areas.get(values["area_id"])
                for ids in values.keys() & {"table_ids", "hired_table_ids"}:
                    values[ids] = sorted(tables[one] for one in values[ids])
                found.append((model.__name__, values))
        return found


def _of(model, venue):
    order = model.venue_id if model is OnlineRules else model.id
    return db.session.scalars(select(model).where(model.venue_id == venue.id).order_by(order)).all()


def fill_in(app, office, days):
    """Set up by the pages what the file above says."""

    def post(path, **typed):
        answer = office.post(f"/settings/{path}", data={"number": "0"} | typed)
        assert answer.status_code == 303, (path, answer.status_code)

    post("tables/area/new", name="Dining room")
    post("tables/area/new", name="Bar", for_walk_ins="y")
    for name, seats in (("T1", "4"), ("T2", "6"), ("B1", "2"), ("X1", "2")):
        post("tables/add", first_name=name, how_many="1", seats_each=seats, in_area="0")
    with app.app_context():
        venue = db.session.scalars(select(Venue).where(Venue.name == "The Pages")).one()
        room, bar = (row.id for row in _of(DiningArea, venue))
        t1, t2, b1, x1 = (row.id for row in _of(DiningTable, venue))
    table = {"smallest": "1", "online": "y"}
    post(f"tables/table/{t1}", **table, name="T1", seats="4", area_id=room)
    post(
        f"tables/table/{t2}",
        name="T2",
        seats="6",
        area_id=room,
        smallest="3",
        largest="5",
    )
    out = {"out_from": "2099-01-01", "out_until": "2099-02-01"}
    post(f"tables/table/{b1}", **table, **out, name="B1", seats="2", area_id=bar)
    post(f"tables/table/{x1}", **table, name="X1", seats="2", area_id="0", last_choice="y")
    both = {"table_ids": [t1, t2], "smallest": "7", "largest": "10", "online": "y"}
    post("tables/group/new", name="T1 + T2", **both)
    post("online", notice_minutes="120", horizon_days="90", largest_online="8", pending_minutes="45")
    dinner = {
        "weekdays": ["4", "5"],
        "opens": "18:00",
        "last_seating": "01:00",
        "slot_minutes": "30",
        "stay_2": "90",
        "stay_4": "105",
        "stay_6": "120",
        "most_covers": "20",
        "most_parties": "5",
        "notice_minutes": "60",
        "horizon_days": "30",
        "largest_online": "6",
        "valid_from": "2098-01-01",
        "valid_until": "2099-12-31",
    }
    post("hours/new", **dinner, name="Dinner", covers="40", stay_minutes="150")
    stays = dict.fromkeys(("stay_2", "stay_4", "stay_6", "stay_minutes"), "105")
    lunch = {"weekdays": ["6"], "opens": "12:00", "last_seating": "14:00", "slot_minutes": "15"}
    post("hours/new", **stays, **lunch, name="Lunch", covers="30")
    post("special-days/new", service_on=days["closed"], kind="closed", note="Staff party")
    brunch = {"name_1": "Brunch", "opens_1": "10:00", "last_seating_1": "12:00", "covers_1": "20"}
    more = {"slot_minutes_1": "15", "stay_minutes_1": "105", "table_ids": t2}
    post("special-days/new", service_on=days["hours"], kind="hours", **brunch, **more)
    post("special-days/new", service_on=days["hire"], kind="hire", table_ids=[t1, x1])


@pytest.mark.both_databases
def test_a_venue_made_by_a_file_is_the_one_made_by_the_pages(app, client, described, days):
    answer = run(app, "add-venue", str(described(PEOPLE + filled(days))))
    assert answer.exit_code == 0, answer.output
    pages = PEOPLE.replace("The Wings", "The Pages").replace("ana@", "bo@")
    run(app, "add-venue", str(described(pages)))
    with app.app_context():
        manager = db.session.scalars(select(Staff).where(Staff.email == "bo@wings.example")).one()
    fill_in(app, sign_in(client, manager), days)
    assert rows_of(app, "The Wings") == rows_of(app, "The Pages")
    assert len(rows_of(app, "The Wings")) == 2 + 4 + 1 + 3 + 3 + 1


@each_row(
    "old, new, said",
    [
        ('area = "Bar"', 'area = "Cellar"', "tables, B1: area: 'Cellar' is not described in this file"),
        ('name = "T2", seats', 'name = "t1", seats', "tables, t1: name is there twice"),
        ("seats = 4", "seats = 0", "tables, T1: seats: Seats must be a whole number from 1 to 200"),
        (
            "largest = 5",
            "largest = 9",
            "T2: largest: Largest party must not be more than the 6 seats",
        ),
        ('tables = ["T1", "T2"]', 'tables = ["T1", "T9"]', "joined_tables, T1 + T2: tables: 'T9' is not"),
        (
            "largest = 10",
            "largest = 99",
            "T1 + T2: largest: Largest party can be 12 at most",
        ),
        ('name = "Bar"', 'name = "dining room"', "areas, dining room: name is there twice"),
        ("horizon_days = 90", "horizon_days = 9000", "online: horizon_days: Days ahead must be"),
        (
            "slot_minutes = 30",
            "slot_minutes = 20",
            "slot_minutes: Choose from the list under “A table every”",
        ),
        ("opens = 18:00:00", "opens = 18:05:00", "services, Dinner: opens: Opens must be on a quarter hour"),
        ("last_seating = 01:00:00", "last_seating = 09:00:00", "last_seating: Last seating must be after"),
        ("covers = 40", "covers = 99999", "covers: Most guests at once must be"),
        ("stay_2 = 90", "stay_2 = 91", "stay_2: Up to 2 guests stay: enter minutes in steps of 15"),
        (
            "most_covers = 20",
            "most_covers = 1",
            "Most guests to start together must be 2 or more",
        ),
        ("valid_from = 2098", "valid_from = 2020", "valid_from: First day must not be in the past"),
        ('name = "Lunch"', 'name = "Dinner"', "the same hours"),
        ('note = "Staff party"', f'note = "{"x" * 201}"', "note: Note for diners must be 200"),
        ("10:00:00, last", "10:01:00, last", "opens_1: Opens must be on a quarter hour"),
        ('tables = ["T1", "X1"]', "tables = []", "tables: Choose at least one table that is hired"),
        ('kind = "hire"', 'kind = "party"', "kind"),
    ],
)
def test_what_a_page_refuses_a_file_is_refused_in_the_same_words(app, described, days, old, new, said):
    text = filled(days)
    assert old in text
    if said == "the same hours":
        text = text.replace('days = ["sunday"]', 'days = ["friday"]').replace(
            "12:00:00\nlast", "18:00:00\nlast"
        )
        text = text.replace("last_seating = 14:00:00", "last_seating = 20:00:00")
        text = text.replace("covers = 30", "covers = 30\nvalid_from = 2098-01-01")
        said = "another service of this name runs at that time on Fri"
    answer = run(app, "add-venue", str(described(PEOPLE + text.replace(old, new))))
    assert answer.exit_code == 1
    assert said in answer.output
    with app.app_context():
        assert db.session.scalar(select(Venue)) is None


def test_every_field_of_the_pages_has_one_of_the_file():
    called = {"weekdays": "days", "area_id": "area", "table_ids": "tables", "periods": "services"}
    for about, part in (
        (PERIOD, file_settings.Service),
        (ONLINE, file_settings.Online),
        (SPECIAL_DAY, file_settings.SpecialDay),
        (AREA, file_settings.Area),
        (GROUP, file_settings.JoinedTables),
        (TABLE, file_settings.Table),
    ):
        assert {called.get(name, name) for name in about.labels} <= set(part.__struct_fields__)
