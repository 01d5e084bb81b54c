import re
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import delete, event, select

from portal.availability.models import ServicePeriod, SpecialDay
from portal.bookings.models import LinkCheck, Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import LinkBasis, LinkState
from portal.outbox.models import OutboxEntry, State
from tests.factories import (
    DAY,
    connect_spektrix,
    local,
    make_booking,
    make_guest,
    make_link,
    make_period,
    make_staff,
    make_table,
    make_venue,
    set_entry,
    sign_in,
)
from tests.support.reading import read, table
from tests.support.tables import each_row

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
FRIDAY = f"/diary?view=list&date={DAY}"


def cells(desk, address=FRIDAY):
    answer = desk.get(address)
    assert answer.status_code == 200
    return table(read(answer))


def test_a_row_has_the_six_fields_in_order(app, venue, staff, client, time_machine):
    time_machine.move_to(NOON)
    desk = sign_in(client, staff)
    with app.app_context():
        make_table(venue, "T6", 2)
        make_booking(venue, starts_at=local(venue, DAY, 17, 45), source=Source.WIDGET)
    (row,) = cells(desk)
    assert row[:6] == ["17:45", "Amara Okafor", "2 guests", "table T6", "Online", "Confirmed"]


def test_rows_are_in_order_of_time(app, venue, desk):
    with app.app_context():
        for hour, name in ((20, "Third"), (12, "First"), (18, "Second")):
            make_booking(venue, starts_at=local(venue, DAY, hour), name=name, email="")
    assert [row[1] for row in cells(desk)] == ["First", "Second", "Third"]


@pytest.mark.parametrize(
    ("source", "label"),
    [
        (Source.WIDGET, "Online"),
        (Source.PHONE, "Phone"),
        (Source.EMAIL, "Email"),
        (Source.WALK_IN, "Walk-in"),
    ],
)
def test_every_source_has_its_word(app, venue, desk, source, label):
    with app.app_context():
        make_booking(venue, source=source)
    assert cells(desk)[0][4] == label


def test_an_unverified_booking_is_listed_and_counted_like_any_other(app, venue, desk):
    with app.app_context():
        guest = make_guest(venue, "Tom Whitfield", "tom@example.org")
        make_link(guest, LinkState.UNVERIFIED, reason=Code.ANONYMOUS)
        make_booking(venue, guest, party_size=4)
        make_booking(venue)
    page = read(desk.get(FRIDAY))
    assert len(table(page)) == 2
    assert "6 guests booked 2 bookings" in page.one("p", class_="counts").words


def test_cancelled_and_no_show_are_listed_but_not_counted(app, venue, desk):
    with app.app_context():
        make_booking(venue, status=Status.CANCELLED)
        make_booking(venue, status=Status.NO_SHOW)
        make_booking(venue, party_size=3)
    page = read(desk.get(FRIDAY))
    assert len(table(page)) == 3
    assert "3 guests booked 1 booking" in page.one("p", class_="counts").words


def test_the_next_arrival_is_the_first_confirmed_one_still_to_come(app, venue, staff, client, time_machine):
    time_machine.move_to(local(venue, DAY, 18))
    desk = sign_in(client, staff)
    with app.app_context():
        make_booking(venue, starts_at=local(venue, DAY, 17), name="Earlier", email="")
        make_booking(
            venue, starts_at=local(venue, DAY, 18, 30), name="Gone", email="", status=Status.CANCELLED
        )
        make_booking(venue, starts_at=local(venue, DAY, 19), name="Daniel Reyes", email="")
    assert "Next: 19:00 Daniel Reyes, 2" in read(desk.get("/diary")).one("p", class_="counts").words


def test_an_empty_day_says_so_and_offers_a_booking(desk):
    page = read(desk.get("/diary?date=2026-06-12"))
    assert any(title.words.startswith("No bookings for Fri 12 June") for title in page.all("h2"))
    assert page.all("a", href="/bookings/new?date=2026-06-12")


def test_other_days_are_one_link_away(desk):
    page = read(desk.get("/diary?date=2026-03-01"))
    assert page.all("a", href="/diary?date=2026-02-28")
    assert page.all("a", href="/diary?date=2026-03-02")
    assert page.all("a", href="/diary")


