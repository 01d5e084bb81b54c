"""What a manager may say of a table, an area and joined tables."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.availability.models import PLACE_NAME_LENGTH
from portal.availability.tables import Layout
from portal.restaurant.forms import CardForm, Day, WholeNumber, natural, short
from portal.restaurant.saving import Values
from portal.restaurant.tables.subjects import AREA, GROUP, TABLE
from portal.widgets.public import forms

MOST_SEATS = 200
MOST_AT_ONCE = 60
AREA_NAME_LENGTH = 60


class _PlaceForm(CardForm):
    """What a table and a group have in common."""

    def validate_name(self, field: Field) -> None:
        if not short(field, PLACE_NAME_LENGTH):
            raise ValidationError("Enter a name, like Window or 12")


class TableForm(_PlaceForm):
    """One table."""

    about = TABLE

    name = StringField(TABLE.labels["name"])
    seats = WholeNumber(TABLE.labels["seats"], 1, MOST_SEATS)
    area_id = SelectField(TABLE.labels["area_id"], coerce=int, validate_choice=False)
    smallest = WholeNumber(TABLE.labels["smallest"], 1, MOST_SEATS)
    largest = WholeNumber(TABLE.labels["largest"], 1, MOST_SEATS, optional=True)
    last_choice = BooleanField("Give this table last, when no other fits")
    online = BooleanField("Diners can book it online")
    out_from = Day(TABLE.labels["out_from"])
    out_until = Day(TABLE.labels["out_until"])

    def use(self, layout: Layout) -> None:
        self.area_id.choices = [(0, "No area"), *((area.id, area.name) for area in layout.areas)]
        if self.area_id.data not in {value for value, _ in self.area_id.choices}:
            self.area_id.data = 0

    def validate_largest(self, field: Field) -> None:
        largest = field.data or self.seats.data
        if self.smallest.data and largest and largest < self.smallest.data:
            raise ValidationError("Largest party must not be smaller than the smallest party")
        if field.data and self.seats.data and field.data > self.seats.data:
            raise ValidationError(f"Largest party must not be more than the {self.seats.data} seats")

    def validate_out_until(self, field: Day) -> None:
        if field.day and self.out_from.day and field.day < self.out_from.day:
            raise ValidationError("Out of use until must not be before the day it begins")

    def values(self) -> Values:
        return {
            "name": short(self.name, PLACE_NAME_LENGTH),
            "seats": self.seats.data,
            "area_id": self.area_id.data or None,
            "smallest": self.smallest.data,
            "largest": self.largest.data,
            "last_choice": self.last_choice.data,
            "online": self.online.data,
            "out_from": self.out_from.day.isoformat() if self.out_from.day else None,
            "out_until": self.out_until.day.isoformat() if self.out_until.day else None,
        }


class AreaForm(CardForm):
    """One area."""

    about = AREA

    name = StringField(AREA.labels["name"])
    for_walk_ins = BooleanField("Keep its tables for walk-ins")

    def use(self, layout: Layout) -> None:
        """An area needs to know of nothing else."""

    def validate_name(self, field: Field) -> None:
        if not short(field, AREA_NAME_LENGTH):
            raise ValidationError("Enter a name, like Dining room or Terrace")

    def values(self) -> Values:
        return {"name": short(self.name, AREA_NAME_LENGTH), "for_walk_ins": self.for_walk_ins.data}


class GroupForm(_PlaceForm):
    """Tables that are joined for a large party."""

    about = GROUP

    name = StringField(GROUP.labels["name"])
    table_ids = SelectMultipleField(
        GROUP.labels["table_ids"],
        coerce=int,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    smallest = WholeNumber(GROUP.labels["smallest"], 1, MOST_SEATS)
    largest = WholeNumber(GROUP.labels["largest"], 1, MOST_SEATS)
    online = BooleanField("Diners can book it online")

    def use(self, layout: Layout) -> None:
        by_name = sorted(layout.tables, key=lambda table: natural(table.name))
        self.table_ids.choices = [(table.id, f"{table.name}, {table.seats} seats") for table in by_name]
        self._seats = {table.id: table.seats for table in layout.tables}

    def suggest(self, layout: Layout, before: str) -> str:
        """Name the tables that are ticked and say whom they seat, unless something else was typed.

        `before` is what was suggested last. Returns what is suggested now.
        """
        ticked = [table for table in layout.tables if table.id in (self.table_ids.data or [])]
        if len(ticked) < 2:
            return before
        name = "+".join(table.name for table in ticked)
        now = {
            "name": name if len(name) <= PLACE_NAME_LENGTH else "",
            "smallest": str(max(table.largest or table.seats for table in ticked) + 1),
            "largest": str(sum(table.seats for table in ticked)),
        }
        suggested = before.split("|") if before.count("|") == 2 else ["", "", ""]
        for (field, text), earlier in zip(now.items(), suggested, strict=True):
            if str(self[field].data or "") in {"", earlier}:
                self[field].data = text
                self[field].raw_data = [text]
        return "|".join(now.values())

    def validate_table_ids(self, field: Field) -> None:
        chosen = field.data or []
        if len(chosen) != len(set(chosen)):
            raise ValidationError("Tables must have each table once")
        if not set(chosen) <= self._seats.keys():
            raise ValidationError("One of the tables was deleted meanwhile. Choose again")
        if len(chosen) < 2:
            raise ValidationError("Choose at least two tables")

    def validate_largest(self, field: Field) -> None:
        if field.data and self.smallest.data and field.data < self.smallest.data:
            raise ValidationError("Largest party must not be smaller than the smallest party")
        together = sum(self._seats.get(table_id, 0) for table_id in self.table_ids.data or [])
        # Joined tables often seat two more, at the ends.
        most = together + len(self.table_ids.data or [])
        if field.data and together and field.data > most:
            raise ValidationError(
                f"Largest party can be {most} at most: these tables have {together} seats, and each of the "
                f"{len(self.table_ids.data or [])} may take one extra chair"
            )

    def values(self) -> Values:
        return {
            "name": short(self.name, PLACE_NAME_LENGTH),
            "table_ids": sorted(self.table_ids.data or []),
            "smallest": self.smallest.data,
            "largest": self.largest.data,
            "online": self.online.data,
        }


class NewTablesForm(FlaskForm):
    """Several tables alike, so that forty take a minute."""

    first_name = StringField("Name of the first table")
    how_many = WholeNumber("How many", 1, MOST_AT_ONCE, default=1)
    seats_each = WholeNumber("Seats each", 1, MOST_SEATS, default=4)
    in_area = SelectField("Area", coerce=int, validate_choice=False)
    new_area = StringField("New area")

    def use(self, layout: Layout) -> None:
        self.in_area.choices = [(0, "No area"), *((area.id, area.name) for area in layout.areas)]
        if self.in_area.data not in {value for value, _ in self.in_area.choices}:
            self.in_area.data = 0

    def validate_first_name(self, field: Field) -> None:
        if not short(field, PLACE_NAME_LENGTH):
            raise ValidationError("Enter the name of the first table. The others count on from it")

    def validate_new_area(self, field: Field) -> None:
        if short(field, AREA_NAME_LENGTH) and self.in_area.data:
            raise ValidationError("Choose an area or name a new one, not both")

    def names(self) -> list[str]:
        """Return the first name and those that count on from it; one without a number gets one."""
        first = forms.plain(self.first_name)
        stem = first.rstrip("0123456789")
        digits = first[len(stem) :]
        if not digits:
            return [first, *(f"{first} {number}" for number in range(2, self.how_many.data + 1))]
        start = int(digits)
        return [f"{stem}{number:0{len(digits)}d}" for number in range(start, start + self.how_many.data)]
