"""Bringing a programme over: what is saved, what a fault leaves alone, and what two at once come to."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.database import writing
from portal.events import service as events
from portal.events.models import Event, EventSync, Performance
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection import gateway
from portal.integration.connection.gateway import Budget, TransactionOpen
from portal.integration.programme import sync as event_sync
from portal.integration.settings import disconnecting, service as integration
from portal.integration.settings.service import Typed
from tests import factories
from tests.events.conftest import CONCERT, OTHELLO, instance
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.support.apps import change_settings

CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
EVERYTHING = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))


def shows(venue, limit=50_000):
    return events.shows_between(venue.id, *EVERYTHING, limit)


def rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def noted(venue):
    db.session.rollback()
    return events.sync_of(venue.id)


def change_client(venue, name):
    integration.save_credentials(venue, Typed(name, API_USER, API_KEY), 1)


def test_programme_of_the_sandbox_comes_over_whole(app, app_context, venue, sandbox):
    said = event_sync.sync(venue.id)
    theirs = sandbox.get("state")["performances"]
    assert (said.outcome, said.events, said.performances) == ("ok", 6, len(theirs))
    ours = shows(venue)
    assert [show.starts_at.replace(tzinfo=None).isoformat() for show in ours] == sorted(
        each["startUtc"] for each in theirs
    )
    assert sum(show.cancelled for show in ours) == sum(each["cancelled"] for each in theirs) == 1
    assert {show.name for show in ours if show.ends_at is None} == {"Winter Concert"}
    assert {call["signed_ok"] for call in sandbox.requests()} == {None}
    assert noted(venue).unreadable == 0


def test_programme_without_utc_times_comes_over_by_the_venues_own_time(app_context, venue, sandbox):
    theirs = sandbox.get("state")["performances"]
    sandbox.post("options", starts_shown="local")
    assert event_sync.sync(venue.id).performances == len(theirs)
    assert noted(venue).unreadable == 0
    assert [show.starts_at.replace(tzinfo=None).isoformat() for show in shows(venue)] == sorted(
        each["startUtc"] for each in theirs
    )


FAULTS = [
    ({"kind": "status", "status": 503}, Code.OUTAGE),
    ({"kind": "status", "status": 429, "retry_after": 1800}, Code.SLOW_DOWN),
    ({"kind": "status", "status": 401}, Code.REJECTED),
    ({"kind": "status", "status": 403}, Code.REJECTED),
    ({"kind": "status", "status": 404}, Code.CLIENT_UNKNOWN),
    ({"kind": "html"}, Code.NOT_SPEKTRIX),
    ({"kind": "html", "status": 403}, Code.EDGE_BLOCK),
    ({"kind": "redirect", "to": "login"}, Code.REDIRECTED),
    ({"kind": "drop_connection"}, Code.UNREACHABLE),
    ({"kind": "cut"}, Code.UNREACHABLE),
    ({"kind": "wrong_shape", "shape": "null"}, Code.NOT_SPEKTRIX),
    ({"kind": "huge"}, Code.PROGRAMME_TOO_LARGE),
]


@pytest.mark.parametrize(("fault", "outcome"), FAULTS)
def test_fault_keeps_the_programme_and_is_noted(app_context, venue, sandbox, fault, outcome, monkeypatch):
    monkeypatch.setattr(gateway, "_LARGEST_FEED", 5_000_000)
    event_sync.sync(venue.id)
    before, first = shows(venue), noted(venue)
    read_at, performances = first.synced_at, first.performances
    sandbox.fault("instance", **fault)
    assert event_sync.sync(venue.id).outcome == outcome
    after = noted(venue)
    assert (after.outcome, after.synced_at, after.performances) == (outcome, read_at, performances)
    assert after.tried_at > read_at
    assert shows(venue) == before
    wait = timedelta(seconds=fault.get("retry_after", 600))
    assert wait <= after.next_at - after.tried_at <= wait + timedelta(minutes=5)
    sandbox.delete("faults")
    assert event_sync.sync(venue.id).outcome == noted(venue).outcome == "ok"


def test_twenty_megabytes_are_the_limit():
    assert gateway._LARGEST_FEED == 20_000_000


def test_fault_of_the_first_list_stops_before_the_second(app_context, venue, sandbox):
    sandbox.fault("events", "status", status=503)
    assert event_sync.sync(venue.id).outcome == Code.OUTAGE
    assert sandbox.requests("instance") == []
    assert (noted(venue).synced_at, shows(venue)) == (None, [])


def test_hanging_theatre_is_given_up_in_the_time_for_both_lists(app, app_context, venue, theatre):
    change_settings(app, feed_timeout_seconds=1.0)
    let_go = threading.Event()
    theatre.before = lambda path: path.endswith("/instances") and let_go.wait(10)
    began = time.monotonic()
    assert event_sync.sync(venue.id).outcome == Code.TIMED_OUT
    assert time.monotonic() - began < 3
    let_go.set()


def test_whoever_has_little_time_waits_no_longer(app_context, venue, theatre):
    let_go = threading.Event()
    theatre.before = lambda _path: let_go.wait(10)
    began = time.monotonic()
    assert event_sync.sync(venue.id, most_seconds=0.3).outcome == Code.TIMED_OUT
    assert time.monotonic() - began < 3
    let_go.set()


def test_no_transaction_is_open_while_the_lists_are_read(app, app_context, venue, theatre):
    pool, taken = db.engine.pool, []
    theatre.before = lambda _path: taken.append(pool.checkedout())
    event_sync.sync(venue.id)
    assert taken == [0, 0]


def test_lists_are_not_asked_for_inside_a_transaction(app_context, venue, theatre):
    db.session.execute(select(Event))
    with gateway.public_feeds(CLIENT_NAME, Budget(5)) as client, pytest.raises(TransactionOpen):
        client.events(factories.DAY)
    assert theatre.asked == []


def test_venue_that_is_not_connected_has_nothing_read(app_context, theatre):
    venue = factories.make_venue("The Other Room")
    assert event_sync.sync(venue.id) is None
    assert (theatre.asked, noted(venue)) == ([], None)


def test_lists_are_asked_for_from_the_day_before_on(app_context, venue, theatre, time_machine):
    time_machine.move_to(datetime(2026, 6, 12, 0, 10, tzinfo=UTC), tick=False)
    event_sync.sync(venue.id)
    assert theatre.asked == [
        f"/{CLIENT_NAME}/api/v3/events?instanceStart_from=2026-06-11",
        f"/{CLIENT_NAME}/api/v3/instances?startFrom=2026-06-11",
    ]


def test_what_changes_at_the_theatre_changes_here(app_context, venue, theatre):
    event_sync.sync(venue.id)
    (first,) = shows(venue)
    theatre.events = [{"id": "1AB", "name": "Othello, recast", "duration": 160}]
    theatre.performances = [instance(start="2026-06-13T19:00:00", cancelled=True)]
    event_sync.sync(venue.id)
    (moved,) = shows(venue)
    assert moved.performance_id == first.performance_id
    assert (moved.name, moved.cancelled) == ("Othello, recast", True)
    assert moved.starts_at == datetime(2026, 6, 13, 19, 0, tzinfo=UTC)
    assert moved.ends_at - moved.starts_at == timedelta(minutes=160)
    assert events.shows_at(venue.id, CURTAIN) == []


def test_what_is_no_longer_named_is_not_shown_and_not_deleted(app_context, venue, theatre):
    theatre.performances = [instance("9AB"), instance("8AB")]
    event_sync.sync(venue.id)
    theatre.performances = [instance("9AB")]
    event_sync.sync(venue.id)
    assert (len(shows(venue)), rows(Performance), noted(venue).performances) == (1, 2, 1)
    theatre.performances = []
    event_sync.sync(venue.id)
    assert (shows(venue), rows(Performance), rows(Event)) == ([], 2, 2)


def test_of_two_records_with_one_id_the_later_counts(app_context, venue, theatre):
    theatre.events = [OTHELLO, OTHELLO | {"name": "Othello again"}]
    theatre.performances = [instance(), instance(start="2026-06-14T18:30:00")]
    said = event_sync.sync(venue.id)
    assert (said.events, said.performances, noted(venue).unreadable) == (1, 1, 0)
    (show,) = shows(venue)
    assert (show.name, show.starts_at.day) == ("Othello again", 14)


def test_rubbish_among_the_records_is_counted_and_costs_nothing_else(app_context, venue, theatre):
    theatre.events = [None, OTHELLO, {"id": "x/y", "name": "z"}]
    theatre.performances = [{}, instance(), instance("7AB", start="tomorrow"), "x"]
    assert event_sync.sync(venue.id).performances == 1
    assert (noted(venue).unreadable, len(shows(venue))) == (5, 1)


def test_performance_of_an_unknown_event_has_no_name_until_the_event_is_named(app_context, venue, theatre):
    theatre.events = []
    event_sync.sync(venue.id)
    assert [(show.name, show.ends_at) for show in shows(venue)] == [("", None)]
    theatre.events = [OTHELLO]
    event_sync.sync(venue.id)
    theatre.events = []
    event_sync.sync(venue.id)
    assert [show.name for show in shows(venue)] == ["Othello"]


@pytest.mark.parametrize("duration", [0, -5, None, "155", 100_000])
def test_running_time_that_is_none_is_unknown(app_context, venue, theatre, duration):
    theatre.events = [OTHELLO | {"duration": duration}]
    event_sync.sync(venue.id)
    assert [(show.name, show.ends_at) for show in shows(venue)] == [("Othello", None)]


def test_names_that_no_database_keeps_are_kept_without_what_is_wrong_with_them(app_context, venue, theatre):
    theatre.events = [OTHELLO | {"name": "Ot\0hello\n" + "o" * 300}]
    assert event_sync.sync(venue.id).outcome == "ok"
    assert shows(venue)[0].name == ("Ot hello " + "o" * 300)[:200]


def test_starts_around_the_change_of_clocks_stay_apart(app_context, venue, theatre):
    """Half past one is struck twice in the night of 25 October 2026; startUtc tells which is meant."""
    theatre.performances = [
        instance("1AB", "2026-10-25T00:30:00"),
        instance("2AB", "2026-10-25T01:30:00"),
        instance("3AB", "2026-03-29T00:59:00"),
        instance("4AB", "2026-03-29T01:00:00"),
    ]
    event_sync.sync(venue.id)
    local = [clock.to_local(show.starts_at, venue.timezone).isoformat() for show in shows(venue)]
    assert local == [
        "2026-03-29T00:59:00+00:00",
        "2026-03-29T02:00:00+01:00",
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:30:00+00:00",
    ]
    assert len(events.shows_at(venue.id, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))) == 1


def test_the_local_start_wins_while_clock_rules_differ(app_context, venue, theatre, zone_data):
    """Tickets say half past seven, whoever has heard first that the clocks change no more."""
    evening = instance(start="2026-06-12T18:30:00") | {"start": "2026-06-12T19:30:00"}
    for rule in ("GMT0", "<+02>-2"):
        zone_data.set(venue.timezone, rule)
        theatre.performances = [evening]
        event_sync.sync(venue.id)
        (show,) = shows(venue)
        assert f"{clock.to_local(show.starts_at, venue.timezone):%H:%M}" == "19:30"


@pytest.mark.parametrize("start", ["2026-06-12T14:30:00", "2026-06-14T19:30:00", "tonight", None])
def test_startutc_counts_where_the_local_start_is_of_another_zone_or_none(app_context, venue, theatre, start):
    theatre.performances = [instance(start="2026-06-12T18:30:00") | {"start": start}]
    event_sync.sync(venue.id)
    assert [show.starts_at for show in shows(venue)] == [datetime(2026, 6, 12, 18, 30, tzinfo=UTC)]


@pytest.mark.parametrize(("utc", "passes"), [("00:30", "+01:00"), ("01:30", "+00:00")])
def test_both_starts_together_tell_which_pass_of_a_repeated_hour(app_context, venue, theatre, utc, passes):
    theatre.performances = [instance(start=f"2026-10-25T{utc}:00") | {"start": "2026-10-25T01:30:00"}]
    event_sync.sync(venue.id)
    (show,) = shows(venue)
    assert clock.iso_with_offset(show.starts_at, venue.timezone) == f"2026-10-25T01:30:00{passes}"


def test_each_venue_has_rows_of_its_own(app_context, venue, theatre):
    other = factories.make_venue("The Other Room")
    factories.connect_spektrix(other)
    event_sync.sync(venue.id)
    assert shows(other) == []
    event_sync.sync(other.id)
    ours, theirs = shows(venue), shows(other)
    assert (len(ours), len(theirs), rows(Performance)) == (1, 1, 2)
    assert ours[0].performance_id != theirs[0].performance_id


def test_another_client_name_starts_anew(app_context, venue, theatre):
    event_sync.sync(venue.id)
    change_client(venue, "otherplayhouse")
    assert shows(venue) == []
    after = noted(venue)
    assert (after.synced_at, after.outcome, after.performances) == (None, "", 0)
    assert after.next_at <= clock.utc_now()
    theatre.performances = [instance("5AB")]
    event_sync.sync(venue.id)
    assert (len(shows(venue)), rows(Performance)) == (1, 2)
    assert events.show_by_instance(venue.id, "9AB") is None


def test_new_key_for_the_same_client_keeps_the_programme(app_context, venue, theatre):
    event_sync.sync(venue.id)
    change_client(venue, CLIENT_NAME)
    assert len(shows(venue)) == 1


def test_leaving_spektrix_ends_the_programme(app_context, venue, theatre):
    event_sync.sync(venue.id)
    disconnecting.disconnect(venue, 1)
    assert shows(venue) == []


@pytest.mark.parametrize("fails", [False, True])
def test_lists_of_a_client_left_meanwhile_are_dropped(app, app_context, venue, theatre, fails):
    def leave(path):
        if path.endswith("/instances"):
            with app.app_context(), writing():
                change_client(venue, "otherplayhouse")
            theatre.performances = {} if fails else theatre.performances

    theatre.before = leave
    assert event_sync.sync(venue.id) is None
    assert (shows(venue), rows(Performance)) == ([], 0)
    assert (noted(venue).outcome, noted(venue).tried_at) == ("", None)


@pytest.mark.parametrize("known", [False, True])
def test_two_syncs_at_once_save_every_performance_once(app, venue, theatre, known):
    theatre.performances = [instance(f"{number}AB") for number in range(1, 301)]
    if known:
        with app.app_context():
            event_sync.sync(venue.id)
        theatre.performances = [one | {"cancelled": True} for one in theatre.performances]
    both_have_read = threading.Barrier(2, timeout=10)
    theatre.before = lambda path: path.endswith("/instances") and both_have_read.wait()
    outcomes = []

    def sync():
        with app.app_context():
            try:
                outcomes.append(event_sync.sync(venue.id).outcome)
            except Exception as error:
                outcomes.append(error)

    threads = [threading.Thread(target=sync) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["ok", "ok"]
    with app.app_context():
        assert (rows(Performance), rows(Event), rows(EventSync)) == (300, 2, 1)
        assert len(shows(venue)) == 300
        assert all(show.cancelled for show in shows(venue)) is known


def season(number, **fields):
    starts = datetime(2026, 6, 1, 18, 30)
    return [
        instance(f"{each}AB", (starts + timedelta(hours=each)).isoformat(), f"{each % 200 + 1}AE", **fields)
        for each in range(1, number + 1)
    ]


def test_ten_thousand_performances_take_few_statements(app_context, venue, theatre, statements):
    """About as many statements as there are packs of 500, not one for each performance."""
    theatre.events = [CONCERT | {"id": f"{each}AE"} for each in range(1, 201)]
    for theatre.performances in (season(10_000), season(10_000), season(10_000, cancelled=True)):
        statements.clear()
        began = time.monotonic()
        assert event_sync.sync(venue.id).performances == 10_000
        assert time.monotonic() - began < 30
        assert len(statements) < 80, len(statements)
    assert len(shows(venue)) == 10_000
