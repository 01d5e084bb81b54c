"""Connections are checked by the clock: hourly, sooner while something is wrong, by one relay only."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from jobs import check_connection
from portal import job_queue
from portal.extensions import db
from portal.integration.checks import run as checks, schedule
from portal.integration.connection.models import CheckResult, Integration
from tests import factories
from tests.support.rounds import whole_round

NOON = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def venue(app_context, clock):
    venue = factories.make_venue()
    factories.connect_spektrix(venue)
    return venue


def due_at():
    return db.session.scalar(select(Integration.next_check_at).execution_options(populate_existing=True))


def test_what_is_due_is_queued_once_and_again_when_nobody_answers(venue, clock, recording_queue):
    assert schedule.check_next_due()
    assert not schedule.check_next_due()
    clock.shift(timedelta(minutes=6))
    assert schedule.check_next_due()
    assert recording_queue.calls == [("check_connection", 1)] * 2


def test_what_was_checked_is_due_again_within_the_hour(venue, clock, recording_queue):
    checks.run_all(venue)
    clock.shift(timedelta(minutes=56))
    assert not schedule.check_next_due()
    clock.shift(timedelta(minutes=5))
    assert schedule.check_next_due()


def test_two_relays_that_see_the_same_row_have_it_checked_once(venue, recording_queue, monkeypatch):
    """The second one claims it between the first one's look and the first one's claim."""
    waiting = [True]

    def overtaken(now, *, failed):
        if waiting:
            waiting.clear()
            db.session.rollback()
            assert schedule.check_next_due()
        return now + HOUR

    monkeypatch.setattr(checks, "next_check_at", overtaken)
    assert not schedule.check_next_due()
    assert recording_queue.calls == [("check_connection", 1)]


def test_an_integration_that_was_never_given_a_time_is_due(venue, recording_queue):
    db.session.execute(update(Integration).values(next_check_at=None))
    db.session.commit()
    assert schedule.check_next_due()
    assert due_at() > NOON


def test_without_a_queue_the_check_is_made_here(venue, monkeypatch):
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    assert schedule.check_next_due()
    assert len(db.session.scalars(select(CheckResult)).all()) == 6


def test_an_unexpected_fault_of_one_venue_does_not_end_the_relay(venue, monkeypatch, caplog):
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)

    def broken(*_):
        raise ZeroDivisionError("what somebody typed")

    monkeypatch.setattr(checks, "run_all", broken)
    assert schedule.check_next_due()
    assert "unexpected ZeroDivisionError" in caplog.text
    assert "what somebody typed" not in caplog.text


def test_after_a_failure_the_next_look_is_in_five_minutes(venue, sandbox):
    sandbox.fault("events", "status", status=503)
    checks.run_all(venue)
    assert due_at() == NOON + timedelta(minutes=5)


def test_after_success_the_next_look_is_within_the_hour_and_not_for_all_at_once(venue):
    times = {checks.next_check_at(NOON, failed=False) for _ in range(20)}
    assert all(NOON + timedelta(minutes=57) <= each <= NOON + HOUR for each in times)
    assert len(times) > 10


def test_paused_connections_are_checked_too(app_context, clock, monkeypatch):
    venue = factories.make_venue()
    factories.connect_spektrix(venue, active=False)
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    assert schedule.check_next_due()
    assert len(db.session.scalars(select(CheckResult)).all()) == 6


def test_an_integration_that_has_gone_is_left_alone(app_context):
    schedule.check(987)


def test_the_relay_has_one_connection_checked_in_a_round(app, recording_queue):
    with app.app_context():
        for number in range(3):
            factories.connect_spektrix(factories.make_venue(f"Venue {number}"))
    for rounds in (1, 2, 3, 3):
        whole_round(app)
        assert [job for job, _ in recording_queue.calls].count("check_connection") == rounds


def test_the_job_that_the_queue_is_given_exists():
    tree = ast.parse(Path(check_connection.__file__).read_text())
    assert Path(check_connection.__file__).stem == schedule.JOB
    assert any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body)
