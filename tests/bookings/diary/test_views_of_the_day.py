"""The views of a day through the test client: tables, panel, week, print, and what is said of Spektrix."""

import pytest
from sqlalchemy import update

from portal.availability.models import SpecialDay
from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.factories import DAY, connect_spektrix, local, make_booking, make_table, sign_in
from tests.support.reading import read, table

TABLES, LIST = f"/diary?view=tables&date={DAY}", f"/diary?view=list&date={DAY}"


@pytest.fixture
def at_six(venue, staff, client, time_machine):
    time_machine.move_to(local(venue, DAY, 18), tick=False)
    return sign_in(client, staff)


@pytest.fixture
def booking(app, venue):
    with app.app_context():
        make_table(venue, "T1")
        booking = make_booking(venue, note="Window", show_starts_at=local(venue, DAY, 21))
        db.session.execute(update(Booking).values(allergies="Nuts"))
        db.session.commit()
        return booking


def test_the_view_is_remembered_and_tables_come_first(at_six, booking):
    assert read(at_six.get("/diary")).all("section", id="floor")
    at_six.get(LIST)
    assert read(at_six.get("/diary")).all("div", id="day-list")
    at_six.get(TABLES)
    assert read(at_six.get("/diary")).all("section", id="floor")


def test_a_phone_and_a_venue_without_tables_get_the_list(at_six, desk, venue, app):
    assert read(at_six.get("/diary")).one("div", id="diary").attributes["class"] == "diary diary--list"
    with app.app_context():
        make_table(venue, "T1")
        make_booking(venue)
    phone = {"Sec-CH-UA-Mobile": "?1"}
    assert read(at_six.get("/diary", headers=phone)).all("div", id="day-list")


def test_the_panel_has_one_next_step_and_all_that_a_waiter_asks(at_six, booking):
    panel = read(at_six.get(f"/bookings/{booking.id}/panel"))
    assert panel.one("h2").words == "Amara Okafor"
    assert panel.one("button", id="panel-next").words == "Seat now"
    assert panel.one("button", id="panel-next").attributes["formaction"] == f"/bookings/{booking.id}/seat"
    for words in ("19:00, 2 guests, table T1", "21:00. Leave by 20:45", "Nuts", "Window", "First visit."):
        assert words in panel.words
    assert {"Edit booking", "Move table", "Open booking"} <= {link.words for link in panel.all("a")}
    at_six.post(f"/bookings/{booking.id}/seat")
    assert read(at_six.get(f"/bookings/{booking.id}/panel")).one("button", id="panel-next").words == (
        "Mark completed"
    )


def test_nothing_is_said_of_spektrix_without_a_connection(app, venue, at_six, booking):
    pages = (LIST, f"/bookings/{booking.id}/panel", TABLES)
    for address in pages:
        main = at_six.get(address).text.partition("<main")[2] or at_six.get(address).text
        assert "Spektrix" not in main.partition("</main>")[0], address
    with app.app_context():
        connect_spektrix(venue)
    assert "Spektrix" in at_six.get(pages[0]).text.partition("<main")[2]
    assert "Spektrix" in at_six.get(pages[1]).text


def test_the_sheet_to_print_has_every_note_and_says_when_it_was_printed(app, venue, at_six, booking):
    with app.app_context():
        make_booking(venue, starts_at=local(venue, DAY, 12), name="Cancelled", status=Status.CANCELLED)
    page = read(at_six.get(f"/diary/print?date={DAY}"))
    assert [row[1:5] for row in table(page)] == [
        ["12:00", "Cancelled", "2", "T1"],
        ["19:00", "Amara Okafor", "2", "T1"],
    ]
    assert ["Allergies: Nuts" in table(page)[1][6], "Window" in table(page)[1][6]] == [True, True]
    assert "Printed Fri 12 June, 18:00." in page.words
    assert len(page.all("span", class_="sheet__box")) == 2


def test_a_week_has_guests_by_service_and_closed_days(app, venue, at_six, booking):
    with app.app_context():
        make_table(venue, "T2")
        make_booking(venue, party_size=3, name="Tom", email="tom@example.org")
        db.session.add(
            SpecialDay(venue_id=venue.id, service_on=DAY.replace(day=9), closed=True, note="Party")
        )
        db.session.commit()
    days = [day.words for day in read(at_six.get(f"/diary/week?date={DAY}")).all("li") if "June" in day.words]
    assert days[0].startswith("Mon 8 June 0 guests Dinner, 10:00 to 23:45, 0 bookings")
    assert days[1].startswith("Tue 9 June Closed: Party")
    assert days[4].startswith("Fri 12 June 5 guests Dinner, 10:00 to 23:45, 2 bookings")
    assert len(days) == 7


@pytest.mark.parametrize("address", ["/diary/week?date=banana", "/diary/print?date=banana"])
def test_a_date_typed_by_hand_does_no_harm(at_six, address):
    assert at_six.get(address, follow_redirects=True).status_code == 200
