"""A venue whose visits reach Spektrix, and whether its standing is what the evidence says."""

import pytest
from cryptography.fernet import Fernet
from flask import current_app
from sqlalchemy import text, update

from portal.extensions import db
from portal.integration.attributes import trial
from portal.integration.checks import run as checks
from portal.integration.connection.models import Integration
from portal.integration.standing import service as standing
from portal.outbox import service as outbox
from portal.venues.models import Staff
from tests.factories import API_KEY
from tests.people import TOM_ID


@pytest.fixture
def working(stage):
    """A venue that works: its checks have passed, a trial write has landed, and a guest is linked."""
    stage.staff_id = db.session.query(Staff).first().id
    stage.booking_id = stage.verified_booking()
    db.session.execute(update(Integration).values(test_customer_id=TOM_ID))
    db.session.commit()
    trial.run(stage.venue, stage.staff_id)
    checks.run_all(stage.venue)
    assert standing.current(stage.venue.id).words == "Working"
    return stage


def as_saved(venue_id):
    """The columns of the venue's standing as the database has them."""
    db.session.rollback()
    saved = standing.current(venue_id)
    return {name: getattr(saved, name) for name in standing.judge(venue_id)}


def as_judged(venue_id):
    """The same columns, worked out from the evidence now."""
    db.session.rollback()
    db.session.expire_all()
    return standing.judge(venue_id)


def leave_out_the_calls(monkeypatch):
    """Let nothing that changes the evidence bring the standing up to date."""
    monkeypatch.setattr(standing, "update", lambda _venue_id: None)
    monkeypatch.setattr(standing, "_note_delivery", lambda _entry_id, _outcome: None)
    monkeypatch.setitem(current_app.extensions, outbox.LISTENER, lambda _venue_id: None)


def lose_the_encryption_key():
    """Let the saved key be sealed with another encryption key than the portal's."""
    other = Fernet(Fernet.generate_key()).encrypt(API_KEY.encode())
    db.session.execute(text("UPDATE integrations SET api_key = :key"), {"key": other})
    db.session.commit()
