"""The search of the log of visits, and the reason for discarding held visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_wtf import FlaskForm
from wtforms import DateField, SearchField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal import typed_text
from portal.integration.visits.rules import Place, Show, Wanted, place
from portal.scoping import LARGEST_ID

_A_DATE = "Enter a date, like 2026-06-12"
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_MOST_CHOSEN = 500


def _trimmed(text: str | None) -> str:
    """Drop the spaces around what was typed, and the NUL characters that PostgreSQL cannot store."""
    return " ".join((text or "").replace("\0", "").split())


class _Date(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        if not any(valuelist):
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_A_DATE) from error


def _within_reach(_form: FlaskForm, field: DateField) -> None:
    if field.data and not _FIRST_DAY <= field.data <= _LAST_DAY:
        raise ValidationError(_A_DATE)


class LogForm(FlaskForm):
    """The search above the log; it only reads, so it carries no token."""

    class Meta:
        csrf = False

    q = SearchField(
        "Name, email, phone or booking reference",
        [Length(max=100, message="Search for fewer than 100 letters")],
        filters=[_trimmed],
    )
    since = _Date("From", [Optional(), _within_reach])
    until = _Date("To", [Optional(), _within_reach])
    show = StringField("Result", filters=[lambda text: _trimmed(text) or str(Show.ALL)])
    older = StringField("Page", filters=[_trimmed])
    newer = StringField("Page", filters=[_trimmed])

    def validate_until(self, field: DateField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError("Choose an end date that is not before the start date")

    def validate_show(self, field: StringField) -> None:
        if field.data not in set(Show):
            raise ValidationError("Choose one of the results below")

    def validate_older(self, field: StringField) -> None:
        try:
            place(field.data)
        except ValueError as error:
            raise ValidationError("That page does not exist. Start again from the newest visits") from error

    validate_newer = validate_older

    @property
    def wanted(self) -> Wanted:
        """The search; for a wrong address, the whole log."""
        if self.errors:
            return Wanted()
        return Wanted(Show(self.show.data), self.q.data, self.since.data, self.until.data)

    @property
    def places(self) -> tuple[Place | None, Place | None]:
        """The places to go on from: older than the first, newer than the second."""
        return (None, None) if self.errors else (place(self.older.data), place(self.newer.data))


class DiscardForm(FlaskForm):
    """Why held visits are not to be sent."""

    why = StringField(
        "Reason",
        [
            InputRequired("Enter the reason for discarding"),
            Length(min=1, max=200, message="Use 200 characters or fewer for the reason"),
        ],
        filters=[lambda text: typed_text.one_line(text or "")],
    )

    def validate_why(self, field: StringField) -> None:
        if typed_text.holds_key(field.data):
            raise ValidationError("The reason holds what looks like an API key. Take it out")
        if not field.data:
            raise ValidationError("Enter the reason for discarding")


def chosen(numbers: Sequence[str]) -> list[int]:
    """Return the ids that were ticked. Raises ValueError for what is none."""
    if len(numbers) > _MOST_CHOSEN:
        raise ValueError("more than any page shows")
    ids = [int(number) for number in numbers if number.isascii() and number.isdigit()]
    if len(ids) != len(numbers) or not all(0 < number <= LARGEST_ID for number in ids):
        raise ValueError("not an id")
    return ids
