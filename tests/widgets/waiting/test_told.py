"""Those who wait are told of a table: the oldest first, each once, no more than tables are free."""

from datetime import timedelta

from sqlalchemy import update

from portal.bookings import waiting
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.widgets.models import Widget
from tests import factories
from tests.support.reading import read
from tests.widgets.waiting.house import (
    CURTAIN,
    FIVE,
    NOON,
    TEN,
    free,
    full_house,
    look,
    people,
    relay_looks,
    told,
)


def test_a_table_that_comes_free_is_told_with_its_time_and_two_links(house, sent):
    venue, widget = house
    (amara,) = people(venue, widget, "amara")
    look()
    assert sent == [], "no table is free"
    free(venue, TEN)
    look()
    (letter,) = sent
    assert letter.to == ("amara@example.org",)
    assert letter.subject == "A table for 2 guests at The Green Room, Friday 12 June"
    for words in (
        "A table for 2 guests has come free at The Green Room on Friday 12 June.",
        "Times free when we sent this: 10:00pm",
        "https://portal.example/w/w_demo?date=2026-06-12&party=2\n",
        "somebody else may book it first",
        f"https://portal.example/waiting/{amara.public_token}\n",
        "or call 01632 960 123",
    ):
        assert words in letter.text
    assert "example.org" not in letter.text


def test_the_links_of_the_letter_lead_to_the_times_and_to_the_stop_page(house, sent, client):
    people(*house, "amara")
    free(house[0], TEN)
    look()
    booking, stop = [
        line.rpartition("https://portal.example")[2]
        for line in sent[0].text.splitlines()
        if "https://portal.example" in line
    ]
    assert "10:00pm" in client.get(booking).text
    assert "Stop the emails" in client.get(stop).text


def test_button_of_a_mail_program_stops_the_emails_and_the_page_says_how_to_start_again(house, sent, client):
    (amara,) = people(*house, "amara")
    free(house[0], TEN)
    look()
    assert sent[0].stop_url == f"https://portal.example/waiting/{amara.public_token}"
    answer = client.post(f"/waiting/{amara.public_token}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert read(answer).one("a", href=f"/book/{house[0].slug}")
    assert db.session.get(WaitingRequest, amara.id).email == ""


def test_each_is_told_once(house, sent, noon):
    people(*house, "amara")
    free(house[0], TEN)
    for _ in range(3):
        look()
        noon.shift(timedelta(hours=1))
    assert told(sent) == ["amara"]


def test_before_the_show_means_a_time_that_leaves_time_to_eat(house, sent):
    venue, widget = house
    people(venue, widget, "amara", before_at=CURTAIN)
    free(venue, TEN)
    look()
    assert sent == []
    free(venue, FIVE)
    look()
    assert "Times free before your show at 7:30pm when we sent this: 5:00pm\n" in sent[0].text
    assert "&show=2026-06-12T18:30:00Z\n" in sent[0].text


def test_before_the_show_follows_the_widgets_own_rule(house, sent):
    """With two and a half hours for a meal and a quarter to arrive, five is too late for half past seven."""
    venue, widget = house
    people(venue, widget, "amara", before_at=CURTAIN)
    db.session.execute(update(Widget).values(least_meal_minutes=150))
    db.session.commit()
    free(venue, FIVE)
    look()
    assert sent == []


def test_one_table_is_told_to_the_oldest_and_after_half_an_hour_to_the_next(house, sent, noon):
    people(*house, "amara", "tom", "daniel")
    free(house[0], TEN)
    look()
    look()
    noon.shift(timedelta(minutes=29))
    look()
    assert told(sent) == ["amara"]
    noon.shift(timedelta(minutes=2))
    look()
    assert told(sent) == ["amara", "tom"]


def test_a_table_that_was_taken_meanwhile_is_told_to_nobody_else(house, sent, noon):
    venue, widget = house
    people(venue, widget, "amara", "tom")
    free(venue, TEN)
    look()
    factories.make_booking(venue, starts_at=TEN, party_size=2, email="quick@example.org")
    noon.shift(timedelta(hours=1))
    look()
    assert told(sent) == ["amara"]


def test_as_many_are_told_at_once_as_tables_are_free(app_context, recording_queue, sent):
    venue, widget = full_house(tables=4)
    people(venue, widget, "amara", "tom", "daniel", "priya")
    free(venue, TEN, 2)
    look()
    assert told(sent) == ["amara", "tom"]


def test_who_fits_is_told_although_a_larger_party_asked_first(house, sent):
    venue, widget = house
    people(venue, widget, "large", party_size=6)
    people(venue, widget, "amara", party_size=4)
    free(venue, TEN)
    look()
    assert told(sent) == ["amara"]


def test_who_asked_after_the_last_look_does_not_go_first(house, sent, noon, app):
    people(*house, "amara")
    relay_looks(app)
    noon.shift(timedelta(seconds=20))
    people(*house, "tom")
    free(house[0], TEN)
    look()
    assert told(sent) == ["amara"]


def test_nobody_is_told_of_what_the_widget_no_longer_offers(house, sent):
    people(*house, "amara")
    free(house[0], TEN)
    as_before = {"deleted_at": None, "largest_party": 8, "days_ahead": 60}
    for change in ({"deleted_at": NOON}, {"largest_party": 1}, {"days_ahead": -1}):
        db.session.execute(update(Widget).values(**as_before | change))
        db.session.commit()
        look()
    assert sent == []


def test_who_stopped_is_not_told(house, sent):
    (amara,) = people(*house, "amara")
    free(house[0], TEN)
    waiting.stop(amara.public_token)
    look()
    assert sent == []


def test_a_time_that_has_passed_is_no_table(house, sent, noon):
    people(*house, "amara")
    free(house[0], FIVE)
    noon.move_to(FIVE)
    look()
    assert sent == []
