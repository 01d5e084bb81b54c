"""Opening hours: periods added, changed from a date on, copied and deleted; what is refused and kept."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability import periods, service as availability
from portal.availability.models import Seating, ServicePeriod
from portal.bookings.models import Booking
from portal.extensions import db
from tests.factories import (
    local,
    make_booking,
    make_manager,
    make_period,
    make_table,
    make_venue,
    sign_in,
)
from tests.restaurant.cards import agreed
from tests.support.reading import read
from tests.support.tables import each_row

HOURS = "/settings/hours"
LUNCH = {
    "name": "Lunch",
    "weekdays": ["1", "2", "3"],
    "opens": "12:00",
    "last_seating": "14:30",
    "slot_minutes": "15",
    "covers": "40",
    "stay_2": "75",
    "stay_4": "90",
    "stay_6": "90",
    "stay_minutes": "120",
}


@pytest.fixture
def dinner(app, venue):
    """The venue's only period: 10:00 to 23:45 on every day."""
    with app.app_context():
        return db.session.scalar(select(ServicePeriod).where(ServicePeriod.venue_id == venue.id))


@pytest.fixture
def friday(venue):
    """A Friday in three weeks or so."""
    today = clock.local_date(clock.utc_now(), venue.timezone)
    return today + timedelta(days=21 + (4 - today.weekday()) % 7)


def form_of(office, path):
    """What the form of a period holds, as its page shows it."""
    form = read(office.get(path)).one(id="period").one("form")
    typed = {}
    for each in form.all("input"):
        name, kind = each.attributes["name"], each.attributes.get("type")
        if name == "csrf_token":
            continue
        if kind != "checkbox":
            typed[name] = each.attributes.get("value", "")
        elif "checked" in each.attributes:
            typed.setdefault(name, []).append(each.attributes["value"])
    for each in form.all("select"):
        chosen = [one for one in each.all("option") if "selected" in one.attributes]
        typed[each.attributes["name"]] = chosen[0].attributes["value"]
    return typed


def delete(office, row_id, **more):
    """Press Delete on the page of a period."""
    path = f"{HOURS}/{row_id}"
    return office.post(f"{path}/delete", data={"number": form_of(office, path)["number"]}, **more)


def copy(office, **typed):
    """Press Copy day below the week as it is shown now."""
    shown = read(office.get(HOURS)).one(name="week").attributes["value"]
    return office.post(f"{HOURS}/copy", data={"week": shown} | typed)


def every(app, venue):
    with app.app_context():
        found = select(ServicePeriod).where(ServicePeriod.venue_id == venue.id).order_by(ServicePeriod.id)
        return list(db.session.scalars(found))


def book(app, venue, day, hour=19, party_size=4, **details):
    with app.app_context():
        return make_booking(venue, starts_at=local(venue, day, hour), party_size=party_size, **details)


def test_a_period_is_added_and_diners_find_its_times(app, office, venue, dinner):
    delete(office, dinner.id)
    answer = office.post(f"{HOURS}/new", data=LUNCH | {"most_parties": "2", "notice_minutes": "60"})
    assert answer.status_code == 303
    (row,) = every(app, venue)
    assert (row.weekdays, row.opens, row.last_seating, row.covers) == (0b1110, time(12), time(14, 30), 40)
    assert (row.stays, row.stay_minutes) == ([[2, 75], [4, 90], [6, 90]], 120)
    assert (row.most_parties, row.most_covers, row.notice_minutes, row.horizon_days) == (2, None, 60, None)
    page = read(office.get(answer.location))
    assert "Added Lunch." in page.words
    assert "Lunch 12:00–14:30 40 guests" in page.one(id="week").words
    with app.app_context():
        offered = availability.slots(venue, date(2027, 6, 8), 2, datetime(2027, 6, 1, tzinfo=UTC))
        assert len(offered) == 11


