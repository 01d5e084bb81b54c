"""What staff may type to choose a day, to find a guest or to ask for a time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    IntegerField,
    SearchField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from portal import clock
from portal.availability.hours import instants, on_calendar
from portal.venues.models import Venue

LARGEST_PARTY = 200
_A_DATE = "Enter a date, like 2026-06-12"
_A_TIME = "Enter a time, like 19:30"


def trimmed(text: str | None) -> str:
    """Drop the spaces around what was typed, and the NUL characters that PostgreSQL cannot store."""
    return (text or "").replace("\0", "").strip()


class DateInput(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_A_DATE) from error


class TimeInput(TimeField):
    def process_formdata(self, valuelist: list[str]) -> None:
        if not any(valuelist):
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_A_TIME) from error


class WholeNumber(IntegerField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Enter the number of guests, like 2") from error


PARTY = (
    InputRequired("Enter the number of guests"),
    NumberRange(1, LARGEST_PARTY, f"Guests must be between 1 and {LARGEST_PARTY}"),
)


def date_on_calendar(_form: FlaskForm, field: DateField) -> None:
    if field.data and not on_calendar(field.data):
        raise ValidationError(_A_DATE)


class DayForm(FlaskForm):
    """The diary's date picker; it only reads, so it carries no token."""

    class Meta:
        csrf = False

    date = DateInput("Date", [Optional(), date_on_calendar])


class DatesForm(FlaskForm):
    """From when on, and for how many, staff look for a day; it only reads, so it carries no token."""

    class Meta:
        csrf = False

    date = DateInput("From", [Optional(), date_on_calendar])
    party_size = WholeNumber("Guests", PARTY)


class SearchForm(FlaskForm):
    """The search above the guest list."""

    class Meta:
        csrf = False

    q = SearchField(
        "Name, email, phone or booking reference",
        [Length(max=100, message="Search for fewer than 100 letters")],
        filters=[trimmed],
    )


class TimedForm(FlaskForm):
    """A date and a time at `venue`, in its zone."""

    date = DateInput("Date", [InputRequired("Enter the date"), date_on_calendar])
    party_size = WholeNumber("Guests", PARTY)
    time = TimeInput("Time", [InputRequired("Enter the time")])

    def __init__(self, venue: Venue, *arguments: object, **values: object) -> None:
        super().__init__(*arguments, **values)
        self.venue = venue

    def validate_time(self, field: TimeField) -> None:
        if self.date.data and not self.date.errors and field.data and not self.passes:
            raise ValidationError("The clocks skip that time on this day. Enter another time")

    @property
    def passes(self) -> list[datetime]:
        """The instants of the typed date and time: none where the clocks skip it, two on one night a year."""
        if not self.date.data or not self.time.data or not on_calendar(self.date.data):
            return []
        return sorted(instants(datetime.combine(self.date.data, self.time.data), self.venue.timezone))


class WhyNotForm(TimedForm):
    """What staff ask about; it only reads, so it carries no token."""

    class Meta:
        csrf = False


def blank_question(venue: Venue, on: date | None) -> WhyNotForm:
    """Return the form of "Why not?" before anything is asked, for the day the diary showed."""
    on = on or clock.local_date(clock.utc_now(), venue.timezone)
    return WhyNotForm(venue, formdata=None, date=on, party_size=2)


def read_instant(text: str) -> datetime | None:
    """Return an instant of one of our buttons, None for any other text."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and on_calendar(at) else None
