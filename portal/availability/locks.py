"""The two locks of a venue: of its house, and of each service day.

Their rows hold a version too, since whoever holds one alone is about to change what it guards. Everybody
locks the house first, and the earlier day before the later one, so that two transactions never wait for each
other. On SQLite whoever may write is alone already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.availability import day_cache, reading
from portal.availability.hours import Hours, days_sharing_the_room
from portal.availability.models import CapacityDay, HouseVersion
from portal.database import is_lock_time_out
from portal.extensions import db
from portal.venues.models import Venue

LOCK_TIMEOUT = "3s"


class BusyNow(Exception):
    """The day's lock did not come free in time. Nothing was changed; trying again is right."""


def keep_house(venue: Venue) -> int | None:
    """Let nobody change hours, tables or special days until the transaction ends; return their version.

    What is decided by them has to be true still when it is saved, and whoever changes them has to see it
    then. Those who book do not wait for each other here.
    """
    _limit_waiting()
    # SQLite leaves out the words that lock.
    version: int | None = db.session.connection().execute(_KEPT_HOUSE, {"venue_id": venue.id}).scalar()
    return version


_KEPT_HOUSE = (
    select(HouseVersion.version)
    .where(HouseVersion.venue_id == bindparam("venue_id"))
    .with_for_update(read=True)
)


def hold_house(session: Session, venue_ids: Sequence[int]) -> None:
    """Let nobody book by a house, or change it, until the transaction ends; whoever began is waited for."""
    mine = HouseVersion.venue_id.in_(venue_ids)
    held = select(HouseVersion.version).where(mine).order_by(HouseVersion.venue_id).with_for_update()
    session.connection().execute(held)


def lock_around(venue: Venue, service_on: date) -> None:
    """Hold a service day, and those whose parties share its room, until the transaction ends."""
    house = day_cache.kept_house(venue, keep_house(venue))
    hours = reading.hours(house, service_on, service_on)
    lock_days(venue, hours, {service_on})


def lock_day(venue: Venue, service_on: date) -> None:
    """Hold a service day until the transaction ends, and count one more change of it.

    One statement locks the row and moves its version. What is read afterwards is read under the lock, since
    PostgreSQL runs READ COMMITTED here and SQLite began IMMEDIATE.
    """
    day_cache.note_change()
    _limit_waiting()
    one_more = _one_more(db.session.get_bind().dialect.name)
    db.session.connection().execute(one_more, {"venue_id": venue.id, "service_on": service_on, "version": 1})


@cache
def _one_more(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Return the statement that locks a day; made once, since making it costs more than running it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(CapacityDay).on_conflict_do_update(
        index_elements=["venue_id", "service_on"], set_={"version": CapacityDay.version + 1}
    )


def lock_days(venue: Venue, hours: Hours, services_on: set[date]) -> None:
    """Hold every day whose parties share the room with these services."""
    for day in sorted(
        {day for on in services_on for day in days_sharing_the_room(hours, on, venue.timezone)}
    ):
        lock_day(venue, day)


@contextmanager
def naming_lock_time_outs() -> Iterator[None]:
    """Turn the drivers' ways of saying "somebody else holds it" into BusyNow."""
    try:
        yield
    except OperationalError as error:
        if is_lock_time_out(error):
            raise BusyNow from error
        raise


def _limit_waiting() -> None:
    """Let the locks of this transaction be waited for no longer than that; said once."""
    if db.session.get_bind().dialect.name != "postgresql":
        return
    limited = db.session.info.get("waiting_limited")
    if limited is None or limited is not db.session().get_transaction():
        db.session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        db.session.info["waiting_limited"] = db.session().get_transaction()
