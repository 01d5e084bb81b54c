"""What a manager may say of the restaurant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import EmailField, Field, SelectChoice, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import ValidationError

from portal.restaurant.details import rules
from portal.restaurant.details.rules import CURRENCIES, LABELS, NotUsable
from portal.restaurant.details.subjects import BOOKING_PAGE, BUSINESS, PLACE, REFERENCES, WORDS
from portal.restaurant.forms import CardForm
from portal.restaurant.saving import Subject, Values


class DetailsForm(CardForm):
    """A card whose fields are cleaned by the rules of the business details."""

    about: ClassVar[Subject]

    def __init__(self, country: str, **options: Any) -> None:
        """Take what a request brings, or `options`; `country` is that of local phone numbers."""
        self._country = country
        self._cleaned: Values = {}
        super().__init__(**options)

    @classmethod
    def showing(cls, values: Values, country: str) -> DetailsForm:
        """Return the form as the values are."""
        return cls(country, formdata=None, data=values, meta={"csrf": False})

    def validate(self, extra_validators: Any = None) -> bool:
        """Clean every field, and put what is wrong with it beside it."""
        fits = bool(super().validate(extra_validators))
        for name in self.about.labels:
            field = self[name]
            try:
                self._cleaned[name] = self._clean(name, field.data or "")
            except NotUsable as error:
                field.errors = [str(error)]
                fits = False
        return fits

    def values(self) -> Values:
        return self._cleaned

    def _clean(self, name: str, text: str) -> str:
        """Return a text as it is stored. Raises NotUsable."""
        return rules.clean(name, text, self._country)


class BusinessForm(DetailsForm):
    """The name of the restaurant, where it is, and how to reach it."""

    about = BUSINESS

    name = StringField(LABELS["name"])
    theatre_name = StringField(LABELS["theatre_name"])
    address = TextAreaField(LABELS["address"])
    phone = TelField(LABELS["phone"])
    email = EmailField(LABELS["email"])
    website = StringField(LABELS["website"])


class WordsForm(DetailsForm):
    """What diners read before, while and after they book."""

    about = WORDS

    first_line = StringField(LABELS["first_line"])
    dietary_note = TextAreaField(LABELS["dietary_note"])
    cancellation_text = TextAreaField(LABELS["cancellation_text"])


class BookingPageForm(DetailsForm):
    """What the address of the booking page ends in."""

    about = BOOKING_PAGE

    slug = StringField(BOOKING_PAGE.labels["slug"])

    def _clean(self, name: str, text: str) -> str:
        return rules.booking_address(text)


class ReferencesForm(DetailsForm):
    """The letters in front of every booking's reference."""

    about = REFERENCES

    reference_prefix = StringField(LABELS["reference_prefix"])


class PlaceForm(DetailsForm):
    """The country, and the money that is paid there."""

    about = PLACE

    country = SelectField(LABELS["country"], validate_choice=False)
    currency = SelectField(LABELS["currency"], validate_choice=False)

    def __init__(self, country: str, **options: Any) -> None:
        super().__init__(country, **options)
        self.country.choices = [SelectChoice(code, name) for code, name in rules.countries().items()]
        self.currency.choices = [SelectChoice(code, name) for code, name in CURRENCIES.items()]


FORMS: dict[str, type[DetailsForm]] = {
    form.about.kind: form for form in (BusinessForm, WordsForm, BookingPageForm, ReferencesForm, PlaceForm)
}
"""The form of each card by its kind."""


class WholePage:
    """The forms of all cards as one, for the list of what is wrong."""

    def __init__(self, forms: Iterable[FlaskForm]) -> None:
        self._forms = list(forms)

    def __iter__(self) -> Iterator[Field]:
        return chain.from_iterable(self._forms)

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong, by field."""
        return {name: said for form in self._forms for name, said in form.errors.items()}

    @property
    def form_errors(self) -> list[str]:
        """What is wrong beyond a field."""
        return [said for form in self._forms for said in form.form_errors]


class LogoForm(FlaskForm):
    """A file to choose."""

    logo_file = FileField("Logo file")


class TimeZoneForm(FlaskForm):
    """The time zone, which is changed on a page of its own."""

    timezone = SelectField(LABELS["timezone"], validate_choice=False)

    def __init__(self, now: str, **options: Any) -> None:
        """Take what a request brings; `now` is the zone in force, which is on the list whatever it is."""
        super().__init__(**options)
        zones = rules.zones()
        known = any(now in names for names in zones.values())
        others = [] if known else [SelectChoice(now, now, optgroup="Now")]
        self.timezone.choices = others + [
            SelectChoice(zone, zone.replace("_", " "), optgroup=part)
            for part, names in zones.items()
            for zone in names
        ]

    def validate_timezone(self, field: SelectField) -> None:
        try:
            rules.clean("timezone", field.data or "")
        except NotUsable as error:
            raise ValidationError(str(error)) from None
