"""The answer to "Why not?" is that of the rules by which tables are given."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import update

from portal.availability import obstacles, seating, service
from portal.availability.models import DiningTable, ServicePeriod
from portal.availability.obstacles import Rule
from portal.availability.room import Asker
from portal.extensions import db
from tests.availability.house import NOW, SEVEN, open_house

STARTS = st.integers(0, 24 * 12).map(
    lambda number: SEVEN - timedelta(hours=9) + number * timedelta(minutes=5)
)


@given(st.lists(st.tuples(STARTS, st.integers(1, 9), st.sampled_from(Asker)), min_size=6, max_size=14))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_stands_in_the_way_exactly_where_a_table_is_given(app, wishes):
    house = open_house(app, seats=(2, 4, 6), last_seating=time(1), covers=9, most_covers=7, most_parties=2)
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(notice_minutes=60, horizon_days=40, largest_online=5))
        db.session.execute(update(DiningTable).where(DiningTable.name == "T2").values(online=False))
        db.session.commit()
    for starts_at, party_size, asker in wishes:
        with app.app_context():
            answer = service.why_not_at(house.venue, starts_at, party_size, NOW, asker)
        given_out = house.take(starts_at, party_size, asker=asker)
        assert (not answer.obstacles) == isinstance(given_out, int), (answer, given_out)
        assert {obstacle.rule for obstacle in answer.obstacles} <= set(answer.checked)
        is_final = any(obstacle.is_final(party_size) for obstacle in answer.obstacles)
        assert is_final == (given_out is seating.NotOffered), (answer, given_out)


def test_nearest_times_can_be_had_and_leave_out_the_one_asked_for(app):
    house = open_house(app, seats=(2,))
    with app.app_context():
        free = service.why_not_at(house.venue, SEVEN, 2, NOW)
    assert SEVEN not in [slot.starts_at for slot in free.nearest]
    assert len(free.nearest) == service.NEAREST
    for slot in free.nearest:
        with app.app_context():
            assert service.why_not_at(house.venue, slot.starts_at, 2, NOW).obstacles == []


def test_rules_that_bind_each_asker_are_in_their_order():
    for asker in Asker:
        found = obstacles.binding(asker, with_tables=True)
        assert found == [rule for rule in Rule if rule in found]
    assert Rule.NOTICE not in obstacles.binding(Asker.STAFF, with_tables=True)
    assert Rule.PACING_COVERS not in obstacles.binding(Asker.WALK_IN, with_tables=True)
    assert Rule.TABLES_TAKEN not in obstacles.binding(Asker.STAFF, with_tables=False)


def test_of_a_time_that_comes_twice_the_free_pass_counts(app):
    house = open_house(app, seats=(2,), last_seating=time(3), stay_minutes=30)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    asked = (first.date(), time(1, 30), 2, NOW - timedelta(days=30))
    house.take(first, now=asked[3], asker=Asker.STAFF)
    with app.app_context():
        answer = service.why_not(house.venue, *asked)
        assert (answer.obstacles, answer.slot.starts_at) == ([], first + timedelta(hours=1))
    house.take(first + timedelta(hours=1), now=asked[3], asker=Asker.STAFF)
    with app.app_context():
        assert [one.rule for one in service.why_not(house.venue, *asked).obstacles] == [Rule.TABLES_TAKEN]


def test_where_no_table_is_large_enough_nobody_asks_whether_it_is_free(app):
    house = open_house(app, seats=(2,))
    with app.app_context():
        answer = service.why_not_at(house.venue, SEVEN, 3, NOW)
    assert [one.rule for one in answer.obstacles] == [Rule.TABLE_SIZE]
    assert answer.checked[-1] is Rule.TABLE_SIZE


def test_day_beyond_the_calendar_is_closed(app):
    house = open_house(app)
    with app.app_context():
        far = service.why_not_at(house.venue, datetime(9999, 12, 31, 23, tzinfo=UTC), 2, NOW)
    assert [one.rule for one in far.obstacles] == [Rule.CLOSED]
