"""What staff may ask the list of bookings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_wtf import FlaskForm
from wtforms import Field, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from portal import typed_text
from portal.bookings.diary.forms import DateInput, date_on_calendar, read_instant, trimmed
from portal.bookings.list.rules import Linked, Place, Wanted, When, place
from portal.bookings.models import Source, Status
from portal.bookings.rules import SOURCE_LABELS


class ListForm(FlaskForm):
    """The search and the filters above the list; it only reads, so it carries no token."""

    class Meta:
        csrf = False

    q = SearchField(
        "Name, email, phone or booking reference",
        [Length(max=100, message="Search for fewer than 100 letters")],
        filters=[lambda text: typed_text.one_line(trimmed(text))],
    )
    since = DateInput("From", [Optional(), date_on_calendar])
    until = DateInput("To", [Optional(), date_on_calendar])
    source = SelectField(
        "How they booked",
        choices=[
            SelectChoice("", "Any way"),
            *(SelectChoice(str(source), label) for source, label in SOURCE_LABELS.items()),
        ],
        default="",
        validate_choice=False,
    )
    show = SelectField("Show", choices=[SelectChoice("", "Any or none")], default="", validate_choice=False)
    linked = SelectField(
        "Spektrix",
        choices=[
            SelectChoice("", "Linked or not"),
            SelectChoice(str(Linked.YES), "Linked"),
            SelectChoice(str(Linked.NO), "Not linked"),
        ],
        default="",
        validate_choice=False,
    )
    status = StringField("Status", filters=[trimmed])
    when = StringField("When", filters=[lambda text: trimmed(text) or str(When.COMING)])
    after = StringField("Page", filters=[trimmed])
    before = StringField("Page", filters=[trimmed])

    def validate_until(self, field: DateInput) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError("Choose an end date that is not before the start date")

    def validate_source(self, field: SelectField) -> None:
        _require(field, Source)

    def validate_linked(self, field: SelectField) -> None:
        _require(field, Linked)

    def validate_status(self, field: StringField) -> None:
        _require(field, Status)

    def validate_when(self, field: StringField) -> None:
        _require(field, When)

    def validate_show(self, field: SelectField) -> None:
        if field.data and read_instant(field.data) is None:
            raise ValidationError("Choose one of the shows")

    def validate_after(self, field: StringField) -> None:
        try:
            place(field.data)
        except ValueError as error:
            raise ValidationError("That page does not exist. Start again from the first bookings") from error

    validate_before = validate_after

    def offer_shows(self, shows: list[tuple[datetime, str]]) -> None:
        """Let these shows be chosen, and the one that is asked for, by start."""
        known = {at.isoformat(): name for at, name in shows}
        if self.show.data and self.show.data not in known:
            known = {self.show.data: "The show you chose"} | known
        choices = (SelectChoice(at, name) for at, name in known.items())
        self.show.choices = [SelectChoice("", "Any or none"), *choices]

    @property
    def wanted(self) -> Wanted:
        """What is looked for; for a wrong address, what is coming."""
        if self.errors:
            return Wanted()
        return Wanted(
            self.q.data or "",
            When(self.when.data),
            self.since.data,
            self.until.data,
            Status(self.status.data) if self.status.data else None,
            Source(self.source.data) if self.source.data else None,
            read_instant(self.show.data or ""),
            Linked(self.linked.data) if self.linked.data else None,
        )

    @property
    def places(self) -> tuple[Place | None, Place | None]:
        """The place to go on from, and the one to go back from."""
        return (None, None) if self.errors else (place(self.after.data), place(self.before.data))

    @property
    def asked(self) -> dict[str, str]:
        """What is asked for as an address carries it, pages left out."""
        if self.errors:
            return {}
        sent = {
            "q": self.q.data,
            "since": str(self.since.data or ""),
            "until": str(self.until.data or ""),
            "status": self.status.data,
            "source": self.source.data,
            "show": self.show.data,
            "linked": self.linked.data,
            "when": "" if self.when.data == When.COMING else self.when.data,
        }
        return {name: text for name, text in sent.items() if text}


def _require(field: Field, allowed: type[StrEnum]) -> None:
    if field.data and field.data not in set(allowed):
        raise ValidationError(f"{field.label.text}: choose one of those on the page")
