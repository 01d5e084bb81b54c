"""The page of the programme: what is on, when it was read, and what is wrong where it could not be."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal import job_queue
from portal.events import service as events
from portal.events.rules import FeedEvent, FeedPerformance, programme
from portal.events.saving import Client, save
from portal.extensions import db
from portal.findings import FINDINGS, Code
from portal.integration.programme import (
    schedule as programme_schedule,
    sync as event_sync,
)
from portal.integration.programme.rules import trouble_of
from portal.integration.settings import disconnecting
from tests import factories
from tests.events.conftest import instance
from tests.factories import CLIENT_NAME
from tests.support.reading import read, table

NOON = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def manager(app, client, venue):
    with app.app_context():
        manager = factories.make_manager(venue)
    return factories.sign_in(client, manager)


@pytest.fixture
def staff(app, venue):
    return somebody(app, venue)


def somebody(app, venue):
    """Return a client in which somebody who works at the venue is signed in."""
    with app.app_context():
        staff = factories.make_staff(venue)
    return factories.sign_in(app.test_client(), staff)


@pytest.fixture
def synced(app, venue, theatre):
    """Read the hand-written programme, as the job does."""

    def sync(*performances):
        theatre.performances = list(performances)
        with app.app_context():
            return event_sync.sync(venue.id)

    return sync


def note(app, venue, **columns):
    """Leave the note of a sync as some reading left it."""
    with app.app_context():
        events.begin(venue.id, NOON)
        row = events.sync_of(venue.id)
        for name, value in columns.items():
            setattr(row, name, value)
        db.session.commit()


def many(app, venue, starts):
    """Save performances at these instants, as one reading left them."""
    with app.app_context():
        showings = [FeedPerformance(f"{each}A", "1A", start, False) for each, start in enumerate(starts)]
        read_now = programme([FeedEvent("1A", "Othello", 155)], showings, 0)
        save(Client(venue.id, CLIENT_NAME), read_now, NOON)
        db.session.commit()
    note(app, venue, client_name=CLIENT_NAME, synced_at=NOON, tried_at=NOON, outcome="ok")


def days(page):
    return [cell.words for cell in page.all("th", role="rowheader")]


def test_performances_are_listed_by_day_in_the_zone_of_the_venue(staff, synced):
    synced(
        instance("1AB", "2026-06-12T18:30:00"),
        instance("2AB", "2026-06-12T23:30:00", "2AB"),
        instance("3AB", "2026-06-14T13:00:00", cancelled=True),
        instance("4AB", "2026-06-11T18:30:00"),
    )
    page = read(staff.get("/programme"))
    assert days(page) == ["Today, Fri 12 June", "Sat 13 June", "Sun 14 June"]
    assert table(page) == [
        ["19:30", "Othello", "ends about 22:05"],
        ["00:30", "Winter Concert", "Running time not given"],
        ["14:00", "Othello", "Cancelled"],
    ]
    assert (
        "This page shows everything from Fri 12 June to Sat 11 July. There is nothing after that yet."
        in page.words
    )


def test_page_says_when_it_was_read_how_much_and_what_was_left_out(staff, synced, now):
    synced(instance(), {}, None)
    now.shift(timedelta(minutes=20))
    words = read(staff.get("/programme")).words
    assert "Read Today, 13:00" in words
    assert "Performances 1" in words
    assert "Could not be read 2 Left out, because the id, name or start was missing." in words
    assert "Next about 14:0" in words
    assert "Spektrix is paused. The programme is public, so the portal still reads it." in words


def test_time_that_is_struck_twice_is_listed_in_the_order_of_the_night(now, synced, app, venue):
    now.move_to(datetime(2026, 10, 24, 12, tzinfo=UTC), tick=False)
    staff = somebody(app, venue)
    synced(
        instance("1AB", "2026-10-25T01:30:00", "2AB"),
        instance("2AB", "2026-10-25T00:30:00"),
        instance("3AB", "2026-10-24T22:30:00"),
    )
    page = read(staff.get("/programme"))
    assert days(page) == ["Today, Sat 24 October", "Sun 25 October"]
    # It began in summer time and is over in winter time.
    assert [row[:2] for row in table(page)] == [
        ["23:30", "Othello"],
        ["01:30 BST", "Othello"],
        ["01:30 GMT", "Winter Concert"],
    ]
    assert table(page)[0][2] == "ends about 01:05 GMT"


def test_later_stretches_are_a_link_away(app, venue, staff):
    many(app, venue, [NOON + timedelta(days=each) for each in (1, 31, 32)])
    first = read(staff.get("/programme"))
    assert days(first) == ["Sat 13 June"]
    assert "This page shows everything from Fri 12 June to Sat 11 July." in first.words
    (link,) = [each for each in first.all("a") if "From Mon 13 July" in each.words]
    assert link.attributes["href"] == "/programme?from=2026-07-13"
    second = read(staff.get("/programme?from=2026-07-13"))
    assert days(second) == ["Mon 13 July", "Tue 14 July"]
    assert [each.words for each in second.all("a") if each.attributes.get("href") == "/programme"][1:] == [
        "From today"
    ]


@pytest.mark.parametrize("text", ["", "soon", "1999-12-31", "9999-12-31", "2026-13-01", "2026-06-01"])
def test_day_that_no_link_names_is_today(app, venue, staff, text):
    many(app, venue, [NOON + timedelta(hours=6)])
    assert days(read(staff.get(f"/programme?from={text}"))) == ["Today, Fri 12 June"]


def test_page_holds_no_more_than_two_hundred_performances(app, venue, staff):
    many(app, venue, [NOON + timedelta(hours=each) for each in range(400)])
    page = read(staff.get("/programme"))
    assert len(table(page)) == 11 + 7 * 24
    assert "This page shows everything from Fri 12 June to Fri 19 June." in page.words
    following = read(staff.get("/programme?from=2026-06-20"))
    assert days(following)[0] == "Sat 20 June"
    assert table(following)[0][0] == "00:00"


def test_day_with_more_than_two_hundred_is_cut_and_says_so(app, venue, staff):
    many(app, venue, [NOON + timedelta(minutes=each) for each in range(250)])
    page = read(staff.get("/programme"))
    assert len(table(page)) == 200
    assert "This page shows the first 200 performances of Fri 12 June." in page.words


def test_page_takes_few_statements_however_much_is_on(app, venue, staff, statements):
    many(app, venue, [NOON + timedelta(hours=each) for each in range(400)])
    statements.clear()
    staff.get("/programme")
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(selects) == 4, "who is signed in, the connection, how reading went, and what is on"


def test_not_connected_says_who_can_connect(app, client):
    with app.app_context():
        venue = factories.make_venue("The Other Room")
        manager, staff = factories.make_manager(venue), factories.make_staff(venue)
    page = read(factories.sign_in(client, manager).get("/programme"))
    assert "Spektrix is not connected" in page.words
    assert [each for each in page.all("a") if each.words == "Connect Spektrix"]
    page = read(factories.sign_in(app.test_client(), staff).get("/programme"))
    assert "A manager of this venue can connect it." in page.words
    assert page.all("form", action="/programme/sync") == []


def test_nothing_was_read_yet(staff):
    assert "The programme has not been read yet The portal reads it within a minute." in (
        read(staff.get("/programme")).words
    )


def test_nothing_is_on(staff, synced):
    synced()
    assert "Nothing is on Spektrix has no performances from Fri 12 June to Sat 11 July." in (
        read(staff.get("/programme")).words
    )


def test_after_leaving_spektrix_nothing_of_the_programme_is_shown(app, venue, staff, synced):
    synced(instance())
    with app.app_context():
        disconnecting.disconnect(venue, None)
    page = read(staff.get("/programme"))
    assert "Spektrix is not connected" in page.words
    assert "Othello" not in page.words


OUTCOMES = [
    Code.OUTAGE,
    Code.SLOW_DOWN,
    Code.TIMED_OUT,
    Code.UNREACHABLE,
    Code.EDGE_BLOCK,
    Code.REJECTED,
    Code.OUR_FAULT,
    Code.NOT_SPEKTRIX,
]


@pytest.mark.parametrize("outcome", [Code.CLIENT_UNKNOWN, Code.PROGRAMME_TOO_LARGE])
def test_fault_is_told_with_who_mends_it_and_how(app, venue, staff, synced, outcome):
    synced(instance())
    note(app, venue, outcome=outcome, tried_at=NOON + timedelta(minutes=5))
    page = read(staff.get("/programme"))
    found = trouble_of(outcome)
    for said in (found.title, f"Who can fix it {found.who}", f"Next step {found.step}"):
        assert said in page.words
    assert "This list was read on Fri 12 June, 13:00 and may be out of date." in page.words
    assert "Othello" in page.words
    assert len(page.all("a", href=f"/help/integrations/spektrix/{found.help}")) == 1


def test_faults_of_a_programme_speak_of_the_programme():
    for outcome in OUTCOMES:
        found = trouble_of(outcome)
        assert found.who == FINDINGS[outcome].who
        assert "isits wait" not in found.step
        assert "10 seconds" not in found.title


def test_outcome_of_an_older_portal_is_told_as_our_fault():
    assert trouble_of("a word of yesterday").who == FINDINGS[Code.OUR_FAULT].who


@pytest.mark.parametrize(
    ("outcome", "label", "address"),
    [
        (Code.CLIENT_UNKNOWN, "Change the client name", "/integrations/spektrix/edit"),
        (Code.EDGE_BLOCK, "Make a support bundle", "/find-the-fault/bundle"),
    ],
)
def test_managers_are_led_to_where_it_is_mended(app, venue, manager, staff, outcome, label, address):
    note(app, venue, outcome=outcome, tried_at=NOON)
    (link,) = [each for each in read(manager.get("/programme")).all("a") if each.words == label]
    assert manager.get(link.attributes["href"]).status_code == 200
    assert link.attributes["href"] == address
    assert label not in read(staff.get("/programme")).words


def test_programme_that_nobody_reads_any_more_is_said_to_be_old(staff, synced, now):
    synced(instance())
    now.shift(timedelta(hours=1, minutes=30))
    assert "has not been read for more than two hours" not in read(staff.get("/programme")).words
    now.shift(timedelta(minutes=45))
    words = read(staff.get("/programme")).words
    assert "has not been read for more than two hours" in words
    assert "may be out of date" in words


def test_manager_asks_and_is_told_when_it_has_come(app, venue, manager, synced, recording_queue, now):
    synced(instance())
    now.shift(timedelta(minutes=5))
    answer = manager.post("/programme/sync")
    assert answer.status_code == 303
    assert recording_queue.calls == [("sync_events", venue.id)]
    asked = answer.headers["Location"]
    waiting = read(manager.get(asked))
    assert "Reading the programme" in waiting.words
    assert waiting.one(id="_reading").attributes["hx-get"] == asked
    fragment = manager.get(asked, headers={"HX-Request": "true"})
    assert read(fragment).one(id="_reading").attributes["hx-trigger"]
    now.shift(timedelta(seconds=2))
    synced(instance(), instance("8AB"))
    answer = manager.get(asked, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/programme")
    assert "The programme was read: 2 performances." in read(manager.get("/programme")).words


def test_without_script_the_news_is_there_when_the_page_is_loaded_again(
    manager, synced, recording_queue, now
):
    asked = manager.post("/programme/sync").headers["Location"]
    now.shift(timedelta(seconds=2))
    synced(instance())
    answer = manager.get(asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/programme")
    assert "The programme was read: 1 performance." in read(manager.get("/programme")).words


def test_reading_that_fails_is_told_as_the_fault_it_is(app, venue, manager, recording_queue, now):
    asked = manager.post("/programme/sync").headers["Location"]
    now.shift(timedelta(seconds=2))
    note(app, venue, outcome=Code.OUTAGE, tried_at=NOON + timedelta(seconds=1))
    assert manager.get(asked).headers["Location"] == "/programme"
    words = read(manager.get("/programme")).words
    assert "Spektrix is having a problem" in words
    assert "was read" not in words


def test_reading_that_nobody_answers_is_waited_for_no_longer_than_a_minute(manager, recording_queue, now):
    asked = manager.post("/programme/sync").headers["Location"]
    now.shift(timedelta(seconds=61))
    assert manager.get(asked).status_code == 303
    assert "The programme is still being read." in read(manager.get("/programme")).words


@pytest.mark.parametrize("asked", ["x", "-1", "0", "99999999999999999999"])
def test_made_up_time_of_asking_shows_the_plain_page(staff, asked):
    assert "being read" not in read(staff.get(f"/programme?asked={asked}")).words


def test_asking_while_not_connected_says_what_to_do(app, client):
    with app.app_context():
        manager = factories.make_manager(factories.make_venue("The Other Room"))
    manager = factories.sign_in(client, manager)
    assert manager.post("/programme/sync").headers["Location"] == "/programme"
    assert "Spektrix is not connected, so nothing was read." in read(manager.get("/programme")).words


def test_staff_read_and_do_not_ask(staff, synced, recording_queue):
    synced(instance())
    assert read(staff.get("/programme")).all("form", action="/programme/sync") == []
    assert staff.post("/programme/sync").status_code == 403
    assert recording_queue.calls == []


def test_programme_is_in_the_menu_beside_the_widgets(staff):
    places = [each.words for each in read(staff.get("/diary")).one("nav", aria_label="Main").all("a")]
    assert places.index("Programme") == places.index("Widgets") + 1
    page = read(staff.get("/programme"))
    assert [each.words for each in page.all("a", aria_current="page")] == ["Programme"]


def test_names_are_text_and_never_markup(theatre, staff, synced):
    theatre.events = [{"id": "1AB", "name": "<b>Bold</b> & Co", "duration": 10}]
    synced(instance())
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in staff.get("/programme").text


def test_days_of_a_long_stretch_have_no_end_in_mind(app, venue, staff):
    many(app, venue, [NOON + timedelta(days=3650)])
    page = read(staff.get("/programme"))
    assert "Nothing is on" in page.words
    assert [each.attributes["href"] for each in page.all("a") if each.words.startswith("From ")] == [
        f"/programme?from={date(2036, 6, 9)}"
    ]


def test_job_and_page_meet_without_a_queue(app, venue, manager, synced, monkeypatch):
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    synced(instance())
    manager.post("/programme/sync")
    with app.app_context():
        assert programme_schedule.sync_next_due()


@pytest.mark.settings(rate_limits=True)
class TestLimits:
    def test_presses_are_limited_to_what_a_person_needs(self, manager, recording_queue):
        answers = [manager.post("/programme/sync").status_code for _ in range(12)]
        assert answers == [303] * 10 + [429] * 2
        assert len(recording_queue.calls) == 10
