"""A connection works once something has landed that left with the credentials saved now."""

from datetime import timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text, update

from portal.extensions import db
from portal.integration.attributes import trial
from portal.integration.checks import run as checks
from portal.integration.connection.models import Integration
from portal.integration.settings import service
from portal.integration.settings.service import Typed
from portal.integration.standing import service as standing
from portal.outbox.models import State
from tests.factories import API_KEY, API_USER, CLIENT_NAME
from tests.integration.meanwhile import before_an_update_is_read_back

NOT_PROVED = "Ready, not proved yet"


def save(venue, api_user=API_USER, api_key=API_KEY, domain=""):
    service.save_credentials(venue, Typed(CLIENT_NAME, api_user, api_key, domain), None)


def words(stage):
    return standing.current(stage.venue.id).words


def save_and_test(stage):
    save(stage.venue)
    checks.run_all(stage.venue)


def test_visit_that_left_with_earlier_credentials_proves_nothing_of_these(working, monkeypatch):
    working.complete(working.booking_id)
    before_an_update_is_read_back(monkeypatch, lambda: save_and_test(working))
    working.deliver()
    assert working.visit(working.booking_id).state == State.CONFIRMED
    assert words(working) == NOT_PROVED


def test_visit_that_is_found_there_with_these_credentials_was_not_sent_with_them(
    working, sandbox, monkeypatch
):
    """Its update landed and could not be read back, so the next try only reads."""
    working.complete(working.booking_id)
    before_an_update_is_read_back(
        monkeypatch, lambda: sandbox.fault("customer_by_id", "status", status=503, times=1)
    )
    working.deliver()
    assert working.visit(working.booking_id).state == State.RETRYING
    save_and_test(working)
    working.skip_waits()
    working.deliver()
    assert working.visit(working.booking_id).state == State.CONFIRMED
    assert words(working) == NOT_PROVED


def test_trial_that_began_with_earlier_credentials_proves_nothing_of_these(working, monkeypatch):
    read = trial.kept

    def save_meanwhile(*args):
        save_and_test(working)
        return read(*args)

    monkeypatch.setattr(trial, "kept", save_meanwhile)
    assert trial.run(working.venue, working.staff_id) == "ok"
    assert words(working) == NOT_PROVED


def test_trial_is_not_begun_with_credentials_that_were_changed_meanwhile(working, monkeypatch):
    copy = trial.gateway.credentials_of

    def copy_and_save(integration):
        monkeypatch.undo()
        copied = copy(integration)
        save(working.venue)
        return copied

    monkeypatch.setattr(trial.gateway, "credentials_of", copy_and_save)
    sent = len(working.sandbox.requests("update_customer"))
    with pytest.raises(trial.NotNow, match="were changed just now"):
        trial.run(working.venue, working.staff_id)
    assert len(working.sandbox.requests("update_customer")) == sent


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"api_user": "another-user", "api_key": ""}, NOT_PROVED),
        ({"api_key": API_KEY}, NOT_PROVED),
        ({"api_key": "", "domain": "tickets.playhouse.org"}, "Working"),
        ({"api_key": ""}, "Working"),
    ],
)
def test_another_user_is_as_new_as_another_key(working, typed, expected):
    save(working.venue, **typed)
    db.session.execute(update(Integration).values(test_outcome="ok", tested_at=working.integration.trial_at))
    db.session.commit()
    standing.update(working.venue.id)
    assert words(working) == expected


def test_next_visit_proves_the_new_credentials(working):
    save_and_test(working)
    assert words(working) == NOT_PROVED
    working.complete(working.booking_id)
    working.deliver()
    assert words(working) == "Working"


@pytest.mark.both_databases
@pytest.mark.forgets_versions
def test_what_was_proved_before_the_update_stays_proved(working):
    working.complete(working.booking_id)
    working.deliver()
    saved_at = working.integration.credentials_saved_at
    db.session.rollback()
    downgrade(revision="0024")
    db.session.execute(text("UPDATE integrations SET trial_at = NULL"))
    db.session.commit()
    upgrade()
    visit = working.visit(working.booking_id)
    assert visit.sent_at == visit.closed_at
    assert abs(working.integration.credentials_saved_at - saved_at) < timedelta(seconds=1)
    standing.update(working.venue.id)
    assert words(working) == "Working"
