"""A busy venue to measure on: 40 tables, 90 days, bookings of 90 minutes, inserted in bulk.

With 20,000 bookings every table is taken for 83 % of the time from 12:00 to 22:00.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update
from sqlalchemy.orm import Session

from portal import clock
from portal.availability.models import (
    CapacityDay,
    DiningTable,
    HouseVersion,
    Seating,
    ServicePeriod,
    TableQuarter,
)
from portal.availability.room import quarters
from portal.bookings.models import Booking, Source, Status
from portal.guests.models import Guest
from portal.venues.models import Venue
from portal.widgets.models import IntegrationChoice, Widget

DAYS = 90
ZONE = "Europe/London"
WIDGET_ID = "w_bench"
_TABLE_SEATS = (2,) * 16 + (4,) * 14 + (6,) * 6 + (8,) * 4
_OPENS, _LAST_SEATING = time(12, 0), time(20, 30)
_QUARTERS_OPEN, _QUARTERS_STAYED = 40, 6
STAY = timedelta(minutes=90)
# Far above what the portal's own counters reach, so that bookings made later do not collide.
_FIRST_ID = 1_000_000
_GUESTS = 5_000


_A_DAY_OF_HISTORY = 200
_SEATED_THEN = """
INSERT INTO seatings (venue_id, service_on, service_period_id, joined_table_ids, table_name, starts_at,
                      ends_at, covers)
