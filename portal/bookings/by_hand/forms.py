"""What staff may type to book a table for somebody."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import AnyOf, Email, Length, ValidationError

from portal import clock, typed_text
from portal.bookings import labels
from portal.bookings.diary.forms import TimedForm, read_instant, trimmed
from portal.bookings.making import NewBooking, SubmissionKey
from portal.bookings.models import Source
from portal.bookings.rules import SOURCE_LABELS
from portal.guests.rules import phone_key
from portal.guests.service import Contact
from portal.venues.models import Venue

_BY_HAND = (Source.PHONE, Source.EMAIL, Source.WALK_IN)
# A form that differs in these alone was sent before.
_NOT_COUNTED = frozenset({"key", "csrf_token", "guest_q", "slots_of"})
_email = Email("Enter an email address with an @, like name@example.com")


def cleaned_by(clean: Callable[[str], str]) -> Callable[[str | None], str]:
    """Return a field's filter that trims what was typed and has it cleaned."""
    return lambda text: clean(trimmed(text))


def no_key(_form: FlaskForm, field: StringField) -> None:
    """Refuse what looks like an API key, which everybody who sees the booking would see."""
    if typed_text.holds_key(field.data or ""):
        raise ValidationError(
            f"{field.label.text} holds what looks like an API key. Take it out: a key belongs on the "
            "Spektrix page alone"
        )


class WhoForm(FlaskForm):
    """Who they are. The country of `venue` reads their number."""

    venue: Venue

    name = StringField(
        "Full name",
        [Length(max=120, message="Full name must be 120 letters or fewer"), no_key],
        filters=[cleaned_by(typed_text.one_line)],
    )
    email = EmailField(
        "Email",
        [Length(max=254, message="Email must be 254 letters or fewer")],
        filters=[cleaned_by(typed_text.without_marks)],
    )
    phone = TelField(
        "Phone number",
        [Length(max=40, message="Phone number must be 40 digits or fewer")],
        filters=[cleaned_by(typed_text.without_marks)],
    )
    note = TextAreaField(
        "Note",
        [Length(max=500, message="Note must be 500 letters or fewer"), no_key],
        filters=[cleaned_by(typed_text.lines)],
    )

    def validate_email(self, field: EmailField) -> None:
        if field.data:
            _email(self, field)

    def validate_phone(self, field: TelField) -> None:
        if letters := typed_text.letters_in_number(field.data or ""):
            raise ValidationError(f"Phone number has letters in it: {letters}. Type all of it in digits")
        if field.data and not phone_key(field.data, self.venue.country):
            raise ValidationError("Enter a phone number, like 07700 900461")


class DetailsForm(TimedForm, WhoForm):
    """A party's time, who they are and what they need."""

    occasion = StringField(
        "Occasion",
        [Length(max=80, message="Occasion must be 80 letters or fewer"), no_key],
        filters=[cleaned_by(typed_text.one_line)],
    )
    allergies = TextAreaField(
        "Allergies and diet",
        [Length(max=500, message="Allergies and diet must be 500 letters or fewer"), no_key],
        filters=[cleaned_by(typed_text.lines)],
    )
    step_free = BooleanField("Needs step-free access")

    time_pass = RadioField(
        "Which of the two times",
        choices=[],
        validate_choice=False,
    )

    def __init__(self, venue: Venue, **values: object) -> None:
        super().__init__(venue, **values)
        self._name_passes()

    def set_time(self, starts_at: datetime) -> None:
        """Fill in an instant as date and time, and which of the two where the clocks show it twice."""
        local = clock.to_local(starts_at, self.venue.timezone)
        self.date.data, self.time.data = local.date(), local.time()
        self.time_pass.data = str(local.fold)
        self._name_passes()

    def validate_time_pass(self, field: RadioField) -> None:
        if self.is_twice and field.data not in {"0", "1"}:
            raise ValidationError("The clocks show that time twice on this day. Choose which of the two")

    @property
    def is_twice(self) -> bool:
        return len(self.passes) == 2

    @property
    def starts_at(self) -> datetime | None:
        """The instant of the typed date and time at the venue, or None where the clocks skip it."""
        passes = self.passes
        return passes[self.time_pass.data == "1" if self.is_twice else 0] if passes else None

    def _name_passes(self) -> None:
        passes = [labels.wall_time(at, self.venue.timezone) for at in self.passes]
        self.time_pass.choices = [SelectChoice(str(number), text) for number, text in enumerate(passes)]


