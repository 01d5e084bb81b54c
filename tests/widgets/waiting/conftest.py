"""The Friday at noon, with mail that leaves into a folder, and a house without a free table."""

import pytest
import time_machine

from tests.support.leaving import letters_that_leave
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
    """The letters that left, in their order."""
    return letters_that_leave(monkeypatch)


@pytest.fixture
def house(app_context, recording_queue):
    """Tables for four at five and at ten, and every one of them taken for the Friday."""
    return full_house(tables=1)
