"""What a guest sees who changes their own booking, worked out before any template is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from wtforms import SelectChoice

from portal.bookings.models import Booking
from portal.widgets import around_show, rules, service
from portal.widgets.frame import changing, screens, slot_screens
from portal.widgets.frame.changing import Wanted
from portal.widgets.frame.screens import ChosenTime, OwnBookingScreen
from portal.widgets.frame.slot_screens import Times
from portal.widgets.public.forms import PickForm
from portal.widgets.rules import Bounds, Choice, NotUsable
from portal.widgets.service import PublishedWidget


@dataclass(frozen=True)
class ChangeScreen:
    """The times that a guest can have instead of their own, for a day and a party."""

    own: OwnBookingScreen
    times: Times
    form: PickForm
    show_title: str = ""
    show_text: str = ""


@dataclass(frozen=True)
class CheckScreen:
    """What a guest has, what they want instead, and what they lose by it."""

    own: OwnBookingScreen
    wanted: ChosenTime
    starts_at: str
    seen: int
    lost_show: str


def change(
    published: PublishedWidget, booking: Booking, asked: Mapping[str, str], now: datetime
) -> ChangeScreen:
    """Return the times of the day and for the party that are asked for, those of the booking otherwise."""
    zone, within = published.venue.timezone, service.bounds(published, now)
    day = rules.day_of(asked.get("date", "")) or booking.service_on
    if not within.contains(day):
        day = min(max(day, within.today), within.last_day)
    party_size = min(booking.party_size, within.largest_party + 1)
    with suppress(NotUsable):
        party_size = rules.read_any_party(asked.get("party", ""), within)
    own = changing.own_table(booking)
    choice = Choice(day, party_size, booking.show_starts_at, own)
    show = service.guest_show(published, booking.show_starts_at)
    times = slot_screens.times(published, choice, show, within, now)
    times = slot_screens.with_note(times, published, day)
    if choice.is_own and times.trouble and times.trouble.title.startswith("No tables"):
        title = f"No other times for {party_size} on {rules.day_text(day)}"
        times = replace(times, trouble=replace(times.trouble, title=title), announcement=title)
    show_text = ""
    if show and not show.cancelled:
        end = around_show.end_text(show, zone)
        show_text = screens.day_and_time(show.starts_at, zone) + (f". Ends about {end}" if end else "")
    return ChangeScreen(
        own=screens.own_booking(published, booking, now),
        # The party is chosen from all sizes, and nobody waits for a table who has one.
        times=replace(times, party_form=None, wait=None),
        form=_form(published, choice, within),
        show_title=(show.name if show else "") or "Your show",
        show_text=show_text,
    )


def check(published: PublishedWidget, booking: Booking, wanted: Wanted, now: datetime) -> CheckScreen:
    """Return what is asked before a booking is changed."""
    zone, show_at = published.venue.timezone, booking.show_starts_at
    lost = ""
    if show_at and not changing.keeps_show(booking, wanted.starts_at, zone):
        lost = screens.day_and_time(show_at, zone)
    return CheckScreen(
        own=screens.own_booking(published, booking, now),
        wanted=screens.chosen_time(published, wanted.starts_at, wanted.party_size, show_at),
        starts_at=rules.instant_text(wanted.starts_at),
        seen=wanted.seen,
        lost_show=lost,
    )


def _form(published: PublishedWidget, choice: Choice, within: Bounds) -> PickForm:
    form = PickForm(date=choice.day.isoformat(), party=str(choice.party_size))
    days = sorted({*service.open_days(published, within), choice.day})
    form.date.choices = [SelectChoice(day.isoformat(), rules.short_day_text(day)) for day in days]
    form.party.choices = slot_screens.sizes(1, within)
    return form
