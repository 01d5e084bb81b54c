"""Special days: adding, changing and deleting them, what is refused, and the bookings that are kept."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from portal import clock
from portal.availability import service
from portal.availability.models import Seating, ServicePeriod, SpecialDay
from portal.extensions import db
from portal.restaurant.special_days import bank_holidays
from portal.venues.models import AuditEntry
from tests.factories import make_booking, make_manager, make_period, make_table, make_venue, sign_in
from tests.restaurant.cards import agreed
from tests.support.reading import read
from tests.support.tables import each_row

PAGE = "/settings/special-days"
NEW = f"{PAGE}/new"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
STAFF_PARTY = date(2026, 12, 7)
SEVEN = datetime(2026, 12, 7, 19, 0, tzinfo=UTC)
NOTE = "Closed for our staff party"
LUNCH = {
    "name_1": "Lunch",
    "opens_1": "12:00",
    "last_seating_1": "14:30",
    "covers_1": "40",
    "slot_minutes_1": "15",
    "stay_minutes_1": "90",
}


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(clock, "utc_now", lambda: NOW)


def closed(**typed):
    return {
        "service_on": STAFF_PARTY.isoformat(),
        "kind": "closed",
        "note": "Closed for our staff party",
    } | typed


def add(office, **typed):
    return office.post(NEW, data=closed(**typed))


def rows(app):
    with app.app_context():
        return db.session.scalars(select(SpecialDay)).all()


def only_row(app):
    (row,) = rows(app)
    return row


def book(app, venue, number=1, **more):
    with app.app_context():
        return [
            make_booking(venue, starts_at=SEVEN, email=f"guest{each}@example.com", **more)
            for each in range(number)
        ]


def times_on(app, venue, day=STAFF_PARTY):
    with app.app_context():
        return [f"{slot.starts_at:%H:%M}" for slot in service.slots(venue, day, 2, NOW)]


def test_a_closed_day_takes_nobody_and_stands_in_the_list(app, office, venue):
    assert times_on(app, venue)
    assert add(office).status_code == 303
    assert times_on(app, venue) == []
    page = read(office.get(PAGE))
    assert "Mon 7 Dec 2026" in page.words
    assert "Closed for our staff party" in page.one(id="next").words


def test_other_hours_run_instead_of_the_weekdays_own(app, office, venue):
    assert add(office, kind="hours", note="", **LUNCH).status_code == 303
    assert (times_on(app, venue)[0], times_on(app, venue)[-1]) == ("12:00", "14:30")
    assert "Lunch 12:00 to 14:30" in read(office.get(PAGE)).words


def test_hired_tables_stand_in_the_venues_order(app, office, venue):
    with app.app_context():
        one, two = make_table(venue, "T1"), make_table(venue, "T2")
    add(office, kind="hire", table_ids=[one.id, two.id])
    office.post(f"/settings/tables/table/{two.id}/up")
    assert "T2, T1" in read(office.get(PAGE)).words


def test_hired_tables_seat_nobody_else(app, office, venue):
    with app.app_context():
        one, two = make_table(venue, "T1"), make_table(venue, "T2")
    add(office, kind="hire", table_ids=[one.id, two.id], note="Private party")
    assert times_on(app, venue) == []
    assert "T1, T2" in read(office.get(PAGE)).words
    path = f"{PAGE}/{only_row(app).id}"
    assert office.post(path, data={"kind": "hire", "table_ids": [one.id], "number": "0"}).status_code == 303
    assert times_on(app, venue)


@each_row(
    "typed, sentence",
    [
        ({"service_on": ""}, "Choose a date, or enter it like"),
        ({"service_on": "2027-02-29"}, "Choose a date, or enter it like"),
        ({"service_on": "2026-11-01"}, "Date must not be in the past"),
        ({"service_on": "9999-12-31"}, "within the next three years"),
        ({"note": "x" * 500}, "Note for diners must be 200 characters or fewer"),
        ({"kind": "nothing"}, "Choose what is different"),
        ({"kind": "hire"}, "Choose at least one table"),
        ({"kind": "hire", "table_ids": ["987654"]}, "One of the tables was deleted meanwhile"),
        ({"kind": "hours"}, "Enter a name"),
        ({"kind": "hours", **LUNCH, "opens_1": "25:00"}, "Opens must be a time"),
        ({"kind": "hours", **LUNCH, "opens_1": "12:07"}, "Opens must be on a quarter hour"),
        ({"kind": "hours", **LUNCH, "last_seating_1": "11:00"}, "Last seating must be after 12:00"),
        ({"kind": "hours", **LUNCH, "covers_1": "0"}, "Most guests at once must be a whole number"),
        (
            {"kind": "hours", **LUNCH, "slot_minutes_1": "20"},
            "enter minutes in steps of 15, like 105",
        ),
        ({"kind": "hours", **LUNCH, "stay_minutes_1": "1500"}, "Guests stay (minutes) must be"),
        (
            {"kind": "hours", **LUNCH, **{f"{name[:-1]}2": text for name, text in LUNCH.items()}},
            "Lunch is there twice",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(app, office, typed, sentence):
    answer = add(office, **typed)
    assert answer.status_code == 422
    page = read(answer)
    assert sentence in page.one(class_="summary").words
    for name in typed.keys() - {"kind", "table_ids"}:
        assert page.one(id=name).attributes.get("value", "") == typed[name]
    assert rows(app) == []


def test_a_date_twice_leads_to_the_one_that_is_there(app, office):
    add(office)
    answer = add(office, note="Again")
    assert answer.status_code == 422
    page = read(answer)
    assert "is a special day already" in page.one(class_="summary").words
    assert page.link("Edit 7 December 2026") == f"{PAGE}/{only_row(app).id}"
    assert office.get(f"{NEW}?on=2026-12-07").location.endswith(f"{PAGE}/{only_row(app).id}")


def test_a_closed_day_with_forty_bookings_lists_them_before_saving_and_keeps_them(app, office, venue):
    book(app, venue, 40)
    answer = add(office)
    assert answer.status_code == 409
    page = read(answer)
    assert "40 bookings to come would no longer fit" in page.words
    assert len(page.one(id="_kept").all("li")) == 40
    assert page.one(id="note").attributes["value"] == "Closed for our staff party"
    assert rows(app) == []
    assert add(office, **agreed(answer)).status_code == 303
    with app.app_context():
        assert len(db.session.scalars(select(Seating)).all()) == 40


def test_a_note_alone_asks_nothing_about_bookings(app, office, venue):
    book(app, venue)
    add(office, **agreed(add(office)))
    path = f"{PAGE}/{only_row(app).id}"
    assert (
        office.post(path, data={"kind": "closed", "note": "See you soon", "number": "0"}).status_code == 303
    )


def test_what_is_typed_says_at_once_how_many_bookings_it_touches(app, office, venue):
    book(app, venue, 3)
    said = read(office.post(f"{PAGE}/touched", data=closed())).one(id="_touched").words
    assert "3 bookings to come would no longer fit this day" in said
    said = read(office.post(f"{PAGE}/touched", data=closed(service_on="2026-12-08"))).words
    assert said == "No booking is affected."
    assert read(office.post(f"{PAGE}/touched", data=closed(service_on="x"))).words == ""


def test_only_bookings_outside_other_hours_or_at_hired_tables_are_touched(app, office, venue):
    with app.app_context():
        tables = [make_table(venue, name) for name in ("T1", "T2")]
    (booking,) = book(app, venue)
    mine, other = sorted(tables, key=lambda table: table.name != booking.table_name)
    touched = lambda **typed: read(office.post(f"{PAGE}/touched", data=closed(**typed))).words  # noqa: E731
    assert "1 booking to come" in touched(kind="hours", **LUNCH)
    assert "No booking" in touched(kind="hours", **LUNCH | {"last_seating_1": "20:00"})
    assert "1 booking to come" in touched(kind="hire", table_ids=mine.id)
    assert "No booking" in touched(kind="hire", table_ids=other.id)


def test_a_change_is_saved_and_set_back(app, office, venue):
    add(office, kind="hours", **LUNCH)
    path = f"{PAGE}/{only_row(app).id}"
    answer = office.post(path, data={"kind": "closed", "note": "", "number": "0"})
    assert answer.status_code == 303
    assert times_on(app, venue) == []
    office.post(read(office.get(answer.location)).one(id="special_day").value_of("formaction"))
    assert times_on(app, venue)[0] == "12:00"
    assert only_row(app).note == "Closed for our staff party"


def test_fewer_periods_keep_the_bookings_of_the_one_that_goes(app, office, venue):
    dinner = {f"{name[:-1]}2": text for name, text in LUNCH.items()} | {
        "name_2": "Dinner",
        "opens_2": "18:00",
        "last_seating_2": "21:00",
    }
    add(office, kind="hours", **LUNCH, **dinner)
    book(app, venue)
    path = f"{PAGE}/{only_row(app).id}"
    only_lunch = {"kind": "hours", "number": "0", **LUNCH}
    answer = office.post(path, data=only_lunch)
    assert answer.status_code == 409
    assert office.post(path, data=only_lunch | agreed(answer)).status_code == 303
    with app.app_context():
        (seated,) = db.session.scalars(select(Seating)).all()
        assert db.session.get_one(ServicePeriod, seated.service_period_id).name == "Lunch"
    assert times_on(app, venue)[-1] == "14:30"


def test_a_period_of_the_weekday_keeps_the_rules_that_the_form_does_not_show(app, office, venue):
    with app.app_context():
        dinner = db.session.scalars(select(ServicePeriod)).one()
        dinner.stays, dinner.most_parties = [[2, 75]], 3
        db.session.commit()
    add(office, kind="hours", **LUNCH | {"name_1": "dinner", "stay_minutes_1": "105"})
    with app.app_context():
        own = db.session.scalars(select(ServicePeriod).where(ServicePeriod.special_on == STAFF_PARTY)).one()
        assert (own.stays, own.most_parties, own.weekdays) == ([[2, 75]], 3, 0)


def test_no_period_of_the_weekday_is_dropped(app, office, venue):
    with app.app_context():
        for number in range(5):
            make_period(
                venue, name=f"Sitting {number}", opens=time(11 + number), last_seating=time(12 + number)
            )
    page = read(office.get(f"{NEW}?on=2026-12-07")).one(id="special_day")
    shown = {each.attributes["name"]: each.attributes.get("value", "") for each in page.all("input")}
    assert [shown[f"name_{number}"] for number in range(1, 8)] == [
        "Dinner",
        *(f"Sitting {number}" for number in range(5)),
        "",
    ]
    sent = {name: text for name, text in shown.items() if name[-2] == "_" and name[-1].isdigit()}
    assert add(office, kind="hours", **sent).status_code == 303
    with app.app_context():
        own = db.session.scalars(select(ServicePeriod.name).where(ServicePeriod.special_on == STAFF_PARTY))
        assert len(own.all()) == 6


def test_a_deleted_day_is_like_any_other_and_bookings_are_kept(app, office, venue):
    usual = times_on(app, venue)
    add(office, kind="hours", **LUNCH | {"opens_1": "06:00", "last_seating_1": "08:00"})
    with app.app_context():
        make_booking(venue, starts_at=SEVEN.replace(hour=7))
    path = f"{PAGE}/{only_row(app).id}/delete"
    answer = office.post(path)
    assert answer.status_code == 409
    assert "To go on, press Delete anyway" in read(answer).words
    assert office.post(path, data=agreed(answer)).status_code == 303
    assert rows(app) == []
    assert times_on(app, venue) == usual
    add(office, kind="hours", **LUNCH)
    assert (times_on(app, venue)[0], times_on(app, venue)[-1]) == ("12:00", "14:30")


def test_a_day_that_is_over_is_not_changed(app, venue, office, monkeypatch):
    add(office)
    path = f"{PAGE}/{only_row(app).id}"
    monkeypatch.setattr(clock, "utc_now", lambda: datetime(2026, 12, 8, 9, 0, tzinfo=UTC))
    with app.app_context():
        other = make_manager(venue)
    office = sign_in(app.test_client(), other)
    assert "This day is over" in read(office.get(path)).words
    assert office.post(path, data={"kind": "closed", "note": "x", "number": "0"}).status_code == 422
    assert only_row(app).note == "Closed for our staff party"


def test_two_managers_never_undo_each_other_unawares(app, venue, office):
    add(office)
    path = f"{PAGE}/{only_row(app).id}"
    with app.app_context():
        other = make_manager(venue, name="Ade Bello")
    their_office = sign_in(app.test_client(), other)
    assert (
        their_office.post(path, data={"kind": "closed", "note": "Theirs", "number": "0"}).status_code == 303
    )
    answer = office.post(
        path, data={"kind": "hours", **LUNCH, "note": "Closed for our staff party", "number": "0"}
    )
    assert answer.status_code == 409
    page = read(answer)
    assert "Ade Bello saved “Special day” while you were changing it" in page.words
    assert page.one(id="note").attributes["value"] == "Theirs"
    assert page.one(id="opens_1").attributes["value"] == "12:00"


def test_two_managers_who_add_the_same_date_make_one(app, venue, office):
    with app.app_context():
        other = make_manager(venue)
    assert add(sign_in(app.test_client(), other)).status_code == 303
    assert add(office).status_code == 422
    assert len(rows(app)) == 1


def test_a_day_of_another_venue_is_not_there(app, office):
    add(office)
    path = f"{PAGE}/{only_row(app).id}"
    with app.app_context():
        stranger = make_manager(make_venue("Elsewhere"))
    elsewhere = sign_in(app.test_client(), stranger)
    assert elsewhere.get(path).status_code == 404
    assert elsewhere.post(path, data=closed()).status_code == 404
    assert elsewhere.post(f"{path}/delete").status_code == 404


def test_staff_may_not(desk):
    assert desk.get(PAGE).status_code == 403
    assert desk.post(NEW, data=closed()).status_code == 403


def test_the_year_marks_the_day_in_words_and_leads_to_the_others(app, office):
    add(office)
    page = read(office.get(PAGE)).one(id="year")
    assert page.one("h2").words == "November 2026 to October 2027"
    assert len(page.all("table")) == 12
    marked = page.one("a", aria_label=f"7 December 2026: Closed, {NOTE}")
    assert marked.attributes["href"] == f"{PAGE}/{only_row(app).id}"
    other = page.one("a", aria_label="8 December 2026: add special day")
    assert other.attributes["href"] == f"{NEW}?on=2026-12-08"
    assert page.all("a", aria_label="1 November 2026") == []
    assert f"7 December 2026: Closed, {NOTE}" in page.one("ul").words


FROM_NOW = "November 2026 to October 2027"


@each_row(
    "asked, shown", [("2027", "2027"), ("2025", "2025"), ("1", FROM_NOW), ("9999", FROM_NOW), ("x", FROM_NOW)]
)
def test_other_years_are_a_link_away_and_none_breaks_the_page(office, asked, shown):
    assert read(office.get(f"{PAGE}?year={asked}")).one(id="year").one("h2").words == shown


def test_staff_read_in_the_diary_why_a_day_is_closed(office):
    add(office, note="Closed for <b>us</b>")
    assert "Closed for <b>us</b>" in read(office.get(f"/diary?date={STAFF_PARTY}")).words
    add(office, service_on="2026-12-08", kind="hours", note="", **LUNCH)
    assert "Other hours, Lunch 12:00 to 14:30" in read(office.get("/diary?date=2026-12-08")).words


def offered(office):
    return [each.words for each in read(office.get(PAGE)).one(id="bank-holidays").all("label")]


def test_bank_holidays_of_the_country_are_offered_and_closed_once_ticked(app, office, venue):
    assert "Fri 25 Dec 2026: Christmas Day" in offered(office)
    assert "Mon 29 Mar 2027: Easter Monday (England, Northern Ireland, Wales)" in offered(office)
    assert read(office.get(PAGE)).all("input", checked="") == []
    ticked = {"closed_on": ["2026-12-25", "2027-01-01", "2026-12-24", "x"]}
    assert office.post(f"{PAGE}/bank-holidays", data=ticked).status_code == 303
    assert [(row.service_on.isoformat(), row.closed, row.note) for row in rows(app)] == [
        ("2026-12-25", True, "Christmas Day"),
        ("2027-01-01", True, "New Year's Day"),
    ]
    assert "Fri 25 Dec 2026: Christmas Day" not in offered(office)


def test_bookings_on_a_bank_holiday_are_listed_before_it_is_closed(app, office, venue):
    with app.app_context():
        make_booking(venue, starts_at=SEVEN.replace(day=25))
    ticked = {"closed_on": "2026-12-25"}
    answer = office.post(f"{PAGE}/bank-holidays", data=ticked)
    assert answer.status_code == 409
    assert "1 booking to come would no longer fit" in read(answer).words
    assert rows(app) == []
    assert office.post(f"{PAGE}/bank-holidays", data=ticked | agreed(answer)).status_code == 303
    assert len(rows(app)) == 1


def test_a_country_that_nobody_knows_has_no_bank_holidays(office):
    assert bank_holidays.of_year("ZZ", 2027) == ()
    assert len(bank_holidays.of_year("US", 2027)) > 8


def test_the_year_shows_no_month_that_is_over(office):
    months = [each.words for each in read(office.get(PAGE)).one(id="year").all("caption")]
    assert (months[0], months[-1], len(months)) == ("November 2026", "October 2027", 12)


def test_bank_holidays_of_all_come_before_those_of_regions_and_none_on_a_closed_weekday(app, office, venue):
    groups = read(office.get(PAGE)).one(id="bank-holidays").all("fieldset")
    assert [each.one("legend").words for each in groups] == ["The whole country", "Some regions only"]
    assert "Fri 25 Dec 2026: Christmas Day" in groups[0].words
    assert "Easter Monday" in groups[1].words
    with app.app_context():
        db.session.query(ServicePeriod).update({"weekdays": 0b0111110})
        db.session.commit()
    assert "Fri 25 Dec 2026: Christmas Day" in offered(office)
    assert not [each for each in offered(office) if each.startswith("Mon")]


def shown(page, name):
    return page.one(id=name).attributes.get("value", "")


def test_the_hours_of_the_chosen_day_are_shown_unless_others_were_typed(office):
    assert shown(read(office.get(NEW)), "opens_1") == ""
    chosen = {"kind": "hours", "service_on": "2026-12-08", "hours_of": "", "show_hours": "1"}
    page = read(office.post(NEW, data=chosen))
    assert (shown(page, "name_1"), shown(page, "opens_1")) == ("Dinner", "10:00")
    assert page.one(name="hours_of").attributes["value"] == "2026-12-08"
    page = read(office.post(NEW, data=chosen | LUNCH))
    assert (shown(page, "name_1"), shown(page, "opens_1")) == ("Lunch", "12:00")


def test_without_a_script_the_hours_are_shown_at_the_first_error(office):
    answer = office.post(NEW, data={"kind": "hours", "service_on": "2026-12-08", "hours_of": ""})
    assert answer.status_code == 422
    assert shown(read(answer), "opens_1") == "10:00"
    assert "These are the usual hours of Tuesday 8 December." in read(answer).words


def test_one_more_period_is_offered_at_a_time(office):
    page = read(office.get(f"{NEW}?on=2026-12-08"))
    second, third = page.one(id="_hours").all("details")
    assert "Add another period" in second.words
    assert "Add a second period" not in third.words


def test_a_year_that_is_still_being_typed_brings_no_hours(office):
    page = read(office.get(f"{NEW}?on=2026-12-08"))
    typed = {"kind": "hours", "hours_of": "2026-12-08", "show_hours": "1"}
    shown_now = {field: shown(page, f"{field}_1") for field in ("name", "opens", "last_seating", "covers")}
    hours = {f"{field}_1": value for field, value in shown_now.items()}
    page = read(office.post(NEW, data=typed | hours | {"service_on": "0202-12-08"}))
    assert page.one(name="hours_of").attributes["value"] == "2026-12-08"


def test_several_days_are_closed_at_once(app, office, venue):
    answer = add(office, service_on="2026-12-24", last_on="2026-12-26", note="Merry Christmas")
    assert answer.status_code == 303
    assert [row.service_on.day for row in rows(app)] == [24, 25, 26]
    assert {row.note for row in rows(app)} == {"Merry Christmas"}
    said = "Added Thursday 24 December 2026 to Saturday 26 December 2026, 3 days."
    assert said in read(office.get(PAGE)).words


@each_row(
    "last_on, said",
    [
        ("2026-12-06", "Last day must not be before the date"),
        ("2027-12-07", "Last day must not be before the date, nor more than 60 days from it"),
        ("soon", "Choose a last day"),
    ],
)
def test_a_last_day_that_cannot_be_is_refused(app, office, last_on, said):
    answer = add(office, last_on=last_on)
    assert answer.status_code == 422
    assert said in read(answer).one(class_="summary").words
    assert rows(app) == []


def test_several_days_are_added_all_or_none(app, office):
    add(office)
    answer = add(office, service_on="2026-12-06", last_on="2026-12-08")
    assert answer.status_code == 422
    assert "Monday 7 December 2026 is a special day already" in read(answer).words
    assert len(rows(app)) == 1


def test_bookings_on_any_of_several_days_are_listed_before_they_are_closed(app, office, venue):
    book(app, venue)
    answer = add(office, service_on="2026-12-06", last_on="2026-12-08")
    assert answer.status_code == 409
    assert "1 booking to come would no longer fit" in read(answer).words
    assert add(office, service_on="2026-12-06", last_on="2026-12-08", **agreed(answer)).status_code == 303


def test_hours_are_removed_with_one_press_and_nothing_is_saved(app, office):
    second = {name.replace("_1", "_2"): value for name, value in LUNCH.items()} | {"name_2": "Tea"}
    page = read(office.get(f"{NEW}?on=2026-12-08"))
    assert page.one(name="remove", value="1").words == "Remove Dinner"
    answer = office.post(NEW, data=closed(kind="hours", remove="1", **LUNCH, **second))
    assert answer.status_code == 200
    page = read(answer)
    assert shown(page, "name_1") == "Tea"
    assert shown(page, "name_2") == ""
    assert rows(app) == []
    add(office)
    path = f"{PAGE}/{only_row(app).id}"
    page = read(office.post(path, data=closed(kind="hours", remove="2", **LUNCH, **second)))
    assert (shown(page, "name_1"), shown(page, "name_2")) == ("Lunch", "")
    assert only_row(app).closed


def undo_of(page):
    return next(
        each.attributes["action"]
        for each in page.all("form")
        if "/undo/" in each.attributes.get("action", "")
    )


def test_days_that_were_added_together_are_taken_out_together(app, office):
    answer = add(office, service_on="2026-12-24", last_on="2026-12-26")
    undo = undo_of(read(office.get(answer.location)))
    office.get("/diary")
    assert undo_of(read(office.get(PAGE))) == undo
    office.post(undo)
    assert rows(app) == []
    assert "Last changed" not in read(office.get(PAGE)).words
    with app.app_context():
        done = db.session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id.desc()).limit(2)).all()
    said = "Special day added: Thursday 24 December 2026 to Saturday 26 December 2026, 3 days"
    assert done == ["Special days: taken out again", said]


def test_bank_holidays_are_taken_out_again(app, office):
    answer = office.post(f"{PAGE}/bank-holidays", data={"closed_on": ["2026-12-25", "2027-01-01"]})
    assert len(rows(app)) == 2
    office.post(undo_of(read(office.get(answer.location))))
    assert rows(app) == []


def test_a_day_that_was_changed_since_is_not_taken_out(app, office):
    undo = undo_of(read(office.get(add(office).location)))
    path = f"{PAGE}/{only_row(app).id}"
    number = read(office.get(path)).one(name="number").attributes["value"]
    office.post(path, data={"kind": "closed", "note": "Another note", "number": number})
    answer = office.post(undo, follow_redirects=True)
    assert "has changed it since, so nothing was undone." in read(answer).words
    assert only_row(app).note == "Another note"


def test_a_day_on_which_somebody_booked_its_own_hours_is_not_taken_out(app, office, venue):
    late = {**LUNCH, "name_1": "Late supper", "opens_1": "23:00", "last_seating_1": "02:00"}
    undo = undo_of(read(office.get(add(office, kind="hours", **late).location)))
    with app.app_context():
        make_booking(venue, starts_at=datetime(2026, 12, 8, 1, 0, tzinfo=UTC))
    answer = office.post(undo, follow_redirects=True)
    assert "1 booking to come would no longer fit" in read(answer).words
    assert len(rows(app)) == 1
