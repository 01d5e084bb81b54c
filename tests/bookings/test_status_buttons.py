"""The buttons in the diary's rows, with htmx and without any script."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from portal.bookings.diary.views import LAST_TRY
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.outbox.models import Kind, OutboxEntry, State
from portal.venues.models import Venue
from tests.factories import (
    DAY,
    connect_spektrix,
    make_booking,
    make_entry,
    make_guest,
    make_link,
    make_staff,
    make_venue,
    set_entry,
    sign_in,
    with_csrf,
)
from tests.people import TOM
from tests.support.reading import read, table

HTMX = {"HX-Request": "true"}


@pytest.fixture
def booking(app, venue):
    with app.app_context():
        return make_booking(venue)


@pytest.fixture
def linked_booking(app, venue):
    with app.app_context():
        guest = make_guest(venue)
        make_link(guest)
        return make_booking(venue, guest)


def stored(app, booking):
    with app.app_context():
        return db.session.get(Booking, booking.id)


def visits_of(app, booking):
    with app.app_context():
        query = select(OutboxEntry).where(
            OutboxEntry.booking_id == booking.id, OutboxEntry.kind == Kind.WRITE_BACK
        )
        return db.session.scalars(query.order_by(OutboxEntry.id)).all()


def press(desk, booking, word, **options):
    return desk.post(f"/bookings/{booking.id}/{word}", **options)


def test_completed_answers_htmx_with_the_row_and_the_status_bar(app, desk, linked_booking):
    answer = press(desk, linked_booking, "complete", headers=HTMX)
    page = read(answer)
    assert answer.status_code == 200
    assert "Completed" in page.one("tr", id=f"_booking_row-{linked_booking.id}").words
    said = page.one("div", id="status").words
    assert said == "Amara Okafor completed. Visit will be sent to Spektrix in 10 seconds Undo"
    assert stored(app, linked_booking).status == Status.COMPLETED


def test_a_guest_who_is_not_linked_is_promised_no_visit(desk, booking):
    said = read(press(desk, booking, "complete", headers=HTMX)).one("div", id="status").words
    assert said == "Amara Okafor completed Undo"


def test_without_htmx_the_button_leads_back_to_the_day(desk, booking):
    answer = press(desk, booking, "complete")
    assert (answer.status_code, answer.location) == (303, f"/diary?date={DAY}")
    assert "Amara Okafor completed." in read(desk.get(answer.location)).one("p", class_="flash tone-ok").words


def test_a_button_on_the_booking_page_leads_back_to_it(desk, booking):
    answer = press(desk, booking, "no-show", data={"from": "booking"})
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.id}")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.CONFIRMED, ["Mark completed", "No-show", "Cancel"]),
        (Status.COMPLETED, ["Undo completed"]),
        (Status.CANCELLED, ["Restore"]),
        (Status.NO_SHOW, ["Restore"]),
        (Status.PENDING, ["Confirm", "Cancel"]),
        (Status.PENDING_PAYMENT, ["Confirm", "Cancel"]),
    ],
)
def test_each_status_offers_its_own_steps(app, venue, desk, status, words):
    with app.app_context():
        booking = make_booking(venue, status=status)
    panel = read(desk.get(f"/bookings/{booking.id}/panel"))
    assert [button.words for button in panel.all("button", form="press")] == words
    row = read(desk.get(f"/diary?date={DAY}")).one("tr", id=f"_booking_row-{booking.id}")
    assert [button.words for button in row.all("button")] == words[:1]


def test_undo_takes_a_booking_back_and_stops_the_send(app, desk, linked_booking):
    undo = read(press(desk, linked_booking, "complete", headers=HTMX)).one("div", id="status").one("form")
    page = read(desk.post(undo.attributes["action"], headers=HTMX))
    assert "Amara Okafor is confirmed again" in page.one("div", id="status").words
    (visit,) = visits_of(app, linked_booking)
    assert (visit.state, visit.reason) == (State.NOT_SENT, Code.SET_BACK)
    assert visit.closed_at is not None
    assert visit.due_at is None


def test_set_back_after_sending_leaves_what_was_sent(app, desk, linked_booking):
    press(desk, linked_booking, "complete")
    (visit,) = visits_of(app, linked_booking)
    with app.app_context():
        sent = {"state": State.CONFIRMED, "reason": None, "due_at": None, "closed_at": visit.created_at}
        set_entry(visit, **sent, sent_last_dined="2026-06-12T20:45:00+01:00", sent_visits=1)
    press(desk, linked_booking, "confirm")
    (visit,) = visits_of(app, linked_booking)
    assert (visit.state, visit.sent_visits) == (State.CONFIRMED, 1)
    page = read(desk.get(f"/bookings/{linked_booking.id}")).words
    assert "2026-06-12T20:45:00+01:00" in page
    assert "Completed to confirmed" in page


def test_completing_a_second_time_owes_a_second_visit(app, desk, linked_booking):
    for word in ("complete", "confirm", "complete"):
        press(desk, linked_booking, word)
    assert [visit.completion_no for visit in visits_of(app, linked_booking)] == [1, 2]
    assert [visit.state for visit in visits_of(app, linked_booking)] == [State.NOT_SENT, State.WAITING]


def test_pressing_twice_completes_once(app, desk, linked_booking):
    answers = [press(desk, linked_booking, "complete", headers=HTMX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(visits_of(app, linked_booking)) == 1


def test_a_move_that_is_not_possible_shows_the_row_as_it_is(app, venue, desk):
    with app.app_context():
        booking = make_booking(venue, status=Status.CANCELLED)
    answer = press(desk, booking, "complete", headers=HTMX)
    page = read(answer)
    assert answer.status_code == 422
    assert "Restore" in page.one("tr", id=f"_booking_row-{booking.id}").words
    assert "now cancelled and cannot become completed" in page.one("div", id="status").words


@pytest.mark.parametrize("place", ["diary", "booking"])
def test_a_move_that_is_not_possible_is_told_without_htmx_too(app, venue, desk, place):
    with app.app_context():
        booking = make_booking(venue, status=Status.NO_SHOW)
    answer = press(desk, booking, "cancel", data={"from": place})
    assert answer.status_code == 422
    assert "now no-show and cannot become cancelled" in read(answer).one("p", class_="flash tone-warn").words


def test_a_place_given_away_meanwhile_is_not_given_back(app, client):
    with app.app_context():
        venue = make_venue(tables=1)
        staff = make_staff(venue)
        booking = make_booking(venue, status=Status.CANCELLED)
        make_booking(venue, name=TOM.name, email="tom@example.org")
    answer = press(sign_in(client, staff), booking, "confirm", headers=HTMX)
    assert answer.status_code == 422
    assert "now belongs to another booking" in read(answer).one("div", id="status").words
    assert stored(app, booking).status == Status.CANCELLED
    row = read(answer).one("tr", id=f"_booking_row-{booking.id}")
    assert [button.words for button in row.all("button")] == ["Restore"]
    assert not read(answer).one("div", id="status").all("button"), "nothing can be undone"


def test_restoring_takes_a_place_again(app, client):
    with app.app_context():
        venue = make_venue(tables=1)
        staff = make_staff(venue)
        booking = make_booking(venue, status=Status.NO_SHOW)
    page = read(press(sign_in(client, staff), booking, "confirm", headers=HTMX))
    assert page.one("div", id="status").words == "Amara Okafor restored Undo"
    became = stored(app, booking)
    assert (became.status, became.table_name) == (Status.CONFIRMED, "T1")
    assert became.seating_id is not None


def test_an_unknown_move_has_no_address(desk, booking):
    assert press(desk, booking, "pending").status_code == 404
    assert desk.get(f"/bookings/{booking.id}/complete").status_code == 405


def test_a_moving_note_is_looked_at_again_until_the_last_try(app, desk, linked_booking):
    press(desk, linked_booking, "complete")
    card = read(desk.get(f"/bookings/{linked_booking.id}")).one("section", id="_spektrix_card")
    assert card.attributes["hx-trigger"] == "every 2s"
    looks, address = 1, card.attributes["hx-get"]
    while address:
        looks += 1
        card = read(desk.get(address, headers=HTMX)).one("section", id="_spektrix_card")
        address = card.attributes.get("hx-get")
    assert looks == LAST_TRY + 1
    assert "hx-trigger" not in card.attributes
    assert "Reload the page to check again" in card.words


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.HELD, Code.VISIT_HELD),
        (State.BLOCKED, Code.KEY_REFUSED),
        (State.NOT_STORED, Code.ATTRIBUTE_MISSING),
        (State.CONFIRMED, None),
        (State.NOT_SENT, Code.NO_BASKET_BOOKED),
        (State.NEEDS_ATTENTION, Code.VISIT_GIVEN_UP),
    ],
)
def test_a_note_that_stands_still_is_not_polled(app, desk, linked_booking, state, reason):
    press(desk, linked_booking, "complete")
    with app.app_context():
        set_entry(visits_of(app, linked_booking)[0], state=state, reason=reason)
    assert not read(desk.get(f"/bookings/{linked_booking.id}")).all("section", hx_trigger="every 2s")


@pytest.mark.parametrize("tries", ["abc", "-5", "1e9", "99999999999999999999", ""])
def test_a_try_counter_typed_by_hand_does_no_harm(desk, linked_booking, tries):
    press(desk, linked_booking, "complete")
    assert desk.get(f"/bookings/{linked_booking.id}?try={tries}").status_code == 200


def test_checking_says_why_it_takes_long(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue, basket_id="basket-1")
        entry = db.session.scalar(select(OutboxEntry).where(OutboxEntry.booking_id == booking.id))
        set_entry(entry, state=State.BLOCKED, reason=Code.BASKETS_REFUSED)
    (row,) = table(read(desk.get("/diary?date=2026-06-12")))
    assert row[6] == "Checking This API user is not allowed to read baskets"


def test_the_newest_of_several_visits_is_shown(app, desk, linked_booking):
    press(desk, linked_booking, "complete")
    with app.app_context():
        connect_spektrix(db.session.get(Venue, linked_booking.venue_id))
        make_entry(linked_booking, state=State.NEEDS_ATTENTION, reason=Code.REJECTED, completion_no=2)
    (row,) = table(read(desk.get("/diary?date=2026-06-12")))
    assert row[6].startswith("Needs you")


def test_somebody_signed_out_meanwhile_is_sent_to_sign_in_and_back_to_the_diary(client, booking):
    here = {**HTMX, "HX-Current-URL": f"http://localhost/diary?date={DAY}"}
    answer = press(with_csrf(client), booking, "complete", headers=here)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == f"/sign-in?next=/diary?date%3D{DAY}"


def test_the_history_names_who_moved_it_and_when(staff, client, booking, time_machine):
    time_machine.move_to(datetime(2026, 6, 12, 20, 0, tzinfo=UTC), tick=False)
    desk = sign_in(client, staff)
    press(desk, booking, "complete")
    history = table(read(desk.get(f"/bookings/{booking.id}")))[-1]
    assert history == ["Confirmed to completed", "Fri 12 June, 21:00", "Sam Doyle"]
