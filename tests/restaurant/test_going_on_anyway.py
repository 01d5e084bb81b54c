"""Saving anyway goes on after the list that was shown, and asks again about any other."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability.models import DiningTable, ServicePeriod, SpecialDay
from portal.extensions import db
from portal.restaurant import forms
from portal.venues.models import Venue
from tests.factories import local, make_booking, make_table
from tests.restaurant.cards import agreed
from tests.support.reading import read

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 12, 25, tzinfo=UTC).date()


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)


@pytest.fixture
def row_ids(app, venue, monkeypatch):
    """Tables and a closed day to change, whose numbers the cards below name."""
    with app.app_context():
        make_table(venue, "T1", 4)
        special = SpecialDay(venue_id=venue.id, service_on=FRIDAY, closed=False, note="")
        db.session.add(special)
        db.session.commit()
        return {
            "period": db.session.scalar(select(ServicePeriod.id)),
            "table": db.session.scalar(select(DiningTable.id)),
            "special_day": special.id,
        }


def book(app, venue, hour):
    with app.app_context():
        make_booking(venue, starts_at=local(venue, FRIDAY, hour), party_size=4)


def is_changed(app):
    """Whether anything of the settings is another than at the start."""
    with app.app_context():
        week = db.session.scalars(select(ServicePeriod.opens)).all()
        days = db.session.scalars(select(SpecialDay.closed)).all()
        seats = db.session.scalar(select(DiningTable.seats))
        zone = db.session.scalar(select(Venue.timezone))
        copied = db.session.scalars(select(ServicePeriod.weekdays)).all()
        return (len(week), week[0].hour, days, seats, zone, copied) != (
            1,
            10,
            [False],
            4,
            "Europe/London",
            [0b1111111],
        )


CARDS = {
    "hours": (
        "/settings/hours/{period}",
        {
            "name": "Dinner",
            "weekdays": ["0"],
            "opens": "17:00",
            "last_seating": "17:15",
            "slot_minutes": "15",
            "covers": "40",
            "stay_2": "90",
            "stay_4": "90",
            "stay_6": "90",
            "stay_minutes": "90",
            "number": "0",
            "change_from": "2026-11-02",
        },
    ),
    "special day": (
        "/settings/special-days/{special_day}",
        {"kind": "closed", "note": "", "number": "0"},
    ),
    "table": (
        "/settings/tables/table/{table}",
        {"name": "T1", "seats": "2", "smallest": "1", "area_id": "0", "number": "0"},
    ),
    "time zone": (
        "/settings/details/time-zone/change",
        {"timezone": "America/New_York", "from": "Europe/London"},
    ),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("card", CARDS)
def test_a_list_that_has_grown_is_shown_again_and_nothing_is_changed(app, office, venue, row_ids, card):
    path, typed = CARDS[card][0].format(**row_ids), CARDS[card][1]
    book(app, venue, 12)
    shown = agreed(office.post(path, data=typed))
    book(app, venue, 20)
    answer = office.post(path, data=typed | shown)
    assert answer.status_code == 409
    assert "This list has changed since you last saw it" in read(answer).words
    assert not is_changed(app)
    assert office.post(path, data=typed | agreed(answer)).status_code == 303
    assert is_changed(app)


def test_whoever_would_agree_to_any_list_would_agree_to_what_they_never_saw(
    app, office, venue, row_ids, monkeypatch
):
    """The control of the test above."""
    path, typed = CARDS["special day"][0].format(**row_ids), CARDS["special day"][1]
    book(app, venue, 12)
    shown = agreed(office.post(path, data=typed))
    book(app, venue, 20)
    monkeypatch.setattr(
        "portal.restaurant.special_days.views.agrees_to", lambda _mark: "agreed_to" in forms.request.form
    )
    assert office.post(path, data=typed | shown).status_code == 303
    assert is_changed(app)


def test_a_first_word_of_agreement_is_no_agreement(app, office, venue, row_ids):
    book(app, venue, 12)
    for card in CARDS:
        path, typed = CARDS[card][0].format(**row_ids), CARDS[card][1]
        for said in ("1", "", "0" * 16):
            assert office.post(path, data=typed | {"agreed_to": said}).status_code == 409, card
    assert not is_changed(app)


def test_a_warning_that_says_something_else_is_shown_again(app, office, venue, row_ids):
    typed = {"notice_minutes": "0", "horizon_days": "", "largest_online": "8", "number": "0"}
    shown = agreed(office.post("/settings/online", data=typed))
    with app.app_context():
        make_table(venue, "T2", 6)
    answer = office.post("/settings/online", data=typed | shown)
    assert answer.status_code == 409
    assert "Parties of 7 or more will find no times." in read(answer).words
    assert office.post("/settings/online", data=typed | agreed(answer)).status_code == 303


def test_a_list_of_what_was_to_be_deleted_grows_too(app, office, venue, row_ids):
    with app.app_context():
        db.session.get_one(SpecialDay, row_ids["special_day"]).other_hours = True
        own = db.session.get_one(ServicePeriod, row_ids["period"])
        late = {"name": "Late", "opens": own.opens.replace(hour=1), "last_seating": own.opens.replace(hour=3)}
        db.session.add(ServicePeriod(venue_id=venue.id, special_on=FRIDAY, weekdays=0, covers=40, **late))
        db.session.commit()
        make_booking(venue, starts_at=local(venue, FRIDAY, 1), party_size=2)
    path = f"/settings/special-days/{row_ids['special_day']}/delete"
    shown = agreed(office.post(path))
    with app.app_context():
        make_booking(venue, starts_at=local(venue, FRIDAY, 3), party_size=2)
    answer = office.post(path, data=shown)
    assert answer.status_code == 409
    assert office.post(path, data=agreed(answer)).status_code == 303
