"""What is on offer: to diners, to staff, and why a time is not. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import partial
from itertools import groupby

from portal.availability import day_cache, obstacles, reading
from portal.availability.day_cache import Day
from portal.availability.hours import (
    Offer,
    Period,
    Slot,
    SpecialDay,
    instants,
    offers_at,
    offers_on,
    on_calendar,
)
from portal.availability.obstacles import Obstacle, Rule, Wish
from portal.availability.room import Asker, Place, Room
from portal.clock import instant_of_wall, local_date
from portal.venues.models import Venue

NEAREST = 4
DAYS_SHOWN = 60
DAYS_AROUND = 15
# Somebody at the door is glad of a table for this long.
SHORTEST_VISIT = timedelta(minutes=30)
_LOOKED_AHEAD = timedelta(hours=6)
_ASKED_NO_FURTHER = frozenset({Rule.CLOSED, Rule.HOURS, Rule.TABLE_SIZE, Rule.TABLES_OUT})


class DayState(Enum):
    """How a day stands for one party size."""

    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    # Not bookable online: its last times are too soon, or the day is too far ahead.
    TOO_LATE = "too late"
    TOO_EARLY = "not yet"


@dataclass(frozen=True)
class DayOnOffer:
    """One day of the date chooser; `note` is what the venue says of a special day, else ""."""

    on: date
    state: DayState
    note: str = ""


@dataclass(frozen=True)
class DayCell:
    """One day of the calendar: how it stands, what is on, and all of it as it is read out."""

    on: date
    state: DayState
    note: str
    shows: Sequence[str]

    @property
    def can_be_chosen(self) -> bool:
        return self.state in {DayState.OPEN, DayState.FULL}

    @property
    def spoken(self) -> str:
        parts = [f"{self.on:%A} {self.on.day} {self.on:%B}", self.state.value]
        if self.note:
            parts.append(self.note)
        if self.shows:
            parts.append(f"show: {', '.join(self.shows)}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Month:
    """A month with its weeks from Monday; None stands for a day that is not shown."""

    title: str
    weeks: Sequence[Sequence[DayCell | None]]

    @property
    def noted(self) -> list[DayCell]:
        """The days of which the venue says something."""
        return [cell for week in self.weeks for cell in week if cell and cell.note]


@dataclass(frozen=True)
class OpenPlace:
    """A place that a party at the door can have now.

    Args:
        ends_at: until when the party may stay there.
        taken_from: when somebody else has it next, None where nobody has for hours.
        is_whole_stay: whether it is free for as long as such a party usually stays.
    """

    place: Place
    ends_at: datetime
    taken_from: datetime | None
    is_whole_stay: bool


@dataclass(frozen=True)
class Answer:
    """Whether a party can have a time, and if not why.

    Args:
        slot: what it would be, None outside all service periods.
        obstacles: everything that stands in the way, in order; none means that it can be had.
        checked: the rules that were looked at, in order.
        nearest: the closest other times of that service day that the party can have, by time.
        served: the services that begin on the day, by time.
        is_special: whether the day is one of the venue's special days.
        note: what the venue says of a special day.
    """

    slot: Slot | None
    obstacles: Sequence[Obstacle]
    checked: Sequence[Rule]
    nearest: Sequence[Slot]
    served: Sequence[Period]
    is_special: bool
    note: str = ""


@dataclass(frozen=True)
class Moving:
    """A party that has a seating, the place that it wants, None for any, and how long it stays.

    `stay` None is as long as the service says.
    """

    seating_id: int | None
    place_key: str | None = None
    stay: timedelta | None = None


def slots(
    venue: Venue, service_on: date, party_size: int, now: datetime, asker: Asker = Asker.ONLINE
) -> list[Slot]:
    """Return the slots open to `party_size` people in the services that begin on `service_on`, in order."""
    if not on_calendar(service_on):
        return []
    return day_cache.day(venue, service_on).open_slots(party_size, now, asker)


def slots_until(
    venue: Venue, service_on: date, party_size: int, now: datetime
) -> tuple[list[Slot], datetime]:
    """Return what `slots` says to diners, and the next moment at which the clock alone may change it."""
    day = day_cache.day(venue, service_on)
    return day.open_slots(party_size, now), day.stands_until(party_size, now)


def stands_until(venue: Venue, service_on: date, party_size: int, now: datetime) -> datetime:
    """Return the next moment at which the clock alone may change what `slots` says to diners."""
    return day_cache.day(venue, service_on).stands_until(party_size, now)


def possible(venue: Venue, service_on: date, party_size: int, now: datetime) -> list[Slot]:
    """Return the slots that a party could have if nobody else came: those worth waiting for, in order."""
    if not on_calendar(service_on):
        return []
    return _empty(venue, service_on).open_slots(party_size, now)


def could_seat(venue: Venue, service_on: date, party_size: int, asker: Asker) -> bool:
    """Tell whether an empty house would take such a party at any time of a day."""
    return on_calendar(service_on) and bool(_empty(venue, service_on).fitting(party_size, asker))


def special_day(venue: Venue, service_on: date) -> SpecialDay | None:
    """Return how a day is unlike its weekday, None for one like any other.

    For a page that has just asked for the day's times it costs no query more.
    """
    if not on_calendar(service_on):
        return None
    day = day_cache.just_read(venue, service_on) or day_cache.day(venue, service_on)
    return day.hours.special.get(service_on)


def places(venue: Venue, slots: Sequence[Slot], party_size: int) -> int:
    """Return how many parties could be seated at the best of some slots of one day; 0 for no slots."""
    if not slots:
        return 0
    day = day_cache.day(venue, slots[0].service_on)
    offers = offers_on(day.hours, day.service_on, day.zone, party_size)
    return max((_parties(day, offer, party_size) for offer in offers if offer[1] in slots), default=0)


def tables_for(venue: Venue, slots: Sequence[Slot], party_size: int, asker: Asker) -> dict[Slot, str]:
    """Return which place a party would get at each of some free slots of one day, "" for covers alone."""
    room = day_cache.day(venue, slots[0].service_on).room
    places = {slot: room.choose(slot.starts_at, slot.ends_at, party_size, asker) for slot in slots}
    return {slot: place.name if place else "" for slot, place in places.items()}


def open_places(venue: Venue, now: datetime, party_size: int) -> list[OpenPlace]:
    """Return the places that a party at the door can have: for a whole stay first, then the longest first.

    One that somebody else has soon is among them, as long as there is time for a short visit.
    """
    today = day_cache.day(venue, local_date(now, venue.timezone))
    found: dict[str, OpenPlace] = {}
    for period, slot in offers_at(today.hours, now, today.zone, party_size, slots_only=False):
        day = day_cache.day(venue, slot.service_on)
        for place in day.room.choices(party_size, Asker.WALK_IN):
            taken_from = day.room.held_from(place, now, max(slot.ends_at, now + _LOOKED_AHEAD))
            ends_at = min(slot.ends_at, taken_from or slot.ends_at)
            rest = replace(slot, ends_at=ends_at)
            is_whole = ends_at == slot.ends_at
            long_enough = is_whole or ends_at - now >= SHORTEST_VISIT
            wish = Wish(period, rest, day.room, day.zone, party_size, Asker.WALK_IN)
            if long_enough and obstacles.fits(wish):
                found.setdefault(place.name, OpenPlace(place, ends_at, taken_from, is_whole))
    whole = [one for one in found.values() if one.is_whole_stay]
    short = [one for one in found.values() if not one.is_whole_stay]
    return whole + sorted(short, key=lambda one: one.ends_at, reverse=True)


def month(
    venue: Venue,
    first: date,
    days: int,
    party_size: int,
    now: datetime,
    asker: Asker = Asker.ONLINE,
) -> list[DayOnOffer]:
    """Return how each of `days` days from `first` stands for a party, with one query a table."""
    wanted = _in_a_row(first, days)
    found = day_cache.days(venue, wanted)
    return [_on_offer(found[on], party_size, now, asker) for on in wanted]


def month_stands_until(venue: Venue, first: date, days: int, party_size: int, now: datetime) -> datetime:
    """Return the next moment at which the clock alone may change what `month` says to diners."""
    found = day_cache.days(venue, _in_a_row(first, days))
    return min(day.stands_until(party_size, now) for day in found.values())


def by_month(days: Sequence[DayOnOffer], shows: Mapping[date, Sequence[str]]) -> list[Month]:
    """Return days in a row, with the shows of each, by month."""
    cells = [DayCell(day.on, day.state, day.note, shows.get(day.on, ())) for day in days]
    return [
        Month(f"{first:%B %Y}", _weeks(list(of_month)))
        for first, of_month in groupby(cells, key=lambda cell: cell.on.replace(day=1))
    ]


def open_days(venue: Venue, first: date, days: int) -> list[date]:
    """Return those of `days` days from `first` on which the venue serves, full or not."""
    if not on_calendar(first):
        return []
    hours = day_cache.hours(venue, first, first + timedelta(days=days))
    ahead = (first + timedelta(days=number) for number in range(days))
    return [day for day in ahead if on_calendar(day) and hours.on(day)]


def nearest_open_day(venue: Venue, day: date, today: date) -> date | None:
    """Return the day closest to a closed one on which the venue serves, from `today` on."""
    first = max(today, day - timedelta(days=DAYS_AROUND))
    found = open_days(venue, first, (day - first).days + DAYS_AROUND)
    return min(found, key=lambda each: (abs(each - day), each < day), default=None)


def why_not(
    venue: Venue, day: date, wall: time, party_size: int, now: datetime, asker: Asker = Asker.STAFF
) -> Answer:
    """Return whether a party can have a wall time of a day, and everything that stands in the way.

    The rules are those by which the slots are found; nothing is judged a second time. Of a time that the
    clocks show twice the better pass counts.
    """
    wished = datetime.combine(day, wall)
    passes = sorted(instants(wished, venue.timezone)) or [instant_of_wall(wished, venue.timezone)]
    answers = [why_not_at(venue, starts_at, party_size, now, asker) for starts_at in passes]
    return min(answers, key=lambda answer: len(answer.obstacles))


def why_not_at(
    venue: Venue, starts_at: datetime, party_size: int, now: datetime, asker: Asker = Asker.STAFF
) -> Answer:
    """Return the same for an instant."""
    return _why_not(venue, _Question(starts_at, party_size, now, asker), partial(day_cache.day, venue))


def why_not_moved(
    venue: Venue, moving: Moving, starts_at: datetime, party_size: int, now: datetime, asker: Asker
) -> Answer:
    """Return the same for a party that has a place already, which is free for it."""
    asked = _Question(starts_at, party_size, now, asker, moving.stay)
    return _why_not(venue, asked, partial(day_without, venue, moving.seating_id, moving.place_key))


def day_without(venue: Venue, seating_id: int | None, place_key: str | None, service_on: date) -> Day:
    """Return a day as it is without one of its seatings, and with one place alone where that is named."""
    house = reading.house(venue)
    hours = reading.hours(house, service_on, service_on)
    days = [service_on + timedelta(days=near) for near in (-1, 0, 1)]
    taken = [party for parties in reading.seated(house, days, seating_id).values() for party in parties]
    room = Room(house.places, taken, house.absent(hours, service_on))
    place = room.place_with(place_key) if place_key else None
    return Day(service_on, venue.timezone, hours, room.with_only(place) if place else room)


@dataclass(frozen=True)
class _Question:
    starts_at: datetime
    party_size: int
    now: datetime
    asker: Asker
    stay: timedelta | None = None

    def with_stay(self, offer: Offer) -> Offer:
        period, slot = offer
        return (period, replace(slot, ends_at=slot.starts_at + self.stay)) if self.stay else offer


def _why_not(venue: Venue, asked: _Question, look: Callable[[date], Day]) -> Answer:
    starts_at, party_size, asker = asked.starts_at, asked.party_size, asked.asker
    day = local_date(starts_at, venue.timezone)
    if not on_calendar(day):
        return Answer(None, [Obstacle(Rule.CLOSED)], [Rule.CLOSED], [], [], is_special=False)
    today = look(day)
    offers = list(offers_at(today.hours, starts_at, today.zone, party_size, slots_only=False))
    judged = [(offer[1], _judged(look(offer[1].service_on), offer, asked)) for offer in offers]
    slot, found = min(judged, key=lambda one: len(one[1]), default=(None, []))
    # After midnight the service is that of the evening before.
    evening = look(slot.service_on) if slot else today
    free = [one for one in _open_slots(evening, asked) if one.starts_at != starts_at]
    free.sort(key=lambda one: abs(one.starts_at - starts_at))
    nearest = sorted(free[:NEAREST], key=lambda one: one.starts_at)
    served = today.hours.on(day)
    checked = obstacles.binding(asker, with_tables=bool(evening.room.places))
    if slot is None:
        found = [Obstacle(Rule.HOURS if served else Rule.CLOSED)]
    # Whether there is a table at all comes before whether it is free.
    last = next((one.rule for one in found if one.rule in _ASKED_NO_FURTHER), None)
    if last:
        checked = checked[: checked.index(last) + 1]
    is_special = evening.service_on in evening.hours.special
    return Answer(slot, found, checked, nearest, served, is_special, _note(evening))


def _in_a_row(first: date, days: int) -> list[date]:
    return [day for day in (first + timedelta(days=number) for number in range(days)) if on_calendar(day)]


def _judged(day: Day, offer: Offer, asked: _Question) -> list[Obstacle]:
    period, slot = asked.with_stay(offer)
    wish = Wish(period, slot, day.room, day.zone, asked.party_size, asked.asker)
    found = obstacles.all_of(wish, asked.now)
    starts = offers_at(day.hours, slot.starts_at, day.zone, asked.party_size)
    is_start = any(offer[1] == other for _, other in starts)
    if asked.asker is Asker.ONLINE and not is_start:
        found.insert(0, Obstacle(Rule.START, period.slot_minutes))
    return found


def _open_slots(day: Day, asked: _Question) -> list[Slot]:
    if asked.stay is None:
        return day.open_slots(asked.party_size, asked.now, asked.asker)
    offers = (
        asked.with_stay(offer) for offer in offers_on(day.hours, day.service_on, day.zone, asked.party_size)
    )
    found = obstacles.fitting(offers, day.room, day.zone, asked.party_size, asked.asker)
    return obstacles.once_each(slot for _, slot in found if slot.starts_at > asked.now)


def _on_offer(day: Day, party_size: int, now: datetime, asker: Asker) -> DayOnOffer:
    if not day.hours.on(day.service_on):
        state = DayState.CLOSED
    elif day.has_space(party_size, now, asker):
        state = DayState.OPEN
    elif free := day.fitting(party_size, asker):
        found = obstacles.all_of(free[-1], now)
        too_early = any(one.rule is Rule.HORIZON for one in found)
        state = DayState.TOO_EARLY if too_early else DayState.TOO_LATE
    else:
        state = DayState.FULL
    return DayOnOffer(day.service_on, state, _note(day))


def _note(day: Day) -> str:
    special = day.hours.special.get(day.service_on)
    return special.note if special else ""


def _parties(day: Day, offer: Offer, party_size: int) -> int:
    """Return how many parties could take one slot beside each other."""
    period, slot = offer
    most = (period.covers - day.room.peak(slot.starts_at, slot.ends_at)) // party_size
    wish = Wish(period, slot, day.room, day.zone, party_size, Asker.ONLINE)
    covers, parties = wish.starting()
    if period.most_covers is not None:
        most = min(most, (period.most_covers - covers) // party_size)
    if period.most_parties is not None:
        most = min(most, period.most_parties - parties)
    if day.room.places:
        most = day.room.parties_at_once(slot.starts_at, slot.ends_at, party_size, Asker.ONLINE, most)
    return max(most, 0)


def _empty(venue: Venue, service_on: date) -> Day:
    house = reading.house(venue)
    hours = reading.hours(house, service_on, service_on)
    return Day(service_on, venue.timezone, hours, Room(house.places, (), house.absent(hours, service_on)))


def _weeks(cells: Sequence[DayCell]) -> list[list[DayCell | None]]:
    line: list[DayCell | None] = [None] * cells[0].on.weekday() + list(cells)
    line += [None] * (-len(line) % 7)
    return [line[start : start + 7] for start in range(0, len(line), 7)]
