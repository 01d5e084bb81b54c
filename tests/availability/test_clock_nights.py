"""The nights on which the clocks change, minute by minute (B14, B15, N15), and late services (B17)."""

import time as machine_time
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.availability import hours
from portal.availability.hours import Hours, Period
from portal.availability.room import quarters
from portal.clock import to_local

LONDON = "Europe/London"
MINUTE = timedelta(minutes=1)
NIGHT = Period(1, "Night", time(22), time(4), slot_minutes=1, stay_minutes=90, covers=10)
LATE = Period(1, "Late", time(18), time(2), slot_minutes=30, stay_minutes=90, covers=10)
SPRING = date(2027, 3, 27)
AUTUMNS = [date(2026, 10, 24), date(2027, 10, 30)]


def every_minute(first, last):
    return [first + MINUTE * number for number in range((last - first) // MINUTE + 1)]


def starts(period, service_on, zone=LONDON):
    return list(hours.starts_on(period, service_on, zone))


def utc(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_spring_night_offers_every_minute_that_exists_and_no_other():
    sunday = SPRING + timedelta(days=1)

    found = starts(NIGHT, SPRING)

    assert found == every_minute(utc(SPRING, 22), utc(sunday, 3))
    assert not [start for start in found if to_local(start, LONDON).hour == 1]


@pytest.mark.parametrize("saturday", AUTUMNS)
def test_autumn_night_offers_the_repeated_hour_in_both_passes(saturday):
    sunday = saturday + timedelta(days=1)

    found = starts(NIGHT, saturday)

    assert found == every_minute(utc(saturday, 21), utc(sunday, 4))
    repeated = [to_local(start, LONDON) for start in found if to_local(start, LONDON).hour == 1]
    assert [local.fold for local in repeated] == [0] * 60 + [1] * 60


@pytest.mark.parametrize("saturday", [SPRING, *AUTUMNS])
def test_stay_lasts_as_long_on_nights_that_change(saturday):
    offers = hours.offers_on(Hours.every({5: [NIGHT]}), saturday, LONDON, 2)
    lengths = {slot.ends_at - slot.starts_at for _, slot in offers}

    assert lengths == {timedelta(minutes=90)}


@pytest.mark.parametrize("saturday", [SPRING, *AUTUMNS])
def test_staff_may_seat_in_every_minute_that_really_passes(saturday):
    opens = datetime.combine(saturday, time(22))
    moment = utc(saturday, 20)
    last = moment + timedelta(hours=10)
    while moment < last:
        wall = to_local(moment, LONDON).replace(tzinfo=None)
        is_within = opens <= wall <= opens + timedelta(hours=6)
        offers = hours.offers_at(Hours.every({5: [NIGHT]}), moment, LONDON, 2, slots_only=False)
        assert bool(list(offers)) == is_within, moment
        moment += MINUTE


@pytest.mark.parametrize("saturday", AUTUMNS)
@pytest.mark.parametrize("slots_only", [True, False], ids=["diners", "staff"])
def test_both_passes_are_slots_of_their_own(saturday, slots_only):
    passes = [utc(saturday + timedelta(days=1), hour, 30) for hour in (0, 1)]
    week = Hours.every({5: [NIGHT]})

    found = [list(hours.offers_at(week, at, LONDON, 2, slots_only=slots_only)) for at in passes]

    assert [slot.starts_at for ((_, slot),) in found] == passes


@pytest.mark.parametrize("saturday", AUTUMNS)
def test_start_given_in_local_time_is_the_same_slot_as_in_utc(saturday):
    first_half_past_one = utc(saturday + timedelta(days=1), 0, 30)
    local = to_local(first_half_past_one, LONDON)

    ((_, slot),) = hours.offers_at(Hours.every({5: [NIGHT]}), local, LONDON, 2)

    assert slot.starts_at == first_half_past_one
    assert slot.starts_at.tzinfo is UTC


def test_period_that_opens_in_the_skipped_hour_starts_after_it():
    early = Period(1, "Early", time(1, 30), time(3), 30, 60, covers=10)
    sunday = SPRING + timedelta(days=1)

    assert starts(early, sunday) == [utc(sunday, 1), utc(sunday, 1, 30), utc(sunday, 2)]


@pytest.mark.parametrize("saturday", AUTUMNS)
def test_second_pass_of_last_seating_still_shares_the_room_with_breakfast(saturday):
    until_half_past_one = Period(1, "Late", time(18), time(1, 30), 30, 90, covers=10)
    breakfast = Period(2, "Breakfast", time(2, 30), time(5), 30, 60, covers=10)
    sunday = saturday + timedelta(days=1)

    assert hours.days_sharing_the_room(
        Hours.every({5: [until_half_past_one], 6: [breakfast]}), sunday, LONDON
    ) == [
        saturday,
        sunday,
    ]


def test_last_seating_at_the_opening_hour_means_round_the_clock():
    always = Period(1, "All day", time(9), time(9), slot_minutes=60, stay_minutes=60, covers=10)

    assert len(starts(always, date(2026, 11, 27))) == 25


def test_half_past_midnight_belongs_to_fridays_service():
    friday = date(2026, 11, 27)
    half_past_midnight = utc(date(2026, 11, 28), 0, 30)

    ((_, slot),) = hours.offers_at(Hours.every({4: [LATE]}), half_past_midnight, LONDON, 2)

    assert slot.service_on == friday
    assert starts(LATE, friday)[-1] == utc(date(2026, 11, 28), 2)


def test_half_past_midnight_on_friday_is_no_slot_of_fridays_own_service():
    assert list(hours.offers_at(Hours.every({4: [LATE]}), utc(date(2026, 11, 27), 0, 30), LONDON, 2)) == []


def test_every_venue_keeps_the_clock_of_its_zone():
    dinner = Period(1, "Dinner", time(19), time(21), 15, 90, covers=10)
    day = date(2026, 7, 3)

    assert starts(dinner, day, "Europe/Lisbon")[0] == utc(day, 18)
    assert starts(dinner, day, "Atlantic/Azores")[0] == utc(day, 19)


@pytest.fixture
def machine_zone(request, monkeypatch):
    """The machine keeps another zone's clock for the length of a test."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", request.param)
        machine_time.tzset()
        yield request.param
    machine_time.tzset()


@pytest.mark.parametrize("machine_zone", ["UTC", "Pacific/Auckland", "America/New_York"], indirect=True)
def test_zone_of_the_machine_does_not_matter(machine_zone):
    """B19."""
    hours.starts_on.cache_clear()
    sunday = SPRING + timedelta(days=1)

    assert starts(NIGHT, SPRING) == every_minute(utc(SPRING, 22), utc(sunday, 3))
    assert starts(NIGHT, SPRING, "Europe/Lisbon") == starts(NIGHT, SPRING)
    assert quarters(utc(sunday, 1), utc(sunday, 1, 15)) == [utc(sunday, 1)]
