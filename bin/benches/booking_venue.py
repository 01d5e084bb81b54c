"""Two venues to book at: one with tables free at every time, and one that seats four parties at a time.

The second counts covers alone. Where there are tables a key in the database keeps two parties apart even
without the lock, so a rush there would prove nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select

from benches.venue import DAYS, ZONE, Party, insert_parties
from portal import clock
from portal.availability.models import DiningTable, Seating, ServicePeriod
from portal.extensions import db
from portal.integration.connection.models import Integration
from portal.venues.models import Venue
from portal.widgets import rules
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.public import tokens

PLACES = 4
_PARTY = 2
# Of these tables, as many as stand behind have their parties already.
_TABLES, _TAKEN = 60, 20
_STARTS = (time(12), time(13, 30), time(15), time(16, 30), time(18))
_FIRST_ID = 5_000_000
# A widget takes 1,200 bookings a minute, and all of them together are to take more.
_WIDGETS = 40
_number = count(1)


@dataclass(frozen=True)
class BookedVenue:
    """A venue and its widgets' public ids."""

    id: int
    widgets: Sequence[str]


def roomy(app: Flask) -> BookedVenue:
    """Add the venue with free tables, a third of them taken at every start."""
    with app.app_context():
        made, period_id = _add("The Long Bar", "lb", covers=1_000)
        tables = [DiningTable(venue_id=made.id, name=f"T{number}", seats=2) for number in range(_TABLES)]
        db.session.add_all(tables)
        db.session.flush()
        taken = [table.id for table in tables[-_TAKEN:]]
        parties = [
            Party(day, _at(day, wall), table_id, _PARTY)
            for day in _days()
            for wall in _STARTS
            for table_id in taken
        ]
        insert_parties(db.session.connection(), (made.id, period_id), parties, _FIRST_ID)
        db.session.commit()
    return made


def small(app: Flask) -> BookedVenue:
    """Add the venue that seats `PLACES` parties at a time."""
    with app.app_context():
        made, _ = _add("Four at a Time", "ft", covers=PLACES * _PARTY)
        db.session.commit()
    return made


def forms_anywhere(app: Flask, venue: BookedVenue) -> Iterator[str]:
    """Yield the forms of one guest after the other, each another day, as long as there are places."""
    free = [(day, wall) for wall in _STARTS for _ in range(_TABLES - _TAKEN) for day in _days()]
    for day, wall in free:
        yield _form(app, venue, _at(day, wall))


def forms_for(app: Flask, venue: BookedVenue, day: date, guests: int) -> list[str]:
    """Return the forms of so many guests who all want one time."""
    return [_form(app, venue, _at(day, _STARTS[0])) for _ in range(guests)]


def booked(app: Flask, venue: BookedVenue, day: date) -> int:
    """Return how many of these parties sit at the venue on a day."""
    of_day = Seating.venue_id == venue.id, Seating.service_on == day
    with app.app_context():
        return (
            int(db.session.scalar(select(func.coalesce(func.sum(Seating.covers), 0)).where(*of_day)) or 0)
            // _PARTY
        )


def day_of_rush(number: int) -> date:
    """Return a day that no other rush of the venue has."""
    return _days()[number]


def _days() -> list[date]:
    today = clock.local_date(clock.utc_now(), ZONE)
    return [today + timedelta(days=number) for number in range(1, DAYS)]


def _at(day: date, wall: time) -> datetime:
    instant = clock.from_local(day, wall, ZONE)
    if instant is None:
        raise AssertionError("no clock change skips an afternoon")
    return instant


def _add(name: str, prefix: str, covers: int) -> tuple[BookedVenue, int]:
    now = clock.utc_now()
    venue = Venue(name=name, timezone=ZONE, reference_prefix=prefix.upper(), created_at=now)
    db.session.add(venue)
    db.session.flush()
    period = ServicePeriod(
        venue_id=venue.id,
        name="All day",
        opens=_STARTS[0],
        last_seating=time(20),
        stay_minutes=90,
        covers=covers,
    )
    connected = Integration(
        venue_id=venue.id,
        client_name=f"bench{prefix}",
        api_user="bench",
        api_key="bench",
        key_last_four="ench",
        key_saved_at=now,
        credentials_saved_at=now,
        active=True,
    )
    widgets = [
        Widget(
            venue_id=venue.id,
            public_id=f"w_{prefix}_{number}",
            name="Bench",
            integration=IntegrationChoice.SPEKTRIX,
            days_ahead=DAYS,
            created_at=now,
        )
        for number in range(_WIDGETS)
    ]
    db.session.add_all([period, connected, *widgets])
    db.session.flush()
    return BookedVenue(venue.id, [widget.public_id for widget in widgets]), period.id


def _form(app: Flask, venue: BookedVenue, starts_at: datetime) -> str:
    """Return what a guest's browser sends: the path, a space, and the form."""
    number = next(_number)
    public_id = venue.widgets[number % len(venue.widgets)]
    with app.app_context():
        token = tokens.issue(public_id)
    fields = {
        "name": f"Bench Diner{number}",
        "email": f"diner{number}@example.org",
        "phone": f"07700 {number:06d}",
        "note": "By the window, if there is one",
        "starts_at": rules.instant_text(starts_at),
        "party_size": str(_PARTY),
        "basket_id": f"basket-{number:020d}",
        "form_token": token.text,
        "idempotency_key": token.key,
    }
    return f"/w/{public_id}/bookings {urlencode(fields)}"
