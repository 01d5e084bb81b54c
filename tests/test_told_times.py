"""A time that was told stays on the clock whatever becomes of its rules, and changed rules are noticed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from portal import clock
from portal.venues import clock_rules
from tests.support.zones import NO_SUMMER_TIME

ZONE = "Europe/London"
LONDON = "GMT0BST,M3.5.0/1,M10.5.0"
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wall(instant, zone=ZONE):
    return clock.to_local(instant, zone).replace(tzinfo=None, fold=0)


@st.composite
def posix_rules(draw):
    """Any offset in quarter hours; summer time of half an hour to two hours, or none."""
    offset = draw(st.integers(-11 * 4, 12 * 4))
    rule = f"<AAA>{_posix(-15 * offset)}"
    if draw(st.booleans()):
        saved = draw(st.sampled_from([30, 60, 120]))
        begins, ends = draw(st.sampled_from([(3, 10), (10, 4), (4, 9), (9, 2)]))
        at = draw(st.integers(0, 4))
        rule += f"<BBB>{_posix(-15 * offset - saved)},M{begins}.5.0/{at},M{ends}.5.0/{at}"
    return rule


def _posix(minutes):
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60}:{abs(minutes) % 60:02d}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    old=posix_rules(),
    new=posix_rules(),
    walls=st.lists(st.datetimes(datetime(2027, 2, 1), datetime(2031, 1, 1)), min_size=1, max_size=20),
    fold=st.integers(0, 1),
)
@example(old=LONDON, new="GMT0", walls=[datetime(2027, 6, 12, 19, 30)], fold=0)
@example(old=LONDON, new="GMT0", walls=[datetime(2027, 10, 31, 1, 30)], fold=1)
@example(old="GMT0", new=LONDON, walls=[datetime(2027, 3, 28, 1, 30), datetime(2027, 10, 31, 1, 30)], fold=0)
def test_any_time_told_stays_on_the_clock_under_any_two_rules(zone_data, old, new, walls, fold):
    zone_data.set(ZONE, old)
    instants = [
        each.replace(second=0, microsecond=0, tzinfo=ZoneInfo(ZONE), fold=fold).astimezone(UTC)
        for each in walls
    ]
    told = [clock.told_time(instant, ZONE) for instant in instants]
    assert [clock.instant_told(each, ZONE) for each in told] == instants
    zone_data.set(ZONE, new)
    for each in told:
        shown = wall(clock.instant_told(each, ZONE))
        if clock.exists(each, ZONE):
            assert shown == each.replace(tzinfo=None)
        else:
            assert timedelta() < shown - each.replace(tzinfo=None) <= 2 * HOUR
    zone_data.set(ZONE, old)
    assert [clock.instant_told(each, ZONE) for each in told] == instants


def test_an_instant_that_is_kept_does_not_stay_on_the_clock(zone_data):
    """The safeguard off."""
    half_past_seven = datetime(2027, 6, 12, 18, 30, tzinfo=UTC)
    assert wall(half_past_seven) == datetime(2027, 6, 12, 19, 30)
    zone_data.set(ZONE, "<+02>-2")
    assert wall(half_past_seven) == datetime(2027, 6, 12, 20, 30)


@pytest.mark.parametrize("zone", NO_SUMMER_TIME)
def test_both_passes_of_an_hour_that_comes_twice_are_told_apart(zone_data, zone):
    rules = clock_rules.of_zone(zone, NOW)
    back = next(at for (_, was), (at, is_) in zip(rules.steps, rules.steps[1:], strict=False) if is_ < was)
    passes = [back - timedelta(minutes=10), back - timedelta(minutes=10) + _goes_back(zone, back)]
    told = [clock.told_time(each, zone) for each in passes]
    assert told[0].replace(tzinfo=None) == told[1].replace(tzinfo=None)
    assert [clock.instant_told(each, zone) for each in told] == passes
    zone_data.set(zone, NO_SUMMER_TIME[zone])
    once = {clock.instant_told(each, zone) for each in told}
    assert {wall(each, zone) for each in once} == {told[0].replace(tzinfo=None)}
    assert len(once) == 1
    zone_data.leave(zone)
    assert [clock.instant_told(each, zone) for each in told] == passes


def _goes_back(zone, at):
    before, after = (clock.to_local(each, zone).utcoffset() for each in (at - HOUR, at + HOUR))
    return before - after


def test_a_time_that_new_rules_skip_is_as_long_after_midnight_as_it_would_have_been(zone_data):
    zone_data.set(ZONE, "GMT0")
    told = clock.told_time(datetime(2027, 3, 28, 1, 30, tzinfo=UTC), ZONE)
    zone_data.leave(ZONE)
    assert not clock.exists(told, ZONE)
    assert wall(clock.instant_told(told, ZONE)) == datetime(2027, 3, 28, 2, 30)


@pytest.mark.parametrize("zone", [*NO_SUMMER_TIME, "UTC", "America/New_York", "Pacific/Chatham"])
def test_rules_are_kept_as_text_and_agree_with_themselves_later(zone):
    rules = clock_rules.of_zone(zone, NOW)
    assert clock_rules.read(rules.text()) == rules
    later = NOW + timedelta(days=400)
    assert rules.agree(clock_rules.of_zone(zone, later), later)
    for days in range(0, 3000, 7):
        instant = NOW + timedelta(days=days, hours=days % 24)
        assert rules.told_time(instant).isoformat() == clock.told_time(instant, zone).isoformat()


@pytest.mark.parametrize("zone", NO_SUMMER_TIME)
def test_changed_rules_no_longer_agree(zone_data, zone):
    rules = clock_rules.of_zone(zone, NOW)
    zone_data.set(zone, NO_SUMMER_TIME[zone])
    assert not rules.agree(clock_rules.of_zone(zone, NOW), NOW)


def test_a_change_that_is_over_is_no_change(zone_data):
    zone_data.set(ZONE, "GMT0")
    rules = clock_rules.of_zone(ZONE, datetime(2026, 7, 1, tzinfo=UTC))
    zone_data.set(ZONE, "<+01>-1")
    moved = clock_rules.of_zone(ZONE, datetime(2026, 7, 1, tzinfo=UTC))
    early = clock_rules.ClockRules((*rules.steps, (datetime(2026, 9, 1, tzinfo=UTC), HOUR)), rules.until)
    assert not early.agree(moved, datetime(2026, 8, 1, tzinfo=UTC))
    assert early.agree(moved, datetime(2026, 10, 1, tzinfo=UTC))
