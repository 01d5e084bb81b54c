"""What the diner's screens say, worked out before any template is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from wtforms import SelectChoice

from portal import clock
from portal.availability.rules import Slot
from portal.bookings.models import Booking, Status
from portal.widgets import evening, rules, service
from portal.widgets.forms import PickForm
from portal.widgets.rules import Bounds, Choice, NotUsable
from portal.widgets.service import Alternative, Published

_CHIP_DAYS = 5


@dataclass(frozen=True)
class Start:
    """One slot button: the instant it stands for, the time as read, and the time there is to eat."""

    value: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Message:
    """A callout: what happened, and what to do."""

    title: str
    text: str


@dataclass(frozen=True)
class Offer:
    """Another time than the one wished for."""

    title: str
    text: str
    starts_at: str
    party_size: int


@dataclass(frozen=True)
class Times:
    """The times of one day. `curtain` is set when they are parted by a show."""

    heading: str
    starts: Sequence[Start] = ()
    curtain: str = ""
    before: Sequence[Start] = ()
    during: Sequence[Start] = ()
    later: Sequence[Start] = ()
    said: str = ""
    trouble: Message | None = None
    offers: Sequence[Offer] = field(default_factory=list)
    exact: PickForm | None = None


@dataclass(frozen=True)
class Pick:
    """The first screen. With a show, date and guests are selects in `form`; without, chips."""

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


def pick(shop: Published, asked: Mapping[str, str], now: datetime) -> Pick:
    """Return the first screen for what an address asks. Raises NotUsable for a date or party that is none."""
    within = service.bounds(shop, now)
    days = service.open_days(shop, within)
    show_at = _readable_show(asked.get("show", ""))
    party_size = _party(asked, within)
    day, notice = _day(shop, asked, (within, days, party_size, show_at), now)
    choice = Choice(day, party_size, show_at)
    shown_days = sorted({*days, day})
    return Pick(
        choice=choice,
        times=times(shop, choice, within, now),
        show=rules.instant_text(show_at) if show_at else "",
        show_text=_moment(shop, show_at) if show_at else "",
        form=_selects(shop, choice, shown_days, within),
        day_chips=[_day_chip(each) for each in _around(shown_days, day)],
        party_chips=_party_chips(within.largest_party),
        party_chip=str(min(party_size, rules.LAST_CHIP)),
        first_day=within.today.isoformat(),
        last_day=within.last_day.isoformat(),
        notice=notice,
    )


def _readable_show(text: str) -> datetime | None:
    """The show comes from a basket in somebody's browser: what cannot be read is no show, never an error."""
    try:
        return rules.read_instant(text, "show", "Show") if text else None
    except NotUsable:
        return None


def _party(asked: Mapping[str, str], within: Bounds) -> int:
    typed = rules.asked_party(asked)
    return rules.read_party_size(typed, within) if typed else min(rules.USUAL_PARTY, within.largest_party)


def _day(
    shop: Published,
    asked: Mapping[str, str],
    offer: tuple[Bounds, Sequence[date], int, datetime | None],
    now: datetime,
) -> tuple[date, Message | None]:
    within, days, party_size, show_at = offer
    typed = asked.get("other_date") or asked.get("date", "")
    if typed:
        return rules.read_day(typed, within), None
    show_day = clock.local_date(show_at, shop.venue.timezone) if show_at else None
    if show_day and within.today <= show_day <= within.last_day:
        return show_day, None
    usual = service.usual_day(shop, days, party_size, now) or within.today
    return usual, _why_not(show_day, shop) if show_day else None


def _why_not(show_day: date, shop: Published) -> Message:
    opens_on = show_day - timedelta(days=shop.widget.days_ahead)
    title = f"Tables for {rules.day_text(show_day)} are not open yet"
    return Message(title, f"Booking for the day of your show opens on {rules.day_text(opens_on)}.")


def _moment(shop: Published, instant: datetime) -> str:
    local = clock.to_local(instant, shop.venue.timezone)
    return f"{rules.day_text(local.date())}, {rules.time_text(local)}"


def _selects(shop: Published, choice: Choice, days: Sequence[date], within: Bounds) -> PickForm:
    form = PickForm(date=choice.day.isoformat(), party=str(choice.party_size))
    form.date.choices = [SelectChoice(day.isoformat(), rules.short_day_text(day)) for day in days]
    form.party.choices = _sizes(range(1, within.largest_party + 1))
    if choice.show_at and clock.local_date(choice.show_at, shop.venue.timezone) == choice.day:
        form.date.label.text = "Date (your show)"
    return form


