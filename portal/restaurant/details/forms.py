"""What a manager may say of the restaurant."""

from __future__ import annotations

from wtforms import Field, StringField, TelField
from wtforms.validators import ValidationError

from portal.restaurant.details.subjects import BUSINESS
from portal.restaurant.forms import CardForm, short
from portal.restaurant.saving import Values


class BusinessForm(CardForm):
    """The name of the restaurant, and how to reach it."""

    card = BUSINESS.kind

    name = StringField(BUSINESS.labels["name"])
    theatre_name = StringField(BUSINESS.labels["theatre_name"])
    phone = TelField(BUSINESS.labels["phone"])

    def validate_name(self, field: Field) -> None:
        if not short(field, 120):
            raise ValidationError("Enter the name of the restaurant")

    def validate_theatre_name(self, field: Field) -> None:
        short(field, 120)

    def validate_phone(self, field: Field) -> None:
        short(field, 40)

    def values(self) -> Values:
        return {
            "name": short(self.name, 120),
            "theatre_name": short(self.theatre_name, 120),
            "phone": short(self.phone, 40),
        }
