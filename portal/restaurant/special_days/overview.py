"""What the page of the special days shows: the next ones, and the year. Writes nothing."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from portal.availability import special_days
from portal.availability.models import SpecialDay
from portal.bookings.models import Booking
from portal.extensions import db
from portal.restaurant.days import local_today
from portal.restaurant.special_days.bank_holidays import BankHoliday, of_year
from portal.restaurant.special_days.subjects import KINDS, kind_of, periods_text, values_of
from portal.venues.models import Venue

_SHOWN = 10
_YEARS_BACK, _YEARS_AHEAD = 1, 3


@dataclass(frozen=True)
class DayShown:
    """One special day of the list.

    Args:
        details: its hours, or the tables that are hired.
        bookings: how many bookings stand on that day.
    """

    id: int
    on: date
    kind: str
    title: str
    details: str
    note: str
    bookings: int


@dataclass(frozen=True)
class Square:
    """One day of a month; `special_id` is None for a day like any other."""

    on: date
    is_over: bool
    is_today: bool
    special_id: int | None = None
    kind: str = ""
    title: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What the day is, for whoever does not see the picture."""
        day = f"{self.on.day} {self.on:%B %Y}"
        if not self.special_id:
            return day if self.is_over else f"{day}: add special day"
        return f"{day}: {self.title}{f', {self.note}' if self.note else ''}"


@dataclass(frozen=True)
class Month:
    """One month: its weeks from Monday on, with None for the days of its neighbours."""

    name: str
    year: int
    weeks: Sequence[Sequence[Square | None]]

    @property
    def special(self) -> list[Square]:
        """The special days among its own."""
        return [square for week in self.weeks for square in week if square and square.special_id]


@dataclass(frozen=True)
class Year:
    """Twelve months; `previous` and `following` are the years before and after, None where none is shown."""

    title: str
    months: Sequence[Month]
    previous: int | None
    following: int | None


def year(venue: Venue, wanted: int | None) -> Year:
    """Return a year, or twelve months from this one on where none is wanted or that one is too far away."""
    today = local_today(venue)
    first, last = today.year - _YEARS_BACK, today.year + _YEARS_AHEAD
    is_year = wanted is not None and first <= wanted <= last
    start = date(wanted, 1, 1) if is_year and wanted else today.replace(day=1)
    starts = [_month_after(start, number) for number in range(12)]
    rows = special_days.between(venue, start, _month_after(start, 12))
    special = {row.service_on: row for row in rows}
    weeks_of = Calendar().monthdatescalendar
    months = [
        Month(
            f"{month:%B}" if is_year else f"{month:%B %Y}",
            month.year,
            [
                [_square(day, today, special.get(day)) if day.month == month.month else None for day in week]
                for week in weeks_of(month.year, month.month)
            ],
        )
        for month in starts
    ]
    title = str(start.year) if is_year else f"{start:%B %Y} to {starts[-1]:%B %Y}"
    before = start.year - 1 if is_year else start.year
    return Year(
        title,
        months,
        before if before >= first else None,
        start.year + 1 if start.year < last else None,
    )


def _month_after(start: date, number: int) -> date:
    """Return the first day of the month so many months later."""
    years, month = divmod(start.month - 1 + number, 12)
    return date(start.year + years, month + 1, 1)


def bank_holidays(venue: Venue) -> list[BankHoliday]:
    """Return the bank holidays of the next twelve months that are no special days yet, and not closed anyway.

    Those of the whole country come first, then those that only some of its regions keep.
    """
    today = local_today(venue)
    last = today + timedelta(days=365)
    there = {row.service_on for row in special_days.between(venue, today, last)}
    found = (day for year in (today.year, today.year + 1) for day in of_year(venue.country, year))
    days: dict[date, BankHoliday] = {}
    for each in found:
        if today <= each.on <= last and each.on not in there:
            days.setdefault(each.on, each)
    opened = special_days.open_days(venue, list(days))
    offered = [each for each in days.values() if each.on in opened or not opened]
    return sorted(offered, key=lambda each: (bool(each.regions), each.on))


def _square(day: date, today: date, row: SpecialDay | None) -> Square:
    if row is None:
        return Square(day, day < today, day == today)
    kind = kind_of(row)
    return Square(day, day < today, day == today, row.id, kind, KINDS[kind], row.note)


def next_ones(venue: Venue) -> list[DayShown]:
    """Return the next special days."""
    rows = special_days.next_ones(venue, local_today(venue), _SHOWN)
    bookings = _bookings_on(venue, [row.service_on for row in rows])
    tables = special_days.tables(venue)
    return [_shown(venue, row, tables, bookings.get(row.service_on, 0)) for row in rows]


def _shown(venue: Venue, row: SpecialDay, tables: dict[int, str], bookings: int) -> DayShown:
    kind = kind_of(row)
    hired = ", ".join(name for table_id, name in tables.items() if table_id in row.hired_table_ids)
    parts = [periods_text(values_of(venue, row)["periods"]) if kind == "hours" else "", hired]
    return DayShown(
        row.id, row.service_on, kind, KINDS[kind], "; ".join(filter(None, parts)), row.note, bookings
    )


def _bookings_on(venue: Venue, days: Sequence[date]) -> dict[date, int]:
    found = db.session.execute(
        select(Booking.service_on, func.count())
        .where(Booking.venue_id == venue.id, Booking.service_on.in_(days), Booking.seating_id.is_not(None))
        .group_by(Booking.service_on)
    )
    return {row[0]: row[1] for row in found}
