"""A booking that no longer fits after a change of settings is kept, and comes back after Undo as it was."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import delete, select, update

from portal.availability import seating as seatings, special_days
from portal.availability.models import DiningTable, ServicePeriod, TableGroup, TableQuarter
from portal.availability.seating import NotOffered, SlotTaken
from portal.availability.special_days import OwnPeriod, Plan
from portal.bookings import statuses
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from tests.factories import DAY, local, make_booking, make_table, make_venue

MINUTE = timedelta(minutes=1)
NOON = datetime.combine(DAY, time(11), UTC)


def tables_of(venue):
    return list(db.session.scalars(select(DiningTable).where(DiningTable.venue_id == venue.id)))


def period_of(venue):
    return db.session.scalars(select(ServicePeriod).where(ServicePeriod.venue_id == venue.id)).one()


def close_the_day(venue):
    special_days.add(venue, DAY, Plan(closed=True))


def give_the_day_other_hours(venue):
    own = OwnPeriod("Brunch", time(9), time(12), 15, 60, 40)
    special_days.add(venue, DAY, Plan(periods=(own,)))


def hire_the_table_out(venue):
    special_days.add(venue, DAY, Plan(hired_table_ids=tuple(table.id for table in tables_of(venue))))


def take_the_table_out_of_use(venue):
    for table in tables_of(venue):
        table.out_from = DAY


def make_the_table_smaller(venue):
    for table in tables_of(venue):
        table.seats = 1


def make_it_for_large_parties(venue):
    for table in tables_of(venue):
        table.smallest = 4


def end_the_period(venue):
    period_of(venue).valid_until = DAY - timedelta(days=1)


def move_the_period(venue):
    row = period_of(venue)
    row.opens, row.last_seating = time(9), time(12)


def lower_the_covers(venue):
    period_of(venue).covers = 1


OF_HOURS = [close_the_day, give_the_day_other_hours, end_the_period, move_the_period, lower_the_covers]
OF_TABLES = [hire_the_table_out, take_the_table_out_of_use, make_the_table_smaller, make_it_for_large_parties]


@pytest.fixture
def clock(time_machine):
    """It is noon on the day; `clock.shift` lets time pass."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


def change(venue, deed):
    deed(venue)
    db.session.commit()


def there_and_back(venue, booking, clock, away):
    """Move a booking away and set it back ten seconds later."""
    clock.move_to(local(venue, DAY, 19, 10), tick=False)
    statuses.move(venue, booking.id, away)
    clock.shift(timedelta(seconds=10))
    statuses.move(venue, booking.id, Status.CONFIRMED)
    db.session.expire_all()
    return db.session.get_one(Booking, booking.id)


def held(booking):
    quarters = db.session.scalars(select(TableQuarter).where(TableQuarter.seating_id == booking.seating_id))
    return sorted(quarter.starts_at for quarter in quarters)


@pytest.mark.parametrize("deed", OF_HOURS + OF_TABLES, ids=lambda deed: deed.__name__)
def test_a_kept_booking_has_its_table_and_time_again(app_context, clock, deed):
    for away in (Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW):
        clock.move_to(NOON, tick=False)
        venue = make_venue(tables=1)
        kept = make_booking(venue)
        clock.shift(MINUTE)
        change(venue, deed)

        back = there_and_back(venue, kept, clock, away)

        assert (back.status, back.table_name, back.starts_at) == (Status.CONFIRMED, "T1", kept.starts_at)
        assert (back.seating.ends_at, back.seating.service_on) == (kept.ends_at, DAY)
        assert held(back)[-1] == kept.ends_at - timedelta(minutes=15)


def test_so_has_one_where_covers_alone_count(app_context, clock):
    for deed in OF_HOURS:
        clock.move_to(NOON, tick=False)
        venue = make_venue()
        kept = make_booking(venue)
        clock.shift(MINUTE)
        change(venue, deed)

        back = there_and_back(venue, kept, clock, Status.CANCELLED)

        assert (back.seating.covers, back.table_name) == (2, ""), deed.__name__


def test_its_own_table_goes_before_one_that_is_in_use(app_context, clock):
    venue = make_venue(tables=2)
    kept = make_booking(venue)
    clock.shift(MINUTE)
    db.session.execute(update(DiningTable).where(DiningTable.name == "T1").values(out_from=DAY))
    db.session.commit()

    assert kept.table_name == "T1"
    assert there_and_back(venue, kept, clock, Status.CANCELLED).table_name == "T1"


def test_more_guests_than_the_covers_were_lowered_to_are_all_kept(app_context, clock):
    venue = make_venue(covers=8)
    kept, *_ = [make_booking(venue, name=name) for name in ("Amara Okafor", "Ada Moss", "Tom Whitfield")]
    clock.shift(MINUTE)
    db.session.execute(update(ServicePeriod).values(covers=4))
    db.session.commit()

    assert there_and_back(venue, kept, clock, Status.CANCELLED).seating.covers == 2