WITH RECURSIVE n(i) AS (SELECT CAST(:first AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :until)
SELECT :venue, {day}, :period, '', '', {begin}, {end}, 2 FROM n
"""
_LOCKED_THEN = """
INSERT INTO capacity_days (venue_id, service_on, version)
SELECT :venue, service_on, count(*) FROM seatings WHERE venue_id = :venue AND service_on < {today}
GROUP BY service_on
ON CONFLICT (venue_id, service_on) DO UPDATE SET version = excluded.version
"""
_WORDS_OF = {
    "sqlite": {
        "today": ":today",
        "day": "date(:today, '-' || (1 + i / :a_day) || ' days')",
        "begin": "date(:today, '-' || (1 + i / :a_day) || ' days') || ' 18:00:00.000000'",
        "end": "date(:today, '-' || (1 + i / :a_day) || ' days') || ' 19:30:00.000000'",
    },
    "postgresql": {
        "today": "CAST(:today AS date)",
        "day": "CAST(:today AS date) - 1 - i / :a_day",
        "begin": "(CAST(:today AS date) - 1 - i / :a_day + TIME '18:00') AT TIME ZONE 'UTC'",
        "end": "(CAST(:today AS date) - 1 - i / :a_day + TIME '19:30') AT TIME ZONE 'UTC'",
    },
}


@dataclass(frozen=True)
class Party:
    """One booking to insert."""

    day: date
    starts_at: datetime
    table_id: int
    size: int


def fill(engine: Engine, bookings: int) -> list[str]:
    """Add the venue and its bookings, at most 21,600, and return 200 paths that ask for its times."""
    today = clock.local_date(clock.utc_now(), ZONE)
    with Session(engine) as session:
        venue, period, tables = _add_venue(session)
        session.commit()
        ids = (venue.id, period.id)
        places = [(table.id, table.seats) for table in tables]
    dice = random.Random(20)  # noqa: S311 - the same venue every time, no secret
    parties = list(_parties(today, places, bookings, dice))
    with engine.begin() as connection:
        insert_parties(connection, ids, parties, _FIRST_ID)
    return [_path(today, number) for number in range(200)]


@contextmanager
def busy_day(engine: Engine, changes_per_second: int) -> Iterator[list[str]]:
    """Change the size of a party on one day over and over, and yield the paths that ask for its times."""
    day = clock.local_date(clock.utc_now(), ZONE) + timedelta(days=DAYS // 2)
    with engine.begin() as connection:
        venue_id = connection.scalars(select(Widget.venue_id).where(Widget.public_id == WIDGET_ID)).one()
        connection.execute(insert(CapacityDay).values(venue_id=venue_id, service_on=day, version=1))
    ended = Event()
    changer = Thread(target=_change, args=(engine, venue_id, day, 1 / changes_per_second, ended))
    changer.start()
    try:
        yield [f"/w/{WIDGET_ID}/slots?date={day.isoformat()}&party={size}" for size in range(1, 9)]
    finally:
        ended.set()
        changer.join()


def _change(engine: Engine, venue_id: int, day: date, pause: float, ended: Event) -> None:
    mine = (CapacityDay.venue_id == venue_id, CapacityDay.service_on == day)
    one_of_the_day = select(func.min(Seating.id)).where(
        Seating.venue_id == venue_id, Seating.service_on == day
    )
    with engine.connect() as connection:
        seating_id = connection.scalar(one_of_the_day)
    covers = 1
    while not ended.wait(pause):
        covers = 3 - covers
        with engine.begin() as connection:
            connection.execute(update(Seating).where(Seating.id == seating_id).values(covers=covers))
            connection.execute(update(CapacityDay).where(*mine).values(version=CapacityDay.version + 1))


def lengthen_history(engine: Engine, first: int, until: int) -> None:
    """Seat parties on the days before today, `first` up to `until` of them counted backwards.

    Written by the database itself, as a million go through no ORM.
    """
    words = _WORDS_OF[engine.dialect.name]
    with engine.begin() as connection:
        venue_id = connection.scalars(select(Widget.venue_id).where(Widget.public_id == WIDGET_ID)).one()
        mine = ServicePeriod.venue_id == venue_id
        values = {
            "venue": venue_id,
            "period": connection.scalars(select(ServicePeriod.id).where(mine)).one(),
            "today": f"{clock.local_date(clock.utc_now(), ZONE)}",
            "a_day": _A_DAY_OF_HISTORY,
            "first": first,
            "until": until,
        }
        for table in (_SEATED_THEN, _LOCKED_THEN):
            query = text(table.format(**words))
            connection.execute(query, {name: values[name] for name in query.compile().params})


def pages_of_days() -> list[str]:
    """Return the paths of the page on which a diner chooses a day, for each party."""
    return [f"/w/{WIDGET_ID}/dates?party={size}" for size in range(1, 9)]


def _path(today: date, number: int) -> str:
    day = today + timedelta(days=1 + number % (DAYS - 1))
    return f"/w/{WIDGET_ID}/slots?date={day.isoformat()}&party={1 + number % 8}"


def _add_venue(session: Session) -> tuple[Venue, ServicePeriod, list[DiningTable]]:
    venue = Venue(name="The Long Room", timezone=ZONE, reference_prefix="LR", created_at=clock.utc_now())
    session.add(venue)
    session.flush()
    tables = [
        DiningTable(venue_id=venue.id, name=f"T{number}", seats=seats)
        for number, seats in enumerate(_TABLE_SEATS, 1)
    ]
    period = _period(venue)
    # A venue whose people set it up has a version.
    session.add_all([*tables, period, _widget(venue), HouseVersion(venue_id=venue.id, version=1)])
    session.flush()
    return venue, period, tables


def _period(venue: Venue) -> ServicePeriod:
    return ServicePeriod(
        venue_id=venue.id,
        name="All day",
        opens=_OPENS,
        last_seating=_LAST_SEATING,
        slot_minutes=15,
        stay_minutes=90,
        covers=sum(_TABLE_SEATS),
    )


def _widget(venue: Venue) -> Widget:
    return Widget(
        venue_id=venue.id,
        public_id=WIDGET_ID,
        name="Bench",
        integration=IntegrationChoice.NONE,
        sites=[],
        days_ahead=DAYS,
        created_at=clock.utc_now(),
    )


def _parties(
    today: date, places: list[tuple[int, int]], bookings: int, dice: random.Random
) -> Iterator[Party]:
    """Yield `bookings` parties, as many each day, spread evenly over the tables, at random times."""
    for number in range(DAYS):
        day = today + timedelta(days=number)
        count = bookings // DAYS + (number < bookings % DAYS)
        for place, (table_id, seats) in enumerate(places):
            sittings = count // len(places) + (place < count % len(places))
            for starts_at in _starts(day, sittings, dice):
                yield Party(day, starts_at, table_id, dice.randint(max(1, seats - 1), seats))


def _starts(day: date, sittings: int, dice: random.Random) -> Iterator[datetime]:
    """Yield starts at one table, its idle quarter hours scattered between the sittings."""
    opens = clock.from_local(day, _OPENS, ZONE)
    if opens is None:
        raise AssertionError("no clock change skips noon")
    idle = _QUARTERS_OPEN - sittings * _QUARTERS_STAYED
    for sitting, gap in enumerate(sorted(dice.randint(0, idle) for _ in range(sittings))):
        yield opens + timedelta(minutes=15) * (gap + sitting * _QUARTERS_STAYED)


def insert_parties(
    connection: Connection, ids: tuple[int, int], parties: Sequence[Party], first_id: int
) -> None:
    """Insert bookings with all that hangs on them; `ids` are those of the venue and of its period."""
    numbered = list(enumerate(parties, first_id))
    venue_id, period_id = ids
    connection.execute(insert(Guest), [_guest(venue_id, first_id + number) for number in range(_GUESTS)])
    connection.execute(insert(Seating), [_seating(venue_id, period_id, *one) for one in numbered])
    connection.execute(insert(TableQuarter), [row for one in numbered for row in _quarters(*one)])
    guest_ids = [first_id + number % _GUESTS for number, _ in numbered]
    rows = [_booking(venue_id, guest_id, *one) for guest_id, one in zip(guest_ids, numbered, strict=True)]
    connection.execute(insert(Booking), rows)


def _guest(venue_id: int, number: int) -> dict[str, Any]:
    email = f"guest{number}@example.org"
    return {
        "id": number,
        "venue_id": venue_id,
        "name": f"Guest {number}",
        "email": email,
        "email_key": email,
        "created_at": clock.utc_now(),
    }


def _seating(venue_id: int, period_id: int, number: int, party: Party) -> dict[str, Any]:
    return {
        "id": number,
        "venue_id": venue_id,
        "service_on": party.day,
        "service_period_id": period_id,
        "dining_table_id": party.table_id,
        "starts_at": party.starts_at,
        "ends_at": party.starts_at + STAY,
        "covers": party.size,
    }


def _quarters(number: int, party: Party) -> Iterator[dict[str, Any]]:
    for quarter in quarters(party.starts_at, party.starts_at + STAY):
        yield {"dining_table_id": party.table_id, "starts_at": quarter, "seating_id": number}


def _booking(venue_id: int, guest_id: int, number: int, party: Party) -> dict[str, Any]:
    return {
        "id": number,
        "venue_id": venue_id,
        "guest_id": guest_id,
        "seating_id": number,
        "reference": f"LR-{number}",
        "public_token": f"bench-{number}",
        "status": Status.CONFIRMED,
        "source": Source.PHONE,
        "party_size": party.size,
        "service_on": party.day,
        "starts_at": party.starts_at,
        "ends_at": party.starts_at + STAY,
        "table_name": "",
        "booked_name": f"Guest {guest_id}",
        "created_at": clock.utc_now(),
    }