class BookingForm(DetailsForm):
    """A booking by phone or email, or a walk-in.

    Its time is one of the free times that were shown, in `slot`, or one that was typed.
    """

    key = HiddenField(validators=[Length(max=64, message="Load this page again")], filters=[trimmed])
    source = RadioField(
        "How they booked",
        [AnyOf(_BY_HAND, "Choose how they booked")],
        choices=[SelectChoice(str(source), SOURCE_LABELS[source]) for source in _BY_HAND],
        validate_choice=False,
    )
    # A button of a time that is free, which counts in place of the typed date and time.
    instead = HiddenField(validators=[Length(max=64, message="Load this page again")])
    slot = HiddenField(validators=[Length(max=64, message="Load this page again")])
    # The day whose free times were shown.
    slots_of = HiddenField(validators=[Length(max=64, message="Load this page again")])
    # Pressed by a manager who was asked whether the rules shall count.
    past_rules = HiddenField(validators=[Length(max=3, message="Load this page again")])
    guest_id = HiddenField(validators=[Length(max=20, message="Load this page again")], filters=[trimmed])
    guest_q = StringField(
        "Find a guest who came before", [Length(max=100, message="Search for fewer than 100 letters")]
    )

    def __init__(self, venue: Venue, **values: object) -> None:
        super().__init__(venue, **values)
        self.key.data = self.key.data or secrets.token_urlsafe(16)
        at = read_instant(self.instead.data or "")
        if at is not None:
            self.set_time(at)
            self.slot.data = ""
        if self._slot_at is not None:
            # The time that was pressed counts, so none has to be typed.
            self.time.validators = ()

    @property
    def starts_at(self) -> datetime | None:
        """The instant that is wanted, None where the clocks skip it or none was given."""
        return self._slot_at or super().starts_at

    @property
    def chosen_guest_id(self) -> int | None:
        """The guest whom staff chose, None for whom the details tell."""
        text = self.guest_id.data or ""
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def _slot_at(self) -> datetime | None:
        return read_instant(self.slot.data or "")

    def validate_time(self, field: TimeField) -> None:
        slot_at = self._slot_at
        if slot_at is None:
            super().validate_time(field)
            return
        if self.slots_of.data != str(self.date.data):
            raise ValidationError("The times were those of another day. Choose a time of this day")
        if field.data and field.data != clock.to_local(slot_at, self.venue.timezone).time():
            raise ValidationError("Choose one of the free times or type another one, not both")

    def validate_name(self, field: StringField) -> None:
        if not field.data and self.source.data != Source.WALK_IN:
            raise ValidationError("Enter the guest’s full name")

    def validate_email(self, field: EmailField) -> None:
        super().validate_email(field)
        if not field.data and self.source.data == Source.EMAIL:
            raise ValidationError("Enter the guest’s email address")

    def validate_phone(self, field: TelField) -> None:
        super().validate_phone(field)
        if not field.data and self.source.data == Source.PHONE:
            raise ValidationError("Enter the guest’s phone number")

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
            occasion=self.occasion.data or "",
            allergies=self.allergies.data or "",
            step_free=self.step_free.data,
            guest_id=self.chosen_guest_id,
            submission=SubmissionKey(f"staff:{self.venue.id}", self.key.data, self._fingerprint()),
            any_time=True,
            staff_id=staff_id,
            past_rules=self.past_rules.data == "yes",
        )

    def start_over(self) -> None:
        """Give the form a new key, so that sending it makes another booking."""
        self.key.data = secrets.token_urlsafe(16)

    def _fingerprint(self) -> str:
        typed = [f"{field.name}={field.data}" for field in self if field.name not in _NOT_COUNTED]
        return hashlib.sha256("\n".join(typed).encode()).hexdigest()


def blank_booking(venue: Venue, on: date | None, source: Source) -> BookingForm:
    """Return the empty form, for the day the diary showed; a walk-in is at the door now."""
    form = BookingForm(venue, formdata=None, date=on, source=str(source), party_size=2)
    now = clock.utc_now()
    if source is Source.WALK_IN:
        form.set_time(now)
    elif on is None:
        form.date.data = clock.local_date(now, venue.timezone)
    return form


def booking_at(venue: Venue, starts_at: datetime, party_size: int) -> BookingForm:
    """Return the form with a time and a party filled in."""
    form = BookingForm(venue, formdata=None, source=str(Source.PHONE), party_size=party_size)
    form.set_time(starts_at)
    return form
