"""What staff may type to change a booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import Length, ValidationError

from portal.bookings import editing, labels
from portal.bookings.by_hand.forms import DetailsForm
from portal.bookings.diary.forms import read_instant, trimmed
from portal.bookings.edit.page import PlaceLine
from portal.bookings.editing import NO_TABLE, Wanted, Whose
from portal.bookings.models import Booking, Source
from portal.bookings.rules import SOURCE_LABELS
from portal.guests.service import Contact
from portal.venues.models import Venue

OWN_PLACE = "own"
_STAYS = range(30, 331, 15)
_RELOAD = "Load this page again"


class _SeenForm(FlaskForm):
    """A form that knows which state of the booking it was filled in for."""

    seen = HiddenField(validators=[Length(max=10, message=_RELOAD)], filters=[trimmed])
    past_rules = HiddenField(validators=[Length(max=3, message=_RELOAD)])

    @property
    def seen_edits(self) -> int | None:
        """The number of edits then; a text that is no number of ours counts as none."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() else None


class MoveForm(_SeenForm):
    """Another place, and another start where `at` names one, as a drag does; OWN_PLACE keeps the place."""

    place = HiddenField(validators=[Length(max=12, message=_RELOAD)], filters=[trimmed])
    at = HiddenField(validators=[Length(max=64, message=_RELOAD)], filters=[trimmed])

    @property
    def starts_at(self) -> datetime | None:
        return read_instant(self.at.data or "")

    def validate_at(self, field: HiddenField) -> None:
        if field.data and self.starts_at is None:
            raise ValidationError(_RELOAD)


class EditForm(DetailsForm, _SeenForm):
    """All of a booking that may change. What stands in it is kept whatever becomes of it."""

    table = SelectField("Table", validate_choice=False)
    stay = SelectField("Stay", validate_choice=False)
    keeps_show = BooleanField("They still go to the show")
    whose = RadioField("Whose booking is this?", choices=[], validate_choice=False)
    instead = HiddenField(validators=[Length(max=64, message=_RELOAD)])

    def __init__(self, venue: Venue, booking: Booking, lines: Sequence[PlaceLine], **values: object) -> None:
        super().__init__(venue, **values)
        self.booking = booking
        at = read_instant(self.instead.data or "")
        if at is not None:
            self.set_time(at)
        own = f"Table {booking.table_name} if it is free, else another" if booking.table_name else "Any"
        self.table.choices = [("", own), *((line.key, f"{line.name}, {line.seats}") for line in lines)]
        if lines:
            self.table.choices.append((NO_TABLE, "No table"))
        lengths = {minutes: timedelta(minutes=minutes) for minutes in _STAYS}
        stay = booking.ends_at - booking.starts_at
        lengths[int(stay.total_seconds()) // 60] = stay
        self.stay.choices = [
            ("", "As the service says"),
            *((str(minutes), labels.duration(lengths[minutes])) for minutes in sorted(lengths)),
        ]

    def validate_name(self, field: StringField) -> None:
        if not field.data and self.booking.source != Source.WALK_IN:
            raise ValidationError("Enter the guest’s full name")

    def validate_table(self, field: SelectField) -> None:
        if field.data not in {key for key, _ in field.choices}:
            raise ValidationError("That table is gone. Choose another one")

    def validate_stay(self, field: SelectField) -> None:
        if field.data not in {key for key, _ in field.choices}:
            raise ValidationError("Choose how long they stay")

    @property
    def shown_end(self) -> datetime:
        """When they leave as the form has it, as long after their start as now where that is not said."""
        length = self.booking.ends_at - self.booking.starts_at
        if self.stay.data and self.stay.data.isdecimal():
            length = timedelta(minutes=int(self.stay.data))
        return (self.starts_at or self.booking.starts_at) + length

    def ask_whose(self, error: editing.WhoseBooking) -> None:
        """Ask whether a booking with other details is still the same guest's."""
        other = f"No, it is {error.found_name}’s" if error.found_name else "No, it is somebody else’s"
        self.whose.choices = [
            SelectChoice(str(Whose.SAME), f"Yes, it is still {error.guest_name}’s"),
            SelectChoice(str(Whose.OTHER), other),
        ]
        self.whose.label.text = f"Is this still {error.guest_name}’s booking?"
        self.whose.errors = (f"Say whether this is still {error.guest_name}’s booking",)

    def wanted(self, usual: timedelta | None) -> Wanted:
        """Return what the booking is to be, for a form that validated.

        Args:
            usual: how long the service says that this party stays then.
        """
        if self.starts_at is None:
            raise ValueError("the form has not been validated")
        booking, stay = self.booking, None
        if self.stay.data:
            stay = timedelta(minutes=int(self.stay.data))
        elif booking.ends_at - booking.starts_at == usual:
            stay = usual
        contact = Contact(
            self.name.data or SOURCE_LABELS[Source(booking.source)],
            self.email.data or "",
            self.phone.data or "",
        )
        return Wanted(
            self.starts_at,
            self.party_size.data,
            contact,
            self.table.data or None,
            stay,
            self.note.data or "",
            self.occasion.data or "",
            self.allergies.data or "",
            self.step_free.data,
            self.keeps_show.data,
            Whose(self.whose.data) if self.whose.data in set(Whose) else None,
            self.past_rules.data == "yes",
        )


def form_of(venue: Venue, booking: Booking, lines: Sequence[PlaceLine], usual: timedelta | None) -> EditForm:
    """Return the form with what the booking is."""
    stay = booking.ends_at - booking.starts_at
    form = EditForm(
        venue,
        booking,
        lines,
        formdata=None,
        seen=str(booking.edits),
        party_size=booking.party_size,
        name=booking.booked_name,
        email=booking.booked_email,
        phone=booking.booked_phone,
        note=booking.note,
        occasion=booking.occasion,
        allergies=booking.allergies,
        step_free=booking.step_free,
        keeps_show=True,
        table="",
        stay="" if stay == usual else str(int(stay.total_seconds()) // 60),
    )
    form.set_time(booking.starts_at)
    return form
