"""The set-up guide of a new venue: what is done, what is next, and when it is gone."""

from datetime import date, time, timedelta

import pytest

from portal.availability import periods
from portal.availability.reading import weekday_bits, weekdays_of
from portal.extensions import db
from portal.restaurant.days import days_text
from portal.restaurant.guide.rules import Served, hours_text
from portal.venues.models import Venue
from tests.factories import (
    DAY,
    PASSWORD,
    connect_spektrix,
    make_booking,
    make_manager,
    make_staff,
    make_table,
    make_widget,
    sign_in,
    with_csrf,
)
from tests.restaurant.cards import form_of, save
from tests.support.reading import read
from tests.support.tables import each_row

TODAY = date(2026, 6, 1)


@pytest.fixture
def venue(app):
    """A venue as a file with a name and a manager makes it."""
    from portal.venues.service import NewVenue, add_venue

    with app.app_context():
        venue = add_venue(NewVenue("The Wings", "Europe/London", "WI"))
        db.session.commit()
        db.session.refresh(venue)
        db.session.expunge(venue)
        return venue


def steps(office):
    """Each step by its title, and whether it is done."""
    found = read(office.get("/settings/guide")).all("li", data_test="step")
    return {each.one("h2").words.replace(" :", ":"): each for each in found}


def test_a_new_venue_opens_on_its_guide(app, client, manager):
    sent = {"email": manager.email, "password": PASSWORD}
    answer = with_csrf(client).post("/sign-in", data=sent)
    assert client.get(answer.location).location == "/settings/guide"
    page = read(client.get("/settings/guide"))
    assert page.one("h1").words == "Set-up guide"
    assert "Your restaurant: next" in steps(client)
    assert page.link("Add your details") == "/settings/details"
    assert "tone-warn" not in client.get("/settings/guide").text


def test_whoever_signs_in_at_the_portals_own_address_lands_on_the_guide(app, client, manager):
    asked = client.get("/", follow_redirects=True)
    target = read(asked).one("input", name="next").attributes["value"]
    sent = {"email": manager.email, "password": PASSWORD, "next": target}
    answer = with_csrf(client).post("/sign-in", data=sent)
    assert client.get(answer.location).location == "/settings/guide"


def test_an_empty_diary_leads_to_the_next_step_until_all_is_set_up(office):
    page = read(office.get("/diary"))
    assert "Next: Your restaurant." in page.words
    assert "Closed" not in page.words
    assert page.link("Add your details") == "/settings/details"
    assert page.link("Open the set-up guide") == "/settings/guide"
    office.post("/settings/guide/close")
    assert "They appear here as guests book." in read(office.get("/diary")).words


def test_special_days_and_online_booking_are_there_and_nobody_has_to_do_them(app, office, venue):
    found = steps(office)
    assert "Optional. Bank holidays" in found["Special days: optional"].words
    assert "Optional. How far ahead" in found["Online booking: optional"].words
    rules = form_of(office, "online", "/settings/online") | {"horizon_days": "60", "largest_online": "8"}
    office.post("/settings/online", data=rules)
    found = steps(office)
    assert "Up to 60 days ahead, parties of up to 8" in found["Online booking: done"].words


def test_one_button_leads_to_the_next_step(office):
    save(office, "business", phone="020 7946 0018")
    found = steps(office)
    assert "The Wings, 020 7946 0018" in found["Your restaurant: done"].words
    buttons = [
        each.words
        for step in found.values()
        for each in step.all("a")
        if "button" in each.attributes.get("class", "")
    ]
    assert len(buttons) == 1


def test_done_steps_say_their_results_and_then_the_guide_is_gone(app, office, venue):
    with app.app_context():
        kept = db.session.get(Venue, venue.id)
        weekdays = weekday_bits(range(1, 7))
        dinner = {"name": "Dinner", "opens": time(17), "last_seating": time(21, 30), "covers": 40}
        periods.add(kept, dinner | {"weekdays": weekdays})
        db.session.commit()
        make_table(venue, "T1", 4)
        make_table(venue, "T2", 2)
        make_widget(venue, sites=["www.wings.example"])
    save(office, "business", email="hello@wings.example")
    with app.app_context():
        connect_spektrix(venue)
    said = " ".join(step.words for step in steps(office).values())
    assert "The Wings, hello@wings.example" in said
    assert "Booking page widget, on www.wings.example" in said
    assert "Connected to harbourplayhouse" in said
    assert "Dinner, Tue to Sun, 17:00 to 21:30" in said
    assert "2 tables, 6 seats" in said
    assert "Everything is set up." in read(office.get("/settings/guide")).words
    assert office.get("/").location == "/diary"


