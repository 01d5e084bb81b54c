"""Programmes are read by the clock: at first at once, then hourly, each by one relay only."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from jobs import sync_events
from portal import clock, job_queue
from portal.events import service as events
from portal.events.models import EventSync
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import NotConnected
from portal.integration.programme import schedule as programme_schedule, sync as event_sync
from portal.integration.programme.rules import Tried
from tests import factories
from tests.support.rounds import whole_round

NOON = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def venue(app_context, venue):
    return venue


@pytest.fixture
def no_queue(monkeypatch):
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)


def noted(venue):
    db.session.rollback()
    return events.sync_of(venue.id)


def test_first_reading_is_due_at_once_and_queued_once(venue, recording_queue):
    assert programme_schedule.sync_next_due()
    assert not programme_schedule.sync_next_due()
    assert recording_queue.calls == [("sync_events", venue.id)]


def test_wake_up_that_nobody_answers_is_repeated(venue, recording_queue, now):
    programme_schedule.sync_next_due()
    now.shift(16 * MINUTE)
    assert programme_schedule.sync_next_due()
    assert len(recording_queue.calls) == 2


def test_what_was_read_is_due_again_in_an_hour(venue, theatre, recording_queue, now):
    programme_schedule.sync(venue.id)
    now.shift(59 * MINUTE)
    assert not programme_schedule.sync_next_due()
    now.shift(7 * MINUTE)
    assert programme_schedule.sync_next_due()


def test_readings_are_spread_and_sooner_after_a_fault():
    hourly = {event_sync.next_sync(NOON, Tried("ok")) for _ in range(20)}
    sooner = {event_sync.next_sync(NOON, Tried("outage")) for _ in range(20)}
    assert len(hourly) > 10
    assert all(NOON + HOUR <= each <= NOON + HOUR + 5 * MINUTE for each in hourly)
    assert all(NOON + 10 * MINUTE <= each <= NOON + 15 * MINUTE for each in sooner)


def test_no_programme_is_read_before_spektrix_said():
    assert event_sync.next_sync(NOON, Tried("slow_down", HOUR)) >= NOON + HOUR


def overtaken(monkeypatch):
    """Let another relay claim between this one's look and this one's claim."""
    waiting, real = [True], event_sync.next_sync

    def next_sync(now, ended):
        if waiting:
            waiting.clear()
            db.session.rollback()
            assert programme_schedule.sync_next_due()
        return real(now, ended)

    monkeypatch.setattr(event_sync, "next_sync", next_sync)


@pytest.mark.parametrize("first", [True, False])
def test_two_relays_that_see_the_same_venue_have_it_read_once(venue, recording_queue, monkeypatch, first):
    if not first:
        events.begin(venue.id, NOON - MINUTE)
    overtaken(monkeypatch)
    assert not programme_schedule.sync_next_due()
    assert recording_queue.calls == [("sync_events", venue.id)]


def test_without_comparing_the_claim_both_relays_would_have_it_read(venue, recording_queue, monkeypatch):
    """The control of the test above: with its safeguard off, the venue is read twice."""
    events.begin(venue.id, NOON - MINUTE)
    compared = programme_schedule._move

    def careless(venue_id, next_at, was_at=None):
        compared(venue_id, next_at)
        return True

    monkeypatch.setattr(programme_schedule, "_move", careless)
    overtaken(monkeypatch)
    assert programme_schedule.sync_next_due()
    assert recording_queue.calls == [("sync_events", venue.id)] * 2


def test_without_a_queue_the_programme_is_read_here_and_briefly(venue, theatre, no_queue, monkeypatch):
    given, real = [], event_sync.sync

    def sync(venue_id, most_seconds=None):
        given.append(most_seconds)
        return real(venue_id, most_seconds)

    monkeypatch.setattr(event_sync, "sync", sync)
    assert programme_schedule.sync_next_due()
    assert noted(venue).outcome == "ok"
    assert given == [10.0]


def test_unexpected_fault_of_one_venue_does_not_end_the_relay(venue, no_queue, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("what somebody typed")

    monkeypatch.setattr(event_sync, "sync", broken)
    assert programme_schedule.sync_next_due()
    assert "unexpected ZeroDivisionError" in caplog.text
    assert "what somebody typed" not in caplog.text


def test_venue_whose_calls_rest_is_left_alone_until_then(venue, recording_queue, now):
    db.session.execute(
        update(Integration).values(blocked_reason=Code.SLOW_DOWN, blocked_until=NOON + 20 * MINUTE)
    )
    db.session.commit()
    assert not programme_schedule.sync_next_due()
    now.shift(21 * MINUTE)
    assert programme_schedule.sync_next_due()


def test_fault_of_the_credentials_does_not_stop_the_public_lists(venue, recording_queue):
    db.session.execute(update(Integration).values(blocked_reason=Code.KEY_REFUSED, blocked_until=NOON + HOUR))
    db.session.commit()
    assert programme_schedule.sync_next_due()


def test_relay_has_one_programme_read_in_a_round(app, recording_queue):
    with app.app_context():
        for number in range(3):
            factories.connect_spektrix(factories.make_venue(f"Venue {number}"))
    for rounds in (1, 2, 3, 3):
        whole_round(app)
        asked = [venue_id for job, venue_id in recording_queue.calls if job == "sync_events"]
        assert len(asked) == len(set(asked)) == rounds


def test_what_a_manager_asks_for_is_queued_and_found_by_the_relay_if_nobody_answers(
    venue, theatre, recording_queue, now
):
    programme_schedule.sync(venue.id)
    programme_schedule.ask(venue.id)
    assert recording_queue.calls == [("sync_events", venue.id)]
    assert not programme_schedule.sync_next_due()
    now.shift(MINUTE)
    assert programme_schedule.sync_next_due()


@pytest.mark.parametrize("first", [True, False])
def test_without_a_queue_the_relay_finds_what_a_manager_asked_for(venue, theatre, no_queue, first):
    if not first:
        programme_schedule.sync(venue.id)
    programme_schedule.ask(venue.id)
    assert noted(venue).next_at <= clock.utc_now()
    assert programme_schedule.sync_next_due()


def test_venue_that_is_not_connected_cannot_ask(app_context, recording_queue):
    other = factories.make_venue("The Other Room")
    with pytest.raises(NotConnected):
        programme_schedule.ask(other.id)
    assert (recording_queue.calls, noted(other)) == ([], None)


def test_first_note_of_a_venue_is_made_once(venue):
    assert events.begin(venue.id, NOON)
    assert not events.begin(venue.id, NOON + HOUR)
    assert db.session.query(EventSync).count() == 1


def test_first_note_is_made_once_by_two_that_see_none(venue, monkeypatch):
    assert events.begin(venue.id, NOON)
    monkeypatch.setattr(events, "sync_of", lambda _venue_id: None)
    assert not events.begin(venue.id, NOON + HOUR)
    assert db.session.query(EventSync).one().next_at == NOON


def test_job_of_a_venue_that_has_gone_is_harmless(app_context):
    programme_schedule.sync(987)


def test_log_says_how_it_went_without_a_name(venue, theatre, caplog):
    with caplog.at_level("INFO"):
        programme_schedule.sync(venue.id)
    assert f"venue {venue.id}: programme ok, 1 performances" in caplog.text
    assert "Othello" not in caplog.text


def test_job_that_the_queue_is_given_exists():
    tree = ast.parse(Path(sync_events.__file__).read_text())
    assert Path(sync_events.__file__).stem == programme_schedule.JOB
    assert any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)
