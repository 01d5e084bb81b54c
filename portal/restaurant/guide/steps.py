"""What a new venue has set up so far, and what comes next. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from portal.availability import periods, special_days
from portal.availability.models import DiningTable, ServicePeriod
from portal.extensions import db
from portal.integration.connection.queries import integration_of
from portal.restaurant.days import local_today
from portal.restaurant.forms import notice_text
from portal.restaurant.guide.rules import Served, counted, hours_text
from portal.venues.models import Venue
from portal.widgets.setup import settings as widgets


@dataclass(frozen=True)
class Step:
    """One step of the guide.

    Args:
        title: what it is about.
        about: what it is for, in a sentence.
        button: what its button says while it is the next.
        endpoint: the page on which it is done.
        result: what was set up, in words; "" while nothing is.
        is_optional: whether the restaurant takes bookings as well without it.
        opens_booking: whether no guest can book before it is done.
    """

    title: str
    about: str
    button: str
    endpoint: str
    result: str
    is_optional: bool = False
    opens_booking: bool = False

    @property
    def is_done(self) -> bool:
        return bool(self.result)


def steps(venue: Venue) -> list[Step]:
    """Return the steps of the guide, in order."""
    return [
        Step(
            "Your restaurant",
            "How diners reach you, and what they read before they book.",
            "Add your details",
            "restaurant.details",
            _restaurant(venue),
        ),
        Step(
            "Opening hours",
            "When you serve, and how many people.",
            "Set opening hours",
            "restaurant.hours",
            _hours(venue),
            opens_booking=True,
        ),
        Step("Tables", "How many people sit where.", "Add tables", "restaurant.tables_page", _tables(venue)),
        Step(
            "Special days",
            "Bank holidays, other hours on one day, tables hired out.",
            "Add a special day",
            "restaurant.special_days",
            _special_days(venue),
            is_optional=True,
        ),
        Step(
            "Online booking",
            "How far ahead diners book, how late, and for how many.",
            "Set the rules",
            "restaurant.online",
            _online(venue),
            is_optional=True,
        ),
        Step(
            "Widget",
            "The booking window for your website, and a booking page of your own.",
            "Add a widget",
            "widgets.overview",
            _widget(venue),
            opens_booking=True,
        ),
        Step(
            "Spektrix",
            "Guests with tickets find your tables on the day of their show.",
            "Connect Spektrix",
            "integration.spektrix",
            _spektrix(venue),
            is_optional=True,
        ),
    ]


def next_step(found: Sequence[Step]) -> Step | None:
    """Return the first step that has to be done and is not."""
    return next((step for step in found if not step.is_done and not step.is_optional), None)


def guests_can_book(found: Sequence[Step]) -> bool:
    """Tell whether the booking page offers tables, whatever else is still to do."""
    return all(step.is_done for step in found if step.opens_booking)


def _restaurant(venue: Venue) -> str:
    reached = venue.phone or venue.email
    return f"{venue.name}, {reached}" if reached else ""


def _hours(venue: Venue) -> str:
    today = local_today(venue)
    columns = (
        ServicePeriod.name,
        ServicePeriod.weekdays,
        ServicePeriod.opens,
        ServicePeriod.last_seating,
        ServicePeriod.valid_from,
    )
    wanted = (
        select(*columns)
        .where(
            ServicePeriod.venue_id == venue.id,
            ServicePeriod.special_on.is_(None),
            or_(ServicePeriod.valid_until.is_(None), ServicePeriod.valid_until >= today),
        )
        .order_by(ServicePeriod.opens, ServicePeriod.id)
    )
    return hours_text([Served(*row) for row in db.session.execute(wanted)], today)


def _tables(venue: Venue) -> str:
    counts = select(func.count(), func.sum(DiningTable.seats)).where(DiningTable.venue_id == venue.id)
    tables, seats = db.session.execute(counts).one()
    return f"{counted(tables, 'table', 'tables')}, {counted(seats, 'seat', 'seats')}" if tables else ""


def _special_days(venue: Venue) -> str:
    coming = special_days.next_ones(venue, local_today(venue), most=1)
    return f"The next is on {coming[0].service_on:%-d %B %Y}" if coming else ""


def _online(venue: Venue) -> str:
    rules = periods.online_rules(venue)
    said = []
    if rules.horizon_days is not None:
        said.append(f"Up to {counted(rules.horizon_days, 'day', 'days')} ahead")
    if rules.notice_minutes:
        said.append(f"notice of {notice_text(rules.notice_minutes).lower()}")
    if rules.largest_online is not None:
        said.append(f"parties of up to {rules.largest_online}")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def _widget(venue: Venue) -> str:
    first = next(iter(widgets.widgets_of(venue)), None)
    if first is None:
        return ""
    return f"{first.name}, on {first.sites[0]}" if first.sites else f"{first.name}, on your booking page"


def _spektrix(venue: Venue) -> str:
    integration = integration_of(venue.id)
    return f"Connected to {integration.client_name}" if integration else ""