@each_row(
    "typed, sentence",
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 500}, "Name must be 60 characters or fewer"),
        ({"weekdays": []}, "Tick at least one day under “Days”"),
        ({"weekdays": ["9"]}, "Days must be days of the week"),
        ({"opens": "25:00"}, "Opens must be a time, like 17:30"),
        ({"opens": "12:07"}, "Opens must be on a quarter hour"),
        (
            {"opens": "17:00", "last_seating": "14:00"},
            "Last seating must be after 17:00, when you open, or from midnight up to 06:00",
        ),
        ({"last_seating": "12:00"}, "Last seating must be after 12:00, when you open"),
        ({"slot_minutes": "7"}, "Choose from the list under “A table every”"),
        ({"stay_2": "1500"}, "Up to 2 guests stay must be a whole number from 15 to 720"),
        ({"stay_4": "100"}, "3 or 4 guests stay: enter minutes in steps of 15, like 105"),
        ({"covers": "0"}, "Most guests at once must be a whole number from 1 to 10,000"),
        ({"covers": "４"}, "Most guests at once must be a whole number"),
        ({"most_covers": "0"}, "Most guests to start together must be a whole number"),
        ({"horizon_days": "10000"}, "Days ahead must be a whole number from 0 to 730"),
        ({"notice_minutes": "999999"}, "Notice must be one of the options in the list"),
        ({"largest_online": "-1"}, "Largest party online must be a whole number"),
        ({"valid_until": "2020-01-01"}, "Last day must not be in the past"),
        ({"valid_from": "2027-02-30"}, "First day: enter a date"),
        ({"valid_from": "2020-01-01"}, "First day must not be in the past"),
        ({"valid_from": "2099-02-10", "valid_until": "2099-02-09"}, "must not be before the first day"),
        ({"name": "DINNER"}, "Another Dinner runs at that time on every day, 10:00 to 23:45"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_stays_typed(app, office, venue, typed, sentence):
    answer = office.post(f"{HOURS}/new", data=LUNCH | typed)
    assert answer.status_code == 422
    page = read(answer)
    assert page.one("title").words.startswith("Error: Add a service")
    assert sentence in page.one(class_="summary").words
    link = page.one(class_="summary").all("a")[0].attributes["href"]
    assert len(page.all(id=link[1:])) == 1
    for name, value in typed.items():
        for shown in page.all("input", id=name):
            assert shown.attributes["value"] == value
    assert len(every(app, venue)) == 1


def test_last_seating_up_to_six_is_after_midnight_and_runs_on_into_the_next_day(app, office, venue, dinner):
    delete(office, dinner.id)
    late = {"name": "Supper", "weekdays": ["4", "5"], "opens": "22:00", "last_seating": "01:30"}
    assert office.post(f"{HOURS}/new", data=LUNCH | late).status_code == 303
    days = [each.words for each in read(office.get(HOURS)).one(id="week").all("li", class_="week__day")]
    assert days[3].endswith("Closed")
    assert "Supper 22:00–01:30" in days[4]
    assert "Supper until 01:30 , from the day before" in days[6]
    assert "22:00" not in days[6]


def test_pacing_that_nobody_at_the_smallest_table_could_fill_is_refused(app, office, venue):
    with app.app_context():
        make_table(venue, "T1", 4)
    answer = office.post(f"{HOURS}/new", data=LUNCH | {"most_covers": "3"})
    assert answer.status_code == 422
    assert "must be 4 or more: with 3, nobody could fill your smallest table" in read(answer).words
    assert office.post(f"{HOURS}/new", data=LUNCH | {"most_covers": "4"}).status_code == 303


def test_a_largest_party_that_no_table_takes_is_warned_of(app, office, venue):
    with app.app_context():
        make_table(venue, "T1", 4)
    answer = office.post(f"{HOURS}/new", data=LUNCH | {"largest_online": "6"})
    assert answer.status_code == 409
    page = read(answer)
    assert (
        "your largest table or joined tables take 4. Parties of 5 or more will find no times." in page.words
    )
    assert page.one(id="largest_online").attributes["value"] == "6"
    typed = LUNCH | {"largest_online": "6"} | agreed(answer)
    assert office.post(f"{HOURS}/new", data=typed).status_code == 303


def test_a_period_that_nobody_booked_is_changed_as_it_is_and_set_back(app, office, venue, dinner):
    path = f"{HOURS}/{dinner.id}"
    answer = office.post(path, data=form_of(office, path) | {"opens": "17:00", "weekdays": ["4"]})
    assert answer.status_code == 303
    (row,) = every(app, venue)
    assert (row.opens, row.weekdays, row.valid_from) == (time(17), 0b10000, None)
    office.post(read(office.get(answer.location)).one(id="period").value_of("formaction"))
    (row,) = every(app, venue)
    assert (row.opens, row.weekdays) == (time(10), 0b1111111)


@pytest.mark.both_databases
def test_a_booked_period_is_changed_from_a_date_on_and_never_backwards(app, office, venue, dinner, friday):
    before, after = book(app, venue, friday), book(app, venue, friday + timedelta(days=14))
    path = f"{HOURS}/{dinner.id}"
    typed = form_of(office, path)
    for day, sentence in (
        ("", "Choose a date under “Change from”, since this service has bookings"),
        ("2020-01-01", "Change from must not be in the past"),
    ):
        answer = office.post(path, data=typed | {"opens": "17:00", "change_from": day})
        assert answer.status_code == 422
        assert sentence in read(answer).one(class_="summary").words
    first = friday + timedelta(days=7)
    answer = office.post(path, data=typed | {"opens": "17:00", "change_from": first.isoformat()})
    assert answer.status_code == 303
    old, new = every(app, venue)
    assert (old.opens, old.valid_from, old.valid_until) == (time(10), None, first - timedelta(days=1))
    assert (new.opens, new.valid_from, new.valid_until, new.follows_id) == (time(17), first, None, old.id)
    with app.app_context():
        rows = {
            booking.id: db.session.get_one(Seating, booking.seating_id).service_period_id
            for booking in (before, after)
        }
    assert rows == {before.id: old.id, after.id: new.id}
    page = read(office.get(answer.location))
    assert f"From {first:%-d %B %Y}" in page.one("nav", aria_label="Which week").words
    assert "17:00–23:45" in page.one(id="week").words
    assert "10:00–23:45" in read(office.get(HOURS)).one(id="week").words


def test_bookings_that_no_longer_fit_are_listed_before_saving_and_kept(app, office, venue, dinner, friday):
    early, late = book(app, venue, friday, 12), book(app, venue, friday, 20, name="Joan Castellano")
    path = f"{HOURS}/{dinner.id}"
    typed = form_of(office, path) | {"opens": "17:00"}
    answer = office.post(path, data=typed)
    assert answer.status_code == 409
    page = read(answer)
    assert "1 booking to come would no longer fit" in page.words
    assert early.booked_name in page.words
    assert late.booked_name not in page.words
    assert page.one(id="opens").attributes["value"] == "17:00"
    assert len(every(app, venue)) == 1
    assert office.post(path, data=typed | agreed(answer)).status_code == 303
    assert len(every(app, venue)) == 2
    with app.app_context():
        assert db.session.get_one(Booking, early.id).status == early.status
    # Another weekday, and a last day, leave it where it no longer fits too.
    newest = f"{HOURS}/{every(app, venue)[1].id}"
    answer = office.post(newest, data=form_of(office, newest) | {"weekdays": ["0"]})
    assert "2 bookings to come would no longer fit" in read(answer).words
    last = (friday - timedelta(days=7)).isoformat()
    answer = office.post(newest, data=form_of(office, newest) | {"valid_until": last})
    assert "2 bookings to come would no longer fit" in read(answer).words


def test_pacing_counts_what_was_booked_before_the_change(app, office, venue, dinner, friday):
    book(app, venue, friday, 19)
    path = f"{HOURS}/{dinner.id}"
    assert office.post(path, data=form_of(office, path) | {"most_parties": "1"}).status_code == 303
    with app.app_context():
        answer = availability.slots(venue, friday, 2, clock.utc_now())
        starts = {slot.starts_at for slot in answer}
        assert local(venue, friday, 19) not in starts
        assert local(venue, friday, 19, 15) in starts


def test_a_day_copied_from_a_later_date_on_leaves_the_days_before(app, office, venue, dinner, friday):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["3"]})
    typed = {"copied_day": "3", "targets": ["4"], "copy_from": friday.isoformat()}
    assert copy(office, **typed).status_code == 303
    old, new = every(app, venue)
    assert (old.weekdays, old.valid_until) == (0b1000, friday - timedelta(days=1))
    assert (new.weekdays, new.valid_from) == (0b11000, friday)


