"""The month of dates: how each day stands, with one query a table."""

from datetime import date, time, timedelta

from sqlalchemy import event

from portal.availability import service
from portal.availability.models import SpecialDay
from portal.availability.room import Asker
from portal.availability.service import DayOnOffer, DayState
from portal.extensions import db
from tests.availability.house import FRIDAY, NOW, SEVEN, add_period, open_house


def states(house, days=4, first=FRIDAY, asker=Asker.ONLINE, now=NOW):
    with house.app.app_context():
        return [day.state for day in service.month(house.venue, first, days, 2, now, asker)]


def close(house, on, note=""):
    with house.app.app_context():
        db.session.add(SpecialDay(venue_id=house.venue_id, service_on=on, closed=True, note=note))
        db.session.commit()


def test_each_day_is_open_full_or_closed(app):
    house = open_house(app, seats=(2,), opens=time(19), last_seating=time(20, 30))
    house.take(SEVEN + timedelta(days=1))
    close(house, FRIDAY + timedelta(days=2), "Closed for our staff party")
    assert states(house) == [DayState.OPEN, DayState.FULL, DayState.CLOSED, DayState.OPEN]
    with app.app_context():
        assert service.month(house.venue, FRIDAY, 3, 2, NOW)[2].note == "Closed for our staff party"


def test_day_that_diners_cannot_book_is_not_called_full(app):
    house = open_house(app, horizon_days=27, notice_minutes=60)
    assert states(house) == [DayState.OPEN] * 2 + [DayState.TOO_EARLY] * 2
    assert states(house, asker=Asker.STAFF) == [DayState.OPEN] * 4
    assert states(house, 1, now=SEVEN + timedelta(hours=3)) == [DayState.TOO_LATE]


def test_sixty_days_are_read_with_one_query_a_table(app):
    house = open_house(app, seats=(2, 4))
    add_period(house, weekdays=(5,), name="Lunch", opens=time(12), last_seating=time(14), covers=9)
    for day in range(0, 60, 9):
        house.take(SEVEN + timedelta(days=day))
    close(house, FRIDAY + timedelta(days=2))
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        states(house, 60)
        tables = ["service_periods", "special_days", "dining_tables", "table_groups", "seatings"]
        first = {table: sum(f"FROM {table}" in statement for statement in sent) for table in tables}
        all_cold = len(sent)
        sent.clear()
        states(house, 60)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # Weekly periods belong to the house, which is kept; those of special days are read with their days.
    assert first == dict.fromkeys(tables, 1) | {"service_periods": 2}
    assert all_cold <= 16
    assert sum("SELECT" in statement for statement in sent) == 2


def test_calendar_ends_and_the_month_with_it(app):
    house = open_house(app)
    assert len(states(house, 60, date(2199, 12, 30))) == 2


def test_weeks_begin_on_monday_and_months_stand_apart():
    days = [DayOnOffer(FRIDAY + timedelta(days=number), DayState.OPEN) for number in range(6)]
    november, december = service.by_month(days, {FRIDAY: ["Hamlet"]})
    assert (november.title, december.title) == ("November 2026", "December 2026")
    assert [[cell and cell.on.day for cell in week] for week in november.weeks] == [
        [None, None, None, None, 27, 28, 29],
        [30, None, None, None, None, None, None],
    ]
    assert [cell and cell.on.day for cell in december.weeks[0]] == [None, 1, 2, None, None, None, None]
    assert november.weeks[0][4].spoken == "Friday 27 November, open, show: Hamlet"
