"""A restaurant on a Tuesday at noon, with mail that leaves into a folder."""

import email
from datetime import UTC, datetime
from email.policy import default

import pytest
import time_machine

from tests.support.leaving import letters_that_leave

NOON = datetime(2026, 6, 9, 11, 0, tzinfo=UTC)


@pytest.fixture
def settings_here(mail_folder):
    return {"portal_url": "https://portal.example", "mail_from": "no-reply@rezzy.example"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def sent(monkeypatch):
    """The letters that left, in their order."""
    return letters_that_leave(monkeypatch)


@pytest.fixture
def house(app_context, recording_queue):
    """A venue with a booking page."""
    from tests import factories

    venue = factories.make_venue(address="1 Quay Street\nHarbour", email="hello@greenroom.example")
    factories.make_widget(venue, public_id="w_demo")
    return venue


@pytest.fixture
def arrived(mail_folder):
    """Read what lies in the folder, oldest first."""

    def read():
        files = sorted(mail_folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]

    return read
