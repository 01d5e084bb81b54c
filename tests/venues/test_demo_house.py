"""What the demo opens on: a house that an evening can be run in, or a venue with nothing set."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.availability.models import DiningArea, DiningTable, ServicePeriod, TableGroup
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.shell import demo, demo_house
from tests.factories import sign_in
from tests.support.reading import read


@pytest.mark.timeout(180)
def test_the_demo_opens_in_the_middle_of_an_evening(app, time_machine, monkeypatch):
    monkeypatch.setattr(demo_house, "DAYS", 1)
    time_machine.move_to(datetime(2026, 11, 27, 20, 20, tzinfo=UTC), tick=False)
    with app.app_context():
        demo.seed("w_demo", ["localhost:8702"], evenings=True)
        now = clock.utc_now()
        bookings = db.session.scalars(select(Booking).order_by(Booking.starts_at, Booking.id)).all()
        begun = [booking for booking in bookings if booking.starts_at <= now]
        gone = Counter(booking.status for booking in begun if booking.ends_at <= now)
        assert gone[Status.NO_SHOW] == 1
        assert gone[Status.COMPLETED] == gone.total() - 1 > 5
        here = [booking for booking in begun if booking.ends_at > now]
        assert [booking.seated_at is None for booking in here] == [False] * (len(here) - 1) + [True]
        assert all(booking.seated_at is None for booking in bookings if booking.starts_at > now)


@pytest.mark.timeout(180)
def test_the_demo_opens_on_forty_tables_and_three_weeks_of_bookings(app):
    with app.app_context():
        demo.seed("w_demo", ["localhost:8702"], evenings=True)
        assert db.session.scalar(select(func.count()).select_from(DiningTable)) == 40
        assert db.session.scalar(select(func.count()).select_from(DiningArea)) == 3
        assert db.session.scalar(select(func.count()).select_from(TableGroup)) == 3
        assert set(db.session.scalars(select(ServicePeriod.name))) == {"Lunch", "Dinner", "Supper"}
        today = clock.local_date(clock.utc_now(), "Europe/London")
        days = Counter(db.session.scalars(select(Booking.service_on)))
        assert all(days[today + timedelta(days=number)] >= 5 for number in range(21))
        tables = Counter(db.session.scalars(select(Booking.table_name)))
        assert len(tables) > 10
        assert "" not in tables


def test_the_empty_demo_has_people_and_nothing_else(app):
    with app.app_context():
        assert demo.seed_empty()
        assert not demo.seed_empty()
        assert db.session.scalar(select(func.count()).select_from(DiningTable)) == 0
        assert db.session.scalar(select(func.count()).select_from(ServicePeriod)) == 0
        manager = demo._manager()
    office = sign_in(app.test_client(), manager)
    assert read(office.get("/settings/tables")).one("h1").words == "Tables"
