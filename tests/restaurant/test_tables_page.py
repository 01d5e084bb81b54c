"""Areas, tables and joined tables: adding, ordering, changing, what is refused and what is kept."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability.models import DiningArea, DiningTable, TableGroup
from portal.bookings.models import Source
from portal.extensions import db
from tests.factories import make_booking, make_manager, make_venue, sign_in
from tests.restaurant.cards import agreed
from tests.support.reading import read
from tests.support.tables import each_row

TABLES = "/settings/tables"


@pytest.fixture
def house(app, office):
    """Three tables of four in a room with an area, two of them joined."""
    add(office, first_name="T1", how_many="3", seats_each="4")
    office.post(f"{TABLES}/area/new", data={"name": "Terrace", "csrf_token": ""})
    with app.app_context():
        return {
            row.name: row.id
            for model in (DiningTable, DiningArea)
            for row in db.session.scalars(select(model))
        }


def add(office, **typed):
    return office.post(f"{TABLES}/add", data={"in_area": "0"} | typed)


def form_of(office, path):
    form = read(office.get(path)).one(id=path.split("/")[-2]).one("form")
    typed = {"area_id": "0"}
    for each in form.all("input"):
        kind = each.attributes.get("type")
        if kind != "checkbox" or "checked" in each.attributes:
            typed[each.attributes["name"]] = each.attributes.get("value", "")
    return typed


def saved(app, model, row_id):
    with app.app_context():
        return db.session.get_one(model, row_id)


def names(office):
    page = read(office.get(TABLES))
    return [each.words for each in page.all("b") if re.fullmatch(r"T\d+", each.words)]


def test_forty_tables_are_added_in_one_go_and_the_next_counts_on(office):
    answer = add(office, first_name="T01", how_many="40", seats_each="4")
    assert answer.status_code == 303
    page = read(office.get(TABLES))
    assert "40 tables, 160 seats, largest party 4" in page.words
    assert page.one(id="first_name").attributes["value"] == "T41"


@each_row(
    "typed, sentence",
    [
        ({"first_name": ""}, "Enter the name of the first table"),
        ({"first_name": "x" * 500}, "Name of the first table must be 20 characters or fewer"),
        ({"how_many": "0"}, "How many must be a whole number from 1 to 60"),
        ({"how_many": "1e9"}, "How many must be a whole number from 1 to 60"),
        ({"seats_each": "-1"}, "Seats each must be a whole number from 1 to 200"),
        ({"seats_each": "２"}, "Seats each must be a whole number from 1 to 200"),
        ({"first_name": "T" * 19 + "9", "how_many": "2"}, "is too long"),
    ],
)
def test_bad_input_is_refused_with_its_field(office, typed, sentence):
    answer = add(office, **({"first_name": "T1", "how_many": "1", "seats_each": "4"} | typed))
    assert answer.status_code == 422
    assert sentence in read(answer).one(class_="summary").words


def test_a_name_that_is_there_adds_none_of_them(office, house):
    answer = add(office, first_name="T0", how_many="3", seats_each="2")
    assert answer.status_code == 422
    assert "T1 is there already" in read(answer).words
    assert names(office) == ["T1", "T2", "T3"]


def test_order_follows_the_buttons(office, house):
    assert office.post(f"{TABLES}/table/{house['T3']}/up").status_code == 303
    assert names(office) == ["T1", "T3", "T2"]
    office.post(f"{TABLES}/table/{house['T1']}/down")
    assert names(office) == ["T3", "T1", "T2"]


def put(office, house, name, before):
    return office.post(f"{TABLES}/table/{house[name]}/order", data={"before": before}, follow_redirects=True)


def test_order_follows_what_is_dragged(office, house):
    put(office, house, "T3", house["T1"])
    assert names(office) == ["T3", "T1", "T2"]
    put(office, house, "T3", "")
    assert names(office) == ["T1", "T2", "T3"]


@each_row("before", ["x", "999999", "-1", "9" * 5000, "\0", "T1"])
def test_what_is_not_there_moves_nothing(office, house, before):
    answer = put(office, house, "T3", before)
    assert "Nothing was moved, because the tables have changed meanwhile." in read(answer).words
    assert names(office) == ["T1", "T2", "T3"]


def test_a_table_is_not_put_before_one_of_another_area(office, house):
    path = f"{TABLES}/table/{house['T1']}"
    office.post(path, data=form_of(office, path) | {"area_id": house["Terrace"]})
    answer = put(office, house, "T3", house["T1"])
    assert "Nothing was moved" in read(answer).words
    assert office.post(f"{TABLES}/table/{house['T3']}/order").status_code == 400


def test_a_table_is_changed_and_set_back(app, office, house):
    path = f"{TABLES}/table/{house['T1']}"
    answer = office.post(
        path, data=form_of(office, path) | {"seats": "6", "largest": "5", "area_id": house["Terrace"]}
    )
    assert answer.status_code == 303
    assert (saved(app, DiningTable, house["T1"]).largest, saved(app, DiningTable, house["T1"]).seats) == (
        5,
        6,
    )
    card = read(office.get(answer.location)).one(id="table")
    office.post(card.value_of("formaction"))
    assert saved(app, DiningTable, house["T1"]).seats == 4


@each_row(
    "typed, sentence",
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "T2"}, "“T2” is in use"),
        ({"name": "t2"}, "“t2” is in use"),
        ({"smallest": "5"}, "Largest party must not be smaller than the smallest party"),
        ({"largest": "9"}, "Largest party must not be more than the 4 seats"),
        ({"out_from": "2027-02-29"}, "Out of use from: enter a date"),
        ({"out_from": "2027-02-10", "out_until": "2027-02-09"}, "must not be before the day it begins"),
    ],
)
def test_a_table_that_cannot_be_is_refused_and_stays_typed(app, office, house, typed, sentence):
    path = f"{TABLES}/table/{house['T1']}"
    answer = office.post(path, data=form_of(office, path) | typed)
    assert answer.status_code == 422
    page = read(answer)
    assert sentence in page.one(class_="summary").words
    field, value = next(iter(typed.items()))
    assert page.one(id=field).attributes["value"] == value
    assert saved(app, DiningTable, house["T1"]).name == "T1"


def group(office, house, **typed):
    some = {"name": "T1 + T2", "table_ids": [house["T1"], house["T2"]], "smallest": "5", "largest": "8"}
    return office.post(f"{TABLES}/group/new", data=some | {"online": "y"} | typed)


def test_tables_are_joined_for_a_party_of_their_own_range(app, office, house):
    assert group(office, house).status_code == 303
    page = read(office.get(TABLES))
    assert "T1 + T2" in page.one(id="groups").words
    assert "largest party 8" in page.words


@each_row(
    "typed, sentence",
    [
        ({"table_ids": []}, "Choose at least two tables"),
        (
            {"largest": "40"},
            "Largest party can be 10 at most: these tables have 8 seats, and each of the 2 may take",
        ),
        ({"smallest": "9"}, "Largest party must not be smaller"),
        ({"name": "T3"}, "“T3” is in use"),
        ({"table_ids": [1, 999_999]}, "deleted meanwhile"),
    ],
)
def test_joined_tables_that_cannot_be_are_refused(office, house, typed, sentence):
    answer = group(office, house, **typed)
    assert answer.status_code == 422
    assert sentence in read(answer).one(class_="summary").words


def test_a_group_holds_no_table_twice(office, house):
    answer = group(office, house, table_ids=[house["T1"], house["T1"], house["T2"]])
    assert answer.status_code == 422
    assert "Tables must have each table once" in read(answer).words


def test_a_table_of_a_group_is_not_deleted(app, office, house):
    group(office, house)
    answer = office.post(f"{TABLES}/table/{house['T1']}/delete", follow_redirects=True)
    assert "T1 belongs to the joined tables T1 + T2. Take it out of them first." in read(answer).words
    assert saved(app, DiningTable, house["T1"])


def test_what_nobody_booked_is_deleted(app, office, house):
    assert office.post(f"{TABLES}/table/{house['T3']}/delete").status_code == 303
    assert office.post(f"{TABLES}/area/{house['Terrace']}/delete").status_code == 303
    with app.app_context():
        assert len(db.session.scalars(select(DiningTable)).all()) == 2
        assert db.session.scalars(select(DiningArea)).all() == []


@pytest.fixture
def booked(app, venue, house):
    """A party of four at the first table in a week."""
    with app.app_context():
        starts_at = (clock.utc_now() + timedelta(days=7)).replace(hour=18, minute=0, second=0, microsecond=0)
        return make_booking(venue, starts_at=starts_at, party_size=4, source=Source.PHONE)


def test_bookings_that_no_longer_fit_are_listed_before_saving_and_kept(app, office, house, booked):
    path = f"{TABLES}/table/{house[booked.table_name]}"
    typed = form_of(office, path) | {"seats": "2"}
    answer = office.post(path, data=typed)
    assert answer.status_code == 409
    page = read(answer)
    assert "1 booking to come would no longer fit" in page.words
    assert booked.booked_name in page.words
    assert page.one(id="seats").attributes["value"] == "2"
    assert saved(app, DiningTable, house[booked.table_name]).seats == 4
    assert office.post(path, data=typed | agreed(answer)).status_code == 303
    assert saved(app, DiningTable, house[booked.table_name]).seats == 2


def test_a_booked_table_is_taken_out_of_use_and_not_deleted(app, office, house, booked):
    answer = office.post(f"{TABLES}/table/{house[booked.table_name]}/delete", follow_redirects=True)
    assert "Take it out of use instead." in read(answer).words
    path = f"{TABLES}/table/{house[booked.table_name]}"
    typed = form_of(office, path) | {"out_from": "2026-01-01"}
    assert office.post(path, data=typed).status_code == 409


def test_rows_of_another_venue_are_not_there(app, office, house):
    with app.app_context():
        stranger = make_manager(make_venue("Elsewhere"))
    elsewhere = sign_in(app.test_client(), stranger)
    for path in (f"table/{house['T1']}", f"area/{house['Terrace']}"):
        assert elsewhere.get(f"{TABLES}/{path}").status_code == 404
        assert elsewhere.post(f"{TABLES}/{path}/delete").status_code == 404
        assert elsewhere.post(f"{TABLES}/{path}/up").status_code == 404
        assert elsewhere.post(f"{TABLES}/{path}/order", data={"before": ""}).status_code == 404
    typed = {"name": "Mine", "table_ids": [house["T1"], house["T2"]], "smallest": "2", "largest": "4"}
    assert elsewhere.post(f"{TABLES}/group/new", data=typed).status_code == 422
    with app.app_context():
        assert db.session.scalars(select(TableGroup)).all() == []


def test_two_managers_never_undo_each_other_unawares(app, venue, office, house):
    path = f"{TABLES}/table/{house['T1']}"
    mine = form_of(office, path)
    with app.app_context():
        other = make_manager(venue, name="Ade Bello")
    their_office = sign_in(app.test_client(), other)
    assert their_office.post(path, data=form_of(their_office, path) | {"seats": "6"}).status_code == 303
    answer = office.post(path, data=mine | {"name": "Window"})
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Table” while you were changing it" in page.words
    assert (page.one(id="seats").attributes["value"], page.one(id="name").attributes["value"]) == (
        "6",
        "Window",
    )


def test_a_new_area_is_named_with_its_tables(app, office, house):
    assert add(office, first_name="B1", how_many="2", seats_each="2", new_area="Bar").status_code == 303
    with app.app_context():
        bar = db.session.scalar(select(DiningArea).filter_by(name="Bar"))
        of_it = db.session.scalars(select(DiningTable.name).filter_by(area_id=bar.id))
        assert list(of_it) == ["B1", "B2"]
    typed = {"first_name": "C1", "how_many": "1", "seats_each": "2"}
    assert "bar is there already. Choose it under “Area”" in read(add(office, **typed, new_area="bar")).words
    both = add(office, **typed, new_area="Attic", in_area=str(house["Terrace"]))
    assert "Choose an area or name a new one, not both" in read(both).words
    with app.app_context():
        assert db.session.scalar(select(DiningTable).filter_by(name="C1")) is None


def test_a_name_in_use_adds_no_new_area(app, office, house):
    assert add(office, first_name="T1", how_many="1", seats_each="2", new_area="Bar").status_code == 422
    with app.app_context():
        assert db.session.scalar(select(DiningArea).filter_by(name="Bar")) is None


def test_tables_to_tick_stand_in_the_order_in_which_people_count(office):
    add(office, first_name="T9", how_many="2", seats_each="2")
    add(office, first_name="T2", how_many="1", seats_each="2")
    for path in (f"{TABLES}/group/new", "/settings/special-days/new"):
        labels = [each.words for each in read(office.get(path)).all("label")]
        assert [each.partition(",")[0] for each in labels if re.match(r"T\d", each)] == ["T2", "T9", "T10"]


def test_both_days_of_being_out_of_use_are_named(office, house):
    path = f"{TABLES}/table/{house['T1']}"
    assert "Out of use on both of these days" in read(office.get(path)).words
    typed = form_of(office, path) | {"out_from": "2099-12-07", "out_until": "2099-12-13"}
    assert office.post(path, data=typed).status_code == 303
    assert "Out of use from 7 Dec 2099 to 13 Dec 2099" in read(office.get(TABLES)).words


def test_names_count_on_from_those_that_are_there_wherever_they_stand(office):
    add(office, first_name="T1", how_many="12", seats_each="4", new_area="Dining room")
    add(office, first_name="T13", how_many="1", seats_each="4", in_area="0")
    assert read(office.get(TABLES)).one(id="first_name").attributes["value"] == "T14"
    add(office, first_name="Bar 01", how_many="2", seats_each="2", in_area="0")
    assert read(office.get(TABLES)).one(id="first_name").attributes["value"] == "Bar 03"


def test_more_tables_go_where_the_last_ones_went(office):
    add(office, first_name="T1", how_many="2", seats_each="4", new_area="Terrace")
    chosen = read(office.get(TABLES)).one(id="in_area").one("option", selected=None)
    assert chosen.words == "Terrace"


def test_adding_tables_is_undone_with_the_area_that_came_with_them(app, office, house):
    answer = add(office, first_name="B1", how_many="3", seats_each="2", new_area="Bar")
    page = read(office.get(answer.location))
    assert "Added B1 to B3." in page.words
    undo = next(each for each in page.all("form") if "/undo/" in each.attributes.get("action", ""))
    office.get("/diary")
    assert "Last changed" in read(office.get(TABLES)).words
    office.post(undo.attributes["action"])
    assert names(office) == ["T1", "T2", "T3"]
    assert "Bar" not in [each.words for each in read(office.get(TABLES)).all("h2")]


def test_tables_that_were_booked_since_are_not_taken_out_again(app, office, venue, house):
    answer = add(office, first_name="B1", how_many="1", seats_each="8")
    page = read(office.get(answer.location))
    undo = next(each for each in page.all("form") if "/undo/" in each.attributes.get("action", ""))
    with app.app_context():
        starts_at = (clock.utc_now() + timedelta(days=7)).replace(hour=18, minute=0, second=0, microsecond=0)
        make_booking(venue, starts_at=starts_at, party_size=8, source=Source.PHONE)
    answer = office.post(undo.attributes["action"], follow_redirects=True)
    assert "B1 has been booked since, so nothing was undone." in read(answer).words
    assert "B1" in read(office.get(TABLES)).one(id="no-area").words


def test_a_move_says_where_the_row_is_and_keeps_both_buttons(office, house):
    answer = office.post(f"{TABLES}/table/{house['T3']}/up")
    assert answer.location.endswith(f"#table-{house['T3']}-up")
    page = read(office.get(answer.location))
    assert page.one(id="status").words == "T3 is number 2 of 3 now"
    assert "aria-disabled" not in page.one(id=f"table-{house['T3']}-up").attributes
    assert page.one(id=f"table-{house['T1']}-up").attributes["aria-disabled"] == "true"
    assert read(office.get(f"{TABLES}?moved=table-x")).one(id="status").words == ""


def test_a_table_is_dragged_into_another_area(app, office, house):
    moved = {"before": "", "area": house["Terrace"]}
    office.post(f"{TABLES}/table/{house['T1']}/order", data=moved)
    assert saved(app, DiningTable, house["T1"]).area_id == house["Terrace"]
    office.post(f"{TABLES}/table/{house['T2']}/order", data=moved | {"before": house["T1"]})
    assert names(office) == ["T2", "T1", "T3"]
    office.post(f"{TABLES}/table/{house['T1']}/order", data={"before": house["T3"], "area": ""})
    assert saved(app, DiningTable, house["T1"]).area_id is None
    answer = office.post(
        f"{TABLES}/table/{house['T1']}/order", data=moved | {"area": "999999"}, follow_redirects=True
    )
    assert "Nothing was moved, because the tables have changed meanwhile." in read(answer).words


def test_joined_tables_begin_with_the_name_and_the_range_of_those_ticked(office, house):
    path = f"{TABLES}/group/new"
    typed = {"join": "1", "suggested": "", "name": "", "smallest": "", "largest": "", "online": "y"}
    page = read(office.post(path, data=typed | {"table_ids": [house["T1"], house["T2"]]}))

    def shown():
        return [page.one(id=name).attributes.get("value", "") for name in ("name", "smallest", "largest")]

    assert shown() == ["T1+T2", "5", "8"]
    suggested = page.one(name="suggested").attributes["value"]
    again = {"name": "T1+T2", "smallest": "5", "largest": "8", "suggested": suggested, "join": "1"}
    three = {"table_ids": [house["T1"], house["T2"], house["T3"]]}
    page = read(office.post(path, data=again | three))
    assert shown() == ["T1+T2+T3", "5", "12"]
    page = read(office.post(path, data=again | three | {"name": "The long one"}))
    assert shown() == ["The long one", "5", "12"]
