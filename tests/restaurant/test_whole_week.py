"""Copying a day, adding, deleting and taking back are saves like any other, and can be undone."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability import periods
from portal.availability.models import Seating, ServicePeriod
from portal.extensions import db
from portal.restaurant.hours import whole_week
from tests.factories import local, make_booking, make_period
from tests.restaurant.test_hours_pages import HOURS, LUNCH, copy, delete, every, form_of
from tests.support.reading import read


@pytest.fixture
def dinner(app, venue):
    with app.app_context():
        return db.session.scalar(select(ServicePeriod).where(ServicePeriod.venue_id == venue.id))


@pytest.fixture
def today(venue):
    return clock.local_date(clock.utc_now(), venue.timezone)


@pytest.fixture
def friday(today):
    """A Friday in three weeks or so."""
    return today + timedelta(days=21 + (4 - today.weekday()) % 7)


def book(app, venue, day, hour=19):
    with app.app_context():
        return make_booking(venue, starts_at=local(venue, day, hour), party_size=4)


def week(app, venue):
    return [
        (row.id, row.name, row.weekdays, row.opens, row.valid_from, row.valid_until)
        for row in every(app, venue)
    ]


def undo(office, answer):
    """Press Undo in the bar above the week."""
    page = read(office.get(answer.location))
    (button,) = [each for each in page.all("button") if each.words == "Undo"]
    form = next(each for each in page.all("form") if "/undo/" in each.attributes.get("action", ""))
    assert button
    return office.post(form.attributes["action"], follow_redirects=True)


def thursday_alone(office, dinner):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["3"]})


@pytest.mark.both_databases
def test_a_copied_day_is_told_to_whoever_has_the_service_open(
    app, office, other_office, venue, dinner, today
):
    thursday_alone(office, dinner)
    path = f"{HOURS}/{dinner.id}"
    mine = form_of(office, path)
    copy(other_office, copied_day="3", targets=["4"], copy_from=str(today))
    answer = office.post(path, data=mine | {"covers": "30"})
    assert answer.status_code == 409
    assert "Ade Bello saved “Service period” while you were changing it" in read(answer).words
    assert [row.weekdays for row in every(app, venue)] == [0b11000]


def test_without_a_save_for_each_service_the_copy_would_be_lost(
    app, office, other_office, venue, dinner, today, monkeypatch
):
    """The control of the test above."""
    monkeypatch.setattr("portal.restaurant.hours.service.whole_week.keep", lambda *_: None)
    monkeypatch.setattr("portal.restaurant.hours.views.flash", lambda *_: None)
    thursday_alone(office, dinner)
    path = f"{HOURS}/{dinner.id}"
    mine = form_of(office, path)
    copy(other_office, copied_day="3", targets=["4"], copy_from=str(today))
    assert office.post(path, data=mine | {"covers": "30"}).status_code == 303
    assert [row.weekdays for row in every(app, venue)] == [0b1000]


@pytest.mark.both_databases
def test_a_day_is_copied_from_the_week_that_was_shown(app, office, other_office, venue, dinner, today):
    thursday_alone(office, dinner)
    shown = read(office.get(HOURS)).one(name="week").attributes["value"]
    other_office.post(f"{HOURS}/new", data=LUNCH)
    typed = {"week": shown, "copied_day": "3", "targets": ["4"], "copy_from": str(today)}
    answer = office.post(f"{HOURS}/copy", data=typed)
    assert answer.status_code == 409
    page = read(answer)
    assert "Somebody changed the week meanwhile" in page.words
    assert [row.weekdays for row in every(app, venue)] == [0b1000, 0b1110]
    again = typed | {"week": page.one(name="week").attributes["value"]}
    assert office.post(f"{HOURS}/copy", data=again).status_code == 303


def test_without_naming_the_week_a_day_would_be_copied_from_one_that_nobody_saw(
    office, other_office, venue, dinner, today, monkeypatch
):
    """The control of the test above."""
    monkeypatch.setattr(whole_week, "mark", lambda _venue: "any")
    thursday_alone(office, dinner)
    other_office.post(f"{HOURS}/new", data=LUNCH)
    typed = {"week": "any", "copied_day": "3", "targets": ["1"], "copy_from": str(today)}
    assert office.post(f"{HOURS}/copy", data=typed).status_code == 303


@pytest.mark.both_databases
def test_a_change_that_somebody_else_has_changed_is_not_taken_back_unseen(
    app, office, other_office, venue, dinner, friday
):
    book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"opens": "11:00", "change_from": str(friday)})
    new = f"{HOURS}/{every(app, venue)[1].id}"
    shown = form_of(office, new)["number"]
    other_office.post(new, data=form_of(other_office, new) | {"covers": "12"})
    answer = office.post(f"{new}/delete", data={"number": shown}, follow_redirects=True)
    assert "Dinner was changed meanwhile, so it was not deleted." in read(answer).words
    assert len(every(app, venue)) == 2
    assert office.post(f"{new}/delete").status_code == 303
    assert len(every(app, venue)) == 2


def test_without_the_number_of_its_save_it_would_be_taken_back_unseen(
    app, office, other_office, venue, dinner, friday, monkeypatch
):
    """The control of the test above."""
    book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"opens": "11:00", "change_from": str(friday)})
    new = f"{HOURS}/{every(app, venue)[1].id}"
    shown = form_of(office, new)["number"]
    other_office.post(new, data=form_of(other_office, new) | {"covers": "12"})
    monkeypatch.setattr("portal.restaurant.hours.views.number_shown", lambda: 1)
    office.post(f"{new}/delete", data={"number": shown})
    assert len(every(app, venue)) == 1


@pytest.mark.both_databases
def test_a_copy_is_undone_with_its_bookings(app, office, venue, dinner, friday):
    thursday_alone(office, dinner)
    before = week(app, venue)
    booking = book(app, venue, friday - timedelta(days=1))
    answer = copy(office, copied_day="3", targets=["4"], copy_from=str(friday - timedelta(days=7)))
    assert len(every(app, venue)) == 2
    assert "Undone" in read(undo(office, answer)).words
    assert week(app, venue) == before
    with app.app_context():
        assert db.session.get_one(Seating, booking.seating_id).service_period_id == dinner.id


@pytest.mark.both_databases
def test_what_was_booked_on_a_copied_day_keeps_the_copy(app, office, venue, dinner, friday):
    thursday_alone(office, dinner)
    answer = copy(office, copied_day="3", targets=["4"], copy_from=str(friday - timedelta(days=7)))
    book(app, venue, friday)
    there = week(app, venue)
    said = read(undo(office, answer)).words
    assert "Nothing was undone. 1 booking to come would no longer fit." in said
    assert week(app, venue) == there


def test_without_looking_at_the_bookings_an_undo_would_leave_one_without_hours(
    app, office, venue, dinner, friday, monkeypatch
):
    """The control of the test above."""
    monkeypatch.setattr(whole_week, "_unfit", lambda _venue: set())
    thursday_alone(office, dinner)
    answer = copy(office, copied_day="3", targets=["4"], copy_from=str(friday - timedelta(days=7)))
    book(app, venue, friday)
    assert "Undone" in read(undo(office, answer)).words
    with app.app_context():
        (row,) = periods.weekly(venue)
        assert row.weekdays == 0b1000


@pytest.mark.both_databases
def test_a_change_that_was_taken_back_comes_again_with_its_bookings(app, office, venue, dinner, friday):
    booking = book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"opens": "11:00", "change_from": str(friday)})
    before = week(app, venue)
    new_id = before[1][0]
    answer = delete(office, new_id)
    assert len(every(app, venue)) == 1
    undo(office, answer)
    assert week(app, venue) == before
    with app.app_context():
        assert db.session.get_one(Seating, booking.seating_id).service_period_id == new_id


@pytest.mark.both_databases
def test_a_service_that_was_deleted_or_added_is_set_back(app, office, venue, dinner):
    before = week(app, venue)
    answer = delete(office, dinner.id)
    assert every(app, venue) == []
    undo(office, answer)
    assert week(app, venue) == before
    undo(office, office.post(f"{HOURS}/new", data=LUNCH))
    assert week(app, venue) == before


@pytest.mark.both_databases
def test_a_week_that_was_changed_again_is_not_set_back(app, office, other_office, venue, dinner, today):
    thursday_alone(office, dinner)
    answer = copy(office, copied_day="3", targets=["4"], copy_from=str(today))
    other_office.post(f"{HOURS}/new", data=LUNCH)
    assert "has changed it since, so nothing was undone." in read(undo(office, answer)).words
    assert len(every(app, venue)) == 2


def test_a_service_added_from_today_and_booked_is_not_set_back(app, office, venue, dinner, friday):
    answer = office.post(
        f"{HOURS}/new", data=LUNCH | {"weekdays": ["4"], "opens": "08:00", "last_seating": "09:00"}
    )
    book(app, venue, friday, 8)
    assert "Somebody has booked it since" in read(undo(office, answer)).words
    assert [row.opens for row in every(app, venue)] == [time(10), time(8)]


def test_the_number_of_a_deleted_service_that_a_special_day_has_by_now_is_left_to_it(
    app, office, venue, dinner
):
    answer = delete(office, dinner.id)
    with app.app_context():
        make_period(venue, id=dinner.id, special_on=date(2099, 12, 25), weekdays=0)
    assert "so nothing was undone" in read(undo(office, answer)).words


@pytest.mark.both_databases
def test_a_change_is_not_taken_back_into_the_place_of_another_period(app, office, venue, dinner, friday):
    """Dinner leaves the weekend to another Dinner; taken back, both would run on Friday."""
    book(app, venue, friday - timedelta(days=1))
    path = f"{HOURS}/{dinner.id}"
    no_weekend = {"weekdays": ["0", "1", "2", "3"], "change_from": friday.isoformat()}
    assert office.post(path, data=form_of(office, path) | no_weekend).status_code == 303
    weekend = {"name": "dinner", "weekdays": ["4", "5", "6"], "opens": "18:00", "last_seating": "22:00"}
    weekend["valid_from"] = friday.isoformat()
    assert office.post(f"{HOURS}/new", data=LUNCH | weekend).status_code == 303
    before = week(app, venue)
    assert len(before) == 3

    answer = delete(office, before[1][0], follow_redirects=True)

    said = "Without this change Dinner would run at the same time as another dinner, on Fri to Sun"
    assert f"{said}, 18:00 to 22:00. Change that one first." in read(answer).words
    assert week(app, venue) == before
    assert "Deleted dinner." in read(delete(office, before[2][0], follow_redirects=True)).words
    assert "Took back a change of Dinner." in read(delete(office, before[1][0], follow_redirects=True)).words
    assert [row[0] for row in week(app, venue)] == [dinner.id]
