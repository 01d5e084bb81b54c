"""Reminders: the day before at the venue's hour, whatever the clocks do, to those who still come."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import update

from portal.bookings import statuses
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.letters.reminders import owing, rules
from portal.letters.sending import due
from portal.outbox.models import LetterKind
from tests.factories import local, make_booking, make_venue
from tests.support.tables import each_row

REMINDER = "A reminder: your table at The Green Room, Friday 12 June at 7:00pm"
# At the venue it is an hour later.
NINE = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)


def round_at(clock_now, instant):
    clock_now.move_to(instant)
    owing.owe_due()
    due.send_due()
    db.session.rollback()


def reminded(sent):
    return [letter.subject for letter in sent if letter.stop_url]


def moved_to(booking, starts_at):
    stay = booking.ends_at - booking.starts_at
    db.session.execute(
        update(Booking)
        .where(Booking.id == booking.id)
        .values(
            starts_at=starts_at, ends_at=starts_at + stay, service_on=starts_at.date(), starts_told=starts_at
        )
    )
    db.session.commit()


def test_a_reminder_leaves_at_ten_on_the_day_before_once(house, noon, sent):
    booking = make_booking(house)
    for minutes in (-1, 0, 1, 60, 600):
        round_at(noon, NINE + timedelta(minutes=minutes))
        assert len(reminded(sent)) == (minutes >= 0)
    for hours in (24, 25):
        round_at(noon, NINE + timedelta(hours=hours))
    (letter,) = [each for each in sent if each.stop_url]
    assert letter.subject == REMINDER
    assert letter.to == (booking.booked_email,)
    assert letter.stop_url.startswith("https://portal.example/reminders/")
    assert letter.calendar is None


def test_a_booking_that_is_cancelled_gets_none(house, noon, sent):
    booking = make_booking(house)
    statuses.move(house, booking.id, Status.CANCELLED)
    round_at(noon, NINE)
    assert reminded(sent) == []


def test_one_that_is_cancelled_after_it_was_owed_gets_none(house, noon, sent):
    booking = make_booking(house)
    noon.move_to(NINE)
    owing.owe_due()
    statuses.move(house, booking.id, Status.CANCELLED)
    due.send_due()
    assert reminded(sent) == []


def test_a_booking_that_moved_is_reminded_of_on_its_new_day(house, noon, sent):
    booking = make_booking(house)
    moved_to(booking, local(house, date(2026, 6, 14), 19))
    round_at(noon, NINE)
    assert reminded(sent) == []
    round_at(noon, NINE + timedelta(days=2))
    assert reminded(sent) == ["A reminder: your table at The Green Room, Sunday 14 June at 7:00pm"]


def test_one_that_was_reminded_and_then_moved_is_reminded_of_the_new_day_too(house, noon, sent):
    booking = make_booking(house)
    round_at(noon, NINE)
    moved_to(booking, local(house, date(2026, 6, 14), 19))
    round_at(noon, NINE + timedelta(days=2))
    assert len(reminded(sent)) == 2


def test_one_that_moves_between_owing_and_sending_is_not_reminded_of_the_old_day(house, noon, sent):
    booking = make_booking(house)
    noon.move_to(NINE)
    owing.owe_due()
    moved_to(booking, local(house, date(2026, 6, 14), 19))
    due.send_due()
    assert reminded(sent) == []


def test_a_booking_made_after_the_hour_gets_none(house, noon, sent):
    round_at(noon, NINE)
    noon.shift(timedelta(minutes=5))
    make_booking(house)
    for hours in (1, 2, 8):
        round_at(noon, NINE + timedelta(hours=hours))
    assert len(sent) == 1
    assert reminded(sent) == []


def test_news_after_the_hour_is_reminder_enough(house, noon, sent):
    """As a booking that is moved to tomorrow: the letter on that says it all."""
    booking = make_booking(house)
    round_at(noon, NINE - timedelta(hours=1))
    noon.move_to(NINE + timedelta(minutes=5))
    statuses.owe_letter(db.session.get_one(Booking, booking.id), LetterKind.CHANGE)
    db.session.commit()
    round_at(noon, NINE + timedelta(hours=1))
    assert reminded(sent) == []


def test_a_relay_that_was_down_reminds_until_the_day_ends(house, noon, sent):
    make_booking(house)
    round_at(noon, datetime(2026, 6, 11, 22, 59, tzinfo=UTC))
    assert reminded(sent) == [REMINDER]


def test_and_not_on_the_day_itself(house, noon, sent):
    make_booking(house)
    round_at(noon, datetime(2026, 6, 11, 23, 1, tzinfo=UTC))
    round_at(noon, datetime(2026, 6, 12, 9, 0, tzinfo=UTC))
    assert reminded(sent) == []


def test_walk_ins_and_guests_without_address_get_none(house, noon, sent):
    make_booking(house, source=Source.WALK_IN)
    make_booking(house, email="")
    round_at(noon, NINE)
    assert sent == []


def test_another_hour_counts_at_once(house, noon, sent):
    make_booking(house)
    round_at(noon, NINE - timedelta(hours=1))
    owing.set_hour(house.id, 9)
    db.session.commit()
    round_at(noon, NINE - timedelta(minutes=59))
    assert reminded(sent) == [REMINDER]


def test_each_venue_has_its_own_hour_and_zone(house, noon, sent):
    other = make_venue("The Lantern", timezone="Australia/Sydney")
    make_booking(house)
    make_booking(other, email="tom@example.org")
    # Ten in the morning in Sydney is midnight in London.
    round_at(noon, datetime(2026, 6, 10, 23, 59, tzinfo=UTC))
    assert reminded(sent) == []
    round_at(noon, datetime(2026, 6, 11, 0, 0, tzinfo=UTC))
    assert reminded(sent) == ["A reminder: your table at The Lantern, Friday 12 June at 7:00pm"]
    round_at(noon, NINE)
    assert reminded(sent)[1:] == [REMINDER]


@each_row(
    "day, zone, in_utc",
    [
        # Clocks go forward and back in the night before the reminder.
        (date(2026, 3, 29), "Europe/London", "2026-03-29T09:00"),
        (date(2026, 3, 28), "Europe/London", "2026-03-28T10:00"),
        (date(2026, 10, 25), "Europe/London", "2026-10-25T10:00"),
        (date(2026, 10, 24), "Europe/London", "2026-10-24T09:00"),
        (date(2026, 3, 8), "America/New_York", "2026-03-08T14:00"),
        (date(2026, 11, 1), "America/New_York", "2026-11-01T15:00"),
        (date(2026, 10, 4), "Australia/Lord_Howe", "2026-10-03T23:00"),
        (date(2026, 6, 11), "Asia/Kathmandu", "2026-06-11T04:15"),
        (date(2026, 6, 11), "Pacific/Kiritimati", "2026-06-10T20:00"),
    ],
)
def test_ten_oclock_is_ten_oclock_whatever_the_clocks_do(day, zone, in_utc):
    at = datetime.fromisoformat(in_utc).replace(tzinfo=UTC)
    a_second = timedelta(seconds=1)
    assert rules.reminded_now(at, 10, zone) == (day + timedelta(days=1), at)
    assert rules.reminded_now(at - a_second, 10, zone) is None
    assert rules.next_look(at - a_second, 10, zone) == at


@pytest.mark.one_database
def test_no_zone_skips_or_repeats_an_hour_that_can_be_chosen():
    """Clocks are changed at night everywhere, so that the first hour and the last have one offset."""
    first, last = (time(hour) for hour in (rules.HOURS[0], rules.HOURS[-1]))
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for number in range(366):
            day = date(2026, 1, 1) + timedelta(days=number)
            offsets = {datetime.combine(day, hour, zone).utcoffset() for hour in (first, last)}
            assert len(offsets) == 1, (name, day)
