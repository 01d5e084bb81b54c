"""What staff type about a party that waits for a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wtforms import EmailField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from portal import clock
from portal.bookings.by_hand.forms import WhoForm
from portal.bookings.diary.forms import PARTY, DateInput, WholeNumber, date_on_calendar, read_instant
from portal.bookings.waiting import NewRequest
from portal.venues.models import Venue


class WaitingForm(WhoForm):
    """A day, a party, and how they are reached."""

    date = DateInput("Date", [InputRequired("Enter the date"), date_on_calendar])
    party_size = WholeNumber("Guests", PARTY)
    before = SelectField("When", choices=[SelectChoice("", "Any time")], default="", validate_choice=False)

    def __init__(self, venue: Venue, **values: object) -> None:
        super().__init__(**values)
        self.venue = venue

    def offer_shows(self, shows: Sequence[tuple[datetime, str]]) -> None:
        """Let a table before one of these shows be wanted."""
        choices = [SelectChoice(at.isoformat(), f"Before {name}") for at, name in shows]
        self.before.choices = [SelectChoice("", "Any time"), *choices]

    def validate_date(self, field: DateInput) -> None:
        if field.data and field.data < clock.local_date(clock.utc_now(), self.venue.timezone):
            raise ValidationError("That day is over. Choose a later one")

    def validate_name(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Enter the guest’s full name")

    def validate_email(self, field: EmailField) -> None:
        super().validate_email(field)
        if not field.data and not self.phone.data:
            raise ValidationError("Enter a phone number or an email address, so that they can be told")

    def validate_before(self, field: SelectField) -> None:
        if field.data and field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("That show is not on this day. Choose again")

    def new_request(self) -> NewRequest:
        """Return who is put on the list, for a form that validated."""
        return NewRequest(
            None,
            self.date.data,
            self.party_size.data,
            read_instant(self.before.data or ""),
            self.email.data or "",
            name=self.name.data,
            phone=self.phone.data or "",
            note=self.note.data or "",
        )
