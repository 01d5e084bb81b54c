"""The booking window with settings that nobody saved yet: the diner's own screen on a made-up evening.

Everything but the times is as the venue's guests would get it; the times are the same on every day, so that a
manager sees the grouping even on a day off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from portal import clock
from portal.availability.rules import Slot
from portal.events.rules import Show
from portal.venues.models import Venue
from portal.widgets import around_show, rules
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import screens
from portal.widgets.frame.screens import Pick
from portal.widgets.frame.slot_screens import Message, Offer, Start, Times
from portal.widgets.models import IntegrationChoice, Widget
from portal.widgets.service import PublishedWidget
from portal.widgets.setup.values import Settings, put
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
class Scene:
    """What the preview's template shows. `remark` says why a state looks as it does, "" where it is plain."""

    widget: Widget
    venue: Venue
    screen: Pick
    invites: bool
    remark: str


def state_of(text: str) -> str:
    """Return the state that an address asks for, the first one for anything else."""
    return text if text in STATES else next(iter(STATES))


def scene(venue: Venue, widget: Widget, settings: Settings, state: str, now: datetime) -> Scene:
    """Return what a guest in `state` would be shown with these settings."""
    published = PublishedWidget(_unsaved(venue, widget, settings), venue)
    reads = settings.integration == IntegrationChoice.SPEKTRIX
    with_show = reads and state in {"tickets", "full"}
    screen = _with_show(published, state, now) if with_show else _without(published, state, now)
    return Scene(published.widget, venue, screen, reads and state == "none", _remark(reads, state))


def _unsaved(venue: Venue, widget: Widget, settings: Settings) -> Widget:
    """Return a widget that no session knows, so that nothing of it can be saved."""
    shown = Widget(venue_id=venue.id, public_id=widget.public_id)
    put(shown, settings)
    return shown


def _remark(reads: bool, state: str) -> str:
    if state == "paused":
        return "While Spektrix is paused, every guest gets the plain picker."
    if not reads and state == "tickets":
        return "With no integration, guests with tickets get the plain picker too."
    return ""


def _with_show(published: PublishedWidget, state: str, now: datetime) -> Pick:
    zone = published.venue.timezone
    today = clock.local_date(now, zone)
    curtain = _at(today, _CURTAIN, zone)
    show = around_show.guest_show(
        curtain, [Show(0, SHOW_NAME, curtain, curtain + _RUNNING, False)], published.widget
    )
    drawn = screens.pick(published, {"show": rules.instant_text(curtain)}, now)
    text = f"{rules.day_text(today)}, {around_show.clock_text(curtain, zone)}"
    return replace(
        drawn,
        show_title=SHOW_NAME,
        show_text=f"{text}. Ends about {around_show.end_text(show, zone)}",
        notice=None,
        times=_parted(drawn, show, zone, _slots(today, zone), is_full=state == "full"),
    )


def _without(published: PublishedWidget, state: str, now: datetime) -> Pick:
    drawn = screens.pick(published, {}, now)
    zone, day = published.venue.timezone, drawn.choice.day
    heading = f"Times for {rules.long_day_text(day)}"
    if state == "full":
        title = f"No tables for {drawn.choice.party_size} on {rules.day_text(day)}"
        full = Message(title, "Choose another date or fewer guests.")
        return replace(drawn, times=Times(heading, trouble=full, wait=_wait(drawn)))
    return replace(drawn, times=Times(heading, starts=_starts(_slots(day, zone), zone)))


def _parted(drawn: Pick, show: GuestShow, zone: str, slots: Sequence[Slot], *, is_full: bool) -> Times:
    parted = around_show.group_slots(slots, show)
    found = Times(
        f"Times for {rules.long_day_text(drawn.choice.day)}",
        curtain=around_show.clock_text(show.starts_at, zone),
        before=[_start(slot, zone, around_show.time_to_eat(slot, show)) for slot in parted.before],
        during=_starts(parted.during, zone),
        later=_starts(parted.later, zone),
        band=around_show.walk_text(show, zone),
        later_lead=around_show.after_show_text(show, parted.later, zone),
    )
    if found.before and not is_full:
        return found
    title = f"No tables for {drawn.choice.party_size} before the show"
    text = f"{show.name} starts at {found.curtain}. These are the closest."
    first = found.later[0]
    guests = f"{rules.day_text(drawn.choice.day)}, {rules.guests_text(drawn.choice.party_size)}"
    after = Offer(f"{found.later_title}, {first.text}", guests, first.value, drawn.choice.party_size)
    left = found.later if is_full else [*found.during, *found.later]
    # Where the shortest meal leaves no time before the show, not even a free table would do.
    wait = _wait(drawn, show) if found.before else None
    return replace(
        found, before=(), during=(), trouble=Message(title, text), offers=[after], rest=left, wait=wait
    )


def _wait(drawn: Pick, show: GuestShow | None = None) -> WantedTable | None:
    return WantedTable(drawn.choice.day, drawn.choice.party_size, show) if wanted_tables.can_email() else None


def _slots(day: date, zone: str) -> list[Slot]:
    first = _at(day, _FIRST_SLOT, zone)
    starts = [first + number * _APART for number in range(_SLOTS)]
    return [Slot(start, start + _STAY, 0, "", day) for start in starts]


def _at(day: date, wall: time, zone: str) -> datetime:
    """An hour that the clocks skip is in no zone's evening; the day's first instant would do for it."""
    instant = clock.from_local(day, wall, zone)
    if instant is None:
        raise AssertionError(f"{zone} has no {wall} on {day}")
    return instant


def _starts(slots: Sequence[Slot], zone: str) -> list[Start]:
    return [_start(slot, zone) for slot in slots]


def _start(slot: Slot, zone: str, note: str = "") -> Start:
    return Start(rules.instant_text(slot.starts_at), around_show.clock_text(slot.starts_at, zone), note)
