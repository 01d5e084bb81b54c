"""The worker is woken while no transaction is open: Redis may take its time, and nobody waits meanwhile."""

import pytest

from portal.extensions import db
from portal.outbox import service as outbox
from portal.outbox.models import Kind
from portal.venues.models import Venue


def test_a_queue_that_is_asked_inside_a_transaction_is_noticed(app_context, recording_queue, venue):
    """The control: every test that comes to wake the worker can fail for it."""
    db.session.get_one(Venue, venue.id)
    with pytest.raises(AssertionError, match="commit before waking the worker"):
        outbox.nudge(Kind.VERIFY_LINK, 1)
    db.session.commit()
    outbox.nudge(Kind.VERIFY_LINK, 1)
    assert recording_queue.calls == [("verify_link", 1)]