def test_covers_that_somebody_else_has_by_now_are_not_given_twice(app_context, clock):
    venue = make_venue(covers=4)
    kept, other = make_booking(venue), make_booking(venue, name="Ada Moss")
    clock.move_to(local(venue, DAY, 19, 10), tick=False)
    statuses.move(venue, kept.id, Status.CANCELLED)
    clock.shift(MINUTE)
    make_booking(venue, name="Tom Whitfield", starts_at=local(venue, DAY, 19, 15))

    with pytest.raises(SlotTaken):
        statuses.move(venue, kept.id, Status.CONFIRMED)
    assert db.session.get_one(Booking, other.id).seating_id is not None


def test_without_asking_who_came_they_would_be(app_context, clock, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(statuses, "_has_anybody_come", lambda *_: False)
    with pytest.raises(pytest.fail.Exception):
        test_covers_that_somebody_else_has_by_now_are_not_given_twice(app_context, clock)


def test_nor_those_of_whoever_came_back_meanwhile(app_context, clock):
    """Two cancelled, and there is room for one: the first to be set back has it."""
    venue = make_venue(covers=4)
    first, second = make_booking(venue), make_booking(venue, name="Ada Moss")
    clock.move_to(local(venue, DAY, 19, 10), tick=False)
    for booking in (second, first):
        statuses.move(venue, booking.id, Status.CANCELLED)
        clock.shift(MINUTE)
    db.session.execute(update(ServicePeriod).values(covers=2))
    db.session.commit()
    statuses.move(venue, first.id, Status.CONFIRMED)

    with pytest.raises(SlotTaken):
        statuses.move(venue, second.id, Status.CONFIRMED)


def test_a_table_that_somebody_else_has_by_now_stays_theirs(app_context, clock):
    venue = make_venue(tables=1)
    kept = make_booking(venue)
    clock.shift(MINUTE)
    change(venue, make_it_for_large_parties)
    clock.move_to(local(venue, DAY, 19, 10), tick=False)
    statuses.move(venue, kept.id, Status.CANCELLED)
    clock.shift(MINUTE)
    other = make_booking(venue, name="Ada Moss", starts_at=local(venue, DAY, 20), party_size=4)

    with pytest.raises(SlotTaken):
        statuses.move(venue, kept.id, Status.CONFIRMED)
    assert db.session.get_one(Booking, other.id).table_name == "T1"
    assert db.session.get_one(Booking, kept.id).status == Status.CANCELLED


def test_joined_tables_come_back_together_or_not_at_all(app_context, clock):
    venue = make_venue(tables=2)
    tables = tables_of(venue)
    group = TableGroup(
        venue_id=venue.id, name="T1 + T2", table_ids=[one.id for one in tables], smallest=5, largest=8
    )
    db.session.add(group)
    db.session.commit()
    kept = make_booking(venue, party_size=6)
    clock.shift(MINUTE)
    group = db.session.scalars(select(TableGroup)).one()
    group.largest = 5
    change(venue, take_the_table_out_of_use)

    back = there_and_back(venue, kept, clock, Status.CANCELLED)

    assert back.table_name == "T1 + T2"
    assert len(seatings.tables_of(back.seating)) == 2


def test_a_booking_from_before_the_tables_has_none_again_where_none_is_free(app_context, clock):
    venue = make_venue()
    kept = make_booking(venue)
    clock.shift(MINUTE)
    make_table(venue, "T1", seats=1)

    back = there_and_back(venue, kept, clock, Status.CANCELLED)

    assert (back.seating.covers, back.table_name) == (2, "")


def test_a_venue_without_any_period_has_nothing_to_give(app_context, clock):
    venue = make_venue()
    kept = make_booking(venue)
    clock.move_to(local(venue, DAY, 19, 10), tick=False)
    statuses.move(venue, kept.id, Status.CANCELLED)
    db.session.execute(delete(ServicePeriod))
    db.session.commit()

    with pytest.raises(NotOffered):
        statuses.move(venue, kept.id, Status.CONFIRMED)


def test_a_change_that_came_after_it_was_cancelled_counts(app_context, clock):
    """Then it was not kept: the hours were changed for a day on which it was no longer expected."""
    venue = make_venue(tables=1)
    cancelled = make_booking(venue)
    statuses.move(venue, cancelled.id, Status.CANCELLED)
    clock.shift(MINUTE)
    change(venue, close_the_day)

    with pytest.raises(NotOffered):
        statuses.move(venue, cancelled.id, Status.CONFIRMED)


def test_a_newcomer_is_still_bound_by_the_change(app_context, clock):
    venue = make_venue(tables=1)
    kept = make_booking(venue)
    clock.shift(MINUTE)
    change(venue, close_the_day)
    statuses.move(venue, kept.id, Status.CANCELLED)

    with pytest.raises(NotOffered):
        make_booking(venue, name="Ada Moss", source=Source.PHONE)
