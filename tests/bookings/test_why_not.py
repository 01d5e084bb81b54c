"""Why a party cannot have a time, said to staff by the rules that refuse it."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import delete, update

from portal.availability.models import DiningTable, ServicePeriod
from portal.availability.obstacles import Rule
from portal.bookings.diary import refusals
from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.widgets.models import Widget
from tests.factories import (
    DAY,
    local,
    make_booking,
    make_manager,
    make_period,
    make_staff,
    make_table,
    make_venue,
    make_widget,
    sign_in,
)
from tests.support.reading import read
from tests.support.tables import each_row

SEVEN = {"date": str(DAY), "party_size": "2", "time": "19:00"}
BOOKING = {"source": "phone", "name": "Tom Whitfield", "phone": "07700 900461", "key": "key-1"}


@pytest.fixture(autouse=True)
def first_of_june(time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.fixture
def busy(app):
    """One table for two to four, taken at seven; dinner lets one party arrive at once."""
    with app.app_context():
        venue = make_venue()
        db.session.execute(delete(ServicePeriod))
        make_period(venue, weekdays=0b1111101, opens=time(17), last_seating=time(21, 30), covers=5)
        make_table(venue)
        db.session.execute(update(DiningTable).values(smallest=2))
        db.session.commit()
        make_booking(venue, starts_at=local(venue, DAY, 19), party_size=3)
        db.session.execute(update(ServicePeriod).values(most_covers=4, most_parties=1))
        db.session.commit()
        return venue


def asking(app, person):
    return sign_in(app.test_client(), person)


@pytest.fixture
def waiter(app, busy):
    with app.app_context():
        person = make_staff(busy)
    return asking(app, person)


@pytest.fixture
def in_charge(app, busy):
    with app.app_context():
        person = make_manager(busy)
    return asking(app, person)


def ask(desk, **changes):
    return desk.get("/diary/why-not", query_string=SEVEN | changes)


def crosses(answer):
    """The rules that bite, each with all that it says."""
    return [row.words.replace(" :", ":") for row in read(answer).all("li", data_state="bad")]


def ticks(answer):
    return [
        row.one(data_test="check-name").words.replace(" :", ":")
        for row in read(answer).all("li", data_state="ok")
    ]


def filled(page, name):
    return page.one("input", id=name).attributes["value"]


def test_every_rule_that_bites_has_its_cross_in_order_and_the_others_a_tick(waiter):
    answer = ask(waiter)
    guests, parties, table = crosses(answer)
    assert guests == "Dinner has 3 guests arriving then and takes 4 at most: failed Choose another time."
    assert parties == "Dinner has 1 party arriving then and takes 1 at most: failed Choose another time."
    assert table.startswith("Every table for 2 is taken then: failed Choose another time, or cancel ")
    assert ticks(answer) == [
        "The restaurant is open that day: passed",
        "Guests are seated at that time: passed",
        "There is room for so many guests: passed",
        "A table takes a party of that size: passed",
        "A table of that size can be used that day: passed",
    ]
    assert "2 guests cannot be seated at 19:00 on Fri 12 June" in read(answer).words


@each_row(
    "changes, first",
    [
        (
            {"date": "2026-06-09"},
            "The restaurant is closed on that day: failed Choose another day.",
        ),
        ({"time": "15:00"}, "Guests are seated for Dinner from 17:00"),
        ({"party_size": "6"}, "Dinner takes 5 guests at once: failed"),
        (
            {"party_size": "5", "time": "21:30"},
            "Dinner lets 4 guests arrive at once: failed",
        ),
        (
            {"party_size": "1", "time": "21:30"},
            "No table takes 1 guest: failed",
        ),
    ],
)
def test_first_cross_names_the_rule(waiter, changes, first):
    assert crosses(ask(waiter, **changes))[0].startswith(first)


def test_time_that_can_be_had_is_said_and_leads_to_the_booking(waiter):
    answer = ask(waiter, time="21:00")
    assert crosses(answer) == []
    page = read(answer)
    assert "2 guests can be seated at 21:00 on Fri 12 June" in page.words
    form = read(waiter.get(page.link("Book it")))
    assert [filled(form, name) for name in ("date", "time", "party_size")] == [str(DAY), "21:00", "2"]


def test_nearest_times_lead_to_the_booking_filled_in_and_can_be_had(app, waiter):
    page = read(ask(waiter, party_size="3"))
    times = ["17:00", "17:15", "20:45", "21:00"]
    assert [link.words for link in page.all("a") if link.words in times] == times
    form = read(waiter.get(page.link("20:45")))
    assert [filled(form, name) for name in ("date", "time", "party_size")] == [str(DAY), "20:45", "3"]
    typed = {name: filled(form, name) for name in ("date", "time", "party_size", "key")}
    assert waiter.post("/bookings/new", data=BOOKING | typed).status_code == 303


def test_crosses_lead_managers_to_pages_of_the_settings_that_exist(in_charge):
    for changes in ({}, {"date": "2026-06-09"}, {"time": "15:00"}, {"party_size": "6"}):
        for link in read(ask(in_charge, **changes)).one("ul", class_="checks").all("a"):
            assert in_charge.get(link.attributes["href"]).status_code == 200, link.attributes["href"]


def test_each_cross_leads_to_its_setting_once_that_page_is_there(app, busy, monkeypatch):
    words = refusals._RULES[Rule.PACING_PARTIES]
    monkeypatch.setitem(refusals._RULES, Rule.PACING_PARTIES, words._replace(setting="/settings/details"))
    with app.app_context():
        manager, waiter = make_manager(busy), make_staff(busy)
    page = read(ask(asking(app, manager)))
    (cross,) = [row for row in page.all("li", data_state="bad") if "has 1 party arriving" in row.words]
    assert cross.link("Change this setting") == "/settings/details"
    assert "Change this setting" not in read(ask(asking(app, waiter))).words


def test_what_others_have_leads_to_their_bookings_and_not_to_a_setting(in_charge):
    taken = read(ask(in_charge)).all("li", data_state="bad")[-1]
    assert taken.link("See the bookings of that day") == f"/diary?date={DAY}"
    assert "Change this setting" not in taken.words


@each_row(
    "rules, changes, staff, online",
    [
        ({"horizon_days": 60}, {}, "Yes, staff can book it", "Yes, diners can book it"),
        ({"horizon_days": 5}, {}, "Yes, staff can book it", "No. Diners book up to 5 days ahead"),
        (
            {"largest_online": 2},
            {"party_size": "3"},
            "Yes, staff can book it",
            "No. Diners book online for up to 2 guests",
        ),
        (
            {"slot_minutes": 30},
            {"time": "21:15"},
            "Yes, staff can book it",
            "No. Diners can choose a time every 30 minutes",
        ),
        (
            {},
            {"date": "2026-08-28"},
            "Yes, staff can book it",
            "No. Booking page takes bookings up to 60 days",
        ),
        ({}, {"party_size": "3", "time": "19:00"}, "Staff No", "No. Dinner has room for 2 guests then"),
    ],
)
def test_staff_and_diners_have_each_their_answer(app, busy, waiter, rules, changes, staff, online):
    with app.app_context():
        if not db.session.scalar(db.select(Widget.id)):
            make_widget(busy, name="Booking page", days_ahead=60)
        # The rows share one database: each begins without the rules of the one before.
        no_rules = {"horizon_days": None, "largest_online": None, "slot_minutes": 15}
        db.session.execute(update(ServicePeriod).values(no_rules | rules))
        db.session.commit()
    said = read(ask(waiter, **{"time": "21:00"} | changes)).one("dl").words
    assert staff in said
    assert f"Online {online}" in said


def test_without_a_widget_nobody_books_online(waiter):
    assert "No. There is no widget" in read(ask(waiter, time="21:00")).one("dl").words


def test_the_day_of_the_diary_goes_along(waiter):
    page = read(waiter.get("/diary/why-not?date=2026-06-20"))
    assert filled(page, "date") == "2026-06-20"
    assert page.all("div", role="alert") == []


def test_a_closed_day_leads_to_the_nearest_open_one(waiter):
    page = read(ask(waiter, date="2026-06-09"))
    assert page.link("Ask for Wed 10 June") == "/diary/why-not?date=2026-06-10&party_size=2&time=19:00"


def test_every_rule_has_its_words():
    assert set(refusals._RULES) == set(Rule)


@each_row(
    "changes, sentence",
    [
        ({"date": ""}, "Enter the date"),
        ({"date": "9999-12-31"}, "Enter a date, like 2026-06-12"),
        ({"time": "soon"}, "Enter a time, like 19:30"),
        ({"party_size": "0"}, "Guests must be between 1 and 200"),
        ({"party_size": "two"}, "Enter the number of guests, like 2"),
        ({"date": "2026-03-29", "time": "01:30"}, "The clocks skip that time on this day"),
    ],
)
def test_what_cannot_be_asked_is_said(waiter, changes, sentence):
    answer = ask(waiter, **changes)
    assert answer.status_code == 422
    assert sentence in read(answer).one("div", role="alert").words


def test_page_is_for_those_who_work_there(app, busy):
    assert app.test_client().get("/diary/why-not").status_code == 302


def test_refused_booking_leads_to_every_rule(waiter):
    answer = waiter.post("/bookings/new", data=BOOKING | SEVEN)
    assert answer.status_code == 422
    page = read(waiter.get(read(answer).link("Why not? See every rule")))
    assert "2 guests cannot be seated at 19:00 on Fri 12 June" in page.words


def test_pressed_free_time_books_what_was_typed(app, waiter):
    refused = read(waiter.post("/bookings/new", data=BOOKING | SEVEN | {"note": "Window"}))
    (button,) = [one for one in refused.all("button", name="instead") if one.words == "20:45"]
    pressed = {"instead": button.attributes["value"], "key": filled(refused, "key"), "note": "Window"}
    assert waiter.post("/bookings/new", data=BOOKING | SEVEN | pressed).status_code == 303
    with app.app_context():
        newest = db.session.scalars(db.select(Booking).order_by(Booking.id.desc())).first()
        assert newest.starts_at == datetime(2026, 6, 12, 19, 45, tzinfo=UTC)
        assert (newest.booked_name, newest.note, newest.party_size) == ("Tom Whitfield", "Window", 2)


def test_rules_for_diners_do_not_bind_staff_who_look_for_a_free_time(app, busy, waiter):
    """Notice, horizon, largest party online and tables kept from the web."""
    with app.app_context():
        db.session.execute(
            update(ServicePeriod).values(notice_minutes=60 * 24 * 60, horizon_days=1, largest_online=1)
        )
        db.session.execute(update(DiningTable).values(online=False))
        db.session.commit()
    refused = read(waiter.post("/bookings/new", data=BOOKING | SEVEN))
    assert [one.words for one in refused.all("button", name="instead")] == [
        "17:00",
        "17:15",
        "20:45",
        "21:00",
    ]


def test_pacing_does_not_bind_a_walk_in_who_looks_for_a_free_time(app, busy, waiter):
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(most_parties=0))
        db.session.commit()
    phone = read(waiter.post("/bookings/new", data=BOOKING | SEVEN))
    walk_in = read(waiter.post("/bookings/new", data=BOOKING | SEVEN | {"source": str(Source.WALK_IN)}))
    assert phone.all("button", name="instead") == []
    assert [one.words for one in walk_in.all("button", name="instead")][:2] == ["17:00", "17:15"]


def test_late_time_is_judged_by_the_evening_before(app, busy, waiter):
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(last_seating=time(1), most_covers=None))
        db.session.commit()
        make_booking(busy, starts_at=local(busy, date(2026, 6, 13), 0, 30), email="late@example.org")
    answer = ask(waiter, date="2026-06-13", time="00:30")
    assert crosses(answer)[-1].startswith("Every table for 2 is taken then: failed")
    assert "22:30" in read(answer).words


def test_the_question_is_asked_from_the_head_of_the_diary(desk):
    page = read(desk.get("/diary"))
    assert page.one(class_="page-head").link("Why not?") == "/diary/why-not?date=2026-06-01"
    assert "Why not?" in read(desk.get("/help/restaurant/opening-hours")).words
