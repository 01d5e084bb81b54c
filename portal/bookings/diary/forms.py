"""What staff may type to choose a day, find a guest or make a booking."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SearchField,
    SelectChoice,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import AnyOf, Email, InputRequired, Length, NumberRange, Optional, ValidationError

from portal import clock, typed_text
from portal.availability.hours import on_calendar
from portal.bookings.making import NewBooking, SubmissionKey
from portal.bookings.models import Source
from portal.bookings.rules import SOURCE_LABELS
from portal.guests.rules import phone_key
from portal.guests.service import Contact
from portal.venues.models import Venue

LARGEST_PARTY = 200
_BY_HAND = (Source.PHONE, Source.EMAIL, Source.WALK_IN)
_A_DATE = "Enter a date, like 2026-06-12"
_A_TIME = "Enter a time, like 19:30"
_email = Email("Enter an email address with an @, like name@example.com")


def _trimmed(text: str | None) -> str:
    """Drop the spaces around what was typed, and the NUL characters that PostgreSQL cannot store."""
    return (text or "").replace("\0", "").strip()


def _cleaned_by(clean: Callable[[str], str]) -> Callable[[str | None], str]:
    return lambda text: clean(_trimmed(text))


def _no_key(_form: FlaskForm, field: StringField) -> None:
    if typed_text.holds_key(field.data or ""):
        raise ValidationError(
            f"{field.label.text} holds what looks like an API key. Take it out: a key belongs on the "
            "Spektrix page alone"
        )


class _Date(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_A_DATE) from error


class _Time(TimeField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_A_TIME) from error


class _WholeNumber(IntegerField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Enter the number of guests, like 2") from error


def _on_calendar(_form: FlaskForm, field: DateField) -> None:
    if field.data and not on_calendar(field.data):
        raise ValidationError(_A_DATE)


class DayForm(FlaskForm):
    """The diary's date picker; it only reads, so it carries no token."""

    class Meta:
        csrf = False

    date = _Date("Date", [Optional(), _on_calendar])


class SearchForm(FlaskForm):
    """The search above the guest list."""

    class Meta:
        csrf = False

    q = SearchField(
        "Name, email, phone or booking reference",
        [Length(max=100, message="Search for fewer than 100 letters")],
        filters=[_trimmed],
    )


class BookingForm(FlaskForm):
    """A booking by phone or email, or a walk-in. `venue` gives its zone and its country."""

    key = HiddenField(validators=[Length(max=64, message="Load this page again")], filters=[_trimmed])
    source = RadioField(
        "How they booked",
        [AnyOf(_BY_HAND, "Choose how they booked")],
        choices=[SelectChoice(str(source), SOURCE_LABELS[source]) for source in _BY_HAND],
        validate_choice=False,
    )
    date = _Date("Date", [InputRequired("Enter the date"), _on_calendar])
    time = _Time("Time", [InputRequired("Enter the time")])
    party_size = _WholeNumber(
        "Guests",
        [
            InputRequired("Enter the number of guests"),
            NumberRange(1, LARGEST_PARTY, f"Guests must be between 1 and {LARGEST_PARTY}"),
        ],
    )
    name = StringField(
        "Full name",
        [Length(max=120, message="Full name must be 120 letters or fewer"), _no_key],
        filters=[_cleaned_by(typed_text.one_line)],
    )
    email = EmailField(
        "Email",
        [Length(max=254, message="Email must be 254 letters or fewer")],
        filters=[_cleaned_by(typed_text.without_marks)],
    )
    phone = TelField(
        "Phone number",
        [Length(max=40, message="Phone number must be 40 digits or fewer")],
        filters=[_cleaned_by(typed_text.without_marks)],
    )
    note = TextAreaField(
        "Note",
        [Length(max=500, message="Note must be 500 letters or fewer"), _no_key],
        filters=[_cleaned_by(typed_text.lines)],
    )
    step_free = BooleanField("Needs step-free access")

    def __init__(self, venue: Venue, **values: object) -> None:
        super().__init__(**values)
        self.venue = venue
        self.key.data = self.key.data or secrets.token_urlsafe(16)

    def validate_name(self, field: StringField) -> None:
        if not field.data and self.source.data != Source.WALK_IN:
            raise ValidationError("Enter the guest’s full name")

    def validate_email(self, field: EmailField) -> None:
        if field.data:
            _email(self, field)
        elif self.source.data == Source.EMAIL:
            raise ValidationError("Enter the guest’s email address")

    def validate_phone(self, field: TelField) -> None:
        if letters := typed_text.letters_in_number(field.data or ""):
            raise ValidationError(f"Phone number has letters in it: {letters}. Type all of it in digits")
        if field.data and not phone_key(field.data, self.venue.country):
            raise ValidationError("Enter a phone number, like 07700 900461")
        if not field.data and self.source.data == Source.PHONE:
            raise ValidationError("Enter the guest’s phone number")

    def validate_time(self, field: TimeField) -> None:
        if self.date.data and not self.date.errors and field.data and self.starts_at is None:
            raise ValidationError("The clocks skip that time on this day. Enter another time")

    @property
    def starts_at(self) -> datetime | None:
        """The instant of the typed date and time at the venue, or None where the clocks skip it."""
        return clock.from_local(self.date.data, self.time.data, self.venue.timezone)

    def new_booking(self, staff_id: int) -> NewBooking:
        """Return what to book, for a form that validated, in the name of the person who filled it in."""
        source = Source(self.source.data)
        if self.starts_at is None:
            raise ValueError("the form has not been validated")
        return NewBooking(
            starts_at=self.starts_at,
            party_size=self.party_size.data,
            contact=Contact(
                self.name.data or SOURCE_LABELS[source], self.email.data or "", self.phone.data or ""
            ),
            source=source,
            note=self.note.data or "",
            step_free=self.step_free.data,
            submission=SubmissionKey(f"staff:{self.venue.id}", self.key.data, self._fingerprint()),
            any_time=True,
            staff_id=staff_id,
        )

    def start_over(self) -> None:
        """Give the form a new key, so that sending it makes another booking."""
        self.key.data = secrets.token_urlsafe(16)

    def _fingerprint(self) -> str:
        typed = [f"{field.name}={field.data}" for field in self if field.name not in {"key", "csrf_token"}]
        return hashlib.sha256("\n".join(typed).encode()).hexdigest()


def blank_booking(venue: Venue, on: date | None, source: Source) -> BookingForm:
    """Return the empty form, for the day the diary showed; a walk-in is at the door now."""
    now = clock.to_local(clock.utc_now(), venue.timezone)
    is_walk_in = source is Source.WALK_IN
    return BookingForm(
        venue,
        formdata=None,
        date=now.date() if is_walk_in or on is None else on,
        time=now.time() if is_walk_in else None,
        source=str(source),
        party_size=2,
    )
