"""The Friday at noon, with mail that leaves into a folder, and a house without a free table."""

import pytest
import time_machine

from portal import mail
from portal.extensions import db
from tests.widgets.waiting.house import NOON, full_house


@pytest.fixture
def settings_here(mail_folder):
    # The letters of the bookings themselves stay away.
    return {"portal_url": "https://portal.example", "letter_delay_seconds": 1_000_000.0}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def sent(monkeypatch):
    """The letters that left, in their order; they leave through the real sender."""
    letters, send = [], mail.send

    def note(letter, settings):
        assert not db.session().in_transaction(), "a transaction is open while mail is being sent"
        send(letter, settings)
        letters.append(letter)

    monkeypatch.setattr(mail, "send", note)
    return letters


@pytest.fixture
def house(app_context, recording_queue):
    """Tables for four at five and at ten, and every one of them taken for the Friday."""
    return full_house(tables=1)
