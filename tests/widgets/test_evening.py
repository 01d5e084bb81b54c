"""Labels around a show: they part the slots and change nothing about them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.availability.rules import Slot
from portal.widgets import evening

SHOW = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)


def slot(minutes):
    """A slot that starts so many minutes after the curtain."""
    start = SHOW + timedelta(minutes=minutes)
    return Slot(start, start + timedelta(minutes=105), 1, "Dinner", start.date())


@given(st.lists(st.integers(-600, 600), unique=True).map(sorted))
def test_parting_keeps_every_slot_in_its_order(minutes):
    slots = [slot(each) for each in minutes]
    parted = evening.around(slots, SHOW)
    assert [*parted.before, *parted.during, *parted.later] == slots


def test_an_hour_to_eat_is_the_least_before_the_show():
    parted = evening.around([slot(-75), slot(-74), slot(0), slot(159), slot(160)], SHOW)
    assert parted.before == [slot(-75)]
    assert parted.during == [slot(-74), slot(0), slot(159)]
    assert parted.later == [slot(160)]


def test_time_to_eat_is_said_in_hours_and_minutes():
    assert evening.time_to_eat(slot(-120), SHOW) == "1 h 45"
    assert evening.time_to_eat(slot(-75), SHOW) == "1 h"
    assert evening.time_to_eat(slot(-140), SHOW) == "2 h 05"


def test_plan_goes_by_time_and_leaves_out_another_days_show():
    zone = "Europe/London"
    kinds = [kind for kind, _ in evening.plan(SHOW - timedelta(hours=2), SHOW, zone)]
    assert kinds == ["table", "seats", "curtain"]
    assert [kind for kind, _ in evening.plan(SHOW + timedelta(hours=3), SHOW, zone)] == ["curtain", "table"]
    assert [kind for kind, _ in evening.plan(SHOW, SHOW + timedelta(days=2), zone)] == ["table"]
    assert [kind for kind, _ in evening.plan(SHOW, None, zone)] == ["table"]
