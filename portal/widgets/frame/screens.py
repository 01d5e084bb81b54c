"""What the diner's screens say, worked out before any template is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wtforms import SelectChoice

from portal import clock
from portal.bookings.models import Booking, Status
from portal.widgets import around_show, rules, service
from portal.widgets.around_show import GuestShow
from portal.widgets.frame import cancelling, placing
from portal.widgets.frame.slot_screens import Message, Times, sizes, times
from portal.widgets.public.forms import PickForm
from portal.widgets.rules import Bounds, Choice, NotUsable
from portal.widgets.service import PublishedWidget

_CHIP_DAYS = 5


@dataclass(frozen=True)
class Booked:
    """The table that a party has already for its show. `token` leads to changing or cancelling it."""

    title: str
    text: str
    token: str


@dataclass(frozen=True)
class Pick:
    """The first screen. With a show, date and guests are selects in `form`; without, chips.

    `ignored` names what the address asked for and nobody could read; `fixed` is "show" or "date" where the
    website chose, so that a basket does not. `booked` is the table that the party has already, and stands in
    place of times; `change` is carried along once they want another.
    """

    choice: Choice
    times: Times
    show: str
    show_text: str
    form: PickForm
    day_chips: Sequence[tuple[str, str, str, str, str]]
    party_chips: Sequence[tuple[str, str, str]]
    party_chip: str
    first_day: str
    last_day: str
    notice: Message | None = None
    show_title: str = "Your show"
    ignored: Sequence[str] = ()
    fixed: str = ""
    called_off: bool = False
    booked: Booked | None = None
    change: str = ""


@dataclass(frozen=True)
class _Asked:
    """What an address asks for, as far as it can be read."""

    day: date | None
    party_size: int | None
    show_at: datetime | None
    ignored: Sequence[str]


def pick(published: PublishedWidget, asked: Mapping[str, str], now: datetime) -> Pick:
    """Return the first screen for what an address asks; what cannot be read there is left out."""
    within = service.bounds(published, now)
    days = service.open_days(published, within)
    read = _read(published, asked, within)
    party_size = read.party_size or min(rules.USUAL_PARTY, within.largest_party)
    show = service.guest_show(published, read.show_at)
    wanted = read.day or _first_day(published, show, within)
    day = wanted if wanted and _within(wanted, within) else None
    day = day or service.usual_day(published, days, party_size, now) or within.today
    choice = Choice(day, party_size, read.show_at)
    shown_days = sorted({*days, day})
    return Pick(
        choice=choice,
        times=times(published, choice, show, within, now),
        show=rules.instant_text(read.show_at) if read.show_at else "",
        show_text=_show_text(published, show) if show else "",
        form=_selects(published, choice, shown_days, within),
        day_chips=[_day_chip(each) for each in _around(shown_days, day)],
        party_chips=_party_chips(within.largest_party),
        party_chip=str(min(party_size, rules.LAST_CHIP, within.largest_party + 1)),
        first_day=within.today.isoformat(),
        last_day=within.last_day.isoformat(),
        notice=_notice(published, show, wanted, within),
        show_title=(show.name if show else "") or "Your show",
        ignored=read.ignored,
        fixed="show" if asked.get("performance") and read.show_at else "date" if read.day else "",
        called_off=bool(show and show.cancelled),
        booked=_booked(published, asked.get("booked", ""), read.show_at, now),
        change=asked.get("change", ""),
    )


def _read(published: PublishedWidget, asked: Mapping[str, str], within: Bounds) -> _Asked:
    """The page around the frame may ask for anything, so what cannot be read is no error."""
    typed_day, typed_party = asked.get("other_date") or asked.get("date", ""), rules.asked_party(asked)
    typed_show, performance = asked.get("show", ""), asked.get("performance", "")
    day, party_size = rules.day_of(typed_day), _party(typed_party, within)
    show_at = _readable_show(typed_show)
    if show_at is None and performance:
        show_at = service.performance_start(published, performance)
    found = (("date", typed_day, day), ("party", typed_party, party_size))
    shows = (("show", typed_show, show_at), ("performance", performance, show_at))
    ignored = [name for name, typed, read in (*found, *shows) if typed and read is None]
    return _Asked(day, party_size, show_at, ignored)


def _booked(
    published: PublishedWidget, sealed: str, show_at: datetime | None, now: datetime
) -> Booked | None:
    booking = placing.booked_here(published, sealed, show_at, now) if sealed else None
    if booking is None:
        return None
    local = clock.to_local(booking.starts_at, published.venue.timezone)
    text = f"{rules.day_text(local.date())}, {rules.guests_text(booking.party_size)}"
    return Booked(f"You have a table at {rules.time_text(local)}", text, booking.public_token)


def _readable_show(text: str) -> datetime | None:
    try:
        return rules.read_instant(text, "show", "Show") if text else None
    except NotUsable:
        return None


def _party(text: str, within: Bounds) -> int | None:
    try:
        return rules.read_any_party(text, within) if text else None
    except NotUsable:
        return None


def _show_day(published: PublishedWidget, show: GuestShow | None) -> date | None:
    return clock.local_date(show.starts_at, published.venue.timezone) if show else None


def _first_day(published: PublishedWidget, show: GuestShow | None, within: Bounds) -> date | None:
    """Return the calendar day of a show; the evening before it while that alone can be booked."""
    day = _show_day(published, show)
    if show and day and day > within.last_day:
        eve = around_show.evening_of(show.starts_at, published.venue.timezone)
        return eve if _within(eve, within) else day
    return day


def _within(day: date, within: Bounds) -> bool:
    return within.today <= day <= within.last_day


def _notice(
    published: PublishedWidget, show: GuestShow | None, wanted: date | None, within: Bounds
) -> Message | None:
    """Say why the times are not those of the show, or not of the day asked for."""
    if show and show.cancelled:
        when = _moment(published, show.starts_at)
        text = f"The theatre has called off the performance of {when}. You can still book a table."
        return Message(f"{show.name or 'Your show'} is cancelled", text)
    if wanted is None or _within(wanted, within):
        return None
    of_show = wanted == _show_day(published, show)
    if wanted < within.today:
        title = f"{'Your show on ' if of_show else ''}{_dated(wanted, within)} has passed"
        return Message(title, "These are the next times. Choose another date if you like.")
    opens_on = wanted - timedelta(days=published.widget.days_ahead)
    day = "the day of your show" if of_show else "that day"
    return Message(
        f"Tables for {_dated(wanted, within)} are not open yet",
        f"Booking for {day} opens on {_dated(opens_on, within)}.",
    )


def _dated(day: date, within: Bounds) -> str:
    """Name a day that may be in another year."""
    return f"{rules.day_text(day)}{f' {day.year}' if day.year != within.today.year else ''}"


def _moment(published: PublishedWidget, instant: datetime) -> str:
    local = clock.to_local(instant, published.venue.timezone)
    return f"{rules.day_text(local.date())}, {rules.time_text(local)}"


def _show_text(published: PublishedWidget, show: GuestShow) -> str:
    end = around_show.end_text(show, published.venue.timezone)
    return f"{_moment(published, show.starts_at)}{f'. Ends about {end}' if end else ''}"


def _selects(published: PublishedWidget, choice: Choice, days: Sequence[date], within: Bounds) -> PickForm:
    form = PickForm(date=choice.day.isoformat(), party=str(choice.party_size))
    form.date.choices = [SelectChoice(day.isoformat(), rules.short_day_text(day)) for day in days]
    form.party.choices = sizes(1, within)
    if choice.show_at and choice.day in around_show.show_days(choice.show_at, published.venue.timezone):
        form.date.label.text = "Date (your show)"
    return form


def _around(days: Sequence[date], day: date) -> Sequence[date]:
    first = max(0, min(days.index(day) - _CHIP_DAYS // 2, len(days) - _CHIP_DAYS))
    return days[first : first + _CHIP_DAYS]


def _day_chip(day: date) -> tuple[str, str, str, str, str]:
    return day.isoformat(), f"{day:%a}", str(day.day), f"{day:%b}", rules.long_day_text(day)


def _party_chips(largest: int) -> list[tuple[str, str, str]]:
    """The last chip stands for all larger parties, those too large to book here among them."""
    last = min(rules.LAST_CHIP, largest + 1)
    chips = [(str(size), str(size), rules.guests_text(size)) for size in range(1, last)]
    return [*chips, (str(last), f"{last}+", f"{last} guests or more")]


@dataclass(frozen=True)
class Chosen:
    """The summary at the top of the second screen, and the way back to the first.

    `day` is the one among whose times this stands: after midnight the day before.
    """

    title: str
    text: str
    time: str
    day: str
    party_size: int
    show: str


def chosen(
    published: PublishedWidget, starts_at: datetime, party_size: int, show_at: datetime | None
) -> Chosen:
    """Return the summary of a time that a diner picked."""
    zone = published.venue.timezone
    local = clock.to_local(starts_at, zone)
    text = rules.guests_text(party_size)
    show = service.guest_show(published, show_at)
    on = around_show.evening_of(starts_at, zone)
    if show and not show.cancelled and around_show.evening_of(show.starts_at, zone) == on:
        place = around_show.before_during_or_after(starts_at, show)
        text += f", {place} {show.name or 'your show'} at {around_show.clock_text(show.starts_at, zone)}"
    return Chosen(
        title=f"{rules.day_text(local.date())}, {rules.time_text(local)}",
        text=text,
        time=rules.time_text(local),
        day=max(on, clock.local_date(clock.utc_now(), zone)).isoformat(),
        party_size=party_size,
        show=rules.instant_text(show_at) if show_at else "",
    )


@dataclass(frozen=True)
class Confirmed:
    """The last screen. `instead_of` is the time of the table that was given back for this one."""

    title: str
    headline: str
    when: str
    reference: str
    moments: Sequence[tuple[str, str, str]]
    stands: bool
    instead_of: str = ""
    may_cancel: bool = False


def confirmed(published: PublishedWidget, booking: Booking, given_back: Booking | None = None) -> Confirmed:
    """Return the last screen of a booking that was not cancelled; one that nobody came for is closed.

    Args:
        published: widget and venue.
        booking: what was booked.
        given_back: the table that the party had before and has no longer.
    """
    zone = published.venue.timezone
    local = clock.to_local(booking.starts_at, zone)
    stands = booking.status != Status.NO_SHOW
    first_name = booking.booked_name.split(" ")[0]
    headline = f"See you on {local:%A}, {first_name}" if stands else "This booking no longer stands"
    show = service.guest_show(published, booking.show_starts_at)
    words = _words(published, booking, show)
    planned = around_show.moments(booking.starts_at, show, zone)
    return Confirmed(
        title="Booking confirmed" if stands else "Booking closed",
        headline=headline,
        when=f"{rules.day_text(local.date())}, {rules.time_text(local)}",
        reference=booking.reference,
        moments=[(around_show.clock_text(at, zone), *words[kind]) for kind, at in planned],
        stands=stands,
        instead_of=around_show.clock_text(given_back.starts_at, zone) if given_back else "",
        may_cancel=cancelling.may_cancel(booking.status, booking.starts_at, clock.utc_now()),
    )


def _words(
    published: PublishedWidget, booking: Booking, show: GuestShow | None
) -> dict[str, tuple[str, str]]:
    """Return title and small print of each moment of the evening."""
    zone = published.venue.timezone
    until = around_show.clock_text(booking.ends_at, zone)
    guests = rules.guests_text(booking.party_size)
    table = (f"Your table at {published.venue.name}", f"{guests}. Yours until {until}")
    if show is None:
        return {"table": table}
    end = around_show.end_text(show, zone)
    curtain = (show.name or "Curtain up", f"Ends about {end}" if end else "")
    return {
        "table": table,
        "seats": ("Head to your seats", around_show.walk_length(show)),
        "curtain": curtain,
    }
