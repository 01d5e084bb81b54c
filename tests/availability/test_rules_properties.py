"""The rules against a slow, plain statement of them, minute by minute, on made-up evenings."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings, strategies as st

from portal.availability import hours, obstacles
from portal.availability.hours import Hours, Period, Slot
from portal.availability.obstacles import Wish
from portal.availability.room import Asker, Room, Table, Taken, places_of, quarters

LONDON = "Europe/London"
NOW = datetime(2026, 11, 27, 18, 20, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
BEGIN = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# How long one evening takes says more about the machine's other work than about the rules.
unhurried = settings(deadline=None)

periods = st.builds(
    Period,
    id=st.just(1),
    name=st.just("Dinner"),
    opens=st.builds(time, st.integers(17, 19), st.sampled_from([0, 5, 15, 30])),
    last_seating=st.builds(time, st.integers(20, 21), st.sampled_from([0, 15, 50])),
    slot_minutes=st.sampled_from([10, 15, 20, 30]),
    stay_minutes=st.sampled_from([20, 45, 60, 105]),
    covers=st.integers(1, 12),
)
table_lists = st.lists(st.integers(1, 6), max_size=4).map(
    lambda sizes: [Table(number, seats) for number, seats in enumerate(sizes, start=1)]
)


@st.composite
def parties(draw):
    starts_at = BEGIN + MINUTE * draw(st.integers(0, 300))
    table_ids = draw(st.lists(st.integers(1, 4), max_size=2, unique=True))
    return Taken(
        table_ids, starts_at, starts_at + MINUTE * draw(st.integers(1, 120)), draw(st.integers(1, 5))
    )


def minutes(starts_at, ends_at):
    return (starts_at + MINUTE * number for number in range((ends_at - starts_at) // MINUTE))


def open_slots(offers, room, party_size):
    found = obstacles.fitting(offers, room, LONDON, party_size)
    wishes = [Wish(period, slot, room, LONDON, party_size, Asker.ONLINE) for period, slot in found]
    return obstacles.once_each(wish.slot for wish in wishes if obstacles.in_time(wish, NOW))


def seated(taken, moment):
    return sum(party.covers for party in taken if party.starts_at <= moment < party.ends_at)


def is_free(table, taken, slot):
    wanted = set(quarters(slot.starts_at, slot.ends_at))
    held = (quarters(p.starts_at, p.ends_at) for p in taken if table.id in p.table_ids)
    return all(wanted.isdisjoint(quarters) for quarters in held)


def is_open(period, tables, taken, party_size, slot):
    """The rule as the page states it, without any arrangement that makes it fast."""
    within_covers = all(
        seated(taken, moment) + party_size <= period.covers
        for moment in minutes(slot.starts_at, slot.ends_at)
    )
    has_table = any(table.seats >= party_size and is_free(table, taken, slot) for table in tables)
    return slot.starts_at > NOW and within_covers and (has_table or not tables)


@unhurried
@given(periods, table_lists, st.lists(parties(), max_size=12), st.integers(1, 7))
def test_open_slots_are_exactly_those_that_can_be_taken(period, tables, taken, party_size):
    offers = list(hours.offers_on(Hours.every({4: [period]}), FRIDAY, LONDON, 2))

    found = open_slots(offers, Room(places_of(tables), taken), party_size)

    assert found == [slot for _, slot in offers if is_open(period, tables, taken, party_size, slot)]


@unhurried
@given(st.lists(periods, max_size=4), table_lists, st.lists(parties(), max_size=8), st.integers(1, 4))
def test_slots_are_sorted_and_each_start_is_listed_once(several, tables, taken, party_size):
    offers = hours.offers_on(Hours.every({4: several}), FRIDAY, LONDON, 2)
    found = open_slots(offers, Room(places_of(tables), taken), party_size)

    starts = [slot.starts_at for slot in found]
    assert starts == sorted(set(starts))


@unhurried
@given(table_lists, st.lists(parties(), max_size=12), st.integers(1, 6), st.integers(0, 240))
def test_chosen_table_is_the_smallest_that_is_free(tables, taken, party_size, minute):
    slot = Slot(BEGIN + MINUTE * minute, BEGIN + MINUTE * (minute + 70), 1, "Dinner", FRIDAY)

    chosen = Room(places_of(tables), taken).choose(slot.starts_at, slot.ends_at, party_size)

    free = [table for table in tables if table.seats >= party_size and is_free(table, taken, slot)]
    smallest = min(free, key=lambda table: (table.seats, table.id), default=None)
    assert (chosen and chosen.table_ids) == (smallest and (smallest.id,))


@unhurried
@given(periods, table_lists, st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), max_size=30))
def test_evening_filled_slot_by_slot_never_holds_too_many(period, tables, requests):
    offers = list(hours.offers_on(Hours.every({4: [period]}), FRIDAY, LONDON, 2))
    taken = []
    for party_size, pick in requests:
        room = Room(places_of(tables), taken)
        found = open_slots(offers, room, party_size)
        if found:
            slot = found[pick % len(found)]
            place = room.choose(slot.starts_at, slot.ends_at, party_size)
            taken.append(Taken(place.table_ids if place else [], slot.starts_at, slot.ends_at, party_size))

    for moment in minutes(BEGIN, BEGIN + timedelta(hours=8)):
        here = [party for party in taken if party.starts_at <= moment < party.ends_at]
        assert sum(party.covers for party in here) <= period.covers
        assert len({table_id for party in here for table_id in party.table_ids}) == len(tables and here)


@unhurried
@given(st.lists(parties(), max_size=12), st.integers(0, 300), st.integers(1, 120))
def test_peak_is_the_most_seated_in_any_minute_of_the_stay(taken, minute, length):
    starts_at = BEGIN + MINUTE * minute
    ends_at = starts_at + MINUTE * length

    peak = Room([], taken).peak(starts_at, ends_at)

    assert peak == max(seated(taken, moment) for moment in minutes(starts_at, ends_at))
