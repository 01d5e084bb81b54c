"""What is still open from past days is listed, and closed with one press each."""

from datetime import timedelta

import pytest

from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.factories import DAY, local, make_booking, make_venue
from tests.support.reading import read, table

EARLIER = DAY - timedelta(days=1)


@pytest.fixture
def yesterdays(app, venue):
    with app.app_context():
        return [
            make_booking(venue, starts_at=local(venue, EARLIER, hour), name=name, email=f"{name}@example.com")
            for hour, name in ((19, "Ann"), (20, "Bo"), (18, "Cy"))
        ]


def test_the_diary_says_how_many_and_the_list_closes_them(app, venue, desk, booking, yesterdays):
    page = read(desk.get("/diary"))
    assert "3 bookings are still open from before today" in page.words
    page = read(desk.get("/diary/still-open"))
    assert [row[1] for row in table(page)] == ["Cy", "Ann", "Bo"]
    (ann, bo, cy) = yesterdays
    for one, word in ((ann, "complete"), (bo, "no-show"), (cy, "complete")):
        answer = desk.post(f"/bookings/{one.id}/{word}", data={"from": "still_open"})
        assert (answer.status_code, answer.location) == (303, "/diary/still-open")
    assert "Nothing is open" in read(desk.get("/diary/still-open")).words
    assert "still open" not in read(desk.get("/diary")).words
    with app.app_context():
        became = [db.session.get(Booking, one.id).status for one in yesterdays]
    assert became == [Status.COMPLETED, Status.NO_SHOW, Status.COMPLETED]


def test_a_supper_that_still_runs_after_midnight_is_not_over(app, venue, desk, booking, time_machine):
    with app.app_context():
        late = make_booking(venue, starts_at=local(venue, DAY, 23, 45), name="Late", email="late@example.com")
    time_machine.move_to(local(venue, DAY + timedelta(days=1), 0, 30), tick=False)
    assert [row[1] for row in table(read(desk.get("/diary/still-open")))] == ["Amara Okafor"]
    time_machine.move_to(late.ends_at, tick=False)
    assert len(table(read(desk.get("/diary/still-open")))) == 2


def test_another_venues_bookings_are_not_listed(app, desk, time_machine):
    with app.app_context():
        other = make_venue("Elsewhere")
        make_booking(other, starts_at=local(other, EARLIER, 19))
    assert "Nothing is open" in read(desk.get("/diary/still-open")).words
