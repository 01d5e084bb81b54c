"""A believable house for the demo: forty tables, lunch, dinner and supper, and three weeks of bookings.

Everybody in it is invented. Bookings are taken as staff take them, so they hold tables under the same rules.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal import clock
from portal.availability import periods, reading, seating, tables
from portal.availability.models import DiningArea, DiningTable, OnlineRules, ServicePeriod, TableGroup
from portal.bookings import making, statuses
from portal.bookings.making import NewBooking
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.guests.service import Contact
from portal.outbox import letters
from portal.venues.models import Venue

DAYS = 21
_WEEKEND = (4, 5)
_FIRST = (
    "Amelia",
    "Björn",
    "Chidi",
    "Dolores",
    "Elif",
    "Farid",
    "Greta",
    "Hana",
    "Ivo",
    "Jamila",
    "Kofi",
    "Lucía",
    "Magnus",
    "Nadia",
    "Owen",
    "Priscilla",
    "Quentin",
    "Rosalind",
    "Søren",
    "Tamsin",
    "Ursula",
    "Viktor",
    "Winnie",
    "Xavier",
    "Yusuf",
    "Zofia",
)
_LAST = (
    "Ashdown",
    "Blackwood",
    "Castellano",
    "Dunmore",
    "Eriksen",
    "Fairweather",
    "Galloway",
    "Hartnell",
    "Ishikawa",
    "Jarvis",
    "Kaplinsky",
    "Lindqvist",
    "Marlowe",
    "Nakagawa",
    "Okonjo",
    "Pemberton",
    "Quill",
    "Rutherford",
    "Sandoval",
    "Thackeray",
    "Umarov",
    "Vantongeren",
    "Whitlock",
    "Yardley",
)
_NOTES = (
    "",
    "",
    "",
    "",
    "",
    "Window table if there is one",
    "Birthday, bringing a cake",
    "One guest eats no nuts",
)
_PARTIES = (2, 2, 2, 2, 3, 4, 4, 4, 5, 6, 8)
# How many bookings an evening has, Monday first.
_BUSY = (11, 14, 18, 22, 34, 36, 16)


def furnish(venue: Venue, staff_id: int) -> None:
    """Give the venue its rooms, its week and its bookings, served until now. A use case, so it commits."""
    _lay_out(venue)
    _set_the_week(venue)
    db.session.commit()
    today = clock.local_date(clock.utc_now(), venue.timezone)
    # The same bookings on the same day, so that two demos show the same diary.
    dice = random.Random(today.toordinal())  # noqa: S311 - nobody guesses a demo
    people = list(_people(dice))
    for offset in range(DAYS):
        _fill(venue, today + timedelta(days=offset), people, dice)
    # Nobody booked these just now; hundreds of letters would hide the one that somebody looks for.
    letters.forget(select(Booking.id).where(Booking.venue_id == venue.id))
    db.session.commit()
    _serve(venue, today, staff_id)


def _lay_out(venue: Venue) -> None:
    """Forty tables in three areas, the last of them for walk-ins, and three groups of joined tables."""
    there = {
        table.name
        for table in db.session.scalars(select(DiningTable).where(DiningTable.venue_id == venue.id))
    }
    rooms = (
        ("Dining room", False, [2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 8]),
        ("Balcony", False, [2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 6, 6]),
        ("Bar", True, [2, 2, 2, 2, 2, 2, 2, 2]),
    )
    number = 0
    for name, for_walk_ins, sizes in rooms:
        area = tables.add(venue, DiningArea, {"name": name, "for_walk_ins": for_walk_ins})
        for seats in sizes:
            number += 1
            called = f"T{number}"
            values = {"seats": seats, "area_id": area.id, "last_choice": seats == 8}
            if called in there:
                mine = DiningTable.venue_id == venue.id, DiningTable.name == called
                tables.change(venue, db.session.scalars(select(DiningTable).where(*mine)).one(), values)
            else:
                tables.add(venue, DiningTable, {"name": called} | values)
    for first, second in ((7, 8), (9, 10), (25, 26)):
        names = (f"T{first}", f"T{second}")
        mine = DiningTable.venue_id == venue.id, DiningTable.name.in_(names)
        ids = sorted(db.session.scalars(select(DiningTable.id).where(*mine)))
        values = {"name": " + ".join(names), "table_ids": ids, "smallest": 7, "largest": 10}
        tables.add(venue, TableGroup, values)


def _set_the_week(venue: Venue) -> None:
    """Lunch, dinner, and a supper after the show on Fridays and Saturdays."""
    for period in db.session.scalars(select(ServicePeriod).where(ServicePeriod.venue_id == venue.id)):
        period.stays = [[2, 90], [4, 105], [6, 120]]
        period.stay_minutes = 150
        period.covers = 120
        period.most_covers = 40
    supper = {"name": "Supper", "opens": time(22, 45), "last_seating": time(0, 15)}
    weekend = reading.weekday_bits(_WEEKEND)
    periods.add(venue, supper | {"weekdays": weekend, "stay_minutes": 75, "covers": 60})
    db.session.add(OnlineRules(venue_id=venue.id, notice_minutes=30, horizon_days=180))


def _people(dice: random.Random) -> Iterator[Contact]:
    """Yield invented people; the numbers are of the range that is kept for fiction."""
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    for number, name in enumerate(dice.sample(names, 160)):
        yield Contact(name, f"guest{number}@invented.example", f"07700 900{number:03d}")


def _fill(venue: Venue, day: date, people: list[Contact], dice: random.Random) -> None:
    """Book an evening: most before the curtain at half past seven, some during the show, a few after it."""
    show_at = clock.from_local(day, time(19, 30), venue.timezone)
    for guest in dice.sample(people, _BUSY[day.weekday()]):
        early = dice.random() < 0.7
        wall = (
            time(17 + dice.choice((0, 0, 1)), dice.choice((0, 15, 30, 45)))
            if early
            else time(20, dice.choice((0, 30)))
        )
        starts_at = clock.from_local(day, wall, venue.timezone)
        if starts_at is not None:
            _book(venue, starts_at, guest, show_at if early else None, dice)


def _book(
    venue: Venue, starts_at: datetime, guest: Contact, show_at: datetime | None, dice: random.Random
) -> None:
    new = NewBooking(
        starts_at=starts_at,
        party_size=dice.choice(_PARTIES),
        contact=guest,
        source=dice.choice((Source.PHONE, Source.PHONE, Source.EMAIL)),
        note=dice.choice(_NOTES),
        show_starts_at=show_at,
        any_time=True,
    )
    try:
        making.book(venue, new)
    except (seating.SlotTaken, seating.NotOffered):
        return


def _serve(venue: Venue, today: date, staff_id: int) -> None:
    """Let the day have gone on until now: parties have left or sit, one never came, the last one is due."""
    now = clock.utc_now()
    of_today = Booking.venue_id == venue.id, Booking.service_on == today
    begun = db.session.execute(
        select(Booking.id, Booking.ends_at)
        .where(*of_today, Booking.starts_at <= now)
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    for number, (booking_id, ends_at) in enumerate(begun[:-1]):
        if number == 1 and ends_at <= now:
            statuses.move(venue, booking_id, Status.NO_SHOW, staff_id)
            continue
        statuses.seat(venue, booking_id, staff_id)
        if ends_at <= now:
            statuses.move(venue, booking_id, Status.COMPLETED, staff_id)
