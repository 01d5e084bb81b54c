"""The guest's first screen with settings that are not saved yet, on a made-up evening.

Everything but the times is as the venue's guests would see it. The times are the same on every day, so that a
manager sees how they are grouped even on a day off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from portal import clock
from portal.availability.hours import Slot
from portal.events.rules import Show
from portal.venues.models import Venue
from portal.widgets import around_show, rules
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import screens, slot_screens
from portal.widgets.frame.screens import PickScreen
from portal.widgets.frame.slot_screens import Message, Offer, Times
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.service import PublishedWidget
from portal.widgets.setup.values import Settings, apply
from portal.widgets.waiting import wanted_tables
from portal.widgets.waiting.wanted_tables import WantedTable

STATES = {
    "tickets": "Guest with tickets",
    "none": "No basket",
    "full": "Fully booked",
    "paused": "Paused",
}
SHOW_NAME = "The Winter’s Tale"
_CURTAIN = time(19, 30)
_RUNNING = timedelta(hours=2, minutes=35)
_FIRST_SLOT, _SLOTS, _APART = time(17, 0), 24, timedelta(minutes=15)
_STAY = timedelta(minutes=105)


@dataclass(frozen=True)
class Preview:
    """What the preview's template shows. `remark` says why a state looks as it does, "" where it is plain."""

    widget: Widget
    venue: Venue
    screen: PickScreen
    invites: bool
    remark: str


def state_of(text: str) -> str:
    """Return the state that an address asks for, the first one for anything else."""
    return text if text in STATES else next(iter(STATES))


def of(venue: Venue, widget: Widget, settings: Settings, state: str, now: datetime) -> Preview:
    """Return what a guest in `state` would be shown with these settings."""
    # No session knows this widget, so nothing of it can be saved.
    unsaved = Widget(venue_id=venue.id, public_id=widget.public_id)
    apply(unsaved, settings)
    published = PublishedWidget(unsaved, venue)
    reads_basket = settings.integration == IntegrationChoice.SPEKTRIX
    if reads_basket and state in {"tickets", "full"}:
        screen = _with_show(published, state, now)
    else:
        screen = _without_show(published, state, now)
    remark = ""
    if state == "paused":
        remark = "While Spektrix is paused, every guest sees this page without a show."
    elif not reads_basket and state == "tickets":
        remark = "Without an integration, guests with tickets see this page without a show too."
    return Preview(unsaved, venue, screen, reads_basket and state == "none", remark)


def _with_show(published: PublishedWidget, state: str, now: datetime) -> PickScreen:
    zone = published.venue.timezone
    today = clock.local_date(now, zone)
    curtain = _at(today, _CURTAIN, zone)
    performance = Show(0, SHOW_NAME, curtain, curtain + _RUNNING, False)
    show = around_show.guest_show(curtain, [performance], published.widget)
    screen = screens.pick(published, {"show": rules.instant_text(curtain)}, now)
    day, party_size = rules.day_text(screen.choice.day), screen.choice.party_size
    heading = f"Times for {rules.long_day_text(screen.choice.day)}"
    times = slot_screens.grouped(show, _slots(today, zone), zone, heading)
    if state == "full" or not times.before:
        first = times.later[0]
        title, text = f"{times.later_title}, {first.text}", f"{day}, {rules.guests_text(party_size)}"
        times = replace(
            times,
            before=(),
            during=(),
            trouble=Message(
                f"No tables for {party_size} before the show",
                f"{SHOW_NAME} starts at {times.curtain}. These are the closest times.",
            ),
            offers=[Offer(title, text, first.value, party_size)],
            other_times=times.later if state == "full" else [*times.during, *times.later],
            # Where the shortest meal leaves no time before the show, no table can come free.
            wait=_wait(screen, show) if times.before else None,
        )
    starts, end = around_show.clock_text(curtain, zone), around_show.end_text(show, zone)
    return replace(
        screen,
        show_title=SHOW_NAME,
        show_text=f"{rules.day_text(today)}, {starts}. Ends about {end}",
        notice=None,
        times=times,
    )


def _without_show(published: PublishedWidget, state: str, now: datetime) -> PickScreen:
    screen = screens.pick(published, {}, now)
    zone, day = published.venue.timezone, screen.choice.day
    heading = f"Times for {rules.long_day_text(day)}"
    if state == "full":
        title = f"No tables for {screen.choice.party_size} on {rules.day_text(day)}"
        full = Message(title, "Choose another date or fewer guests.")
        return replace(screen, times=Times(heading, trouble=full, wait=_wait(screen)))
    return replace(
        screen, times=Times(heading, start_buttons=slot_screens.start_buttons(_slots(day, zone), zone))
    )


def _wait(screen: PickScreen, show: GuestShow | None = None) -> WantedTable | None:
    wanted = WantedTable(screen.choice.day, screen.choice.party_size, show)
    return wanted if wanted_tables.can_email() else None


def _slots(day: date, zone: str) -> list[Slot]:
    first = _at(day, _FIRST_SLOT, zone)
    starts = [first + number * _APART for number in range(_SLOTS)]
    return [Slot(start, start + _STAY, 0, "", day) for start in starts]


def _at(day: date, wall: time, zone: str) -> datetime:
    instant = clock.from_local(day, wall, zone)
    # Clocks skip hours at night only, and these are hours of the evening.
    assert instant, f"{zone} has no {wall} on {day}"  # noqa: S101
    return instant
