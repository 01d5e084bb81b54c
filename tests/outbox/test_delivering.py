"""What a delivery leaves behind in the process that made it."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.outbox import delivering, rules
from tests import factories

HANDLERS = {
    "confirmed": lambda _claim: rules.confirmed(rules.Sent("2026-06-12T20:45:00+01:00", 1)),
    "waits": lambda _claim: rules.wait(Code.LINK_PENDING, clock.utc_now() + timedelta(seconds=20)),
    "not sent": lambda _claim: rules.not_sent(Code.SET_BACK),
    "fails": lambda _claim: 1 / 0,
}


@pytest.mark.parametrize("how", HANDLERS)
def test_a_delivery_leaves_no_transaction_open(app_context, how):
    """On SQLite an open one keeps every other writer out, until they give up: "database is locked"."""
    entry = factories.make_entry(factories.make_booking(factories.make_venue()), due_at=clock.utc_now())
    db.session.rollback()
    assert delivering.deliver(entry.id, HANDLERS[how]) is not None
    assert not db.session().in_transaction()
    assert delivering.deliver(entry.id + 1, HANDLERS[how]) is None
    assert not db.session().in_transaction()
