"""Days on offer as months of weeks, for the date choosers. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from portal.availability.service import DayOnOffer, DayState

DAYS_SHOWN = 60


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


def months(days: Sequence[DayOnOffer], shows: Mapping[date, Sequence[str]]) -> list[Month]:
    """Return days in a row, with the shows of each, by month."""
    cells = [DayCell(day.on, day.state, day.note, shows.get(day.on, ())) for day in days]
    return [
        Month(f"{first:%B %Y}", _weeks(list(of_month)))
        for first, of_month in groupby(cells, key=lambda cell: cell.on.replace(day=1))
    ]


def _weeks(cells: Sequence[DayCell]) -> list[list[DayCell | None]]:
    line: list[DayCell | None] = [None] * cells[0].on.weekday() + list(cells)
    line += [None] * (-len(line) % 7)
    return [line[start : start + 7] for start in range(0, len(line), 7)]
