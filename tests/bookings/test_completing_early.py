"""Before its start a booking is completed only after a question; what is sent is its planned end (Q23)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.bookings import labels, rules, service, statuses
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.outbox.models import Kind, OutboxEntry
from portal.venues.models import Venue
from tests.factories import DAY, local, make_booking, make_guest, make_link, make_staff, make_venue, sign_in
from tests.support.reading import read

HTMX = {"HX-Request": "true"}
BOTH_WAYS = pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])


@pytest.fixture
def amara(app, time_machine):
    """A linked guest's booking for 19:00, looked at on that morning."""
    with app.app_context():
        venue = make_venue(tables=1)
        time_machine.move_to(local(venue, DAY, 7), tick=False)
        guest = make_guest(venue)
        make_link(guest)
        return make_booking(venue, guest)


@pytest.fixture
def desk(app, client, amara):
    with app.app_context():
        staff = make_staff(amara_venue(amara))
    return sign_in(client, staff)


def amara_venue(amara):
    return db.session.get(Venue, amara.venue_id)


def stored(app, amara):
    with app.app_context():
        visits = db.session.scalars(select(OutboxEntry).where(OutboxEntry.kind == Kind.WRITE_BACK)).all()
        return db.session.get(Booking, amara.id), len(visits)


def asked_at(answer):
    return answer.headers.get("HX-Redirect") or answer.location


@pytest.mark.parametrize("days", [0, 1])
def test_until_its_day_nobody_stayed_away_and_nothing_is_urged(app, desk, amara, days):
    on = DAY + timedelta(days=days)
    with app.app_context():
        venue = amara_venue(amara)
        booking = make_booking(venue, starts_at=local(venue, on, 12), email="tom@example.org")
    for address in (f"/bookings/{booking.id}", f"/bookings/{booking.id}/panel"):
        buttons = {each.words: each for each in read(desk.get(address)).all("button")}
        assert ("No-show" in buttons) == (days == 0)
        assert "Cancel" in buttons
        primary = [words for words, each in buttons.items() if "button--primary" in each.attributes["class"]]
        assert ("Seat now" in primary) == (days == 0)
        assert "Mark completed" not in primary


@BOTH_WAYS
@pytest.mark.parametrize("origin", [None, "booking"])
def test_before_its_start_completing_asks_and_changes_nothing(app, desk, amara, headers, origin):
    answer = desk.post(
        f"/bookings/{amara.id}/complete", headers=headers, data={"from": origin} if origin else {}
    )
    assert answer.status_code == (204 if headers else 303)
    question = read(desk.get(asked_at(answer)))
    assert question.one("h1").words == "This booking starts today at 19:00. Mark it completed now?"
    assert "the planned end, Fri 12 June, 20:45" in question.words
    became, visits = stored(app, amara)
    assert (became.status, visits) == (Status.CONFIRMED, 0)

    form = question.one("form", action=f"/bookings/{amara.id}/complete")
    fields = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")}
    done = desk.post(form.attributes["action"], data=fields)
    assert done.location == (f"/bookings/{amara.id}" if origin else f"/diary?date={DAY}")
    became, visits = stored(app, amara)
    assert (became.status, visits) == (Status.COMPLETED, 1)


@BOTH_WAYS
def test_from_its_start_on_nothing_is_asked(app, desk, amara, time_machine, headers):
    time_machine.move_to(amara.starts_at, tick=False)
    desk.post(f"/bookings/{amara.id}/complete", headers=headers)
    assert stored(app, amara)[0].status == Status.COMPLETED


def test_whoever_comes_to_the_question_too_late_sees_the_booking(desk, amara, time_machine):
    time_machine.move_to(amara.starts_at, tick=False)
    answer = desk.get(f"/bookings/{amara.id}/complete-early")
    assert (answer.status_code, answer.location) == (302, f"/bookings/{amara.id}")


def test_no_other_way_completes_it_unasked(app_context, amara):
    with pytest.raises(rules.NotStartedYet):
        statuses.move(amara_venue(amara), amara.id, Status.COMPLETED)


def test_what_is_sent_is_the_end_as_planned_and_the_pages_say_so(app, desk, amara, time_machine):
    time_machine.move_to(amara.starts_at + timedelta(minutes=30), tick=False)
    answer = desk.post(f"/bookings/{amara.id}/complete", headers=HTMX)
    assert "in 10 seconds, with its planned end, 20:45" in read(answer).one("div", id="status").words
    page = read(desk.get(f"/bookings/{amara.id}")).words
    assert "Left Fri 12 June, 19:30" in page
    assert "Last Dined At Fri 12 June, 20:45, the end as planned" in page
    with app.app_context():
        assert service.visit_totals(amara.guest_id)[0] == amara.ends_at


def test_completed_before_its_start_is_called_that(desk, amara):
    desk.post(f"/bookings/{amara.id}/complete", data={"early": "yes"})
    assert "Completed before its start Fri 12 June, 07:00" in read(desk.get(f"/bookings/{amara.id}")).words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today at 19:00"),
        (1, "on Friday at 19:00"),
        (6, "on Friday at 19:00"),
        (7, "on Fri 12 June at 19:00"),
    ],
)
def test_the_start_is_named_as_people_say_it(app_context, amara, days, words):
    assert labels.on_day_at(amara.starts_at, "Europe/London", DAY - timedelta(days=days)) == words
