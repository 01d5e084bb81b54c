"""When a venue serves: service periods, special days and the starts they offer. Plain values in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from portal.clock import to_local

QUARTER_SECONDS = 15 * 60
_Span = tuple[datetime, datetime] | None
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
# Other years are slips of the keyboard, and arithmetic at the ends of the calendar overflows.
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Period:
    """Lunch or dinner as it runs on one day; times are the venue's wall times, both ends bookable.

    A `last_seating` at or before `opens` lies after midnight and belongs to the day the service began.

    Args:
        slot_minutes: between two starts on offer.
        stay_minutes: how long a party stays for which `stays` has no line.
        covers: how many people may be seated at once while a party of this period sits.
        stays: pairs of the largest party and its minutes, smallest party first.
        most_covers, most_parties: how many may start within one interval when a party of this period does,
            whichever period the others booked; None for any number.
        notice_minutes: how long before its start a slot can last be booked online.
        horizon_days: how many days ahead it can be booked online, None for no limit.
        largest_online: the largest party that books online, None for no limit.
    """

    id: int
    name: str
    opens: time
    last_seating: time
    slot_minutes: int
    stay_minutes: int
    covers: int
    stays: tuple[tuple[int, int], ...] = ()
    most_covers: int | None = None
    most_parties: int | None = None
    notice_minutes: int = 0
    horizon_days: int | None = None
    largest_online: int | None = None

    def stay_of(self, party_size: int) -> timedelta:
        """Return how long a party of this size stays."""
        for largest, minutes in self.stays:
            if party_size <= largest:
                return timedelta(minutes=minutes)
        return timedelta(minutes=self.stay_minutes)

    @property
    def longest_stay(self) -> timedelta:
        return timedelta(minutes=max([self.stay_minutes, *(minutes for _, minutes in self.stays)]))


@dataclass(frozen=True, slots=True)
class WeeklyPeriod:
    """A period on some weekdays (Monday 0), from one date to another; None is open at that end."""

    period: Period
    weekdays: frozenset[int]
    valid_from: date | None = None
    valid_until: date | None = None

    def runs_on(self, day: date) -> bool:
        return (
            day.weekday() in self.weekdays
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day unlike its weekday.

    Args:
        closed: nobody is served.
        periods: what runs instead of the weekday's own periods, None where those stay.
        hired_table_ids: tables that a private party has all day.
        note: what diners read of it.
    """

    closed: bool = False
    periods: tuple[Period, ...] | None = None
    hired_table_ids: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True)
class Hours:
    """All that a venue's hours are decided from, around the days asked about."""

    weekly: Sequence[WeeklyPeriod] = ()
    special: Mapping[date, SpecialDay] = field(default_factory=dict)

    @classmethod
    def every(cls, weekday_periods: Mapping[int, Sequence[Period]]) -> Hours:
        """Return hours without dates or special days, from periods by weekday, Monday 0."""
        return cls(
            [
                WeeklyPeriod(period, frozenset({weekday}))
                for weekday, periods in weekday_periods.items()
                for period in periods
            ]
        )

    def on(self, service_on: date) -> Sequence[Period]:
        """Return the periods that begin on a day in the order in which they open, none for a closed one."""
        special = self.special.get(service_on)
        if special is not None and special.closed:
            return ()
        if special is not None and special.periods is not None:
            periods: Iterable[Period] = special.periods
        else:
            periods = (weekly.period for weekly in self.weekly if weekly.runs_on(service_on))
        return sorted(periods, key=lambda period: (period.opens, period.id))

    def hired_on(self, service_on: date) -> frozenset[int]:
        """Return the tables that a private party has on a day."""
        special = self.special.get(service_on)
        return special.hired_table_ids if special else frozenset()


@dataclass(frozen=True, slots=True)
class Slot:
    """A stay to ask for. `service_on` is the day its service began, which after midnight is yesterday."""

    starts_at: datetime
    ends_at: datetime
    period_id: int
    period_name: str
    service_on: date


Offer = tuple[Period, Slot]
"""A slot and the period whose rules bound it."""


def on_calendar(day: date) -> bool:
    """Return whether a day, or an instant, lies in years that anybody books."""
    return day.year in _YEARS


