"""The page of the list and its file, as staff and spreadsheets read them."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine

from portal.bookings import statuses
from portal.bookings.list import rows
from portal.bookings.models import Source, Status
from portal.extensions import db
from portal.venues.models import AuditEntry
from tests.factories import local, make_booking, make_guest, make_link, make_manager, sign_in
from tests.support.reading import read, table
from tests.support.tables import each_row

TODAY = date(2026, 6, 12)
HOSTILE = ["=1+1", "O", "+44 Ada", "مُحَمَّد الرشيد", "Zoe 🙂", 'D\'Arcy "Q", Jr', "x" * 120, "<b>Ada</b>"]


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(datetime(2026, 6, 12, 11, tzinfo=UTC), tick=False):
        yield


def book(venue, name, days=0, hour=19, **details):
    contact = {"email": "", "phone": ""} | details
    return make_booking(
        venue, starts_at=local(venue, TODAY + timedelta(days=days), hour), name=name, **contact
    )


@pytest.fixture
def office(app, client, venue):
    with app.app_context():
        manager = make_manager(venue)
    return sign_in(client, manager)


def file_of(office, address="/bookings.csv"):
    answer = office.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))


def test_a_row_says_when_who_how_many_where_and_how_they_booked(app, venue, desk):
    with app.app_context():
        show = local(venue, TODAY, 21)
        booking = book(venue, "Amara Okafor", phone="07700 900461", source=Source.WIDGET, show_starts_at=show)
    page = read(desk.get("/bookings"))
    (row,) = table(page)
    assert row == [
        "Fri 12 June, 19:00",
        "Amara Okafor 07700 900461",
        "2 guests",
        "table –",
        "show 21:00",
        "Confirmed",
        "Online",
        booking.reference,
    ]
    assert page.link("Amara Okafor") == f"/bookings/{booking.id}"
    assert "Bookings from today on, earliest first" in page.words
    assert page.one("nav", **{"aria-label": "Main"}).link("Bookings") == "/bookings"


@each_row(
    "asked, said",
    [
        ("when=past", "Bookings up to Thu 11 June, latest first"),
        ("when=all", "Bookings of any day, latest first"),
        ("since=2026-06-01", "Bookings from Mon 1 June on, earliest first"),
        ("until=2026-06-20", "Bookings up to Sat 20 June, earliest first"),
        ("since=2026-06-12&until=2026-06-12", "Bookings on Fri 12 June"),
        ("since=2026-06-01&until=2026-06-12", "Bookings from Mon 1 June to Fri 12 June, earliest first"),
        ("show=2026-06-12T18:30:00%2B00:00", "Bookings with this show"),
    ],
)
def test_the_page_says_what_it_shows(desk, asked, said):
    assert said in read(desk.get(f"/bookings?{asked}")).words


@each_row(
    "asked, said",
    [
        ("when=never", "When: choose one of those on the page"),
        ("status=late", "Status: choose one of those on the page"),
        ("source=pigeon", "How they booked: choose one of those on the page"),
        ("linked=perhaps", "Spektrix: choose one of those on the page"),
        ("since=yesterday", "Enter a date, like 2026-06-12"),
        ("since=2026-06-12&until=2026-06-01", "Choose an end date that is not before the start date"),
        ("show=tonight", "Choose one of the shows"),
        ("after=x", "That page does not exist. Start again from the first bookings"),
        ("q=" + "x" * 101, "Search for fewer than 100 letters"),
    ],
)
def test_a_wrong_address_says_what_is_wrong_and_shows_what_is_coming(desk, asked, said):
    answer = desk.get(f"/bookings?{asked}")
    assert answer.status_code == 422
    assert said in read(answer).one("div", role="alert").words


@each_row(
    "asked, said",
    [
        ("", "No bookings from today on"),
        ("status=no_show", "No booking fits these filters."),
        ("q=nobody", "No booking from today on fits. It may be in the past."),
        ("q=nobody&when=all", "No booking fits. Try fewer letters"),
        ("q=%2F", "This search has no letters and no digits."),
    ],
)
def test_an_empty_list_says_what_to_do(desk, asked, said):
    assert said in read(desk.get(f"/bookings?{asked}")).words


def test_pages_keep_the_search_and_its_filters(app, venue, desk, monkeypatch):
    monkeypatch.setattr(rows, "A_PAGE", 1)
    with app.app_context():
        for number in range(3):
            book(venue, f"Ada Guest {number}", hour=12 + number)
    first = read(desk.get("/bookings?q=ada&status=confirmed"))
    second = read(desk.get(first.link("More bookings")))
    assert [row[1] for row in table(second)] == ["Ada Guest 1"]
    assert [row[1] for row in table(read(desk.get(second.link("Back"))))] == ["Ada Guest 0"]
    assert "status=confirmed" in second.link("More bookings")


def test_a_list_that_stopped_reading_says_how_far_it_looked(app, venue, desk, monkeypatch):
    monkeypatch.setattr(rows, "MOST_READ", 2)
    with app.app_context():
        for day in range(4):
            book(venue, f"Guest {day}", days=day, source=Source.WALK_IN if day == 3 else Source.PHONE)
    page = read(desk.get("/bookings?source=walk_in"))
    assert "We looked as far as Sat 13 June, and no booking fits." in page.words
    assert [row[1] for row in table(read(desk.get(page.link("Look further"))))] == ["Guest 3"]


def test_a_reference_is_found_whatever_the_filters_say(app, venue, desk):
    with app.app_context():
        booking = book(venue, "Amara Okafor", days=-9)
    page = read(desk.get("/bookings", query_string={"q": booking.reference.lower(), "status": "no_show"}))
    assert page.link("Amara Okafor, Wed 3 June, 19:00") == f"/bookings/{booking.id}"


def test_nothing_is_said_of_spektrix_until_somebody_is_linked(app, venue, office):
    with app.app_context():
        guest = make_guest(venue)
        make_booking(venue, guest, local(venue, TODAY, 18))
    assert "Linked" not in read(office.get("/bookings")).one("main").words
    assert not any("Spektrix" in head for head in file_of(office)[0])
    with app.app_context():
        make_link(guest)
    page = read(office.get("/bookings"))
    assert table(page)[0][-1] == "Linked"
    heads, row = file_of(office)
    assert (heads[-1], row[-1]) == ("Linked to Spektrix", "Yes")


def test_a_party_that_sits_is_seated_in_the_list(app, venue, desk, staff):
    with app.app_context():
        booking = book(venue, "Amara Okafor", hour=11)
        statuses.seat(venue, booking.id, staff.id)
    assert table(read(desk.get("/bookings")))[0][5] == "Seated"


def test_the_file_has_venue_times_and_no_formula(app, venue, office):
    with app.app_context():
        for number, name in enumerate(HOSTILE):
            book(venue, name, hour=12 + number // 4, phone="+44 7700 900461", note="@home\nby the window")
    heads, *lines = file_of(office)
    assert heads[0] == "Date and time (Europe/London time)"
    assert [line[1] for line in lines] == ["'=1+1", HOSTILE[1], "'+44 Ada", *HOSTILE[3:]]
    assert lines[0][0] == "2026-06-12 12:00"
    assert {line[7] for line in lines} == {"'+44 7700 900461"}
    assert {line[9] for line in lines} == {"'@home\nby the window"}


def test_hostile_names_break_no_page(app, venue, desk):
    with app.app_context():
        for number, name in enumerate(HOSTILE):
            book(venue, name, hour=12 + number // 4)
    assert [row[1] for row in table(read(desk.get("/bookings")))] == HOSTILE


def test_a_file_follows_the_filters_and_is_noted(app, venue, office):
    with app.app_context():
        book(venue, "Stays")
        book(venue, "Goes", status=Status.CANCELLED)
    assert [line[1] for line in file_of(office, "/bookings.csv?status=cancelled&q=goes")[1:]] == ["Goes"]
    with app.app_context():
        assert db.session.scalars(db.select(AuditEntry.detail)).all() == ["coming, cancelled, by a search"]


def test_a_file_that_is_cut_says_so(app, venue, office, monkeypatch):
    monkeypatch.setattr("portal.bookings.list.csv_export.MOST_ROWS", 1)
    with app.app_context():
        book(venue, "One")
        book(venue, "Two", hour=20)
    assert file_of(office)[2] == ["Cut after 1 bookings. Choose dates to export the others."]


def test_the_file_is_for_managers(desk):
    assert desk.get("/bookings.csv").status_code == 403
    assert "Download CSV" not in read(desk.get("/bookings")).words
