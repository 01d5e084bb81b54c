from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.availability import hours as hours_rules, obstacles
from portal.availability.day_cache import Day
from portal.availability.hours import Hours, Period, Slot
from portal.availability.obstacles import Wish
from portal.availability.room import Asker, Room, Table, Taken, places_of, quarters

LONDON = "Europe/London"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
DINNER = Period(1, "Dinner", time(18), time(20), 30, 90, covers=10)


def at(hour, minute=0, day=27):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def open_starts(periods, tables=(), taken=(), party_size=2, now=NOW):
    offers = hours_rules.offers_on(Hours.every({4: periods}), FRIDAY, LONDON, party_size)
    found = obstacles.fitting(offers, Room(places_of(tables), taken), LONDON, party_size, Asker.ONLINE)
    return [
        slot.starts_at
        for period, slot in found
        if obstacles.in_time(Wish(period, slot, Room((), ()), LONDON, party_size, Asker.ONLINE), now)
    ]


def test_slots_run_from_opening_to_last_seating_both_included():
    assert open_starts([DINNER]) == [at(18), at(18, 30), at(19), at(19, 30), at(20)]


def test_slot_carries_its_stay_period_and_service_day():
    starts_at = hours_rules.starts_on(DINNER, FRIDAY, LONDON)[0]
    slot = hours_rules.slot(DINNER, starts_at, FRIDAY, 2)

    assert slot == Slot(at(18), at(19, 30), 1, "Dinner", FRIDAY)


def test_closed_weekday_has_no_slots():
    saturday = FRIDAY + timedelta(days=1)

    assert list(hours_rules.offers_on(Hours.every({4: [DINNER]}), saturday, LONDON, 2)) == []


def test_slot_that_has_begun_is_not_open():
    assert open_starts([DINNER], now=at(19)) == [at(19, 30), at(20)]


def test_party_larger_than_the_covers_finds_nothing():
    assert open_starts([DINNER], party_size=11) == []


@pytest.mark.parametrize("party_size", [0, -1])
def test_party_of_nobody_finds_nothing(party_size):
    assert open_starts([DINNER], party_size=party_size) == []


def test_covers_already_seated_close_every_slot_whose_stay_meets_them():
    taken = [Taken((), at(18), at(19, 30), covers=9)]

    assert open_starts([DINNER], taken=taken) == [at(19, 30), at(20)]


def test_covers_count_those_seated_together_not_all_who_come():
    taken = [Taken((), at(18), at(18, 30), covers=8), Taken((), at(18, 30), at(19), covers=8)]

    assert at(18) in open_starts([DINNER], taken=taken)


def test_stay_that_meets_a_full_moment_half_way_is_closed():
    taken = [Taken((), at(19, 10), at(19, 20), covers=9)]

    assert open_starts([DINNER], taken=taken) == [at(19, 30), at(20)]


def test_table_in_use_closes_slots_even_with_covers_to_spare():
    taken = [Taken((1,), at(18), at(19, 30), covers=2)]

    assert open_starts([DINNER], [Table(1, 2)], taken) == [at(19, 30), at(20)]


def test_no_table_with_enough_seats_closes_every_slot():
    assert open_starts([DINNER], [Table(1, 2), Table(2, 4)], party_size=5) == []


def test_smallest_table_that_fits_is_chosen():
    room = Room(places_of([Table(1, 8), Table(2, 2), Table(3, 4), Table(4, 4)]), [])

    assert room.choose(at(18), at(19), 3).table_ids == (3,)


def test_next_larger_table_is_chosen_where_the_smallest_is_in_use():
    room = Room(places_of([Table(1, 4), Table(2, 6)]), [Taken((1,), at(18, 45), at(20), 2)])

    assert room.choose(at(18), at(19), 3).table_ids == (2,)
    assert room.choose(at(17), at(18, 45), 3).table_ids == (1,)


def test_two_parties_never_share_a_quarter_hour_at_a_table():
    room = Room(places_of([Table(1, 4)]), [Taken((1,), at(17), at(18, 5), 2)])

    assert room.choose(at(18, 7), at(19), 2) is None
    assert room.choose(at(18, 15), at(19), 2).table_ids == (1,)


def test_quarters_cover_the_stay_and_nothing_more():
    assert quarters(at(19), at(19, 45)) == [at(19), at(19, 15), at(19, 30)]
    assert quarters(at(19, 5), at(19, 46)) == [at(19), at(19, 15), at(19, 30), at(19, 45)]


def test_start_that_two_periods_offer_is_listed_once_by_the_one_with_space():
    lunch = Period(2, "Lunch", time(17), time(18), 30, 60, covers=1)
    offers = hours_rules.offers_on(Hours.every({4: [lunch, DINNER]}), FRIDAY, LONDON, 2)

    slots = obstacles.once_each(slot for _, slot in obstacles.fitting(offers, Room((), ()), LONDON, 2))

    assert [slot.starts_at for slot in slots] == [at(18), at(18, 30), at(19), at(19, 30), at(20)]
    assert {slot.period_id for slot in slots} == {1}


def test_start_that_the_first_period_offers_too_late_is_had_from_the_second():
    """Notice binds one period alone, so what it no longer takes the other still does."""
    early = replace(DINNER, notice_minutes=120)
    supper = replace(DINNER, id=2, name="Supper")
    day = Day(FRIDAY, LONDON, Hours.every({4: [early, supper]}), Room((), ()))

    found = day.open_slots(2, at(17))

    assert [slot.starts_at for slot in found] == [at(18), at(18, 30), at(19), at(19, 30), at(20)]
    assert [slot.period_id for slot in found] == [2, 2, 1, 1, 1]


def test_periods_without_a_common_moment_leave_the_day_on_its_own():
    week = {weekday: [DINNER] for weekday in range(7)}

    assert hours_rules.days_sharing_the_room(Hours.every(week), FRIDAY, LONDON) == [FRIDAY]


def test_service_past_midnight_shares_the_room_with_an_early_one_next_day():
    late = Period(1, "Late", time(18), time(2), 30, 120, covers=10)
    early = Period(2, "Breakfast", time(3, 30), time(9), 30, 60, covers=10)
    week = {4: [late], 5: [early]}
    saturday = FRIDAY + timedelta(days=1)

    assert hours_rules.days_sharing_the_room(Hours.every(week), FRIDAY, LONDON) == [FRIDAY, saturday]
    assert hours_rules.days_sharing_the_room(Hours.every(week), saturday, LONDON) == [FRIDAY, saturday]


def test_period_that_never_advances_is_refused_rather_than_looped_over():
    with pytest.raises(ValueError, match="zero"):
        hours_rules.starts_on(Period(1, "Stuck", time(18), time(20), 0, 90, 10), FRIDAY, LONDON)


@pytest.mark.parametrize("day", [date.min, date.max, date(1999, 12, 31), date(2200, 1, 1)])
def test_years_that_nobody_books_are_off_the_calendar(day):
    assert not hours_rules.on_calendar(day)