def open_for_guests(app, venue, *, has_widget=True):
    """Hours and a widget: all that a guest needs."""
    with app.app_context():
        kept = db.session.get(Venue, venue.id)
        dinner = {"name": "Dinner", "opens": time(17), "last_seating": time(21, 30), "covers": 40}
        periods.add(kept, dinner | {"weekdays": weekday_bits(range(7))})
        db.session.commit()
        if has_widget:
            make_widget(venue)


def test_the_guide_counts_the_steps_that_are_needed_and_spektrix_is_none_of_them(office):
    page = read(office.get("/settings/guide"))
    needed = [title for title in steps(office) if "optional" not in title]
    assert len(needed) == 4
    assert "4 steps to the first booking." in page.words
    assert "Spektrix: optional" in steps(office)


def test_once_guests_can_book_the_guide_says_so_and_is_no_longer_where_the_portal_opens(app, office, venue):
    assert office.get("/").location == "/settings/guide"
    assert "Guests can book now" not in read(office.get("/settings/guide")).words
    open_for_guests(app, venue)
    page = read(office.get("/settings/guide"))
    assert "Guests can book now" in page.words
    assert page.link("http://localhost/book/the-wings") == "http://localhost/book/the-wings"
    assert "Tables: not done yet" in steps(office) or "Your restaurant: next" in steps(office)
    assert office.get("/").location == "/diary"


def test_an_empty_diary_says_nothing_of_setting_up_once_guests_can_book(app, office, venue):
    open_for_guests(app, venue)
    words = read(office.get("/diary")).words
    assert "Guests can book once" not in words
    assert "They appear here as guests book." in words


def test_an_empty_diary_leads_to_the_next_bookings_while_the_restaurant_is_set_up(app, office, venue):
    open_for_guests(app, venue, has_widget=False)
    with app.app_context():
        make_booking(venue)
    page = read(office.get(f"/diary?date={DAY - timedelta(days=1)}"))
    assert "Guests can book once the restaurant is set up." in page.words
    assert "Next day with bookings" in page.words


def test_it_can_be_put_away_and_found_again(office):
    put_away = office.post("/settings/guide/close", follow_redirects=True)
    assert "Open it again under Settings" in read(put_away).words
    assert office.get("/").location == "/diary"
    page = read(office.get("/settings", follow_redirects=True))
    assert page.one("nav", aria_label="Settings").link("Set-up guide") == "/settings/guide"
    assert "Put the guide away" not in read(office.get("/settings/guide")).words


def test_staff_open_on_the_diary(app, client, venue):
    with app.app_context():
        staff = make_staff(venue)
    assert sign_in(client, staff).get("/").location == "/diary"
    assert client.get("/settings/guide").status_code == 403


def test_whoever_was_on_the_way_elsewhere_gets_there(app, client, venue):
    with app.app_context():
        manager = make_manager(venue)
    sent = {"email": manager.email, "password": PASSWORD, "next": "/guests"}
    assert with_csrf(client).post("/sign-in", data=sent).location == "/guests"


@each_row(
    "weekdays, said",
    [
        (0b1111111, "every day"),
        (0b1111110, "Tue to Sun"),
        (0b1100100, "Wed, Sat and Sun"),
        (0b0010111, "Mon to Wed and Fri"),
        (0b1000000, "Sun"),
        (0, ""),
    ],
)
def test_days_are_said_as_people_say_them(weekdays, said):
    assert days_text(weekdays_of(weekdays)) == said


def test_service_that_changes_later_is_said_with_its_date_and_after_the_present_one():
    now = Served("Dinner", 0b1111111, time(18), time(21))
    later = Served("Dinner", 0b1111111, time(17), time(21), date(2026, 7, 1))
    assert hours_text([later, now], TODAY) == (
        "Dinner, every day, 18:00 to 21:00; Dinner from 1 July 2026, every day, 17:00 to 21:00"
    )
    assert " from " not in hours_text([later], date(2026, 7, 1))


def test_many_services_are_cut_short():
    served = [Served(name, 0b1111111, time(12), time(14)) for name in "ABCDE"]
    assert hours_text(served[:1], TODAY) == "A, every day, 12:00 to 14:00"
    assert hours_text(served, TODAY).endswith("C, every day, 12:00 to 14:00; and 2 more")
    assert hours_text([], TODAY) == ""
