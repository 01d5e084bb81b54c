"""The first screen around a show: what the programme adds to it, and every state that leads on."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portal.availability.hours import Slot
from portal.widgets import rules, service
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import slot_screens
from portal.widgets.rules import Bounds, Choice
from tests.widgets.conftest import NOON, SHOW, WIDGET

WINTERS_TALE = ("The Winter’s Tale", SHOW, 155, False)
FRIDAY = NOON.date()
CURTAIN = datetime.fromisoformat(SHOW)


@pytest.fixture
def seeded(app, recording_queue):
    """A venue that serves from five and seats four at a time; its widget knows the way to the theatre."""
    from datetime import time

    from portal.availability.models import ServicePeriod
    from portal.extensions import db
    from tests.factories import connect_spektrix, make_venue, make_widget

    with app.app_context():
        venue = make_venue(covers=4, theatre_name="Harbour Playhouse")
        db.session.execute(db.update(ServicePeriod).values(opens=time(17), last_seating=time(22, 45)))
        db.session.commit()
        make_widget(venue, public_id=WIDGET, sites=["www.harbourplayhouse.example"], walk_minutes=2)
        connect_spektrix(venue)
    return app


@pytest.fixture
def page(diner):
    return diner.read


@pytest.fixture
def taken(stored):
    """Seat a party of four: `taken("17:00", "18:45")` on the Friday leaves nothing before the show."""

    def seat(*times, day=FRIDAY):
        from portal.venues.models import Venue
        from tests.factories import local, make_booking

        def rows(db):
            venue = db.session.scalar(db.select(Venue))
            for time in times:
                hour, minute = map(int, time.split(":"))
                start = local(venue, day, hour, minute)
                make_booking(venue, starts_at=start, party_size=4, email=f"{day}-{hour}@example.org")

        stored(rows)

    return seat


def shown(page):
    """The times to choose from, in the page or in a part of it."""
    return [button.attributes["value"] for button in page.all("button", name="starts_at")]


def test_the_show_is_named_with_its_end_and_parts_the_times(page, on_stage):
    on_stage(WINTERS_TALE)
    found = page(show=SHOW)
    text = found.words
    assert found.one(data_test="show").words == "The Winter’s Tale Fri 12 June, 7:30pm. Ends about 10:05pm"
    before, after = text.split("Curtain up 7:30pm")
    assert "Before the show" in before
    assert "1 h 45" in before
    assert "Two minutes’ walk from your table. Leave by 7:10pm" in after
    assert "The show ends about 10:05pm. Last tables 10:45pm" in after
    assert "Show times during the performance (15)" in after
    [earlier, later] = found.all("section", data_test="slot-group")
    assert (earlier.one("h3").words, len(shown(earlier))) == ("Before the show", 6)
    assert later.one("h3").words == "After the show"


def test_without_the_programme_there_is_no_name_and_the_end_is_a_guess(page):
    found = page(show=SHOW)
    text = found.words
    assert found.one(data_test="show").words == "Your show Fri 12 June, 7:30pm"
    assert "Later that evening" in text
    assert "Allowing two and a half hours for the show" in text


def test_two_shows_at_once_are_not_told_apart(page, on_stage):
    on_stage(WINTERS_TALE, ("Studio", SHOW, 60, False))
    found = page(show=SHOW)
    assert found.one(data_test="show").words == "Your show Fri 12 June, 7:30pm. Ends about 10:05pm"
    assert "Studio" not in found.words


def test_cancelled_performance_is_said_and_parts_nothing(page, on_stage):
    on_stage(("Hamlet", SHOW, 180, True))
    found = page(show=SHOW)
    text = found.words
    assert "Hamlet is cancelled" in text
    assert "Curtain up" not in text
    assert len(shown(found)) == 24


def test_every_screen_names_the_show(diner, on_stage):
    on_stage(WINTERS_TALE)
    details = diner.details_page(show=SHOW).text
    assert "2 guests, before The Winter’s Tale at 7:30pm" in details
    confirmed = diner.client.get(diner.book(diner.form(show=SHOW)).location).text
    order = [
        "Your table at",
        "7:10pm",
        "Head to your seats",
        "Two minutes’ walk",
        "The Winter’s Tale",
        "Ends about",
    ]
    places = [confirmed.index(words) for words in order]
    assert places == sorted(places)


def test_labels_leave_the_list_of_times_as_it_is(page, on_stage, diner):
    on_stage(WINTERS_TALE)
    plain = shown(page())
    assert shown(page(show=SHOW)) == plain
    assert [
        rules.instant_text(datetime.fromisoformat(one["starts_at"])) for one in diner.slots().json["slots"]
    ] == plain


starts = st.lists(st.integers(0, 95), unique=True, max_size=40).map(sorted)
shows = st.builds(
    GuestShow,
    st.integers(0, 96).map(lambda quarter: NOON.replace(hour=0) + timedelta(minutes=15 * quarter)),
    ends_at=st.none() | st.integers(-60, 2000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    name=st.sampled_from(["", "Hamlet"]),
    cancelled=st.booleans(),
    arrive=st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes)),
    least_meal=st.integers(0, 180).map(lambda minutes: timedelta(minutes=minutes)),
)


@given(starts, st.none() | shows, st.integers(0, 23))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_show_adds_removes_or_reorders_a_time(monkeypatch, quarters, show, hour):
    midnight = datetime(2026, 6, 12, tzinfo=UTC)
    instants = [midnight + timedelta(minutes=15 * quarter) for quarter in quarters]
    slots = [Slot(start, start + timedelta(minutes=105), 1, "", FRIDAY) for start in instants]
    monkeypatch.setattr(service, "times", lambda *_asked: slots)
    monkeypatch.setattr(service, "alternatives", lambda *_asked: [])
    monkeypatch.setattr(service, "serves_on", lambda *_asked: True)
    monkeypatch.setattr(slot_screens.wanted_tables, "find", lambda *_asked: None)
    published = SimpleNamespace(venue=SimpleNamespace(timezone="UTC", phone=""), widget=None)
    choice = Choice(FRIDAY, 2, show.starts_at if show else None)
    bounds = Bounds(FRIDAY, FRIDAY, 8)
    found = slot_screens.times(published, choice, show, bounds, midnight.replace(hour=hour))
    groups = (
        [found.start_buttons, found.other_times]
        if found.trouble
        else [found.start_buttons, found.before, found.during, found.later]
    )
    assert [start.value for group in groups for start in group] == [
        rules.instant_text(start) for start in instants
    ]


def test_none_before_the_show_leads_on(page, on_stage, taken):
    on_stage(WINTERS_TALE)
    taken("17:00", "18:45")
    found = page(show=SHOW, party="4")
    text = found.words
    assert "No tables for 4 before the show" in text
    assert "The Winter’s Tale starts at 7:30pm. These are the closest times." in text
    assert "After the show, 10:15pm" in text
    assert "4 guests, not the day of your show" in text
    assert "Call 01632 960 123" in text
    assert "Show all times that day (10)" in text
    assert len(shown(found)) == 10


def test_fewer_guests_that_fit_before_the_show_are_offered(page, stored, on_stage, taken):
    on_stage(WINTERS_TALE)

    def enlarge(db):
        from portal.availability.models import ServicePeriod

        db.session.execute(db.update(ServicePeriod).values(covers=6))

    stored(enlarge)
    taken("17:00", "18:45")
    text = page(show=SHOW, party="6").words
    assert "6:15pm for 2 guests Fri 12 June, before the show" in text
    assert re.search(r"(Sat 13|Sun 14) June, 6:15pm 6 guests, not the day of your show", text)


def test_no_table_that_day_offers_the_nearest_one(page, taken):
    taken("17:00", "18:45", "20:30", "22:15")
    text = page(date="2026-06-12", party="4").words
    assert "No tables for 4 on Fri 12 June" in text
    assert "Sat 13 June, 5:00pm" in text
    assert "Call 01632 960 123" in text


@pytest.mark.parametrize("party", ["9", "12", "9999"])
def test_party_too_large_is_sent_to_the_telephone(page, party):
    found = page(party=party)
    text = found.words
    assert "You cannot book for 9 or more here" in text
    assert "Call the restaurant to book for all of you." in text
    assert "Call 01632 960 123" in text
    assert shown(found) == []


def test_party_too_large_is_one_of_the_choices(diner, page):
    plain = page(party="7").one("select", name="exact_party")
    beside_a_show = page(show=SHOW).one("select", name="party")
    for sizes in (plain, beside_a_show):
        assert sizes.one("option", value="9").words == "9 or more guests"
    assert "selected" not in plain.one("option", value="8").attributes
    asked = {"date": "2026-06-12", "party": "7", "exact_party": "9"}
    fragment = diner.client.get(f"/w/{WIDGET}/slots", query_string=asked, headers={"HX-Request": "true"})
    assert "You cannot book for 9 or more here" in fragment.text


def test_show_that_is_not_open_yet_says_when_it_is(page):
    found = page(show="2026-09-12T18:30:00Z")
    text = found.words
    assert "Tables for Sat 12 September are not open yet" in text
    assert "Booking for the day of your show opens on Tue 14 July." in text
    assert shown(found)


def test_show_that_has_passed_says_so(page):
    found = page(show="2026-06-01T18:30:00Z")
    text = found.words
    assert "Your show on Mon 1 June has passed" in text
    assert shown(found)


def test_show_that_has_begun_is_no_lack_of_tables(page, friday_noon):
    friday_noon.shift(timedelta(hours=8))
    text = page(show=SHOW).words
    assert "No tables" not in text
    assert "Later that evening" in text


@pytest.mark.parametrize(
    ("asked", "ignored"),
    [
        ({"date": "tomorrow"}, "date"),
        ({"date": "2026-02-30", "party": "two"}, "date, party"),
        ({"performance": "999999"}, "performance"),
        ({"performance": "' OR 1=1"}, "performance"),
        ({"party": "0", "show": "soon"}, "party, show"),
    ],
)
def test_wrong_values_of_the_page_are_left_out_with_a_word(page, asked, ignored):
    found = page(**asked)
    text = found.words
    assert found.one("meta", name="rezzy-ignored").attributes["content"] == ignored
    assert "Times for Friday 12 June" in text


@pytest.mark.parametrize("performance", ["7001ABCD", "7001"])
def test_performance_that_the_page_names_is_the_show(page, on_stage, performance):
    on_stage(("Hamlet", "2026-06-14T18:30:00Z", 180, False))
    found = page(performance=performance, party="4")
    text = found.words
    assert "Hamlet Sun 14 June, 7:30pm" in text
    assert "Times for Sunday 14 June" in text
    size = found.one("select", name="party").one("option", value="4")
    assert (size.words, "selected" in size.attributes) == ("4 guests", True)
    assert found.one(id="_pick").attributes["data-fixed"] == "show"
    assert found.all("meta", name="rezzy-ignored") == []


@pytest.mark.parametrize(
    ("date", "words"), [("2026-06-01", "Mon 1 June has passed"), ("2026-12-24", "not open yet")]
)
def test_day_that_cannot_be_booked_says_why_and_shows_another(page, date, words):
    text = page(date=date).words
    assert words in text
    assert "Times for Friday 12 June" in text


def test_times_with_a_show_need_one_more_query(diner, seeded, on_stage):
    from sqlalchemy import event

    from portal.extensions import db

    on_stage(WINTERS_TALE)
    with seeded.app_context():
        engine = db.engine
    statements = []
    asked = {"date": "2026-06-12", "party": "2", "show": SHOW}
    headers = {"HX-Request": "true"}
    for _ in range(2):
        diner.client.get(f"/w/{WIDGET}/slots", query_string=asked, headers=headers)
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    diner.client.get(f"/w/{WIDGET}/slots", query_string=asked, headers=headers)
    diner.slots(show=SHOW)
    selects = [text for text in statements if text.startswith("SELECT")]
    assert len(selects) == 2 + 1