def test_a_change_does_not_begin_after_the_last_day(app, office, venue, dinner, friday):
    book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    last = friday + timedelta(days=7)
    typed = {"covers": "30", "change_from": str(last + timedelta(days=1)), "valid_until": str(last)}
    answer = office.post(path, data=form_of(office, path) | typed)
    assert answer.status_code == 422
    sentence = f"Change from must not be after {last:%-d %B %Y}, the last day"
    assert sentence in read(answer).one(class_="summary").words
    assert len(every(app, venue)) == 1


@pytest.mark.both_databases
def test_a_change_to_come_is_taken_back_with_its_bookings(app, office, venue, dinner, friday):
    booking = book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"opens": "11:00", "change_from": friday.isoformat()})
    new = every(app, venue)[1]
    answer = delete(office, new.id, follow_redirects=True)
    assert "Took back a change of Dinner." in read(answer).words
    (row,) = every(app, venue)
    assert (row.id, row.valid_until) == (dinner.id, None)
    with app.app_context():
        assert db.session.get_one(Seating, booking.seating_id).service_period_id == dinner.id


def test_a_booked_period_ends_on_a_day_instead_of_being_deleted(app, office, venue, dinner, friday):
    book(app, venue, friday)
    answer = delete(office, dinner.id, follow_redirects=True)
    assert "Dinner has been booked, so it cannot be deleted. Set its last day instead." in read(answer).words
    path = f"{HOURS}/{dinner.id}"
    last = friday + timedelta(days=30)
    answer = office.post(path, data=form_of(office, path) | {"valid_until": last.isoformat()})
    assert answer.status_code == 303
    (row,) = every(app, venue)
    assert row.valid_until == last


