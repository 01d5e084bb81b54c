"""Labels around a show: they part the slots and change nothing about them."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, strategies as st

from portal.availability.hours import Slot
from portal.events.rules import Show
from portal.widgets import around_show
from portal.widgets.around_show import GuestShow
from tests.support.tables import each_row

ZONE = "Europe/London"
SHOW = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
ENDS = SHOW + timedelta(minutes=155)
WIDGET = SimpleNamespace(arrive_minutes=15, walk_minutes=2, least_meal_minutes=60)


def minutes(number):
    return timedelta(minutes=number)


def slot(after):
    """A slot that starts so many minutes after the curtain."""
    start = SHOW + minutes(after)
    return Slot(start, start + minutes(105), 1, "Dinner", start.date())


def show(name="The Winter’s Tale", ends_at=ENDS, cancelled=False):
    return Show(1, name, SHOW, ends_at, cancelled)


outings = st.builds(
    GuestShow,
    st.just(SHOW),
    ends_at=st.none() | st.integers(-1000, 1440).map(lambda number: SHOW + minutes(number)),
    arrive=st.integers(0, 240).map(minutes),
    walk=st.integers(0, 120).map(minutes),
    least_meal=st.integers(0, 480).map(minutes),
)


@given(st.lists(st.integers(-900, 900), unique=True).map(sorted), outings)
def test_parting_keeps_every_slot_in_its_order(starts, guest_show):
    """Q16, R46."""
    slots = [slot(each) for each in starts]
    parted = around_show.group_slots(slots, guest_show)
    assert [*parted.before, *parted.during, *parted.later] == slots


@given(st.integers(-900, 900), outings)
def test_no_slot_called_before_the_show_leaves_less_than_the_shortest_meal(start, guest_show):
    for each in around_show.group_slots([slot(start)], guest_show).before:
        assert guest_show.seated_by - each.starts_at >= guest_show.least_meal


def test_an_hour_to_eat_is_the_least_before_the_show():
    parted = around_show.group_slots([slot(-75), slot(-74), slot(0), slot(159), slot(160)], GuestShow(SHOW))
    assert parted.before == [slot(-75)]
    assert parted.during == [slot(-74), slot(0), slot(159)]
    assert parted.later == [slot(160)]


def test_after_the_show_begins_ten_minutes_after_its_end():
    parted = around_show.group_slots([slot(164), slot(165)], GuestShow(SHOW, ENDS))
    assert (parted.during, parted.later) == ([slot(164)], [slot(165)])


def test_widgets_minutes_move_the_border():
    hasty = GuestShow(SHOW, arrive=minutes(5), least_meal=minutes(30))
    assert around_show.group_slots([slot(-35)], hasty).before == [slot(-35)]
    slow = GuestShow(SHOW, arrive=minutes(45), least_meal=minutes(90))
    assert around_show.group_slots([slot(-134)], slow).before == []


@pytest.mark.parametrize(
    ("after", "text"),
    [(-120, "1 h 45"), (-75, "1 h"), (-140, "2 h 05"), (-60, "45 min"), (-255, "4 h"), (-256, "")],
)
def test_time_to_eat_is_said_in_hours_and_minutes(after, text):
    assert around_show.time_to_eat(slot(after), GuestShow(SHOW)) == text


def test_the_programme_names_the_one_performance_that_starts_then():
    found = around_show.guest_show(SHOW, [show()], WIDGET)
    assert (found.name, found.ends_at, found.cancelled) == ("The Winter’s Tale", ENDS, False)
    assert (found.arrive, found.walk, found.least_meal) == (minutes(15), minutes(2), minutes(60))


def test_of_several_performances_none_is_named_and_the_latest_end_counts():
    early = show("Studio", SHOW + minutes(60))
    found = around_show.guest_show(SHOW, [show(), early], WIDGET)
    assert (found.name, found.ends_at) == ("", ENDS)
    assert around_show.guest_show(SHOW, [show(), show("Studio", None)], WIDGET).ends_at is None


def test_a_cancelled_performance_gives_way_to_one_that_is_played():
    found = around_show.guest_show(SHOW, [show("Off", cancelled=True), show()], WIDGET)
    assert (found.name, found.cancelled) == ("The Winter’s Tale", False)
    called_off = around_show.guest_show(SHOW, [show(cancelled=True)], WIDGET)
    assert (called_off.name, called_off.cancelled) == ("The Winter’s Tale", True)


def test_a_start_that_the_programme_does_not_know_is_a_show_without_name_and_end():
    found = around_show.guest_show(SHOW, [], WIDGET)
    assert (found.name, found.ends_at, found.cancelled) == ("", None, False)


@pytest.mark.parametrize(
    ("walk", "text"),
    [
        (0, ""),
        (1, "One minute’s walk from your table. Leave by 7:10pm"),
        (2, "Two minutes’ walk from your table. Leave by 7:10pm"),
        (5, "Five minutes’ walk from your table. Leave by 7:10pm"),
        (12, "12 minutes’ walk from your table. Leave by 7:00pm"),
    ],
)
def test_the_way_is_told_with_when_to_leave(walk, text):
    assert around_show.walk_text(GuestShow(SHOW, walk=minutes(walk)), ZONE) == text


def test_end_is_told_to_the_next_five_minutes():
    assert around_show.end_text(GuestShow(SHOW, ENDS), ZONE) == "10:05pm"
    assert around_show.end_text(GuestShow(SHOW, ENDS + minutes(1)), ZONE) == "10:10pm"
    assert around_show.end_text(GuestShow(SHOW), ZONE) == ""


@each_row(
    "instant, day",
    [
        ("2026-06-12T23:30:00Z", 12),
        ("2026-06-13T03:59:00Z", 12),
        ("2026-06-13T04:00:00Z", 13),
        ("2026-06-13T18:30:00Z", 13),
        # The clocks go forward at one in the morning of the 29th, and back at two on the 25th.
        ("2026-03-29T00:30:00Z", 28),
        ("2026-03-29T03:59:00Z", 28),
        ("2026-03-29T04:00:00Z", 29),
        ("2026-10-24T23:30:00Z", 24),
        ("2026-10-25T00:30:00Z", 24),
        ("2026-10-25T01:30:00Z", 24),
        ("2026-10-25T05:00:00Z", 25),
    ],
)
def test_night_belongs_to_the_evening_before_until_five(instant, day):
    at = datetime.fromisoformat(instant)
    assert around_show.evening_of(at, ZONE) == date(2026, at.month, day)


def test_plan_keeps_table_and_show_of_one_evening_together():
    late = GuestShow(SHOW + timedelta(hours=5))
    assert [kind for kind, _ in around_show.moments(SHOW, late, ZONE)] == ["table", "seats", "curtain"]
    after_midnight = SHOW + timedelta(hours=4, minutes=45)
    assert [kind for kind, _ in around_show.moments(after_midnight, GuestShow(SHOW), ZONE)] == [
        "curtain",
        "table",
    ]
    next_noon = SHOW + timedelta(hours=16)
    assert [kind for kind, _ in around_show.moments(next_noon, late, ZONE)] == ["table"]


@pytest.mark.parametrize(
    ("after", "place"), [(-15, "before"), (0, "during"), (164, "during"), (165, "after")]
)
def test_a_table_stands_before_during_or_after_the_show(after, place):
    assert around_show.before_during_or_after(SHOW + minutes(after), GuestShow(SHOW, ENDS)) == place


def test_after_the_show_says_when_it_ends_and_the_last_tables():
    late = [slot(165), slot(195)]
    assert around_show.after_show_text(GuestShow(SHOW, ENDS), late, ZONE) == (
        "The show ends about 10:05pm. Last tables 10:45pm"
    )
    assert around_show.after_show_text(GuestShow(SHOW, ENDS), late[:1], ZONE) == "The show ends about 10:05pm"
    assert (
        around_show.after_show_text(GuestShow(SHOW), [], ZONE) == "Allowing two and a half hours for the show"
    )


def test_plan_goes_by_time_and_leaves_out_another_days_show():
    table = SHOW - timedelta(hours=2)
    planned = around_show.moments(table, GuestShow(SHOW, walk=minutes(2)), ZONE)
    assert planned == [("table", table), ("seats", SHOW - minutes(20)), ("curtain", SHOW)]
    kinds = [kind for kind, _ in around_show.moments(SHOW + timedelta(hours=3), GuestShow(SHOW), ZONE)]
    assert kinds == ["curtain", "table"]
    for other in (None, GuestShow(SHOW + timedelta(days=2)), GuestShow(SHOW, cancelled=True)):
        assert [kind for kind, _ in around_show.moments(SHOW, other, ZONE)] == ["table"]
