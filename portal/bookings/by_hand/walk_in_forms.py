"""What staff give of a party at the door."""

from __future__ import annotations

import hashlib
import secrets
from typing import Self

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal import typed_text
from portal.bookings.by_hand.forms import cleaned_by, no_key
from portal.bookings.diary.forms import PARTY, WholeNumber, trimmed
from portal.bookings.making import SubmissionKey


class WalkInForm(FlaskForm):
    """How many they are, the table that was pressed, and a name if somebody asked for it."""

    key = HiddenField(validators=[InputRequired("Load this page again"), Length(max=64)], filters=[trimmed])
    party_size = WholeNumber("Guests", PARTY)
    place = HiddenField(validators=[Length(max=20, message="Choose one of the tables")], filters=[trimmed])
    name = StringField(
        "Name",
        [Length(max=120, message="Name must be 120 letters or fewer"), no_key],
        filters=[cleaned_by(typed_text.one_line)],
    )

    @classmethod
    def blank(cls, party_size: int) -> Self:
        return cls(formdata=None, key=secrets.token_urlsafe(16), party_size=party_size)

    def submission(self, venue_id: int) -> SubmissionKey:
        """Return what makes a second press of the same button recognisable."""
        typed = f"{self.party_size.data}\n{self.place.data}\n{self.name.data}"
        return SubmissionKey(f"staff:{venue_id}", self.key.data, hashlib.sha256(typed.encode()).hexdigest())

    def start_over(self) -> None:
        """Give the form a new key, so that sending it makes another booking."""
        self.key.data = secrets.token_urlsafe(16)
