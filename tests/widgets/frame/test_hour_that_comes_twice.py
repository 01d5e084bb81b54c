"""The night on which clocks go back: both passes of the hour are on offer, told apart, each as itself."""

from dataclasses import asdict
from datetime import UTC, datetime, time

import pytest

from portal import clock
from portal.bookings.models import Booking
from portal.extensions import db
from tests.factories import make_period, make_staff, make_venue, make_widget, sign_in
from tests.people import AMARA
from tests.support.reading import read
from tests.widgets.conftest import inputs_of

# Zone, the evening's date, the wall time, its two instants, and how they are told apart.
NIGHTS = [
    ("Europe/London", "2026-10-24", "1:30am", ("2026-10-25T00:30", "2026-10-25T01:30"), ("BST", "GMT")),
    (
        "Australia/Lord_Howe",
        "2026-04-04",
        "1:45am",
        ("2026-04-04T14:45", "2026-04-04T15:15"),
        ("UTC+11", "UTC+10:30"),
    ),
    ("Africa/Casablanca", "2026-02-14", "2:15am", ("2026-02-15T01:15", "2026-02-15T02:15"), ("UTC+1", "UTC")),
]
each_night = pytest.mark.parametrize(("zone", "evening", "wall", "instants", "names"), NIGHTS)


@pytest.fixture
def house(app, friday_noon):
    def open_late(zone, evening):
        day = datetime.fromisoformat(evening).replace(tzinfo=UTC)
        friday_noon.move_to(day)
        with app.app_context():
            venue = make_venue(timezone=zone)
            make_period(venue, name="Supper", weekdays=1 << 5, opens=time(22), last_seating=time(4))
            widget = make_widget(venue, "none", sites=[], public_id="late", days_ahead=3)
            return venue, f"/w/{widget.public_id}", make_staff(venue)

    return open_late


@each_night
def test_each_pass_is_a_button_that_books_its_own_instant(app, house, zone, evening, wall, instants, names):
    _venue, frame, _staff = house(zone, evening)
    diner = app.test_client()
    page = read(diner.get(frame, query_string={"date": evening, "party": "2"}))
    buttons = {
        button.words: button.attributes["value"]
        for button in page.all("button", name="starts_at")
        if button.words.startswith(wall)
    }
    assert buttons == {f"{wall} {name}": f"{at}:00Z" for name, at in zip(names, instants, strict=True)}

    for number, (text, starts_at) in enumerate(buttons.items()):
        details = diner.get(f"{frame}/details", query_string={"starts_at": starts_at, "party": "2"})
        assert f"Book table for {text}" in read(details).words
        person = asdict(AMARA) | {"email": f"{number}@example.org"}
        answer = diner.post(f"{frame}/bookings", data=inputs_of(details.text) | person)
        confirmed = diner.get(answer.location)
        assert text in read(confirmed).words
        file = diner.get(f"{answer.location}/calendar.ics").text
        assert f"DTSTART:{starts_at.replace('-', '').replace(':', '')}" in file
        assert not any(name in file for name in names if name != "UTC")
    with app.app_context():
        booked = db.session.scalars(db.select(Booking).order_by(Booking.id)).all()
        assert [f"{one.starts_at:%Y-%m-%dT%H:%M}" for one in booked] == list(instants)


@each_night
def test_program_is_told_them_apart_too(app, house, zone, evening, wall, instants, names):
    _venue, frame, _staff = house(zone, evening)
    answer = app.test_client().get(
        f"{frame}/slots",
        query_string={"date": evening, "party": "2"},
        headers={"Accept": "application/json"},
    )
    twice = [slot["time"] for slot in answer.json["slots"] if slot["time"].startswith(wall)]
    assert twice == [f"{wall} {name}" for name in names]


@each_night
def test_staff_are_asked_which_and_book_it(app, house, zone, evening, wall, instants, names):
    _venue, _frame, staff = house(zone, evening)
    desk = sign_in(app.test_client(), staff)
    local = clock.to_local(datetime.fromisoformat(f"{instants[0]}Z"), zone)
    typed = {"source": "walk_in", "date": str(local.date()), "time": f"{local:%H:%M}", "party_size": "2"}
    asked = desk.post("/bookings/new", data=typed | {"key": "0"})
    assert asked.status_code == 422
    page = read(asked)
    assert "The clocks show that time twice on this day" in page.one("div", role="alert").words
    for number, name in enumerate(names):
        assert f"{local:%H:%M} {name}" in page.words
        answer = desk.post("/bookings/new", data=typed | {"key": f"{number + 1}", "time_pass": str(number)})
        assert f"Booked: Walk-in at {local:%H:%M} {name}" in read(desk.get(answer.location)).words
    rows = read(desk.get(f"/diary?date={evening}")).words
    assert [f"{local:%H:%M} {name}" in rows for name in names] == [True, True]
    with app.app_context():
        booked = db.session.scalars(db.select(Booking).order_by(Booking.id)).all()
        assert [f"{one.starts_at:%Y-%m-%dT%H:%M}" for one in booked] == list(instants)
        page = read(desk.get(f"/bookings/{booked[1].id}"))
    assert f"{local:%H:%M} {names[1]}" in page.words


@each_night
def test_walk_in_of_the_second_pass_is_there_now(
    app, house, friday_noon, zone, evening, wall, instants, names
):
    _venue, _frame, staff = house(zone, evening)
    friday_noon.move_to(datetime.fromisoformat(f"{instants[1]}Z"))
    desk = sign_in(app.test_client(), staff)
    page = read(desk.get("/bookings/new?source=walk_in"))
    (chosen,) = [one for one in page.all("input", name="time_pass") if "checked" in one.attributes]
    assert chosen.attributes["value"] == "1"


@pytest.mark.parametrize(
    ("zone", "instant", "name"),
    [
        ("Europe/London", "2026-10-25T00:59:59Z", "BST"),
        ("Europe/London", "2026-10-25T01:59:59Z", "GMT"),
        ("Europe/London", "2026-10-24T23:59:59Z", ""),
        ("Europe/London", "2026-10-25T02:00:00Z", ""),
        ("Europe/London", "2026-03-29T01:00:00Z", ""),
        ("Australia/Lord_Howe", "2026-04-04T14:29:59Z", ""),
        ("Australia/Lord_Howe", "2026-04-04T15:30:00Z", ""),
        ("America/Sao_Paulo", "2018-02-18T02:30:00Z", "UTC-3"),
        ("America/St_Johns", "2026-11-01T05:00:00Z", "NST"),
        ("UTC", "2026-10-25T01:30:00Z", ""),
    ],
)
def test_name_is_said_in_the_hour_that_comes_twice_alone(zone, instant, name):
    assert clock.which_pass(clock.to_local(datetime.fromisoformat(instant), zone)) == name
