"""Tries are kept for 90 days; the visits themselves stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal import clock
from portal.extensions import db
from portal.outbox import service as outbox
from portal.outbox.models import Attempt, OutboxEntry
from tests.factories import make_attempt, make_booking, make_entry, make_venue


@pytest.fixture
def entry(app_context):
    return make_entry(make_booking(make_venue()), completion_no=1)


def ages(*days):
    return [clock.utc_now() - timedelta(days=day) for day in days]


def test_old_tries_are_forgotten_and_younger_ones_kept(entry):
    for at in ages(91, 200, 89, 0):
        make_attempt(entry, at=at)
    assert outbox.forget_old_attempts() == 2
    assert min(db.session.scalars(select(Attempt.at))) > clock.utc_now() - timedelta(days=90)
    assert db.session.get(OutboxEntry, entry.id) is not None


def test_forgetting_goes_in_batches_and_ends(entry, monkeypatch):
    monkeypatch.setattr(outbox, "_FORGOTTEN_AT_ONCE", 2)
    for at in ages(*[100] * 7):
        make_attempt(entry, at=at)
    assert outbox.forget_old_attempts(batches=2) == 4
    assert outbox.forget_old_attempts() == 3
    assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_nothing_old_costs_one_look(entry):
    make_attempt(entry)
    assert outbox.forget_old_attempts() == 0