def _around(days: Sequence[date], day: date) -> Sequence[date]:
    first = max(0, min(days.index(day) - _CHIP_DAYS // 2, len(days) - _CHIP_DAYS))
    return days[first : first + _CHIP_DAYS]


def _day_chip(day: date) -> tuple[str, str, str, str, str]:
    return day.isoformat(), f"{day:%a}", str(day.day), f"{day:%b}", rules.long_day_text(day)


def _party_chips(largest: int) -> list[tuple[str, str, str]]:
    chips = [(str(n), str(n), rules.guests_text(n)) for n in range(1, min(largest, rules.LAST_CHIP) + 1)]
    if largest > rules.LAST_CHIP:
        last = str(rules.LAST_CHIP)
        chips[-1] = (last, f"{last}+", f"{last} guests or more")
    return chips


def _exact_party(choice: Choice, within: Bounds) -> PickForm | None:
    """The last chip stands for all larger parties; once it is chosen, a select asks for the number."""
    if choice.party_size < rules.LAST_CHIP or within.largest_party == rules.LAST_CHIP:
        return None
    form = PickForm(exact_party=str(choice.party_size))
    form.exact_party.choices = _sizes(range(rules.LAST_CHIP, within.largest_party + 1))
    return form


def _sizes(numbers: range) -> list[SelectChoice]:
    return [SelectChoice(str(number), rules.guests_text(number)) for number in numbers]


def times(shop: Published, choice: Choice, within: Bounds, now: datetime) -> Times:
    """Return the times of a choice, parted by the show if it is on that day."""
    slots = service.times(shop, choice, now)
    heading = f"Times for {rules.long_day_text(choice.day)}"
    zone = shop.venue.timezone
    if not choice.show_at or clock.local_date(choice.show_at, zone) != choice.day:
        return _plain_times(shop, choice, slots, heading, within, now)
    parted = evening.around(slots, choice.show_at)
    lacking = () if parted.before else service.alternatives(shop, choice, within, now)
    return Times(
        heading,
        curtain=evening.clock_text(choice.show_at, zone),
        before=[_start(slot, zone, evening.time_to_eat(slot, choice.show_at)) for slot in parted.before],
        during=[_start(slot, zone) for slot in parted.during],
        later=[_start(slot, zone) for slot in parted.later],
        said=evening.counted(parted),
        trouble=None if parted.before else _none_before(choice, zone),
        offers=[_offer(each, choice, zone) for each in lacking],
    )


def _plain_times(
    shop: Published, choice: Choice, slots: Sequence[Slot], heading: str, within: Bounds, now: datetime
) -> Times:
    zone = shop.venue.timezone
    exact = _exact_party(choice, within)
    if slots:
        said = f"{len(slots)} time{'' if len(slots) == 1 else 's'} on {rules.long_day_text(choice.day)}"
        return Times(heading, starts=[_start(slot, zone) for slot in slots], said=said, exact=exact)
    title = f"No tables for {choice.party_size} on {rules.day_text(choice.day)}"
    found = service.alternatives(shop, choice, within, now)
    text = "These are the closest." if found else "Choose another date or fewer guests."
    offers = [_offer(each, choice, zone) for each in found]
    return Times(heading, said=title, trouble=Message(title, text), offers=offers, exact=exact)


def _none_before(choice: Choice, zone: str) -> Message:
    if choice.show_at is None:
        raise AssertionError("only a show has a before")
    curtain = evening.clock_text(choice.show_at, zone)
    return Message(
        f"No tables for {choice.party_size} before the show",
        f"Your show starts at {curtain}. These are the closest.",
    )


def _start(slot: Slot, zone: str, note: str = "") -> Start:
    return Start(rules.instant_text(slot.starts_at), evening.clock_text(slot.starts_at, zone), note)


def _offer(found: Alternative, choice: Choice, zone: str) -> Offer:
    local = clock.to_local(found.slot.starts_at, zone)
    day, time = rules.day_text(found.slot.service_on), rules.time_text(local)
    value = rules.instant_text(found.slot.starts_at)
    if found.party_size != choice.party_size:
        where = f"{day}, before the show" if choice.show_at else day
        return Offer(f"{time} for {rules.guests_text(found.party_size)}", where, value, found.party_size)
    guests = rules.guests_text(found.party_size)
    other = f"{guests}, not the day of your show" if choice.show_at else guests
    return Offer(f"{day}, {time}", other, value, found.party_size)


@dataclass(frozen=True)
class Chosen:
    """The summary at the top of the second screen, and the way back to the first."""

    title: str
    text: str
    time: str
    day: str
    party_size: int
    show: str


def chosen(shop: Published, starts_at: datetime, party_size: int, show_at: datetime | None) -> Chosen:
    """Return the summary of a time that a diner picked."""
    zone = shop.venue.timezone
    local = clock.to_local(starts_at, zone)
    text = rules.guests_text(party_size)
    if show_at and clock.local_date(show_at, zone) == local.date():
        place = "before" if starts_at < show_at else "after"
        text += f", {place} your show at {evening.clock_text(show_at, zone)}"
    return Chosen(
        title=f"{rules.day_text(local.date())}, {rules.time_text(local)}",
        text=text,
        time=rules.time_text(local),
        day=local.date().isoformat(),
        party_size=party_size,
        show=rules.instant_text(show_at) if show_at else "",
    )


@dataclass(frozen=True)
class Confirmed:
    """The last screen."""

    title: str
    headline: str
    when: str
    reference: str
    moments: Sequence[tuple[str, str, str]]
    stands: bool


_MOMENTS = {"seats": ("Head to your seats", ""), "curtain": ("Curtain up", "")}


def confirmed(shop: Published, booking: Booking) -> Confirmed:
    """Return the last screen of a booking; it says so when the booking no longer stands."""
    zone = shop.venue.timezone
    local = clock.to_local(booking.starts_at, zone)
    stands = booking.status not in {Status.CANCELLED, Status.NO_SHOW}
    first_name = booking.booked_name.split(" ")[0]
    headline = f"See you on {local:%A}, {first_name}" if stands else "This booking no longer stands"
    guests = rules.guests_text(booking.party_size)
    until = evening.clock_text(booking.ends_at, zone)
    words = {**_MOMENTS, "table": (f"Your table at {shop.venue.name}", f"{guests}. Yours until {until}")}
    planned = evening.plan(booking.starts_at, booking.show_starts_at, zone)
    return Confirmed(
        title="Booking confirmed" if stands else "Booking cancelled",
        headline=headline,
        when=f"{rules.day_text(local.date())}, {rules.time_text(local)}",
        reference=booking.reference,
        moments=[(evening.clock_text(at, zone), *words[kind]) for kind, at in planned],
        stands=stands,
    )
