"""What a manager may set on a widget."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, ValidationError

from portal.widgets import forms, rules
from portal.widgets.models import IntegrationChoice, Widget


class NewWidgetForm(FlaskForm):
    """The name of a widget to add."""

    name = StringField("Name", [Length(max=80, message="Name must be 80 characters or fewer")])

    def validate_name(self, field: Field) -> None:
        if not forms.plain(field):
            raise ValidationError("Enter a name")

    def cleaned_name(self) -> str:
        """Return the name as it is stored."""
        return forms.plain(self.name)


class WidgetForm(NewWidgetForm):
    """A widget's settings."""

    integration = RadioField(
        "Integration",
        choices=[
            SelectChoice(IntegrationChoice.SPEKTRIX.value, "Spektrix"),
            SelectChoice(IntegrationChoice.NONE.value, "None"),
        ],
        default=IntegrationChoice.NONE.value,
    )
    sites = TextAreaField(
        "Websites", [Length(max=8000, message="Websites must be 8,000 characters or fewer")]
    )
    largest_party = IntegerField(
        "Largest party online", [NumberRange(1, 50, "Largest party online must be a number from 1 to 50")]
    )
    days_ahead = IntegerField(
        "Days ahead", [NumberRange(1, 365, "Days ahead must be a number from 1 to 365")]
    )

    @classmethod
    def of(cls, widget: Widget) -> WidgetForm:
        """Return the form as the widget is now."""
        return cls(
            name=widget.name,
            integration=str(widget.integration),
            sites="\n".join(widget.sites),
            largest_party=widget.largest_party,
            days_ahead=widget.days_ahead,
        )

    def validate_sites(self, field: Field) -> None:
        forms.usable(rules.clean_sites, field.data or "")

    def cleaned_sites(self) -> list[str]:
        """Return the websites as host[:port], none twice; only after a successful validate()."""
        return rules.clean_sites(self.sites.data or "")
