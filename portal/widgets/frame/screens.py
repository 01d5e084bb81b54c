"""What the guest's screens show, worked out before any template is rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote_plus

from wtforms import SelectChoice

from portal import clock
from portal.availability import service as availability
from portal.availability.service import DAYS_SHOWN, Month
from portal.bookings.models import Booking, Status
from portal.events import service as events
from portal.venues.models import Venue
from portal.widgets import around_show, rules, service
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import bookings
from portal.widgets.frame.slot_screens import Message, Times, sizes, times, with_note
from portal.widgets.public.forms import PickForm
from portal.widgets.rules import Bounds, Choice, NotUsable
from portal.widgets.service import PublishedWidget

_CHIP_DAYS = 5
_MAP = "https://www.google.com/maps/search/?api=1&query="


@dataclass(frozen=True)
class BookedTable:
    """The table that a party already has for its show. `token` leads to changing or cancelling it."""

    title: str
    text: str
    token: str


class DayChip(NamedTuple):
    """A day to choose; `spoken` is read out in its place."""

    value: str
    weekday: str
    day: str
    month: str
    spoken: str


class PartyChip(NamedTuple):
    """A number of guests to choose; `spoken` is read out in its place."""

    value: str
    text: str
    spoken: str


@dataclass(frozen=True)
class PickScreen:
    """The first screen. With a show, date and guests are selects in `form`; without one, chips.

    Args:
        ignored: what the address asked for and nobody could read.
        fixed: "show" or "date" where the website chose it, so that a basket does not; "" otherwise.
        booked: shown in place of the times.
        change: the sealed booking that the next one replaces, "" without one.
    """

    choice: Choice
    times: Times
    show: str
    show_text: str
    form: PickForm
    day_chips: Sequence[DayChip]
    party_chips: Sequence[PartyChip]
    party_chip: str
    first_day: str
    last_day: str
    notice: Message | None = None
    show_title: str = "Your show"
    ignored: Sequence[str] = ()
    fixed: str = ""
    called_off: bool = False
    booked: BookedTable | None = None
    change: str = ""


@dataclass(frozen=True)
class DatesScreen:
    """The days of about two months, `day` first.

    Args:
        later: the first day of the next page, "" on the last.
        show, change: what the first screen was asked for beside day and party.
        days: the first and the last of them.
        stands_until: the next moment at which the clock alone may change any of this.
    """

    day: str
    party_size: int
    months: Sequence[Month]
    later: str
    later_text: str
    has_shows: bool
    show: str
    change: str
    days: tuple[date, date]
    stands_until: datetime

    @property
    def guests(self) -> str:
        return rules.guests_text(self.party_size)


def dates(published: PublishedWidget, asked: Mapping[str, str], now: datetime) -> DatesScreen:
    """Return how the days stand for a party, from the day asked for on, within the widget's bounds."""
    venue, within = published.venue, service.bounds(published, now)
    read = _read(published, asked, within)
    party_size = min(read.party_size or rules.USUAL_PARTY, within.largest_party)
    first = read.day if read.day and within.contains(read.day) else within.today
    number = min(DAYS_SHOWN, (within.last_day - first).days + 1)
    days = availability.month(venue, first, number, party_size, now)
    last = first + timedelta(days=number - 1)
    shows = events.shows_by_day(venue.id, first, last, venue.timezone)
    later = last + timedelta(days=1) if last < within.last_day else None
    return DatesScreen(
        day=first.isoformat(),
        party_size=party_size,
        months=availability.by_month(days, shows),
        later=later.isoformat() if later else "",
        later_text=rules.day_text(later) if later else "",
        has_shows=bool(shows),
        show=rules.instant_text(read.show_at) if read.show_at else "",
        change=asked.get("change", ""),
        days=(first, last),
        stands_until=availability.month_stands_until(venue, first, number, party_size, now),
    )


@dataclass(frozen=True)
class _Asked:
    """What an address asks for, as far as it can be read."""

    day: date | None
    party_size: int | None
    show_at: datetime | None
    ignored: Sequence[str]


