"""What a table means for the show of its party, as staff read it when they change a booking."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.widgets import curtain
from portal.widgets.around_show import GuestShow
from tests.support.tables import each_row

ZONE = "Europe/London"
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
SHOW = GuestShow(CURTAIN, ends_at=CURTAIN + timedelta(hours=2, minutes=30), walk=timedelta(minutes=5))


def at(hour, minute=0, day=12):
    """An instant by the clock in London."""
    return datetime(2026, 6, day, hour - 1, minute, tzinfo=UTC)


@each_row(
    "starts_at, ends_at, words",
    [
        (
            at(17),
            at(18, 45),
            "They must leave by 19:10 for curtain at 19:30. Their stay ends before that.",
        ),
        (
            at(18),
            at(19, 45),
            "Their stay ends at 19:45, and they must leave by 19:10 for curtain at 19:30.",
        ),
        (at(19, 15), at(21), "There is no time to eat: they must leave by 19:10 for curtain at 19:30."),
        (at(20), at(21, 45), "They would miss their show: it starts at 19:30."),
        (at(22, 15), at(23, 45), "They come after their show, which starts at 19:30."),
        (at(18, day=13), at(19, day=13), "Their show is on another evening: Fri 12 June, 19:30."),
    ],
)
def test_a_time_says_what_it_means_for_curtain(starts_at, ends_at, words):
    assert curtain.words(SHOW, starts_at, ends_at, ZONE) == words


@pytest.mark.parametrize("hour", [17, 22])
def test_a_cancelled_show_is_named_as_such(hour):
    called_off = GuestShow(CURTAIN, cancelled=True)
    assert curtain.words(called_off, at(hour), at(hour + 1), ZONE) == "Their show at 19:30 is cancelled."
