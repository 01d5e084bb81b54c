"""What a published widget offers to guests: its bounds, its times, its basket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal import clock, config
from portal.availability import service as availability
from portal.availability.hours import Slot
from portal.events import service as events
from portal.extensions import db
from portal.integration.connection import domains
from portal.integration.connection.models import Integration
from portal.integration.connection.queries import integration_of
from portal.scoping import NotHere
from portal.venues import slugs
from portal.venues.models import Venue
from portal.widgets import around_show, rules
from portal.widgets.around_show import GuestShow
from portal.widgets.models import IntegrationChoice, OpeningReason, Widget
from portal.widgets.rules import Bounds, Choice

_DAYS_LOOKED_AT = 3
_DAYS_AROUND = 8
_SMALLER_PARTIES = 4
_OTHER_DAYS = 3
# Built once: every public request begins with this query, and building it costs more than running it.
_PUBLISHED = (
    select(Widget, Venue)
    .join(Venue, Venue.id == Widget.venue_id)
    .where(Widget.public_id == bindparam("public_id"))
)
_ACTIVE = select(Integration.active).where(Integration.venue_id == bindparam("venue_id"))


@dataclass(frozen=True)
class PublishedWidget:
    """A widget that guests can open, and its venue."""

    widget: Widget
    venue: Venue


@dataclass(frozen=True)
class Alternative:
    """A time to offer where there is none as asked."""

    slot: Slot
    party_size: int


class Withdrawn(NotHere):
    """A widget that was deleted. `published` still names the venue, which can be called instead."""

    def __init__(self, published: PublishedWidget) -> None:
        self.published = published
        super().__init__(published.widget.public_id)


class Moved(NotHere):
    """A venue has another address by now, which ends in `slug`."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(slug)


class NoWidget(NotHere):
    """A venue that has no widget any more, or none yet."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        super().__init__(venue.slug)


def find_published(public_id: str, session: Session | None = None) -> PublishedWidget:
    """Return a widget and its venue, in one query. Raises NotHere, or Withdrawn, which is one too."""
    if not rules.is_public_id(public_id):
        raise NotHere(public_id)
    row = (session or db.session).execute(_PUBLISHED, {"public_id": public_id}).first()
    if row is None:
        raise NotHere(public_id)
    published = PublishedWidget(row.Widget, row.Venue)
    if published.widget.deleted_at:
        raise Withdrawn(published)
    return published


def find_by_venue(slug: str) -> PublishedWidget:
    """Return the oldest widget of a venue, its own booking page. Raises NotHere, Moved or NoWidget."""
    if not rules.is_slug(slug):
        raise NotHere(slug)
    venue = db.session.scalar(select(Venue).where(Venue.slug == slug.lower()))
    if venue is None:
        if new := slugs.moved_to(slug.lower()):
            raise Moved(new)
        raise NotHere(slug)
    widget = db.session.scalar(
        select(Widget)
        .where(Widget.venue_id == venue.id, Widget.deleted_at.is_(None))
        .order_by(Widget.id)
        .limit(1)
    )
    if widget is None:
        raise NoWidget(venue)
    return PublishedWidget(widget, venue)


def bounds(published: PublishedWidget, now: datetime) -> Bounds:
    """Return what the widget offers at the moment `now`."""
    today = clock.local_date(now, published.venue.timezone)
    return rules.bounds(today, published.widget.days_ahead, published.widget.largest_party)


def basket_source(published: PublishedWidget) -> Integration | None:
    """Return the integration whose baskets this widget reads: chosen here, and active."""
    if published.widget.integration != IntegrationChoice.SPEKTRIX:
        return None
    integration = integration_of(published.venue.id)
    return integration if integration and integration.active else None


def reads_baskets(published: PublishedWidget) -> bool:
    """Tell whether this widget reads baskets, for those who need no more of the integration."""
    if published.widget.integration != IntegrationChoice.SPEKTRIX:
        return False
    asked = {"venue_id": published.venue.id}
    return bool(db.session.connection().execute(_ACTIVE, asked).scalar())


def basket_url(published: PublishedWidget) -> str | None:
    """Return the address at which the host page may ask for the visitor's basket, or None."""
    integration = basket_source(published)
    if integration is None:
        return None
    domain = integration.custom_domain
    base = domains.base_url(domain) if domain else config.current().spektrix_url
    return rules.basket_url(base, integration.client_name)


