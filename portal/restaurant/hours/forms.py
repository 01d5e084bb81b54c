"""What a manager may say of a service period, and of copying a day."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.availability.models import ServicePeriod
from portal.availability.periods import Sizes
from portal.availability.reading import weekday_bits
from portal.restaurant.days import WEEKDAYS
from portal.restaurant.forms import (
    MOST_DAYS_AHEAD,
    MOST_ONLINE,
    CardForm,
    Clock,
    Day,
    Notice,
    WholeNumber,
    short,
)
from portal.restaurant.hours.subjects import PERIOD
from portal.restaurant.saving import Values

NAME_LENGTH = 60
MOST_COVERS = 10_000
LONGEST_STAY = 720
LATEST_AFTER_MIDNIGHT = time(6)
_INTERVALS = (15, 30, 45, 60, 90, 120)
_LABELS = PERIOD.labels
_FROM = "Change from"
# By weekday, so that one error names one field.
_DAYS = [SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)]


class _Weekdays(SelectMultipleField):
    """Days of the week as checkboxes, Monday 0."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label,
            coerce=int,
            choices=_DAYS,
            validate_choice=False,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
            **more,
        )

    def pre_validate(self, form: Form) -> None:
        self.data = sorted(set(self.data or []))
        if not self.data:
            raise ValidationError(f"Tick at least one day under “{self.label.text}”")
        if not set(self.data) <= set(range(len(WEEKDAYS))):
            raise ValidationError(f"{self.label.text} must be days of the week")


def _stay(name: str) -> WholeNumber:
    return WholeNumber(_LABELS[name], 15, LONGEST_STAY, step=15)


