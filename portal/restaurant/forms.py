"""What the forms of all cards share. Each error names its field, and a form keeps what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar, Self

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, Form, IntegerField, SelectChoice, SelectField, StringField, ValidationError

from portal.availability.hours import on_calendar
from portal.restaurant.saving import CannotUndo, Subject, Values
from portal.widgets.public import forms

_NUMBER = re.compile(r"[0-9]{1,9}")
_DIGITS = re.compile(r"([0-9]+)")


class CardForm(FlaskForm):
    """The form of one card. Names of fields are used once on a page, and ids with them."""

    about: ClassVar[Subject]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the form as the values are."""
        return cls(formdata=None, data=dict(values), meta={"csrf": False})

    def look(self) -> None:
        """Raise CannotUndo where the values, which nobody typed just now, cannot stand together."""
        if not self.validate():
            first = next(str(error) for errors in self.errors.values() for error in errors)
            raise CannotUndo(f"Nothing was undone. {first}.")

    def values(self) -> Values:
        """Return what was typed, cleaned; only after a successful validate()."""
        raise NotImplementedError


def natural(name: str) -> list[str | int]:
    """Return by what names are put in order as people count: 2 comes before 10 in them."""
    parts = _DIGITS.split(name.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def number_shown(field: str = "number") -> int:
    """Return the number of the save on which the form of this request was filled in; -1 for what is none."""
    text = request.form.get(field, "")
    return int(text) if _NUMBER.fullmatch(text) else -1


def agrees_to(mark: str) -> bool:
    """Tell whether the form of this request says to go on after the very list that `mark` names (kept.py)."""
    return request.form.get("agreed_to") == mark


def short(field: Field, most: int) -> str:
    """Return a text of one line as it is stored; refuse a longer one."""
    text = forms.plain(field)
    if len(text) > most:
        raise ValidationError(f"{field.label.text} must be {most} characters or fewer")
    return text


def whole_number(label: str, typed: str, low: int, high: int, step: int = 1) -> int:
    """Return the number that was typed. Raises ValidationError."""
    number = int(typed) if _NUMBER.fullmatch(typed) else None
    if number is None or not low <= number <= high:
        raise ValidationError(f"{label} must be a whole number from {low:,} to {high:,}")
    if number % step:
        raise ValidationError(f"{label}: enter minutes in steps of {step}, like {step * 7}")
    return number


def quarter_hour(label: str, typed: str) -> time:
    """Return the time of day that was typed, as a browser's time field sends it. Raises ValidationError."""
    try:
        at = time.fromisoformat(typed)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise ValidationError(f"{label} must be a time, like 17:30")
    if at.minute % 15 or at.second or at.microsecond:
        raise ValidationError(f"{label} must be on a quarter hour, like 17:15")
    return at


class WholeNumber(IntegerField):
    """A whole number in a range; `optional` lets it be left out. It keeps what was typed."""

    def __init__(
        self, label: str, low: int, high: int, *, optional: bool = False, step: int = 1, **more: Any
    ) -> None:
        self.low, self.high, self.optional, self.step = low, high, optional, step
        super().__init__(label, **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = int(typed) if _NUMBER.fullmatch(typed) else None

    def pre_validate(self, form: Form) -> None:
        typed = (self.raw_data or [""])[0].strip()
        if self.data is None and not typed and self.optional:
            return
        number = typed if self.data is None else str(self.data)
        whole_number(self.label.text, number, self.low, self.high, self.step)


class Clock(StringField):
    """A time of day on a quarter hour. `at` is what it says, None where that is none."""

    at: time | None = None

    def pre_validate(self, form: Form) -> None:
        self.at = None
        self.at = quarter_hour(self.label.text, (self.data or "").strip())


class Day(StringField):
    """A date that may be left out, as a browser's date field sends it. `day` is what it says."""

    day: date | None = None

    def pre_validate(self, form: Form) -> None:
        typed = (self.data or "").strip()
        try:
            self.day = date.fromisoformat(typed) if typed else None
        except ValueError:
            self.day = date.min
        if self.day is not None and not on_calendar(self.day):
            raise ValidationError(f"{self.label.text}: enter a date as year, month and day, like 2027-01-31")


NOTICES = (
    (0, "No notice"),
    (30, "30 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (180, "3 hours"),
    (240, "4 hours"),
    (360, "6 hours"),
    (720, "12 hours"),
    (1440, "1 day"),
    (2880, "2 days"),
    (4320, "3 days"),
    (10080, "7 days"),
)
MOST_DAYS_AHEAD = 730
MOST_ONLINE = 200


def notice_text(minutes: int) -> str:
    """Return a notice as a person reads it."""
    return dict(NOTICES).get(minutes, f"{minutes} minutes")


class Notice(SelectField):
    """How long before its start a table can last be booked online; None where that is left to the venue."""

    def __init__(self, label: str, *, without: str = "", **more: Any) -> None:
        self.without = without
        super().__init__(label, validate_choice=False, coerce=str, **more)
        # Templates draw fields by the name of their class.
        self.type = "SelectField"

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else str(value)
        self._offer()

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self._offer()

    def _offer(self) -> None:
        """Offer the usual ones, and what is set where that is another."""
        offered = [("", self.without)] if self.without else []
        offered += [(str(minutes), text) for minutes, text in NOTICES]
        if self.minutes is not None and self.data not in dict(offered):
            offered.append((self.data, notice_text(self.minutes)))
        self.choices = [SelectChoice(value, text) for value, text in offered]

    def pre_validate(self, form: Form) -> None:
        if self.data == "" and self.without:
            return
        if self.minutes is None or self.minutes > NOTICES[-1][0]:
            raise ValidationError(f"{self.label.text} must be one of the options in the list")

    @property
    def minutes(self) -> int | None:
        """What was chosen."""
        return int(self.data) if self.data and _NUMBER.fullmatch(self.data) else None
