"""A new service: what its form begins with, and what is said of the services and days beside it."""

from datetime import time

import pytest

from portal.availability.models import ServicePeriod
from portal.extensions import db
from tests.factories import make_period, make_table
from tests.restaurant.test_hours_pages import HOURS, LUNCH, form_of
from tests.support.reading import read


@pytest.fixture
def lunch(app, venue):
    """Lunch and dinner from Wednesday to Friday; lunch was added last."""
    with app.app_context():
        db.session.query(ServicePeriod).update({"weekdays": 0b11100, "opens": time(17)})
        db.session.commit()
        own = {"opens": time(12), "last_seating": time(14, 30), "covers": 33, "slot_minutes": 30}
        make_period(venue, name="Lunch", weekdays=0b11100, most_covers=12, stays=[[2, 75]], **own)


def said(office, **typed):
    return read(office.post(f"{HOURS}/notes", data=LUNCH | typed)).one(id="_notes").words


def test_a_new_service_begins_on_no_day(office):
    assert "weekdays" not in form_of(office, f"{HOURS}/new")
    answer = office.post(f"{HOURS}/new", data=LUNCH | {"weekdays": []})
    assert "Tick at least one day under “Days”" in read(answer).words


def test_a_second_service_begins_with_guests_stays_and_pace_of_the_last(office, lunch):
    typed = form_of(office, f"{HOURS}/new")
    assert [typed[name] for name in ("covers", "slot_minutes", "stay_2", "most_covers")] == [
        "33",
        "30",
        "75",
        "12",
    ]
    assert (typed["name"], typed["opens"]) == ("", "")
    assert "begin as they are for Lunch" in read(office.get(f"{HOURS}/new")).words


def test_services_at_the_same_time_and_days_that_open_are_said_while_it_is_typed(office, lunch):
    tea = {"name": "Tea", "weekdays": ["0", "1", "2"], "opens": "14:00", "last_seating": "17:00"}
    words = said(office, **tea)
    assert "Tea runs at the same time as Lunch and Dinner." in words
    assert "Monday and Tuesday are closed until now, and will be open." in words
    assert said(office, **tea | {"weekdays": ["2"], "opens": "15:00", "last_seating": "16:00"}) == ""
    assert said(office, **tea | {"opens": ""}) == ""


def test_the_same_is_said_once_it_is_added_with_one_undo(office, lunch):
    tea = LUNCH | {"name": "Tea", "weekdays": ["0"], "opens": "15:00", "last_seating": "16:00"}
    page = read(office.post(f"{HOURS}/new", data=tea, follow_redirects=True))
    (bar,) = page.all(class_="status-bar")
    assert "Added Tea. Monday is closed until now, and will be open." in bar.words
    assert "Undo" in bar.words
    assert page.words.count("Added Tea.") == 1


def test_a_service_is_not_beside_itself(app, office, venue, lunch):
    with app.app_context():
        row = db.session.query(ServicePeriod).filter_by(name="Lunch").one()
    assert said(office, weekdays=["2"], of_row=str(row.id)) == ""


def test_the_warning_has_the_button_that_it_names(app, office, venue):
    with app.app_context():
        make_table(venue, "T1", 4)
    answer = office.post(f"{HOURS}/new", data=LUNCH | {"largest_online": "6"})
    assert answer.status_code == 409
    page = read(answer)
    (button,) = [each for each in page.all("button") if each.attributes.get("form")]
    assert button.words == "Save anyway"
    assert button.attributes["form"] == page.one(id="period").one("form").attributes["id"]


def test_change_from_stands_beside_the_times(app, office, lunch):
    with app.app_context():
        row = db.session.query(ServicePeriod).filter_by(name="Lunch").one()
    names = [each.attributes["name"] for each in read(office.get(f"{HOURS}/{row.id}")).all("input")]
    assert names.index("last_seating") < names.index("change_from") < names.index("covers")
