"""The times of one day as a diner sees them, and what is offered where none will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from wtforms import SelectChoice

from portal import clock
from portal.availability.rules import Slot
from portal.widgets import around_show, rules, service
from portal.widgets.around_show import GroupedSlots, GuestShow
from portal.widgets.public.forms import PickForm
from portal.widgets.rules import Bounds, Choice
from portal.widgets.service import Alternative, PublishedWidget
from portal.widgets.waiting import wanted_tables
from portal.widgets.waiting.wanted_tables import WantedTable


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
    """Another time than the one wanted for; without `starts_at`, all times of another `day`."""

    title: str
    text: str
    starts_at: str
    party_size: int
    day: str = ""


@dataclass(frozen=True)
class Times:
    """The times of one day. `curtain` is set when they are parted by a show.

    `band` says how far the seats are. `rest` holds, where there is none before the show, all the day's times.
    `eve` leads from the calendar day of a show after midnight to the evening that it ends. `wait` is what an
    email can be asked for where there is no table.
    """

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
    band: str = ""
    later_title: str = "After the show"
    later_lead: str = ""
    rest: Sequence[Start] = ()
    eve: Offer | None = None
    wait: WantedTable | None = None


@dataclass(frozen=True)
class _Question:
    """What a diner asks for, and all that it takes to answer."""

    published: PublishedWidget
    choice: Choice
    show: GuestShow | None
    within: Bounds
    now: datetime

    @property
    def zone(self) -> str:
        return self.published.venue.timezone

    @property
    def day(self) -> str:
        return rules.day_text(self.choice.day)

    def goes_with(self, show: GuestShow, starts_at: datetime) -> bool:
        """Tell whether a table and a show are of one evening."""
        return around_show.evening_of(starts_at, self.zone) == around_show.evening_of(
            show.starts_at, self.zone
        )


def times(
    published: PublishedWidget, choice: Choice, show: GuestShow | None, within: Bounds, now: datetime
) -> Times:
    """Return the times of a choice, parted by the show if it is on that evening and goes ahead."""
    heading = f"Times for {rules.long_day_text(choice.day)}"
    asked = _Question(published, choice, show, within, now)
    if choice.party_size > within.largest_party:
        found = _too_many(asked, heading)
    else:
        slots = service.times(published, choice, now)
        on_stage = _of_the_day(asked)
        if on_stage and (eve := around_show.evening_of(on_stage.starts_at, asked.zone)) != choice.day:
            return _after_midnight(asked, on_stage, eve, slots, heading)
        if slots and on_stage:
            return _around(asked, on_stage, slots, heading)
        found = _plain(asked, slots, heading) if slots else _none(asked, heading)
    return replace(found, exact=exact_party(choice, within))


def _of_the_day(asked: _Question) -> GuestShow | None:
    show = asked.show
    if (
        show is None
        or show.cancelled
        or asked.choice.day not in around_show.show_days(show.starts_at, asked.zone)
    ):
        return None
    return show


def _after_midnight(
    asked: _Question, show: GuestShow, eve: date, slots: Sequence[Slot], heading: str
) -> Times:
    """Return the times of the calendar day of a show that ends the evening before it, which comes first."""
    if any(asked.goes_with(show, slot.starts_at) for slot in slots):
        found = _parted(asked, show, slots, heading)
    else:
        found = _plain(asked, slots, heading) if slots else _none(asked, heading)
    if not asked.within.today <= eve <= asked.within.last_day:
        return found
    title = f"{rules.day_text(eve)}, the evening of your show"
    on_the_eve = service.times(asked.published, replace(asked.choice, day=eve), asked.now)
    if not on_the_eve:
        return _none_on_the_eve(asked, show, title, found)
    parted, number = around_show.group_slots(on_the_eve, show), len(on_the_eve)
    none_before = f"{number} time{'' if number == 1 else 's'}, none before the show"
    said = around_show.count_text(parted, show) if parted.before else none_before
    trouble = found.trouble and replace(found.trouble, text="There are times on the evening of your show.")
    offer = Offer(title, said, "", asked.choice.party_size, day=eve.isoformat())
    return replace(found, eve=offer, trouble=trouble, offers=(), wait=None)


def _none_on_the_eve(asked: _Question, show: GuestShow, title: str, found: Times) -> Times:
    offers = [_offer(each, asked) for each in _alternatives(asked)]
    curtain = around_show.clock_text(show.starts_at, asked.zone)
    closest = " These are the closest." if offers else ""
    return replace(
        found,
        trouble=Message(
            f"No tables for {asked.choice.party_size} on {title}",
            f"{show.name or 'Your show'} starts at {curtain}.{closest}",
        ),
        offers=offers,
        rest=[*found.before, *found.during, *found.later],
        wait=_before_the_show(asked, around_show.evening_of(show.starts_at, asked.zone)),
    )


def _around(asked: _Question, show: GuestShow, slots: Sequence[Slot], heading: str) -> Times:
    parted = around_show.group_slots(slots, show)
    found = _parted(asked, show, slots, heading)
    if parted.before or show.starts_at <= asked.now:
        return found
    return _none_before(asked, show, parted, found)


def _parted(asked: _Question, show: GuestShow, slots: Sequence[Slot], heading: str) -> Times:
    zone, parted = asked.zone, around_show.group_slots(slots, show)
    if all(asked.goes_with(show, slot.starts_at) for slot in parted.later):
        title = "After the show" if show.ends_at else "Later that evening"
    else:
        title = "Later that day"
    return Times(
        heading,
        curtain=around_show.clock_text(show.starts_at, zone),
        before=[_start(slot, zone, around_show.time_to_eat(slot, show)) for slot in parted.before],
        during=_starts(parted.during, zone),
        later=_starts(parted.later, zone),
        said=around_show.count_text(parted, show),
        band=around_show.walk_text(show, zone),
        later_title=title,
        later_lead=around_show.after_show_text(show, parted.later, zone),
    )


def _none_before(asked: _Question, show: GuestShow, parted: GroupedSlots, found: Times) -> Times:
    curtain = around_show.clock_text(show.starts_at, asked.zone)
    offers = [_offer(each, asked) for each in _alternatives(asked)]
    if parted.later:
        time = around_show.clock_text(parted.later[0].starts_at, asked.zone)
        day = rules.day_text(clock.local_date(parted.later[0].starts_at, asked.zone))
        text = f"{day}, {rules.guests_text(asked.choice.party_size)}"
        value, title = rules.instant_text(parted.later[0].starts_at), f"{found.later_title}, {time}"
        offers.insert(0, Offer(title, text, value, asked.choice.party_size))
    return replace(
        found,
        trouble=Message(
            f"No tables for {asked.choice.party_size} before the show",
            f"{show.name or 'Your show'} starts at {curtain}. These are the closest.",
        ),
        offers=offers,
        rest=[*found.during, *found.later],
        wait=_before_the_show(asked, asked.choice.day),
    )


def _plain(asked: _Question, slots: Sequence[Slot], heading: str) -> Times:
    said = f"{len(slots)} time{'' if len(slots) == 1 else 's'} on {rules.long_day_text(asked.choice.day)}"
    return Times(heading, starts=_starts(slots, asked.zone), said=said)


def _none(asked: _Question, heading: str) -> Times:
    title = f"No tables for {asked.choice.party_size} on {asked.day}"
    offers = [_offer(each, asked) for each in _alternatives(asked)]
    text = "These are the closest." if offers else "Choose another date or fewer guests."
    wait = wanted_tables.find(asked.published, asked.choice, asked.show, asked.within, asked.now)
    return Times(heading, said=title, trouble=Message(title, text), offers=offers, wait=wait)


def _before_the_show(asked: _Question, eve: date) -> WantedTable | None:
    """Return what can be waited for where tables at other times are free already."""
    choice = replace(asked.choice, day=eve)
    wish = wanted_tables.find(asked.published, choice, asked.show, asked.within, asked.now)
    return wish if wish and wish.before else None


def _too_many(asked: _Question, heading: str) -> Times:
    largest = asked.within.largest_party
    title = f"Tables for {largest + 1} or more cannot be booked here"
    call = "Call, and the restaurant finds a place for all of you." if asked.published.venue.phone else ""
    text = f"{call} Up to {rules.guests_text(largest)} can be booked on this page.".strip()
    return Times(heading, said=title, trouble=Message(title, text))


def _alternatives(asked: _Question) -> list[Alternative]:
    show, choice = _of_the_day(asked), asked.choice
    if show:
        choice = replace(choice, day=around_show.evening_of(show.starts_at, asked.zone))
    return service.alternatives(asked.published, choice, show, asked.within, asked.now)


def exact_party(choice: Choice, within: Bounds) -> PickForm | None:
    """The last chip stands for all larger parties; once it is chosen, a select asks for the number."""
    if within.largest_party < rules.LAST_CHIP or choice.party_size < rules.LAST_CHIP:
        return None
    form = PickForm(exact_party=str(min(choice.party_size, within.largest_party + 1)))
    form.exact_party.choices = sizes(rules.LAST_CHIP, within)
    return form


def sizes(smallest: int, within: Bounds) -> list[SelectChoice]:
    """Return the parties to choose from; the last one stands for all that are too large to book here."""
    largest = within.largest_party
    known = [SelectChoice(str(size), rules.guests_text(size)) for size in range(smallest, largest + 1)]
    return [*known, SelectChoice(str(largest + 1), f"{largest + 1} or more guests")]


def _starts(slots: Sequence[Slot], zone: str) -> list[Start]:
    return [_start(slot, zone) for slot in slots]


def _start(slot: Slot, zone: str, note: str = "") -> Start:
    return Start(rules.instant_text(slot.starts_at), around_show.clock_text(slot.starts_at, zone), note)


def _offer(found: Alternative, asked: _Question) -> Offer:
    local = clock.to_local(found.slot.starts_at, asked.zone)
    day, time = rules.day_text(local.date()), rules.time_text(local)
    value, show = rules.instant_text(found.slot.starts_at), _of_the_day(asked)
    guests = rules.guests_text(found.party_size)
    if found.party_size != asked.choice.party_size:
        where = f"{day}, before the show" if show else day
        return Offer(f"{time} for {guests}", where, value, found.party_size)
    if show and not asked.goes_with(show, found.slot.starts_at):
        after_midnight = len(around_show.show_days(show.starts_at, asked.zone)) > 1
        guests += f", not the {'evening' if after_midnight else 'day'} of your show"
    return Offer(f"{day}, {time}", guests, value, found.party_size)