@pytest.mark.both_databases
@each_row(
    "typed",
    ["banana", "2026-02-30", "12/06/2026", "0001-01-01", "9999-12-31", "2026-06-12%00", "-1", "%F0%9F%8D%95"],
)
def test_a_date_that_is_none_is_answered_with_a_sentence(desk, typed):
    answer = desk.get(f"/diary?date={typed}")
    assert answer.status_code == 422
    assert "Enter a date, like 2026-06-12" in read(answer).one("div", role="alert").words


def test_another_venue_shows_only_its_own_day(app, venue, desk):
    with app.app_context():
        make_booking(make_venue("The Anchor", reference_prefix="AN"), name="Somebody Else")
    assert "Somebody Else" not in desk.get(FRIDAY).get_data(as_text=True)


def test_the_number_of_queries_does_not_grow_with_the_day(app, venue, desk):
    with app.app_context():
        make_booking(
            venue, starts_at=local(venue, DAY, 12), name="A", email="a@example.org", basket_id="basket-1"
        )
        make_booking(
            venue, starts_at=local(venue, DAY, 12), name="B", email="b@example.org", status=Status.COMPLETED
        )
    desk.get(FRIDAY)
    assert queries_of(app, lambda: desk.get(FRIDAY)) == 8, (
        "signed in, the day's mark, connection twice, special day, performances that moved, widgets, "
        "what is still open"
    )
    with app.app_context():
        make_booking(venue, name="C", email="c@example.org")
    few = queries_of(app, lambda: desk.get(FRIDAY))
    with app.app_context():
        for number in range(20):
            status = Status.COMPLETED if number % 2 else Status.CONFIRMED
            make_booking(
                venue, name="N", email=f"{number}@example.org", status=status, basket_id=f"basket-2{number}"
            )
    assert queries_of(app, lambda: desk.get(FRIDAY)) == few
    assert few == 10, "the bookings too, and the mark once more"


def queries_of(app, act):
    seen = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Pacific/Auckland"])
def test_times_are_the_venues_whatever_the_servers_zone(app, client, zone):
    with app.app_context():
        venue = make_venue(timezone=zone)
        staff = make_staff(venue)
        make_booking(venue, starts_at=local(venue, DAY, 23, 30))
    rows = cells(sign_in(client, staff))
    assert [row[0] for row in rows] == ["23:30"]


def test_half_past_eleven_stays_on_its_own_day(app, venue, desk):
    with app.app_context():
        make_booking(venue, starts_at=local(venue, DAY, 23, 30))
    assert [row[0] for row in cells(desk)] == ["23:30"]
    assert cells(desk, "/diary?date=2026-06-13") == []


@pytest.mark.parametrize(
    ("night", "utc_hour"),
    [(date(2026, 3, 28), 23), (date(2026, 3, 29), 22), (date(2026, 10, 24), 22), (date(2026, 10, 25), 23)],
)
def test_nights_around_the_clock_changes_keep_wall_times(app, venue, desk, night, utc_hour):
    with app.app_context():
        booking = make_booking(venue, starts_at=local(venue, night, 23, 30))
    assert booking.starts_at == datetime(night.year, night.month, night.day, utc_hour, 30, tzinfo=UTC)
    assert [row[0] for row in cells(desk, f"/diary?date={night}")] == ["23:30"]


def test_both_passes_of_the_repeated_hour_are_listed_in_order(app, client):
    with app.app_context():
        venue = make_venue(timezone="Europe/London")
        staff = make_staff(venue)
        make_period(venue, weekdays=1 << 5, opens=time(20), last_seating=time(2))
        make_booking(venue, starts_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), name="Second", email="")
        make_booking(venue, starts_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), name="First", email="")
    rows = cells(sign_in(client, staff), "/diary?date=2026-10-24")
    assert [row[:2] for row in rows] == [["01:30 BST", "First"], ["01:30 GMT", "Second"]]


