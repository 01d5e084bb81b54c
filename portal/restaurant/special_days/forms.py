"""What a manager may say of a special day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, Self

from wtforms import Field, RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.availability.hours import on_calendar
from portal.availability.models import NOTE_LENGTH
from portal.restaurant.forms import CardForm, natural, quarter_hour, short, whole_number
from portal.restaurant.saving import Values
from portal.restaurant.special_days.subjects import KINDS, SPECIAL_DAY

# More than any weekday has, so that none is dropped where a day begins with the hours of its weekday.
MOST_PERIODS = 12
_AT_LEAST_SHOWN = 3
MOST_DAYS_AHEAD = 3 * 366
MOST_AT_ONCE = 60
_NAME_LENGTH = 60
_LATEST_AFTER_MIDNIGHT = time(6)
_LABELS = SPECIAL_DAY.labels
_PERIOD_FIELDS = {
    "name": "Name",
    "opens": "Opens",
    "last_seating": "Last seating",
    "covers": "Most guests at once",
    "slot_minutes": "A table every (minutes)",
    "stay_minutes": "Guests stay (minutes)",
}
_WHOLE_NUMBERS = {"covers": (1, 10_000, 1), "slot_minutes": (15, 120, 15), "stay_minutes": (15, 720, 15)}
_MUST_BE_FILLED = ("name", "opens", "last_seating")


class SpecialDayForm(CardForm):
    """One special day. Its hours are fields with a number: name_1, opens_1 and so on."""

    card = SPECIAL_DAY.kind

    service_on = StringField("Date")
    last_on = StringField("Last day")
    kind = RadioField(
        _LABELS["kind"],
        choices=[
            SelectChoice("closed", "Closed all day"),
            SelectChoice("hours", "Other hours"),
            SelectChoice("hire", "Private hire of some tables"),
        ],
        validate_choice=False,
    )
    table_ids = SelectMultipleField(
        _LABELS["table_ids"],
        coerce=int,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = StringField(_LABELS["note"])

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the form as the values are."""
        flat = {name: value for name, value in values.items() if name != "periods"}
        for number, period in enumerate(values.get("periods", ()), 1):
            flat |= {f"{name}_{number}": str(value) for name, value in period.items()}
        return cls(formdata=None, data=flat, meta={"csrf": False})

    def use(self, tables: Mapping[int, str], today: date, day: date | None = None) -> None:
        """Say what tables there are and what day it is; `day` is the date where it cannot be chosen."""
        self.table_ids.choices = sorted(tables.items(), key=lambda each: natural(each[1]))
        self._tables, self._today, self._fixed_day = tables, today, day
        self._periods: list[Values] = []

    @property
    def day(self) -> date:
        """The date that is meant. Raises ValueError where none can be read."""
        return self._fixed_day or date.fromisoformat((self.service_on.data or "").strip())

    @property
    def days(self) -> list[date]:
        """Every date that is meant, in order. Raises ValueError where none can be read."""
        last = (self.last_on.data or "").strip()
        end = date.fromisoformat(last) if last and not self._fixed_day else self.day
        return [self.day + timedelta(days=number) for number in range((end - self.day).days + 1)]

    @property
    def numbers(self) -> range:
        """The numbers of the hours that can be typed: those that are there, and one more."""
        last = max((each for each in range(1, MOST_PERIODS + 1) if not self.is_blank(each)), default=0)
        return range(1, min(max(last + 1, _AT_LEAST_SHOWN), MOST_PERIODS) + 1)

    @property
    def blank_numbers(self) -> list[int]:
        """The numbers after the first in which nothing is typed."""
        return [number for number in self.numbers if number > 1 and self.is_blank(number)]

    def remove(self, removed: int) -> None:
        """Take out the hours with this number; those below move up."""
        for number in range(max(removed, 1), MOST_PERIODS + 1):
            for name in _PERIOD_FIELDS:
                below = self[f"{name}_{number + 1}"].data if number < MOST_PERIODS else ""
                self[f"{name}_{number}"].data = below

    def has_hours(self, periods: Sequence[Values]) -> bool:
        """Tell whether the hours are these, as they would be shown, and no others."""
        typed = [
            {name: (self[f"{name}_{number}"].data or "").strip() for name in _PERIOD_FIELDS}
            for number in range(1, MOST_PERIODS + 1)
            if not self.is_blank(number)
        ]
        return typed == [{name: str(period[name]) for name in _PERIOD_FIELDS} for period in periods]

    def show_hours(self, periods: Sequence[Values]) -> None:
        """Show these hours in place of those that were typed."""
        for number in range(1, MOST_PERIODS + 1):
            shown = periods[number - 1] if number <= len(periods) else {}
            for name in _PERIOD_FIELDS:
                self[f"{name}_{number}"].data = str(shown.get(name, ""))

    def validate(self, extra_validators: Any = None) -> bool:
        fits = bool(super().validate(extra_validators))
        if self.kind.data == "hours":
            fits = self._read_periods() and fits
        return fits

    def validate_service_on(self, field: Field) -> None:
        try:
            day = self.day
        except ValueError:
            raise ValidationError("Choose a date, or enter it like 2027-01-31") from None
        if day < self._today:
            raise ValidationError("Date must not be in the past")
        if not on_calendar(day) or (day - self._today).days > MOST_DAYS_AHEAD:
            raise ValidationError("Date must be within the next three years")

    def validate_last_on(self, field: Field) -> None:
        typed = (field.data or "").strip()
        if self._fixed_day or self.service_on.errors or not typed:
            return
        try:
            last = date.fromisoformat(typed)
        except ValueError:
            raise ValidationError("Choose a last day, or enter it like 2027-01-31") from None
        if not 0 <= (last - self.day).days < MOST_AT_ONCE:
            raise ValidationError(
                f"Last day must not be before the date, nor more than {MOST_AT_ONCE} days from it"
            )

    def validate_kind(self, field: Field) -> None:
        if field.data not in KINDS:
            raise ValidationError("Choose what is different on this day")

    def validate_table_ids(self, field: Field) -> None:
        if self.kind.data == "closed":
            return
        if not set(field.data or []) <= self._tables.keys():
            raise ValidationError("One of the tables was deleted meanwhile. Choose again")
        if self.kind.data == "hire" and not field.data:
            where = "" if self._tables else ". Add tables in Settings first"
            raise ValidationError(f"Choose at least one table that is hired{where}")

    def validate_note(self, field: Field) -> None:
        short(field, NOTE_LENGTH)

    def values(self) -> Values:
        kind = self.kind.data
        return {
            "kind": kind,
            "periods": self._periods if kind == "hours" else [],
            "table_ids": [] if kind == "closed" else sorted(set(self.table_ids.data or [])),
            "note": short(self.note, NOTE_LENGTH),
        }

    def is_blank(self, number: int) -> bool:
        """Tell whether nothing was typed of the hours with this number."""
        return not any((self[f"{name}_{number}"].data or "").strip() for name in _MUST_BE_FILLED)

    def _read_periods(self) -> bool:
        """Read the hours that were typed, and put what is wrong beside its field."""
        self._periods = []
        fits = True
        for number in self.numbers:
            if self.is_blank(number) and not (number == 1 and all(map(self.is_blank, self.numbers))):
                continue
            period: Values = {}
            for name in _PERIOD_FIELDS:
                field = self[f"{name}_{number}"]
                try:
                    period[name] = _cleaned(name, field, period)
                except ValidationError as error:
                    field.errors = [str(error)]
                    fits = False
            if fits and period["name"].casefold() in {each["name"].casefold() for each in self._periods}:
                self[f"name_{number}"].errors = [f"{period['name']} is there twice. Give it another name"]
                fits = False
            self._periods.append(period)
        return fits


def _cleaned(name: str, field: Field, before: Values) -> Any:
    """Return one of the fields of hours as it is stored; `before` are those that stand above it."""
    typed = (field.data or "").strip()
    if name == "name":
        if not (text := short(field, _NAME_LENGTH)):
            raise ValidationError("Enter a name, like Lunch or Dinner")
        return text
    if name in _WHOLE_NUMBERS:
        return whole_number(field.label.text, typed, *_WHOLE_NUMBERS[name])
    clock = quarter_hour(field.label.text, typed)
    if name == "last_seating" and "opens" in before:
        opens = time.fromisoformat(before["opens"])
        if clock == opens or _LATEST_AFTER_MIDNIGHT < clock < opens:
            raise ValidationError(f"Last seating must be after {opens:%H:%M}, or from midnight up to 06:00")
    return f"{clock:%H:%M}"


for _number in range(1, MOST_PERIODS + 1):
    for _name, _label in _PERIOD_FIELDS.items():
        setattr(SpecialDayForm, f"{_name}_{_number}", StringField(_label))
