"""What a manager may set on a widget. Each error names its field, and a form keeps what was typed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from portal.widgets import colors, rules
from portal.widgets.colors import NotAColor
from portal.widgets.public import forms
from portal.widgets.setup import sign_in_page, values
from portal.widgets.setup.values import CHOICES, LABELS, LIMITS, LONGEST_NAME, Settings

_DIGITS = re.compile(r"[0-9]{1,4}")
_LONGEST_SITES = 8000
_CHOICE_TYPES = {name: type(next(iter(choices))) for name, choices in CHOICES.items()}
SEEN = ("color", "theme", "opens", "font", "integration", *LIMITS)
"""The settings that a preview shows."""


class ChoiceField(RadioField):
    """One of a setting's choices, as radio buttons."""

    def __init__(self, setting: str, **options: Any) -> None:
        choices = [SelectChoice(value, text) for value, text in CHOICES[setting].items()]
        super().__init__(LABELS[setting], choices=choices, coerce=str, **options)

    def pre_validate(self, form: Form) -> None:
        if self.data not in {choice.value for choice in self.choices}:
            raise ValidationError(f"{self.label.text} must be one of the options shown")


class NumberField(StringField):
    """A whole number between a setting's limits, in the digits 0 to 9; keeps whatever was typed."""

    def __init__(self, setting: str, **options: Any) -> None:
        super().__init__(LABELS[setting], **options)
        self.least, self.most = LIMITS[setting]

    def pre_validate(self, form: Form) -> None:
        text = (self.data or "").strip()
        if not _DIGITS.fullmatch(text) or not self.least <= int(text) <= self.most:
            raise ValidationError(f"{self.label.text} must be a number from {self.least} to {self.most}")

    @property
    def number(self) -> int:
        """The number; only after a successful validate()."""
        return int(self.data)


class NewWidgetForm(FlaskForm):
    """The name of a widget to add."""

    name = StringField(
        LABELS["name"],
        [Length(max=LONGEST_NAME, message=f"{LABELS['name']} must be {LONGEST_NAME} characters or fewer")],
    )

    def validate_name(self, field: Field) -> None:
        if not forms.plain(field):
            raise ValidationError("Enter a name")

    def cleaned_name(self) -> str:
        """Return the name as it is stored."""
        return forms.plain(self.name)


class IntegrationForm(FlaskForm):
    """The one setting that every member of staff may change."""

    integration = ChoiceField("integration")


class WidgetForm(NewWidgetForm):
    """All of a widget's settings.

    The colour has two fields, one to pick and one to type, and `color_was` is what both of them showed; so
    whichever was changed is meant. `number` is the version that the form shows.
    """

    color = StringField(LABELS["color"])
    color_picked = StringField("Pick main colour")
    color_was = HiddenField()
    theme = ChoiceField("theme")
    opens = ChoiceField("opens")
    font = ChoiceField("font")
    integration = ChoiceField("integration")
    largest_party = NumberField("largest_party")
    days_ahead = NumberField("days_ahead")
    arrive_minutes = NumberField("arrive_minutes")
    walk_minutes = NumberField("walk_minutes")
    least_meal_minutes = NumberField("least_meal_minutes")
    sites = TextAreaField(
        LABELS["sites"],
        [Length(max=_LONGEST_SITES, message=f"Websites must be {_LONGEST_SITES:,} characters or fewer")],
    )
    sign_in_url = StringField(LABELS["sign_in_url"])
    number = HiddenField()

    def __init__(self, custom_domain: str = "", **options: Any) -> None:
        """Take what a request brings.

        Args:
            custom_domain: the venue's own Spektrix host or "", where the sign-in page may be too.
            options: for WTForms, such as `formdata` to take something else.
        """
        self._custom_domain = custom_domain
        super().__init__(**options)

    @classmethod
    def of(cls, settings: Settings, number: int) -> WidgetForm:
        """Return the form as the settings are, saved as version `number`."""
        shown = values.as_json(settings) | {
            "sites": "\n".join(settings.sites),
            "color_picked": settings.color,
            "color_was": settings.color,
            "number": number,
        }
        return cls(formdata=None, data={name: str(value) for name, value in shown.items()})

    def validate_color(self, field: Field) -> None:
        try:
            colors.read(self.meant_color())
        except NotAColor:
            raise ValidationError(
                f"{field.label.text} must be # and six digits or letters from a to f, like #5b2a6e"
            ) from None

    def validate_sites(self, field: Field) -> None:
        if not forms.usable(rules.clean_sites, field.data or ""):
            raise ValidationError("Enter a website, such as www.example.org")

    def validate_sign_in_url(self, field: Field) -> None:
        if field.data and not self.sites.errors:
            forms.usable(self._sign_in_page)

    def version(self) -> int:
        """Return the version that the form showed; 0 for what is no version."""
        text = self.number.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0

    def meant_color(self) -> str:
        """Return the colour that counts: the typed one, unless only the picker was changed."""
        typed, picked, was = (field.data or "" for field in (self.color, self.color_picked, self.color_was))
        return picked if picked and picked != was and typed in {"", was} else typed

    def settings(self) -> Settings:
        """Return what was typed, cleaned; only after a successful validate()."""
        return Settings(**{name: self._value(name) for name in LABELS})

    def previewed(self, instead: Settings) -> Settings:
        """Return the settings that a preview shows, as typed so far; only after validate().

        Args:
            instead: whose values stand in for all other fields and for those with errors.
        """
        return replace(instead, **{name: self._value(name) for name in SEEN if not self[name].errors})

    def _value(self, name: str) -> Any:
        if name in LIMITS:
            return self[name].number
        if name in CHOICES:
            return _CHOICE_TYPES[name](self[name].data)
        return {
            "name": self.cleaned_name,
            "color": lambda: colors.read(self.meant_color()),
            "sites": self._sites,
            "sign_in_url": self._sign_in_page,
        }[name]()

    def _sites(self) -> list[str]:
        return rules.clean_sites(self.sites.data or "")

    def _sign_in_page(self) -> str:
        return sign_in_page.cleaned(self.sign_in_url.data or "", self._sites(), self._custom_domain)