def usual_host() -> str:
    """Return Spektrix's own host, at which its components on a page ask unless they name another."""
    return urlsplit(config.current().spektrix_url).netloc.lower()


def instead_of_basket(published: PublishedWidget) -> OpeningReason | None:
    """Return why no basket is read, None where one is."""
    if basket_source(published):
        return None
    chosen = published.widget.integration == IntegrationChoice.SPEKTRIX
    return OpeningReason.PAUSED if chosen else OpeningReason.OFF


def times(published: PublishedWidget, choice: Choice, now: datetime) -> list[Slot]:
    """Return the venue's ordinary slots for a choice; no show and no integration changes them (R44)."""
    own = choice.own
    if own is None:
        return availability.slots(published.venue, choice.day, choice.party_size, now)
    day = availability.day_without(published.venue, own.seating_id, None, choice.day)
    found = {slot.starts_at: slot for slot in day.open_slots(choice.party_size, now)}
    if choice.is_own:
        # Nothing would change.
        found.pop(own.slot.starts_at, None)
    elif (
        choice.day == own.slot.service_on and choice.party_size < own.party_size and own.slot.starts_at > now
    ):
        # Whoever asks for less keeps their time, whatever the rules for new bookings say by now.
        found.setdefault(own.slot.starts_at, own.slot)
    return [found[start] for start in sorted(found)]


def times_until(published: PublishedWidget, choice: Choice, now: datetime) -> tuple[list[Slot], datetime]:
    """Return `times`, and until when they stand, at the cost of one."""
    return availability.slots_until(published.venue, choice.day, choice.party_size, now)


def stands_until(published: PublishedWidget, choice: Choice, now: datetime) -> datetime:
    """Return the next moment at which the clock alone may change `times`, or the days the widget offers."""
    return availability.stands_until(published.venue, choice.day, choice.party_size, now)


def open_days(published: PublishedWidget, within: Bounds) -> list[date]:
    """Return the days on which the venue serves, within the widget's bounds."""
    return availability.open_days(published.venue, within.today, (within.last_day - within.today).days + 1)


def serves_on(published: PublishedWidget, day: date) -> bool:
    """Tell whether the venue serves on a day, full or not."""
    return bool(availability.open_days(published.venue, day, 1))


def usual_day(
    published: PublishedWidget, days: Sequence[date], party_size: int, now: datetime
) -> date | None:
    """Return the day to start from: the first with a time left, else the first that is open."""
    for day in days[:_DAYS_LOOKED_AT]:
        if availability.slots(published.venue, day, party_size, now):
            return day
    return days[0] if days else None


def guest_show(published: PublishedWidget, show_at: datetime | None) -> GuestShow | None:
    """Return what is known of the show that starts then; one query, and none without a show."""
    if show_at is None:
        return None
    return around_show.guest_show(show_at, events.shows_at(published.venue.id, show_at), published.widget)


def performance_start(published: PublishedWidget, text: str) -> datetime | None:
    """Return when a performance starts, by the id that a website's page gives; None where it is not known."""
    show = events.show_by_instance(published.venue.id, text)
    return show.starts_at if show else None


def alternatives(
    published: PublishedWidget, choice: Choice, show: GuestShow | None, within: Bounds, now: datetime
) -> list[Alternative]:
    """Return the closest times to a choice that has none: a smaller party that day, then the nearest days.

    With a show that evening, a smaller party means one that still eats before it, and one other day will do.
    """
    found = []
    smallest = max(choice.party_size - _SMALLER_PARTIES, 1)
    for party_size in range(choice.party_size - 1, smallest - 1, -1):
        slots = times(published, replace(choice, party_size=party_size), now)
        if show:
            slots = list(around_show.group_slots(slots, show).before)[::-1]
        if slots:
            found.append(Alternative(slots[0], party_size))
            break
    on_other_days: list[Alternative] = []
    other_days = [day for day in open_days(published, within) if day != choice.day]
    for day in sorted(other_days, key=lambda day: abs(day - choice.day))[:_DAYS_AROUND]:
        slots = times(published, replace(choice, day=day), now)
        if slots:
            # At about the hour at which the party would have come for its show.
            wish = show.last_before + (day - choice.day) if show else slots[0].starts_at
            closest = min(slots, key=lambda slot: abs(slot.starts_at - wish))
            on_other_days.append(Alternative(closest, choice.party_size))
        if len(on_other_days) == (1 if show else _OTHER_DAYS):
            break
    return found + sorted(on_other_days, key=lambda each: each.slot.starts_at)