def test_a_change_from_today_on_is_undone_with_one_press(app, office, venue, dinner, friday):
    booking = book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    answer = office.post(path, data=form_of(office, path) | {"covers": "30"})
    bar = read(office.get(answer.location)).one(class_="status-bar")
    assert "Dinner changes from" in bar.words
    sent = {each.attributes["name"]: each.attributes.get("value", "") for each in bar.all("input")}
    answer = office.post(bar.one("form").attributes["action"], data=sent, follow_redirects=True)
    assert answer.status_code == 200
    (row,) = every(app, venue)
    assert (row.id, row.covers, row.valid_until) == (dinner.id, 200, None)
    with app.app_context():
        assert db.session.get_one(Seating, booking.seating_id).service_period_id == dinner.id


@pytest.mark.both_databases
def test_a_period_that_was_booked_a_moment_ago_is_not_deleted(
    app, office, venue, dinner, friday, monkeypatch
):
    book(app, venue, friday)
    monkeypatch.setattr(periods, "is_booked", lambda *_: False)
    answer = delete(office, dinner.id)
    assert answer.status_code == 303
    monkeypatch.undo()
    assert "Dinner has been booked" in read(office.get(answer.location)).words
    assert [row.id for row in every(app, venue)] == [dinner.id]


def test_what_was_booked_since_is_not_undone_backwards(app, office, venue, dinner, friday):
    path = f"{HOURS}/{dinner.id}"
    answer = office.post(path, data=form_of(office, path) | {"covers": "30"})
    undo = read(office.get(answer.location)).one(id="period").value_of("formaction")
    book(app, venue, friday)
    answer = office.post(undo, follow_redirects=True)
    assert "Dinner has been booked since. Change it from a date on instead." in read(answer).words
    assert every(app, venue)[0].covers == 30


def test_a_day_is_copied_to_others(app, office, venue, dinner):
    with app.app_context():
        make_period(venue, name="Supper", opens=time(22), last_seating=time(1), weekdays=0b10000)
        make_period(venue, name="Brunch", opens=time(9), last_seating=time(11), weekdays=0b1100000)
    answer = copy(office, copied_day="4", targets=["5", "6"], copy_from=today(venue))
    assert answer.status_code == 303
    assert "Sat and Sun copied from Friday." in read(office.get(answer.location)).words
    assert {row.name: row.weekdays for row in every(app, venue)} == {"Dinner": 0b1111111, "Supper": 0b1110000}


def today(venue):
    return clock.local_date(clock.utc_now(), venue.timezone).isoformat()


@pytest.mark.both_databases
def test_copying_lists_whom_it_leaves_without_hours_and_keeps_them(app, office, venue, dinner, friday):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["3", "4"]})
    office.post(f"{HOURS}/new", data=LUNCH)
    booking = book(app, venue, friday)
    typed = {"copied_day": "2", "targets": ["4"], "copy_from": today(venue)}
    answer = copy(office, **typed)
    assert answer.status_code == 409
    assert booking.booked_name in read(answer).words
    assert len(every(app, venue)) == 2
    assert copy(office, **typed, **agreed(answer)).status_code == 303
    then = {(row.name, row.weekdays) for row in every(app, venue) if row.valid_until is None}
    assert then == {("Dinner", 0b1000), ("Lunch", 0b11110)}


def test_a_day_is_not_copied_to_itself(office, venue):
    answer = copy(office, copied_day="2", targets=["2"], copy_from=today(venue))
    assert answer.status_code == 422
    assert "Untick Wednesday under “To these days”: you are copying that day" in read(answer).words


@pytest.mark.both_databases
def test_two_managers_never_undo_each_other_unawares(app, venue, office, dinner, friday):
    book(app, venue, friday)
    path = f"{HOURS}/{dinner.id}"
    mine = form_of(office, path)
    with app.app_context():
        ade = make_manager(venue, name="Ade Bello")
    other = sign_in(app.test_client(), ade)
    changed = {"covers": "30", "change_from": friday.isoformat()}
    assert other.post(path, data=mine | changed).status_code == 303
    answer = office.post(path, data=mine | {"name": "Supper"})
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Service period” while you were changing it" in page.words
    assert page.one(id="name").attributes["value"] == "Supper"
    assert {row.name for row in every(app, venue)} == {"Dinner"}


