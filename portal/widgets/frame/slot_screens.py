"""The times of one day as a guest sees them, and what is offered instead where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from wtforms import SelectChoice

from portal import clock
from portal.availability import service as availability
from portal.availability.hours import Slot
from portal.widgets import around_show, rules, service
from portal.widgets.around_show import GuestShow
from portal.widgets.public.forms import PickForm
from portal.widgets.rules import Bounds, Choice
from portal.widgets.service import PublishedWidget
from portal.widgets.waiting import wanted_tables
from portal.widgets.waiting.wanted_tables import WantedTable


@dataclass(frozen=True)
class Start:
    """A button for one slot: its instant, its time in words, and how long the party has to eat."""

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
    """A time other than the one asked for; without `starts_at`, all times of another `day`."""

    title: str
    text: str
    starts_at: str
    party_size: int
    day: str = ""


@dataclass(frozen=True)
class Times:
    """The times of one day.

    Args:
        heading: over the times.
        start_buttons: the times of a day without a show.
        curtain: when the show starts, as 7:30pm; then the times are in `before`, `during` and `later`.
        announcement: what a screen reader is told.
        trouble: why there are no times, or none before the show.
        offers: the closest times instead.
        party_form: asks how many guests are coming, where the chosen chip stands for several sizes.
        walk: how far the theatre is, and when to leave the table.
        other_times: all times of the day, where none of them is before the show.
        evening: leads from the calendar day of a show after midnight to the evening before.
        wait: the table for which an email can be asked for.
        note: what the venue says of a special day, in its own words.
    """

    heading: str
    start_buttons: Sequence[Start] = ()
    curtain: str = ""
    before: Sequence[Start] = ()
    during: Sequence[Start] = ()
    later: Sequence[Start] = ()
    announcement: str = ""
    trouble: Message | None = None
    offers: Sequence[Offer] = field(default_factory=list)
    party_form: PickForm | None = None
    walk: str = ""
    later_title: str = "After the show"
    later_note: str = ""
    other_times: Sequence[Start] = ()
    evening: Offer | None = None
    wait: WantedTable | None = None
    note: str = ""


@dataclass(frozen=True)
class _Question:
    """What a guest asks for, and what it takes to answer."""

    published: PublishedWidget
    choice: Choice
    show: GuestShow | None
    within: Bounds
    now: datetime

    @property
    def zone(self) -> str:
        return self.published.venue.timezone

    @property
    def show_today(self) -> GuestShow | None:
        """The show, if it goes ahead and the chosen day is its calendar day or its evening."""
        show = self.show
        if show is None or show.cancelled:
            return None
        return show if self.choice.day in around_show.show_days(show.starts_at, self.zone) else None

    def closest(self) -> list[Offer]:
        """Return the closest times to offer instead: for a smaller party, and on another day."""
        show_today, choice = self.show_today, self.choice
        if show_today:
            choice = replace(choice, day=around_show.evening_of(show_today.starts_at, self.zone))
        offers = []
        for found in service.alternatives(self.published, choice, show_today, self.within, self.now):
            starts_at = found.slot.starts_at
            local = clock.to_local(starts_at, self.zone)
            day, time = rules.day_text(local.date()), rules.time_text(local)
            guests = rules.guests_text(found.party_size)
            if found.party_size != choice.party_size:
                title, text = f"{time} for {guests}", f"{day}, before the show" if show_today else day
            elif show_today and not around_show.same_evening(show_today.starts_at, starts_at, self.zone):
                after_midnight = len(around_show.show_days(show_today.starts_at, self.zone)) > 1
                not_with_show = f"not the {'evening' if after_midnight else 'day'} of your show"
                title, text = f"{day}, {time}", f"{guests}, {not_with_show}"
            else:
                title, text = f"{day}, {time}", guests
            offers.append(Offer(title, text, rules.instant_text(starts_at), found.party_size))
        return offers

    def wait_before_show(self, day: date) -> WantedTable | None:
        """Return the wait offered while other times that day are free: only a table before the show."""
        choice = replace(self.choice, day=day)
        wanted = wanted_tables.find(self.published, choice, self.show, self.within, self.now)
        return wanted if wanted and wanted.before else None


def times(
    published: PublishedWidget, choice: Choice, show: GuestShow | None, within: Bounds, now: datetime
) -> Times:
    """Return the times of a choice. The first case that applies decides."""
    asked = _Question(published, choice, show, within, now)
    zone, party_size = asked.zone, choice.party_size
    heading = f"Times for {rules.long_day_text(choice.day)}"

    # The party is too large for this page.
    if party_size > within.largest_party:
        title = f"You cannot book for {within.largest_party + 1} or more here"
        how = "Call" if published.venue.phone else "Email" if published.venue.email else ""
        call = f"{how} the restaurant to book for all of you." if how else ""
        text = (
            f"{call} You can book for up to {rules.guests_text(within.largest_party)} on this page.".strip()
        )
        found = Times(heading, announcement=title, trouble=Message(title, text))
        return replace(found, party_form=exact_party(choice, within))

    slots = service.times(published, choice, now)
    show_today = asked.show_today

    # The show starts after midnight, and this is its calendar day.
    if show_today and around_show.evening_of(show_today.starts_at, zone) != choice.day:
        return _on_calendar_day(asked, show_today, slots, heading)

    # No table at all, or a day without a show.
    if not show_today or not slots:
        return replace(_without_show(asked, slots, heading), party_form=exact_party(choice, within))

    # Times before and after the show. Once the show has begun, having none before it is no trouble.
    found = grouped(show_today, slots, zone, heading)
    if found.before or show_today.starts_at <= now:
        return found

    # No table before the show: the first one after it leads what else is offered.
    offers = asked.closest()
    first_later = next((slot for slot in slots if slot.starts_at >= show_today.first_after), None)
    if first_later:
        day = rules.day_text(clock.local_date(first_later.starts_at, zone))
        title = f"{found.later_title}, {around_show.clock_text(first_later.starts_at, zone)}"
        text = f"{day}, {rules.guests_text(party_size)}"
        offers.insert(0, Offer(title, text, rules.instant_text(first_later.starts_at), party_size))
    return replace(
        found,
        trouble=Message(
            f"No tables for {party_size} before the show",
            f"{show_today.name or 'Your show'} starts at {found.curtain}. These are the closest times.",
        ),
        offers=offers,
        other_times=[*found.during, *found.later],
        wait=asked.wait_before_show(choice.day),
    )


def with_note(found: Times, published: PublishedWidget, day: date) -> Times:
    """Return the times of a day with what the venue says of it, and why there are none on a closed one."""
    special = availability.special_day(published.venue, day)
    if special is None:
        return found
    if special.closed and found.trouble:
        title = f"Closed on {rules.day_text(day)}"
        said = f"{title}. {special.note}" if special.note else title
        found = replace(found, trouble=replace(found.trouble, title=title), announcement=said)
    return replace(found, note=special.note)


def _on_calendar_day(asked: _Question, show: GuestShow, slots: Sequence[Slot], heading: str) -> Times:
    """Return the times of the calendar day of a show after midnight, and the way to the evening before."""
    zone, party_size = asked.zone, asked.choice.party_size
    if any(around_show.same_evening(show.starts_at, slot.starts_at, zone) for slot in slots):
        found = grouped(show, slots, zone, heading)
    else:
        found = _without_show(asked, slots, heading)
    evening = around_show.evening_of(show.starts_at, zone)
    if not asked.within.contains(evening):
        return found
    title = f"{rules.day_text(evening)}, the evening of your show"
    on_the_evening = service.times(asked.published, replace(asked.choice, day=evening), asked.now)
    if on_the_evening:
        by_show, number = around_show.group_slots(on_the_evening, show), len(on_the_evening)
        none_before = f"{number} time{'' if number == 1 else 's'}, none before the show"
        text = around_show.count_text(by_show, show) if by_show.before else none_before
        offer = Offer(title, text, "", party_size, day=evening.isoformat())
        # Offer only the evening.
        trouble = found.trouble and replace(
            found.trouble, text="There are times on the evening of your show."
        )
        return replace(found, evening=offer, trouble=trouble, offers=(), wait=None)
    offers = asked.closest()
    begins = f"{show.name or 'Your show'} starts at {around_show.clock_text(show.starts_at, zone)}."
    return replace(
        found,
        trouble=Message(
            f"No tables for {party_size} on {title}",
            f"{begins} These are the closest times." if offers else begins,
        ),
        offers=offers,
        other_times=[*found.before, *found.during, *found.later],
        wait=asked.wait_before_show(evening),
    )


def _without_show(asked: _Question, slots: Sequence[Slot], heading: str) -> Times:
    """Return all times of the day as one group; or that there are none, with what is offered instead."""
    choice = asked.choice
    if slots:
        number = f"{len(slots)} time{'' if len(slots) == 1 else 's'}"
        announcement = f"{number} on {rules.long_day_text(choice.day)}"
        return Times(heading, start_buttons=start_buttons(slots, asked.zone), announcement=announcement)
    closed = _closed_title(asked)
    title = closed or f"No tables for {choice.party_size} on {rules.day_text(choice.day)}"
    offers = asked.closest()
    choose = f"Choose another date{'' if closed else ' or fewer guests'}."
    text = "These are the closest times." if offers else choose
    wait = wanted_tables.find(asked.published, choice, asked.show, asked.within, asked.now)
    return Times(heading, announcement=title, trouble=Message(title, text), offers=offers, wait=wait)


def _closed_title(asked: _Question) -> str:
    """Return "Closed on Mondays" for a day on which the venue does not serve, "" where it does."""
    published, day = asked.published, asked.choice.day
    if service.serves_on(published, day):
        return ""
    served = any(service.serves_on(published, day + timedelta(weeks=number)) for number in (1, 2, 3))
    # A day that is closed once, or of a house without hours, says nothing of other weeks.
    is_weekly = not served and availability.open_days(published.venue, day, 7)
    return f"Closed on {day:%A}s" if is_weekly else f"Closed on {rules.day_text(day)}"


def grouped(show: GuestShow, slots: Sequence[Slot], zone: str, heading: str) -> Times:
    """Return times grouped by a show."""
    by_show = around_show.group_slots(slots, show)
    if not all(around_show.same_evening(show.starts_at, slot.starts_at, zone) for slot in by_show.later):
        later_title = "Later that day"
    else:
        later_title = "After the show" if show.ends_at else "Later that evening"
    return Times(
        heading,
        curtain=around_show.clock_text(show.starts_at, zone),
        before=start_buttons(by_show.before, zone, show),
        during=start_buttons(by_show.during, zone),
        later=start_buttons(by_show.later, zone),
        announcement=around_show.count_text(by_show, show),
        walk=around_show.walk_text(show, zone),
        later_title=later_title,
        later_note=around_show.after_show_text(show, by_show.later, zone),
    )


def start_buttons(slots: Sequence[Slot], zone: str, show: GuestShow | None = None) -> list[Start]:
    """Return the buttons of some slots; with a show that follows, each says how long there is to eat."""
    return [
        Start(
            rules.instant_text(slot.starts_at),
            around_show.clock_text(slot.starts_at, zone),
            around_show.time_to_eat(slot, show) if show else "",
        )
        for slot in slots
    ]


def exact_party(choice: Choice, within: Bounds) -> PickForm | None:
    """Return a select for the exact number once the last chip is chosen, which stands for several."""
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
