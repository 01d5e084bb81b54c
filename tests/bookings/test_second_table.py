"""The question whether a guest has a table at a time already, however long the restaurant's history is."""

from datetime import time, timedelta

import pytest
from sqlalchemy import event, insert

from portal.bookings import making
from portal.bookings.making import AlreadyBooked, NewBooking
from portal.bookings.models import Booking, Source
from portal.extensions import db
from tests.factories import DAY, local, make_period
from tests.people import AMARA

pytestmark = pytest.mark.both_databases


def new(venue, starts_at):
    return NewBooking(starts_at, 2, AMARA, Source.WIDGET, any_time=True, only_one=True)


def add_history(booking):
    """Add a year of such bookings, and let the database look at them: of an empty table any index will do."""
    kept = {column.key: getattr(booking, column.key) for column in Booking.__table__.columns}
    del kept["id"], kept["seating_id"]
    other_days = [
        {
            **kept,
            "reference": f"H-{number}",
            "public_token": f"history-{number}",
            "service_on": booking.service_on - timedelta(days=number),
        }
        for number in range(1, 365)
    ]
    db.session.execute(insert(Booking), other_days)
    db.session.connection().exec_driver_sql("ANALYZE bookings")


def test_the_question_is_answered_by_an_index(app_context, venue):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2:4]))
    add_history(making.book(venue, new(venue, local(venue, DAY, 19))))
    statement, parameters = next(each for each in asked if "bookings.booked_name" in each[0])
    connection = db.session.connection()
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    if db.engine.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = str(connection.exec_driver_sql(f"{explain} {statement}", parameters).all())
    assert "ix_bookings_by_day" in plan
    assert "service_on" in plan


@pytest.mark.parametrize("hour", [0, 1, 12, 23])
def test_a_table_is_found_whichever_evening_its_hour_belongs_to(app_context, venue, hour):
    make_period(venue, weekdays=1 << (DAY.weekday() - 1) % 7, opens=time(20), last_seating=time(2))
    starts_at = local(venue, DAY, hour, 15)
    making.book(venue, new(venue, starts_at))
    with pytest.raises(AlreadyBooked):
        making.book(venue, new(venue, starts_at))
