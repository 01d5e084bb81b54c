"""The demo venue: The Green Room at Harbour Playhouse."""

from __future__ import annotations

from datetime import time

from sqlalchemy import select

from portal import clock
from portal.availability.models import DiningTable, ServicePeriod
from portal.extensions import db
from portal.integration import service as integration
from portal.integration.service import Typed
from portal.venues import service as venues
from portal.venues.models import Role, Staff, Venue
from portal.venues.service import NewStaff
from portal.widgets.models import IntegrationChoice, Widget

MANAGER_EMAIL = "priya@greenroom.example"
STAFF_EMAIL = "sam@greenroom.example"
PASSWORD = "curtain-up-7.30pm"  # noqa: S105 - printed by the demo, opens nothing else
CLIENT_NAME = "harbourplayhouse"
API_USER = "greenroom-api"
API_KEY = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="

_TABLES = (("T1", 2), ("T2", 4), ("T3", 4), ("T4", 4), ("T5", 6), ("T6", 2), ("T7", 2), ("T8", 2), ("T9", 8))
_DINNER = (time(17, 0), time(22, 30))
_LUNCH = (time(12, 0), time(14, 30))
_SUNDAY = 6


def seed(widget_id: str, sites: list[str]) -> bool:
    """Add the demo venue, connected to the sandbox and active. Returns False when it is there already."""
    if db.session.scalar(select(Staff.id).where(Staff.email == MANAGER_EMAIL)):
        db.session.rollback()
        return False
    venue = Venue(
        name="The Green Room",
        theatre_name="Harbour Playhouse",
        phone="01632 960 123",
        reference_prefix="GR",
        created_at=clock.utc_now(),
    )
    db.session.add(venue)
    db.session.flush()
    manager = venues.add_staff(venue, NewStaff("Priya Shah", MANAGER_EMAIL, Role.MANAGER, PASSWORD))
    venues.add_staff(venue, NewStaff("Sam Doyle", STAFF_EMAIL, Role.STAFF, PASSWORD))
    _add_room(venue)
    _add_widget(venue, widget_id, sites)
    db.session.flush()
    integration.save_credentials(venue, Typed(CLIENT_NAME, API_USER, API_KEY), manager.id)
    integration.set_active(venue, True, manager.id)
    return True


def test_connection() -> None:
    """Test the demo's connection once, as a manager would after saving."""
    staff = db.session.scalars(select(Staff).where(Staff.email == MANAGER_EMAIL)).one()
    integration.test_connection(staff.venue)


def _add_room(venue: Venue) -> None:
    db.session.add_all(DiningTable(venue_id=venue.id, name=name, seats=seats) for name, seats in _TABLES)
    for weekday in range(7):
        _add_period(venue, "Dinner", weekday, *_DINNER)
        if weekday == _SUNDAY or weekday in (2, 5):
            _add_period(venue, "Lunch", weekday, *_LUNCH)


def _add_period(venue: Venue, name: str, weekday: int, opens: time, last_seating: time) -> None:
    db.session.add(
        ServicePeriod(
            venue_id=venue.id,
            name=name,
            weekday=weekday,
            opens=opens,
            last_seating=last_seating,
            slot_minutes=15,
            stay_minutes=105,
            covers=34,
        )
    )


def _add_widget(venue: Venue, widget_id: str, sites: list[str]) -> None:
    db.session.add(
        Widget(
            venue_id=venue.id,
            public_id=widget_id,
            name="Booking page widget",
            integration=IntegrationChoice.SPEKTRIX,
            sites=sites,
            created_at=clock.utc_now(),
        )
    )