def test_periods_of_another_venue_and_of_special_days_are_not_there(app, office, venue, dinner):
    with app.app_context():
        stranger = make_manager(make_venue("Elsewhere"))
        special = make_period(venue, special_on=date(2026, 12, 25), weekdays=0)
    elsewhere = sign_in(app.test_client(), stranger)
    for row_id, who in ((dinner.id, elsewhere), (special.id, office)):
        assert who.get(f"{HOURS}/{row_id}").status_code == 404
        assert who.post(f"{HOURS}/{row_id}", data=LUNCH).status_code == 404
        assert who.post(f"{HOURS}/{row_id}/delete").status_code == 404


def test_staff_change_no_hours(desk, dinner):
    for path in ("", "/new", f"/{dinner.id}"):
        assert desk.get(HOURS + path).status_code == 403
    assert desk.post(f"{HOURS}/copy").status_code == 403
    assert desk.post(f"{HOURS}/{dinner.id}/delete").status_code == 403


def test_copying_starts_with_a_day_that_is_open(office, venue, dinner):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["2", "5"]})
    chosen = read(office.get(HOURS)).one(id="copied_day").one("option", selected=None)
    assert chosen.words == "Wednesday"


def test_copying_a_closed_day_asks_before_it_closes_others(app, office, venue, dinner):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["1", "2", "5"]})
    typed = {"copied_day": "0", "targets": ["1", "2", "3"], "copy_from": today(venue)}
    answer = copy(office, **typed)
    assert answer.status_code == 409
    assert "Monday is closed, so Tuesday and Wednesday are closed too after that" in read(answer).words
    assert every(app, venue)[0].weekdays == 0b100110
    assert copy(office, **typed, **agreed(answer)).status_code == 303
    assert every(app, venue)[0].weekdays == 0b100000


def test_a_copy_can_still_be_undone_after_another_page_was_visited(app, office, venue, dinner):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["1"]})
    copy(office, copied_day="1", targets=["4"], copy_from=today(venue))
    office.get("/diary")
    page = read(office.get(HOURS))
    assert "Last changed" in page.one(id="week").words
    assert "by Priya Shah" in page.one(id="week").words
    undo = next(each for each in page.one(id="week").all("form") if "/undo/" in each.attributes["action"])
    office.post(undo.attributes["action"])
    assert every(app, venue)[0].weekdays == 0b10
    assert "Last changed" not in read(office.get(HOURS)).words


def test_a_service_says_on_which_days_a_change_counts(office, venue, dinner):
    path = f"{HOURS}/{dinner.id}"
    office.post(path, data=form_of(office, path) | {"weekdays": ["1", "2", "3", "4", "5"]})
    card = read(office.get(path)).one(id="period")
    assert (
        "Dinner runs on Tuesday to Saturday . What you change here counts for all these days." in card.words
    )
    assert "Diners see this" not in card.words


def test_most_guests_at_once_is_explained_and_begins_with_the_seats(app, office, venue, dinner):
    hint = read(office.get(f"{HOURS}/new")).one(id="covers-hint").words
    assert hint == "How many people sit in the restaurant at the same time. You can add the tables later."
    with app.app_context():
        make_table(venue, "T1", 4)
        make_table(venue, "T2", 2)
    assert "Your tables have 6 seats." in read(office.get(f"{HOURS}/new")).one(id="covers-hint").words


def test_first_service_takes_as_many_as_there_are_seats(app, office, venue):
    with app.app_context():
        for row in db.session.scalars(select(ServicePeriod)):
            db.session.delete(row)
        db.session.commit()
        make_table(venue, "T1", 4)
        make_table(venue, "T2", 2)
    assert read(office.get(f"{HOURS}/new")).one(id="covers").attributes["value"] == "6"


def test_both_pages_say_where_a_service_takes_fewer_than_there_are_seats(app, office, venue, dinner):
    with app.app_context():
        make_table(venue, "T1", dinner.covers)
    assert "guests at once, but" not in read(office.get(HOURS)).words
    with app.app_context():
        make_table(venue, "T2", 10)
    seats = dinner.covers + 10
    said = f"Dinner takes at most {dinner.covers} guests at once, but your tables have {seats} seats."
    assert said in read(office.get(HOURS)).words
    assert said in read(office.get("/settings/tables")).words
