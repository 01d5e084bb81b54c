"""The month of dates for staff, by the rules for staff."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from portal.availability.models import ServicePeriod
from portal.extensions import db
from tests.support.reading import read


@pytest.fixture(autouse=True)
def first_of_june(time_machine):
    time_machine.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC))


def test_day_leads_to_the_booking_filled_in(app, venue, desk):
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(horizon_days=1))
        db.session.commit()
    page = read(desk.get(read(desk.get("/bookings/new")).link("Which days are free?")))
    assert "Thursday 30 July, open" in page.words
    chosen = next(one for one in page.all("a") if one.words.startswith("Friday 12 June, open"))
    form = read(desk.get(chosen.attributes["href"]))
    assert form.one("input", id="date").attributes["value"] == "2026-06-12"
    assert form.one("input", id="party_size").attributes["value"] == "2"
    assert "Friday 31 July, open" in read(desk.get(page.link("Later dates"))).words


def test_last_days_of_the_calendar_end_it(desk, venue):
    page = read(desk.get("/bookings/dates?date=2199-12-30&party_size=4"))
    assert "Tuesday 31 December, open" in page.words
    assert "Later dates" not in page.words
    assert date(2199, 12, 31).weekday() == 1


@pytest.mark.parametrize("asked", ["date=x", "date=9999-12-31", "party_size=0", "party_size=x"])
def test_what_cannot_be_asked_is_said(desk, venue, asked):
    answer = desk.get(f"/bookings/dates?{asked}")
    assert answer.status_code == 422
    assert read(answer).all("div", role="alert")