class PeriodForm(CardForm):
    """One service period. `use` tells it what it is checked against."""

    about = PERIOD

    name = StringField(_LABELS["name"])
    weekdays = _Weekdays(_LABELS["weekdays"])
    opens = Clock(_LABELS["opens"])
    last_seating = Clock(_LABELS["last_seating"])
    slot_minutes = SelectField(_LABELS["slot_minutes"], coerce=str, validate_choice=False)
    covers = WholeNumber(_LABELS["covers"], 1, MOST_COVERS)
    stay_2 = _stay("stay_2")
    stay_4 = _stay("stay_4")
    stay_6 = _stay("stay_6")
    stay_minutes = _stay("stay_minutes")
    most_covers = WholeNumber(_LABELS["most_covers"], 1, MOST_COVERS, optional=True)
    most_parties = WholeNumber(_LABELS["most_parties"], 1, MOST_COVERS, optional=True)
    notice_minutes = Notice(_LABELS["notice_minutes"], without="As for all services")
    horizon_days = WholeNumber(_LABELS["horizon_days"], 0, MOST_DAYS_AHEAD, optional=True)
    largest_online = WholeNumber(_LABELS["largest_online"], 1, MOST_ONLINE, optional=True)
    valid_from = Day(_LABELS["valid_from"])
    valid_until = Day(_LABELS["valid_until"])
    change_from = Day(_FROM)

    def use(
        self, sizes: Sizes, today: date, row: ServicePeriod | None, *, is_booked: bool, is_last: bool
    ) -> None:
        """Say what the venue's tables are, what day it is, and which row is changed."""
        self._sizes, self._today, self._row = sizes, today, row
        self.is_booked, self.is_last = is_booked, is_last
        stored = {row.slot_minutes} if row else set()
        self.slot_minutes.choices = [
            SelectChoice(str(minutes), f"{minutes} minutes") for minutes in sorted({*_INTERVALS, *stored})
        ]
        self.has_begun = row is not None and (row.valid_from or date.min) < today
        if row is not None and self.change_from.data is None and is_booked and self.has_begun:
            self.change_from.data = today.isoformat()

    def validate_name(self, field: Field) -> None:
        if not short(field, NAME_LENGTH):
            raise ValidationError("Enter a name, like Lunch or Dinner")

    def validate_last_seating(self, field: Clock) -> None:
        opens, last = self.opens.at, field.at
        if opens is None or last is None or last > opens:
            return
        if last == opens or last > LATEST_AFTER_MIDNIGHT:
            raise ValidationError(
                f"Last seating must be after {opens:%H:%M}, when you open, or from midnight up to 06:00"
            )

    def validate_slot_minutes(self, field: SelectField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(f"Choose from the list under “{_LABELS['slot_minutes']}”")

    def validate_most_covers(self, field: Field) -> None:
        fewest = self._sizes.fewest_seats
        if field.data and field.data < fewest:
            raise ValidationError(
                f"{_LABELS['most_covers']} must be {fewest} or more: "
                f"with {field.data}, nobody could fill your smallest table, which seats {fewest}"
            )

    def validate_valid_until(self, field: Day) -> None:
        if field.day is None or not self.is_last:
            return
        if self.valid_from.day and field.day < self.valid_from.day:
            raise ValidationError("Last day must not be before the first day")
        if field.day < self._today and field.data != (self._row and str(self._row.valid_until)):
            raise ValidationError("Last day must not be in the past")

    def validate_valid_from(self, field: Day) -> None:
        unchanged = self._row is not None and field.day == self._row.valid_from
        if field.day and not unchanged and field.day < self._today:
            raise ValidationError("First day must not be in the past. Leave it out to begin at once")
        end = self._row.valid_until if self._row and not self.is_last else None
        if field.day and end and field.day > end:
            raise ValidationError(f"First day must not be after {end:%-d %B %Y}, the last day")

    def validate_change_from(self, field: Day) -> None:
        if self._row is None or not self.has_begun:
            return
        if field.day is None:
            if self.is_booked:
                raise ValidationError(f"Choose a date under “{_FROM}”, since this service has bookings")
            return
        if field.day < self._today:
            raise ValidationError(f"{_FROM} must not be in the past: what was booked stays as it was")
        for last in (self._row.valid_until, self.valid_until.day if self.is_last else None):
            if last and field.day > last:
                raise ValidationError(f"{_FROM} must not be after {last:%-d %B %Y}, the last day")

    def hours(self) -> dict[str, Any]:
        """Return when the service would run, as columns; only once its days, times and dates are right."""
        row = self._row
        return {
            "name": (self.name.data or "").strip(),
            "weekdays": weekday_bits(self.weekdays.data),
            "opens": self.opens.at,
            "last_seating": self.last_seating.at,
            "valid_from": (row.valid_from if row else None) if self.fixed_start else self.valid_from.day,
            "valid_until": self.valid_until.day,
        }

    @property
    def from_on(self) -> date | None:
        """The day from which a change counts, None for every day of the row."""
        return self.change_from.day if self.has_begun else None

    def values(self) -> Values:
        row = self._row
        same = ("opens", "last_seating")
        numbers = ("covers", "stay_2", "stay_4", "stay_6", "stay_minutes", "most_covers", "most_parties")
        own_end = row.valid_until if row else None
        until = self.valid_until.day if self.is_last else own_end
        first = (row.valid_from if row else None) if self.fixed_start else self.valid_from.day
        return {
            "name": short(self.name, NAME_LENGTH),
            "weekdays": self.weekdays.data,
            **{name: f"{self[name].at:%H:%M}" for name in same},
            "slot_minutes": int(self.slot_minutes.data),
            **{name: self[name].data for name in (*numbers, "horizon_days", "largest_online")},
            "notice_minutes": self.notice_minutes.minutes,
            "valid_from": first.isoformat() if first else None,
            "valid_until": until.isoformat() if until else None,
        }

    @property
    def fixed_start(self) -> bool:
        """Whether the first day can no longer be another: bookings or an earlier version hang on it."""
        return self._row is not None and (self.is_booked or self._row.follows_id is not None)


class CopyForm(FlaskForm):
    """A day of the week that others are to be like."""

    copied_day = SelectField("Copy this day", coerce=int, choices=_DAYS)
    targets = _Weekdays("To these days")
    copy_from = Day("From which date")

    def use(self, today: date) -> None:
        """Say what day it is, from which the form begins."""
        self._today = today
        if self.copy_from.data is None:
            self.copy_from.data = today.isoformat()

    def validate_targets(self, field: Field) -> None:
        if not self.copied_day.errors and not set(field.data) - {self.copied_day.data}:
            raise ValidationError(
                f"Untick {WEEKDAYS[self.copied_day.data]} under “To these days”: you are copying that day"
            )

    def validate_copy_from(self, field: Day) -> None:
        if field.day is None or not self._today <= field.day <= self._today + timedelta(days=MOST_DAYS_AHEAD):
            raise ValidationError("From which date must be today or later, within two years")
