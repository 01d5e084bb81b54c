"""A theatre's programme as the portal holds it, mail that can be sent, and the morning of a Friday."""

from datetime import UTC, datetime

import pytest
import time_machine

from portal.extensions import db
from tests.support.both_databases import in_browser

MORNING = datetime(2026, 6, 12, 8, 0, tzinfo=UTC)
CLIENT = "harbourplayhouse"


@pytest.fixture
def settings_here(mail_folder):
    return {"portal_url": "https://portal.example", "mail_from": "no-reply@rezzy.example"}


@pytest.fixture(autouse=True)
def morning(request):
    """The clock stands still, but in the present where a browser looks, which keeps its own time."""
    if in_browser(request.node):
        yield None
        return
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def programme(app, venue, recording_queue):
    """Have the programme say this by now: `programme(("9AB", "Hamlet", start, False), …)`."""
    from portal import clock
    from portal.events import saving, service
    from portal.events.models import EventSync
    from portal.events.rules import FeedEvent, FeedPerformance, Programme

    def says(*performances):
        with app.app_context():
            now = clock.utc_now()
            events = {name: FeedEvent(f"E-{name}", name, 135) for _, name, _, _ in performances}
            feed = tuple(
                FeedPerformance(instance, f"E-{name}", start, cancelled)
                for instance, name, start, cancelled in performances
            )
            saving.save(saving.Client(venue.id, CLIENT), Programme(tuple(events.values()), feed), now)
            sync = service.sync_of(venue.id)
            if sync is None:
                db.session.add(EventSync(venue_id=venue.id, client_name=CLIENT, next_at=now, synced_at=now))
            else:
                sync.synced_at = now
            db.session.commit()

    return says