@pytest.mark.parametrize(("instant", "heading"), [("22:59", "Fri 12 June"), ("23:01", "Sat 13 June")])
def test_today_is_the_venues_today(staff, client, time_machine, instant, heading):
    hour, minute = map(int, instant.split(":"))
    time_machine.move_to(datetime(2026, 6, 12, hour, minute, tzinfo=UTC))
    desk = sign_in(client, staff)
    assert read(desk.get("/diary")).one("h1").words == heading


def test_a_day_of_another_year_names_it(desk):
    assert read(desk.get("/diary?date=2031-01-05")).one("h1").words == "Sun 5 January 2031"


def test_closed_weekday_is_said_and_an_empty_day_leads_to_the_next_bookings(app, venue, desk):
    with app.app_context():
        db.session.execute(db.update(ServicePeriod).values(weekdays=0b0111111))
        db.session.commit()
        make_booking(venue)
    sunday = read(desk.get("/diary?date=2026-06-07"))
    assert sunday.all("p", class_="counts")[0].words == "Closed"
    assert sunday.link("Next day with bookings: Fri 12 June").startswith("/diary?date=2026-06-12")
    assert "Closed" not in read(desk.get("/diary?date=2026-06-08")).one(class_="page-head").words
    assert "Next day" not in read(desk.get("/diary?date=2026-06-13")).words


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("Closed for our staff party.", "Closed for our staff party."),
        ("Staff party", "Closed: Staff party"),
        ("", "Closed"),
    ],
)
def test_closed_day_says_so_once(app, venue, desk, note, said):
    with app.app_context():
        db.session.add(SpecialDay(venue_id=venue.id, service_on=DAY, closed=True, note=note))
        db.session.commit()
    assert read(desk.get(FRIDAY)).all("p", class_="counts")[0].words == said


def test_the_front_door_leads_to_the_diary_and_asks_who_is_there_first(app, desk):
    assert desk.get("/").location == "/diary"
    assert app.test_client().get("/").location == "/sign-in?next=/"


def test_the_diary_is_never_kept_by_a_cache(desk):
    assert desk.get(FRIDAY).headers["Cache-Control"] == "no-store"


def test_a_completed_booking_shows_how_its_visit_stands(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        guest = make_guest(venue)
        make_link(guest)
        make_booking(venue, guest, status=Status.COMPLETED)
    assert re.match(r"Waiting Sends to Spektrix in (10|9|8|7) seconds\.", cells(desk)[0][6])


def test_nothing_is_promised_for_a_completed_guest_without_a_link(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        make_booking(venue, email="", status=Status.COMPLETED)
    assert cells(desk)[0][6] == (
        "Not in Spektrix because the guest booked without a Spektrix basket, and no account matches"
    )


@pytest.mark.parametrize("source", list(Source))
def test_nothing_is_said_of_spektrix_where_there_was_no_basket(app, venue, desk, source):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue, source=source, email="")
    assert cells(desk)[0][6] == ""
    assert "Unverified Booked" in read(desk.get(f"/bookings/{booking.id}")).words


def test_nothing_is_said_of_spektrix_where_no_account_has_the_details(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        booking = make_booking(venue, source=Source.PHONE)
        asked = {"basis": LinkBasis.DETAILS, "seen_at": NOON, "deadline_at": NOON, "settled_at": NOON}
        about = {"venue_id": venue.id, "booking_id": booking.id, "guest_id": booking.guest_id}
        db.session.execute(delete(LinkCheck))
        db.session.add(LinkCheck(**about, **asked, reason=Code.NO_ACCOUNT))
        db.session.commit()
    assert cells(desk)[0][6] == ""
    assert "No Spektrix account has the guest’s details" in read(desk.get(f"/bookings/{booking.id}")).words


def test_a_linked_guest_and_a_visit_that_landed_say_so_in_a_word(app, venue, desk):
    with app.app_context():
        connect_spektrix(venue)
        guest = make_guest(venue)
        make_link(guest)
        make_booking(venue, guest)
        visit = make_booking(venue, guest, starts_at=local(venue, DAY, 12), status=Status.COMPLETED)
        entry = db.session.scalars(select(OutboxEntry).where(OutboxEntry.booking_id == visit.id)).one()
        set_entry(entry, state=State.CONFIRMED, reason=None)
    assert [row[6] for row in cells(desk)] == ["Confirmed in Spektrix", "Verified"]
