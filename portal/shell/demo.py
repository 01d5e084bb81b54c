"""The demo venue: The Green Room at Harbour Playhouse, described in demo.toml."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from portal.extensions import db
from portal.integration.checks import run as checks, switch
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from portal.shell import demo_house, onboarding
from portal.venues.models import Staff
from portal.widgets import rules
from portal.widgets.models import IntegrationChoice
from portal.widgets.setup import settings as widgets
from portal.widgets.setup.values import Settings

MANAGER_EMAIL = "priya@greenroom.example"
STAFF_EMAIL = "sam@greenroom.example"
PASSWORD = "curtain-up-7.30pm"  # noqa: S105 - printed by the demo, opens nothing else
CLIENT_NAME = "harbourplayhouse"
API_USER = "greenroom-api"
API_KEY = "SGFyYm91clBsYXlob3VzZURlbW9LZXkwMTIzNDU2Nzg5QUJDREVGR0g="

_WIDGET_NAME = "Booking page widget"
_DESCRIPTION = Path(__file__).with_name("demo.toml")


def seed_empty() -> bool:
    """Add a venue that has nothing but its people. Returns False when it is there already."""
    if _manager() is not None:
        db.session.rollback()
        return False
    described = onboarding.read(_DESCRIPTION)
    onboarding.add(onboarding.VenueFile(name=described.name, people=described.people), PASSWORD)
    return True


def seed(widget_id: str, sites: list[str], *, evenings: bool = False) -> bool:
    """Add the demo venue, connected to the sandbox and active. Returns False when it is there already.

    With `evenings` it gets a large room and three weeks of bookings, else the few tables of its description.
    """
    if _manager() is not None:
        db.session.rollback()
        return False
    onboarding.add(onboarding.read(_DESCRIPTION), PASSWORD)
    manager = _manager()
    if manager is None:
        raise LookupError("the demo's description lacks its manager")
    venue = manager.venue
    widgets.create(venue, _WIDGET_NAME, widget_id, manager.id)
    # The theatre is two minutes away, and its customers sign in on its own website.
    theatre = next(iter(rules.origins_of(sites)), "")
    settings = Settings(
        name=_WIDGET_NAME,
        integration=IntegrationChoice.SPEKTRIX,
        sites=sites,
        walk_minutes=2,
        sign_in_url=f"{theatre}/account/sign-in" if theatre else "",
    )
    widgets.save(venue, widget_id, settings, manager.id)
    integration.save_credentials(venue, Typed(CLIENT_NAME, API_USER, API_KEY), manager.id)
    switch.set_active(venue, True, manager.id)
    if evenings:
        demo_house.furnish(venue, manager.id)
    return True


def test_connection() -> None:
    """Test the demo's connection once, as a manager would after saving."""
    checks.run_all(db.session.scalars(select(Staff).where(Staff.email == MANAGER_EMAIL)).one().venue)


def _manager() -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.email == MANAGER_EMAIL))