def pick(published: PublishedWidget, asked: Mapping[str, str], now: datetime) -> PickScreen:
    """Return the first screen for what an address asks; what cannot be read there is left out."""
    zone, within = published.venue.timezone, service.bounds(published, now)
    days = service.open_days(published, within)
    read = _read(published, asked, within)
    party_size = read.party_size or min(rules.USUAL_PARTY, within.largest_party)
    show = service.guest_show(published, read.show_at)

    # The day asked for, or the calendar day of the show; its evening while that alone can be booked.
    wanted = read.day
    if wanted is None and show:
        wanted = clock.local_date(show.starts_at, zone)
        evening = around_show.evening_of(show.starts_at, zone)
        if wanted > within.last_day and within.contains(evening):
            wanted = evening
    if wanted and within.contains(wanted):
        day = wanted
    else:
        day = service.usual_day(published, days, party_size, now) or within.today
    choice = Choice(day, party_size, read.show_at)

    shown_days = sorted({*days, day})
    form = PickForm(date=day.isoformat(), party=str(party_size))
    form.date.choices = [SelectChoice(each.isoformat(), rules.short_day_text(each)) for each in shown_days]
    form.party.choices = sizes(1, within)
    if read.show_at and day in around_show.show_days(read.show_at, zone):
        form.date.label.text = "Date (your show)"
    first_chip = max(0, min(shown_days.index(day) - _CHIP_DAYS // 2, len(shown_days) - _CHIP_DAYS))
    # The last chip stands for all larger parties, also for those too large to book here.
    last_size = min(rules.LAST_CHIP, within.largest_party + 1)
    party_chips = [PartyChip(str(size), str(size), rules.guests_text(size)) for size in range(1, last_size)]

    show_text = ""
    if show:
        end = around_show.end_text(show, zone)
        show_text = f"{day_and_time(show.starts_at, zone)}{f'. Ends about {end}' if end else ''}"
    booked = None
    if booking := bookings.find_sealed(published, asked.get("booked", ""), read.show_at, now):
        local = clock.to_local(booking.starts_at, zone)
        text = f"{rules.day_text(local.date())}, {rules.guests_text(booking.party_size)}"
        booked = BookedTable(f"You have a table at {rules.time_text(local)}", text, booking.public_token)
    return PickScreen(
        choice=choice,
        times=with_note(times(published, choice, show, within, now), published, day),
        show=rules.instant_text(read.show_at) if read.show_at else "",
        show_text=show_text,
        form=form,
        day_chips=[
            DayChip(each.isoformat(), f"{each:%a}", str(each.day), f"{each:%b}", rules.long_day_text(each))
            for each in shown_days[first_chip : first_chip + _CHIP_DAYS]
        ],
        party_chips=[*party_chips, PartyChip(str(last_size), f"{last_size}+", f"{last_size} guests or more")],
        party_chip=str(min(party_size, last_size)),
        first_day=within.today.isoformat(),
        last_day=within.last_day.isoformat(),
        notice=_notice(published, show, wanted, within),
        show_title=(show.name if show else "") or "Your show",
        ignored=read.ignored,
        fixed="show" if asked.get("performance") and read.show_at else "date" if read.day else "",
        called_off=bool(show and show.cancelled),
        booked=booked,
        change=asked.get("change", ""),
    )


def _read(published: PublishedWidget, asked: Mapping[str, str], within: Bounds) -> _Asked:
    """Return what can be read; the page around the frame may ask for anything, so the rest is no error."""
    typed_day, typed_party = asked.get("other_date") or asked.get("date", ""), rules.asked_party(asked)
    typed_show, performance = asked.get("show", ""), asked.get("performance", "")
    day = rules.day_of(typed_day)
    party_size = show_at = None
    with suppress(NotUsable):
        party_size = rules.read_any_party(typed_party, within)
    with suppress(NotUsable):
        show_at = rules.read_instant(typed_show, "show", "Show")
    if show_at is None and performance:
        show_at = service.performance_start(published, performance)
    fields = (
        ("date", typed_day, day),
        ("party", typed_party, party_size),
        ("show", typed_show, show_at),
        ("performance", performance, show_at),
    )
    ignored = [name for name, typed, value in fields if typed and value is None]
    return _Asked(day, party_size, show_at, ignored)


def _notice(
    published: PublishedWidget, show: GuestShow | None, wanted: date | None, within: Bounds
) -> Message | None:
    """Say why the times are not those of the show, or not of the day asked for."""
    zone = published.venue.timezone
    if show and show.cancelled:
        when = day_and_time(show.starts_at, zone)
        text = f"The theatre has cancelled the performance of {when}. You can still book a table."
        return Message(f"{show.name or 'Your show'} is cancelled", text)
    if wanted is None or within.contains(wanted):
        return None

    def dated(day: date) -> str:
        return f"{rules.day_text(day)}{f' {day.year}' if day.year != within.today.year else ''}"

    is_show_day = show is not None and wanted == clock.local_date(show.starts_at, zone)
    if wanted < within.today:
        title = f"{'Your show on ' if is_show_day else ''}{dated(wanted)} has passed"
        return Message(title, "These are the next times. Choose another date if you like.")
    opens_on = wanted - timedelta(days=published.widget.days_ahead)
    day = "the day of your show" if is_show_day else "that day"
    return Message(
        f"Tables for {dated(wanted)} are not open yet", f"Booking for {day} opens on {dated(opens_on)}."
    )


def day_and_time(instant: datetime, zone: str) -> str:
    """Return an instant as Fri 12 June, 5:30pm."""
    local = clock.to_local(instant, zone)
    return f"{rules.day_text(local.date())}, {rules.time_text(local)}"


@dataclass(frozen=True)
class ChosenTime:
    """A time that a guest picked, and the way back to the first screen.

    `day` is the one among whose times this stands: after midnight the day before.
    """

    title: str
    text: str
    time: str
    day: str
    party_size: int
    show: str


def chosen_time(
    published: PublishedWidget, starts_at: datetime, party_size: int, show_at: datetime | None
) -> ChosenTime:
    """Return the summary of a time that a guest picked or booked."""
    zone = published.venue.timezone
    text = rules.guests_text(party_size)
    show = service.guest_show(published, show_at)
    if show and not show.cancelled and around_show.same_evening(show.starts_at, starts_at, zone):
        place = around_show.before_during_or_after(starts_at, show)
        curtain = around_show.clock_text(show.starts_at, zone)
        text += f", {place} {show.name or 'your show'} at {curtain}"
    today = clock.local_date(clock.utc_now(), zone)
    return ChosenTime(
        title=day_and_time(starts_at, zone),
        text=text,
        time=around_show.clock_text(starts_at, zone),
        day=max(around_show.evening_of(starts_at, zone), today).isoformat(),
        party_size=party_size,
        show=rules.instant_text(show_at) if show_at else "",
    )


class Moment(NamedTuple):
    """One moment of the guest's evening: their table, the walk to the seats, the curtain."""

    time: str
    title: str
    details: str


@dataclass(frozen=True)
class ConfirmationScreen:
    """The last screen. `replaced` is the time of the earlier table that was cancelled for this one.

    `changed` tells that the guest has just changed the booking.
    """

    title: str
    headline: str
    when: str
    reference: str
    moments: Sequence[Moment]
    stands: bool
    replaced: str = ""
    may_cancel: bool = False
    changed: bool = False
    directions: str = ""


def confirmation(
    published: PublishedWidget,
    booking: Booking,
    replaced: Booking | None = None,
    *,
    changed: bool = False,
) -> ConfirmationScreen:
    """Return the last screen of a booking that was not cancelled; a no-show's says that it is closed.

    Args:
        published: widget and venue.
        booking: what was booked.
        replaced: the earlier booking that was cancelled for this one.
        changed: whether the guest has just changed it.
    """
    zone = published.venue.timezone
    stands = booking.status != Status.NO_SHOW
    first_name = booking.booked_name.split(" ")[0]
    day = clock.to_local(booking.starts_at, zone).date()
    # The name alone means the next day of that name.
    is_near = (day - clock.local_date(clock.utc_now(), zone)).days < 7
    day_name = f"{day:%A}" if is_near else rules.long_day_text(day)
    show = service.guest_show(published, booking.show_starts_at)
    # Title and small print of each moment of the evening.
    until = around_show.clock_text(booking.ends_at, zone)
    table_text = f"{rules.guests_text(booking.party_size)}. Yours until {until}"
    words = {"table": (f"Your table at {published.venue.name}", table_text)}
    if show:
        end = around_show.end_text(show, zone)
        words["seats"] = ("Head to your seats", around_show.walk_length(show))
        words["curtain"] = (show.name or "Curtain up", f"Ends about {end}" if end else "")
    planned = around_show.moments(booking.starts_at, show, zone)
    title = "Booking changed" if changed else "Booking confirmed"
    return ConfirmationScreen(
        title=title if stands else "Booking closed",
        headline=f"See you on {day_name}, {first_name}" if stands else "This booking is closed",
        when=day_and_time(booking.starts_at, zone),
        reference=booking.reference,
        moments=[Moment(around_show.clock_text(at, zone), *words[kind]) for kind, at in planned],
        stands=stands,
        replaced=around_show.clock_text(replaced.starts_at, zone) if replaced else "",
        may_cancel=bookings.may_cancel(booking.status, booking.starts_at, clock.utc_now(), booking.seated_at),
        changed=changed and stands,
        directions=directions(published.venue),
    )


def directions(venue: Venue) -> str:
    """Return the address of a map that leads to a venue, "" where it says no address."""
    if not venue.address:
        return ""
    return _MAP + quote_plus(", ".join([venue.name, *venue.address.split("\n")]))


@dataclass(frozen=True)
class OwnBookingScreen:
    """A booking as its guest may change or cancel it. Nothing in it names the guest.

    `moments` are the evening as planned, `directions` the address of a map. `closed` says why neither can be
    done any more, "" while it can. `to_come` tells whether another table may be looked for on its day.
    `calendar_token` leads to the file that takes a cancelled booking out of a calendar, "" where a later
    booking has its entry there.
    """

    table: ChosenTime
    reference: str
    moments: Sequence[Moment]
    directions: str
    closed: str
    may_change: bool
    to_come: bool
    calendar_token: str


def own_booking(published: PublishedWidget, booking: Booking, now: datetime) -> OwnBookingScreen:
    """Return what the pages of a booking show at the moment `now`."""
    at = (booking.status, booking.starts_at, now, booking.seated_at)
    is_last = booking.status == Status.CANCELLED and not bookings.was_replaced(published.venue, booking)
    return OwnBookingScreen(
        table=chosen_time(published, booking.starts_at, booking.party_size, booking.show_starts_at),
        reference=booking.reference,
        moments=confirmation(published, booking).moments,
        directions=directions(published.venue),
        closed=bookings.why_closed(*at),
        may_change=bookings.may_change(*at),
        to_come=booking.starts_at > now,
        calendar_token=booking.public_token if is_last else "",
    )
