"""How much may start within one interval: everybody who starts in it counts, whichever period they booked."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.availability import periods, service, special_days
from portal.availability.models import Seating, ServicePeriod, SpecialDay
from portal.availability.room import Asker
from portal.availability.seating import SlotTaken
from portal.availability.special_days import OwnPeriod, Plan
from portal.extensions import db
from tests.availability.house import FRIDAY, NOW, SEVEN, add_period, open_house

QUARTER = timedelta(minutes=15)


@pytest.fixture(params=[{"most_parties": 1}, {"most_covers": 2}], ids=["parties", "covers"])
def house(app, request):
    """One party of two starts at seven, and no other may."""
    made = open_house(app, slot_minutes=15, stay_minutes=60, **request.param)
    assert isinstance(made.take(SEVEN), int)
    return made


def refuses_another(house, start=SEVEN):
    """Neither a diner nor a waiter gets a second start in the interval; the next one is free for both."""
    starts = house.starts()
    assert start not in starts
    assert start + QUARTER in starts
    return house.take(start) is house.take(start, asker=Asker.STAFF) is SlotTaken


def make_special(house, *own):
    with house.app.app_context():
        special_days.add(house.venue, FRIDAY, Plan(periods=own))
        db.session.commit()


def test_a_party_booked_before_the_date_became_special_counts(house):
    make_special(house, OwnPeriod("Dinner", time(18), time(21), 15, 60, 40))

    assert refuses_another(house)


def test_a_party_counts_where_a_special_days_periods_change_places(house):
    """Its booking goes on belonging to the period of its name."""
    dinner = OwnPeriod("Dinner", time(18), time(21), 15, 60, 40)
    make_special(house, dinner)
    later = SEVEN + timedelta(hours=1)
    seated = house.take(later)
    with house.app.app_context():
        row = db.session.query(SpecialDay).one()
        lunch = OwnPeriod("Lunch", time(12), time(14), 15, 60, 40)
        special_days.change(house.venue, row, Plan(periods=(lunch, replace(dinner, name="dinner"))))
        db.session.commit()
        of_it = db.session.get_one(ServicePeriod, db.session.get_one(Seating, seated).service_period_id)
        assert (of_it.name, of_it.opens) == ("dinner", time(18))

    assert refuses_another(house, later)


def test_a_party_booked_before_the_day_became_like_any_other_again_counts(house):
    make_special(house, OwnPeriod("Dinner", time(18), time(21), 15, 60, 40))
    later = SEVEN + timedelta(hours=1)
    assert isinstance(house.take(later), int)
    with house.app.app_context():
        special_days.delete(db.session.query(SpecialDay).one())
        db.session.commit()

    assert refuses_another(house, later)


def test_a_party_counts_where_its_period_ended_and_another_follows(house):
    with house.app.app_context():
        old = db.session.query(ServicePeriod).one()
        limits = {name: getattr(old, name) for name in ("most_parties", "most_covers")}
        old.valid_until = FRIDAY - timedelta(days=1)
        db.session.commit()
    add_period(
        house,
        name="Supper",
        opens=time(18, 30),
        last_seating=time(22),
        covers=40,
        slot_minutes=15,
        stay_minutes=60,
        valid_from=FRIDAY,
        **limits,
    )

    assert refuses_another(house)


def test_a_party_counts_that_stayed_with_the_row_before_a_change(house, monkeypatch):
    """Even one that came in while the change was being saved, and was not handed over."""
    monkeypatch.setattr(periods, "_hand_over", lambda *_: None)
    with house.app.app_context():
        old = db.session.query(ServicePeriod).one()
        periods.change_from(house.venue, old, {"covers": 30}, FRIDAY)
        db.session.commit()

    assert refuses_another(house)


def test_all_who_start_count_where_two_periods_run_at_once(house):
    """One kitchen cooks for both: who starts from the bar menu is one more for dinner."""
    bar = {"opens": time(17, 45), "last_seating": time(21), "slot_minutes": 15, "stay_minutes": 60}
    add_period(house, name="Bar", covers=40, **bar)
    later = SEVEN + timedelta(minutes=30)
    assert isinstance(house.take(later), int), "the bar has no limit, and opens first"
    with house.app.app_context():
        db.session.query(ServicePeriod).filter_by(name="Bar").one().weekdays = 0
        db.session.commit()

    assert refuses_another(house, later)


def test_a_party_of_the_night_before_counts_for_an_early_service(app):
    house = open_house(app, opens=time(22), last_seating=time(2), stay_minutes=60, slot_minutes=15)
    add_period(
        house,
        name="Breakfast",
        opens=time(1),
        last_seating=time(4),
        covers=40,
        slot_minutes=15,
        stay_minutes=60,
        most_parties=1,
    )
    at_half_past_one = SEVEN + timedelta(hours=6, minutes=30)
    assert isinstance(house.take(at_half_past_one), int)
    assert date(2026, 11, 28) == at_half_past_one.date()

    assert at_half_past_one not in house.starts(date(2026, 11, 28))
    assert at_half_past_one + QUARTER in house.starts(date(2026, 11, 28))


def test_a_service_whose_only_start_the_clocks_skip_still_seats_whoever_stands_there(app):
    """It opens at 01:30, which is no time on this night, and seats until 02:15, which is one."""
    night = date(2027, 3, 28)
    house = open_house(
        app, opens=time(1, 30), last_seating=time(2, 15), slot_minutes=60, stay_minutes=60, most_parties=1
    )
    two = datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert house.starts(night) == []
    with app.app_context():
        answer = service.why_not(house.venue, night, time(2), 2, NOW)
        assert list(answer.obstacles) == []

    assert isinstance(house.take(two, asker=Asker.STAFF), int)
    assert house.take(two + timedelta(minutes=10), asker=Asker.STAFF) is SlotTaken
    assert isinstance(house.take(two, asker=Asker.WALK_IN), int)


def test_places_say_how_many_more_may_start(app):
    """A list of times says how many parties still fit; pacing is part of that."""
    house = open_house(app, slot_minutes=15, stay_minutes=60, most_parties=3)
    house.take(SEVEN)
    make_special(house, OwnPeriod("Dinner", time(18), time(21), 15, 60, 40))
    with house.app.app_context():
        slots = [s for s in service.slots(house.venue, FRIDAY, 2, NOW) if s.starts_at == SEVEN]
        assert service.places(house.venue, slots, 2) == 2
