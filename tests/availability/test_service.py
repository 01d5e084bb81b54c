from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import event, update

from portal.availability import seating, service
from portal.availability.models import Seating, ServicePeriod
from portal.availability.room import Asker
from portal.extensions import db
from portal.scoping import NotHere
from tests.availability.house import FRIDAY, NOW, SEVEN, House, add_period, open_house

SATURDAY = FRIDAY + timedelta(days=1)
QUARTER = timedelta(minutes=15)


def at(hour, minute=0, day=27):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def every_quarter(first, last):
    return [first + QUARTER * number for number in range((last - first) // QUARTER + 1)]


def test_empty_evening_offers_every_slot(app):
    assert open_house(app).starts() == every_quarter(at(18), at(21))


def test_each_venue_has_its_own_room(app):
    full, empty = open_house(app, covers=2), open_house(app, covers=2)
    full.take(SEVEN, 2)

    assert SEVEN not in full.starts()
    assert SEVEN in empty.starts()


def test_seating_keeps_what_was_taken(app):
    house = open_house(app, seats=(4, 2))
    with app.app_context():
        seated = seating.take(house.venue, SEVEN, 3, NOW)

        assert (seated.service_on, seated.covers) == (FRIDAY, 3)
        assert (seated.starts_at, seated.ends_at) == (SEVEN, SEVEN + timedelta(minutes=105))
        assert seated.table_name == "T1"
        assert db.session.get(ServicePeriod, seated.service_period_id).name == "Dinner"


def test_take_leaves_the_commit_to_its_caller(app):
    house = open_house(app, covers=2)
    with app.app_context():
        seating.take(house.venue, SEVEN, 2, NOW)
        db.session.rollback()

    assert house.covers_booked() == 0
    assert SEVEN in house.starts()


def test_every_open_slot_can_be_taken_and_every_closed_one_is_refused(app):
    house = open_house(app, seats=(2, 4), covers=5)
    house.take(at(18, 30), 4)
    house.take(at(19, 30), 1)
    for party_size in (1, 2, 3, 4):
        open_starts = house.starts(party_size=party_size)
        for start in every_quarter(at(18), at(21)):
            answer = house.take(start, party_size)
            if start in open_starts:
                house.release(answer)
            else:
                assert answer is seating.SlotTaken


@pytest.mark.parametrize(
    ("starts_at", "party_size"),
    [
        pytest.param(at(17, 45), 2, id="before opening"),
        pytest.param(at(21, 15), 2, id="after last seating"),
        pytest.param(at(19, 7), 2, id="between two slots"),
        pytest.param(NOW - timedelta(days=2), 2, id="in the past"),
        pytest.param(SEVEN, 5, id="larger than any table"),
        pytest.param(SEVEN, 0, id="nobody"),
        pytest.param(SEVEN, -3, id="fewer than nobody"),
        pytest.param(datetime.max.replace(tzinfo=UTC), 2, id="end of the calendar"),
        pytest.param(datetime.min.replace(tzinfo=UTC), 2, id="beginning of the calendar"),
    ],
)
def test_what_nobody_could_have_is_not_offered(app, starts_at, party_size):
    assert open_house(app, seats=(2, 4)).take(starts_at, party_size) is seating.NotOffered


def test_party_larger_than_the_covers_is_not_offered(app):
    assert open_house(app, covers=10).take(SEVEN, 11) is seating.NotOffered


def test_slot_that_has_begun_is_not_offered(app):
    assert open_house(app).take(SEVEN, now=SEVEN) is seating.NotOffered


def test_staff_seat_walk_ins_at_any_minute_of_a_period(app):
    house = open_house(app, seats=(2,))
    walked_in_at = at(19, 7)

    assert isinstance(house.take(walked_in_at, now=walked_in_at, asker=Asker.STAFF), int)
    assert house.starts() == [at(21)]


def test_staff_too_keep_within_hours_and_covers(app):
    house = open_house(app, covers=2)
    house.take(SEVEN, 2)

    assert house.take(at(23), asker=Asker.STAFF) is seating.NotOffered
    assert house.take(at(19, 7), asker=Asker.STAFF) is seating.SlotTaken


def test_released_place_is_on_offer_again(app):
    house = open_house(app, seats=(2,))
    seating_id = house.take(SEVEN)
    assert SEVEN not in house.starts()

    house.release(seating_id)

    assert SEVEN in house.starts()
    assert house.quarters_held() == 0


def test_releasing_another_venues_seating_finds_nothing(app):
    theirs, ours = open_house(app), open_house(app)
    seating_id = theirs.take(SEVEN)

    with pytest.raises(NotHere):
        ours.release(seating_id)
    assert theirs.covers_booked() == 2


def test_party_moves_within_its_own_place_in_one_transaction(app):
    house = open_house(app, seats=(2,))
    seating_id = house.take(SEVEN)

    with app.app_context():
        seating.release(house.venue, seating_id)
        moved = seating.take(house.venue, SEVEN + QUARTER, 2, NOW)
        db.session.commit()
        assert moved.starts_at == SEVEN + QUARTER
    assert house.covers_booked() == 2


def test_every_change_moves_the_days_version(app):
    house = open_house(app)

    seating_id = house.take(SEVEN)
    assert house.versions() == {FRIDAY: 1}
    house.release(seating_id)
    assert house.versions() == {FRIDAY: 2}


def test_refusal_leaves_the_version_alone(app):
    house = open_house(app, covers=2)
    house.take(SEVEN)

    assert house.take(SEVEN) is seating.SlotTaken
    assert house.versions() == {FRIDAY: 1}


def test_half_past_midnight_is_taken_from_fridays_service(app):
    house = open_house(app, opens=time(18), last_seating=time(2), covers=2)
    half_past_midnight = at(0, 30, day=28)
    seating_id = house.take(half_past_midnight)

    with app.app_context():
        assert db.session.get(Seating, seating_id).service_on == FRIDAY
    assert half_past_midnight not in house.starts(FRIDAY)
    assert at(0, 30, day=29) in house.starts(SATURDAY)


@pytest.fixture
def night_and_morning(app) -> House:
    """Friday's last table is kept until 04:00; Saturday's breakfast begins at 03:30."""
    house = open_house(app, seats=(2,), covers=2, opens=time(18), last_seating=time(2), stay_minutes=120)
    add_period(house, [5], name="Breakfast", opens=time(3, 30), last_seating=time(5), covers=2)
    return house


def test_breakfast_waits_for_the_table_of_the_night_before(night_and_morning):
    night_and_morning.take(at(2, day=28))

    mornings = [start for start in night_and_morning.starts(SATURDAY) if start < at(12, day=28)]
    assert mornings == every_quarter(at(4, day=28), at(5, day=28))
    assert night_and_morning.take(at(3, 30, day=28)) is seating.SlotTaken


def test_breakfast_counts_its_own_parties_beside_those_of_the_night(night_and_morning):
    night_and_morning.take(at(2, day=28))
    night_and_morning.take(at(4, day=28))

    assert not [start for start in night_and_morning.starts(SATURDAY) if start < at(5, day=28)]


def test_change_that_two_days_feel_moves_both_versions(night_and_morning):
    night_and_morning.take(at(2, day=28))

    assert night_and_morning.versions() == {FRIDAY: 1, SATURDAY: 1}


@pytest.mark.parametrize("saturday", [date(2026, 10, 24), date(2027, 10, 30)])
def test_both_passes_of_the_repeated_hour_are_instants_of_their_own(app, saturday):
    house = open_house(app, opens=time(22), last_seating=time(4), stay_minutes=45, covers=2)
    first = datetime(saturday.year, saturday.month, saturday.day, 0, 30, tzinfo=UTC) + timedelta(days=1)
    second = first + timedelta(hours=1)
    long_ago = NOW.replace(month=1)

    assert isinstance(house.take(first, now=long_ago), int)
    assert isinstance(house.take(second, now=long_ago), int)
    assert house.take(first, now=long_ago) is seating.SlotTaken
    assert house.take(second, now=long_ago, asker=Asker.STAFF) is seating.SlotTaken


def test_skipped_hour_is_not_offered(app):
    house = open_house(app, opens=time(0), last_seating=time(4))
    sunday = date(2027, 3, 28)

    starts = house.starts(sunday)

    midnight = datetime(2027, 3, 28, tzinfo=UTC)
    assert starts == every_quarter(midnight, midnight + timedelta(hours=3))


def test_open_days_are_those_with_a_service(app):
    house = open_house(app)
    with app.app_context():
        db.session.execute(update(ServicePeriod).values(weekdays=0b1111100))
        db.session.commit()

        week = service.open_days(house.venue, FRIDAY, 7)

    assert week == [FRIDAY + timedelta(days=number) for number in (0, 1, 2, 5, 6)]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_ends_of_the_calendar_are_closed(app, day):
    house = open_house(app)

    assert house.starts(day) == []
    with app.app_context():
        assert service.open_days(house.venue, day, 400) == []


def test_slots_of_a_new_day_cost_one_narrow_query_a_table_and_then_one_in_all(app):
    house = open_house(app, seats=(2, 4))
    for _ in range(2):
        house.take(SEVEN)
    # As in a process that has just begun.
    app.extensions.pop("houses")
    statements = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    house.starts()
    first = [statement for statement in statements if statement.startswith("SELECT")]
    statements.clear()
    house.starts()
    second = [statement for statement in statements if statement.startswith("SELECT")]

    mark = second[0]
    assert second == [mark]
    assert [each if each == mark else each.split("FROM ")[1].split()[0] for each in first] == [
        mark,
        "service_periods",
        "dining_tables",
        "table_groups",
        "house_versions",
        "special_days",
        "seatings",
        mark,
    ]
