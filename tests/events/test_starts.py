"""When a show starts: the portal by the same table as the script on the theatre's page."""

from datetime import datetime

import pytest

from portal.events.rules import starts_at
from portal.spektrix.schemas import read_starts
from tests.support.show_starts import STARTS
from tests.support.tables import each_row


@each_row("start_utc, start, zone, expected", STARTS)
def test_start_is_read_by_the_table(start_utc, start, zone, expected):
    if expected is None:
        with pytest.raises(ValueError, match="no start"):
            read_starts(start_utc, start)
        return
    starts = read_starts(start_utc, start)
    found = starts_at(starts.utc, starts.local, zone)
    assert found.replace(microsecond=0) == datetime.fromisoformat(expected)


def test_without_either_there_is_no_start():
    with pytest.raises(ValueError, match="no start"):
        starts_at(None, None, "Europe/London")