@lru_cache(maxsize=4096)
def starts_on(period: Period, service_on: date, zone: str) -> tuple[datetime, ...]:
    """Return every start of a period that begins on `service_on`, taken or not, in order, in UTC.

    Starts are wall times in `zone`, an IANA name: one that the spring change skips is left out, and one that
    autumn repeats is on offer in both passes, which are two instants (B14, B15).
    """
    opens, last_seating = bounds(period, service_on)
    minutes_open = (last_seating - opens) // _MINUTE
    walls = (opens + minute * _MINUTE for minute in range(0, minutes_open + 1, period.slot_minutes))
    return tuple(sorted(instant for wall in walls for instant in instants(wall, zone)))


def slot(period: Period, starts_at: datetime, service_on: date, party_size: int) -> Slot:
    """Return the stay of a party from `starts_at`, in UTC; stays are real minutes on any night."""
    return Slot(starts_at, starts_at + period.stay_of(party_size), period.id, period.name, service_on)


def offers_on(hours: Hours, service_on: date, zone: str, party_size: int) -> Iterator[Offer]:
    """Yield every slot of the services that begin on a day, taken or not."""
    for period in hours.on(service_on):
        for starts_at in starts_on(period, service_on, zone):
            yield period, slot(period, starts_at, service_on, party_size)


def offers_at(
    hours: Hours, starts_at: datetime, zone: str, party_size: int, *, slots_only: bool = True
) -> Iterator[Offer]:
    """Yield each way of sitting down at `starts_at`, the service that began the day before first.

    With `slots_only` the instant must be a start on offer; without, any instant from opening to last seating
    will do, in either pass of a repeated hour: somebody standing at the door is there in both.
    """
    wall = to_local(starts_at, zone).replace(tzinfo=None)
    # Two instants of an hour that happens twice compare unequal across zones, so everything is in UTC.
    starts_at = starts_at.astimezone(UTC)
    for service_on in (wall.date() - _DAY, wall.date()):
        for period in hours.on(service_on):
            opens, last_seating = bounds(period, service_on)
            is_within = opens <= wall <= last_seating
            if is_within and (not slots_only or starts_at in starts_on(period, service_on, zone)):
                yield period, slot(period, starts_at, service_on, party_size)


def bounds(period: Period, service_on: date) -> tuple[datetime, datetime]:
    """Return opening and last seating as naive wall times."""
    opens = datetime.combine(service_on, period.opens)
    last_seating = datetime.combine(service_on, period.last_seating)
    return opens, last_seating if last_seating > opens else last_seating + _DAY


def days_sharing_the_room(hours: Hours, service_on: date, zone: str) -> list[date]:
    """Return, in order, `service_on` and those of its neighbours whose parties can sit at the same time.

    Ordinarily the day alone; a service past midnight may run into the next day's first.
    """
    span = _span(hours, service_on, zone)
    neighbours = (service_on - _DAY, service_on + _DAY)
    return sorted([service_on, *(day for day in neighbours if _meet(span, _span(hours, day, zone)))])


def _span(hours: Hours, service_on: date, zone: str) -> _Span:
    """Return the first and the last instant at which anybody of a day's services can hold a table."""
    edges = []
    for period in hours.on(service_on):
        opens, last_seating = bounds(period, service_on)
        edges += _passes(opens, zone)
        edges += [instant + period.longest_stay for instant in _passes(last_seating, zone)]
    quarter = timedelta(seconds=QUARTER_SECONDS)
    return (min(edges) - quarter, max(edges) + quarter) if edges else None


def _meet(one: _Span, other: _Span) -> bool:
    return one is not None and other is not None and one[0] < other[1] and other[0] < one[1]


def instants(wall: datetime, zone: str) -> set[datetime]:
    """Return the instants at which a clock on the wall shows `wall`, a naive time: none, one, or two."""
    return {at for at in _passes(wall, zone) if to_local(at, zone).replace(tzinfo=None) == wall}


def _passes(wall: datetime, zone: str) -> list[datetime]:
    """Return both readings of a wall time, the same instant twice except on the nights the clocks change."""
    local = wall.replace(tzinfo=ZoneInfo(zone))
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
