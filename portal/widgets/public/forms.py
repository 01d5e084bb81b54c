"""What a guest may type to book."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    Form,
    HiddenField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from portal import typed_text
from portal.typed_text import NotText
from portal.widgets import rules
from portal.widgets.rules import Bounds, NotUsable

MOST_FIELDS = 50
_NO_BOUNDS = Bounds(date.min, date.min, 0)
# What a form says for the true of JSON.
_YES = {"step_free": "on", "another": "yes"}
# JSON can write half of a pair (\ud83d alone), which can be neither stored nor signed.
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class NotReadable(ValueError):
    """A body that is neither a form nor a JSON object of plain values."""


@dataclass(frozen=True)
class Details:
    """A booking form, cleaned. `phone` is written internationally; `starts_at` and `show_at` are in UTC."""

    starts_at: datetime
    party_size: int
    name: str
    email: str
    phone: str
    note: str
    step_free: bool
    basket_id: str | None = None
    show_at: datetime | None = None


def plain(field: Field, clean: Callable[[str], str] = typed_text.one_line) -> str:
    """Return the text cleaned; refuse what cannot be read, and a key that was pasted into the wrong place."""
    try:
        text = clean(field.data or "")
    except NotText:
        raise ValidationError(
            f"{field.label.text} has a hidden character in it. Type it again, without pasting"
        ) from None
    if typed_text.holds_key(text):
        raise ValidationError(f"{field.label.text} holds what looks like a password or key. Take it out")
    return text


class DetailsForm(Form):
    """What a guest types, and what the form carries along. A FlaskForm would need a cookie."""

    name = StringField("Full name")
    email = EmailField("Email")
    phone = TelField("Mobile number")
    note = TextAreaField("Anything we should know?")
    step_free = BooleanField("We need a step-free table or space for a wheelchair", false_values=("", "off"))
    starts_at = HiddenField("Time")
    party_size = HiddenField("Guests")
    show = HiddenField("Show")
    basket_id = HiddenField("Basket")
    form_token = HiddenField("Form token")
    idempotency_key = HiddenField("Idempotency key")
    change = HiddenField("Earlier booking")
    another = HiddenField("Another table")
    website = StringField("Website")

    def __init__(
        self, typed: MultiDict[str, str] | None = None, *, country: str, within: Bounds, **values: Any
    ) -> None:
        """Take what was typed, or `values` to begin with. `country` is that of local phone numbers."""
        super().__init__(typed, **values)
        self._country = country
        self._within = within
        # Fields keep what was typed, so that a form with errors shows it again; the cleaned values are here.
        self._cleaned: dict[str, Any] = {}

    def validate_name(self, field: Field) -> None:
        name = plain(field)
        if not name:
            raise ValidationError("Enter your full name")
        if len(name) > 120:
            raise ValidationError("Full name must be 120 characters or fewer")
        self._cleaned["name"] = name

    def validate_email(self, field: Field) -> None:
        try:
            checked = validate_email(plain(field, typed_text.without_marks), check_deliverability=False)
        except EmailNotValidError:
            raise ValidationError("Enter an email address with an @, like name@example.com") from None
        self._cleaned["email"] = checked.normalized

    def validate_phone(self, field: Field) -> None:
        typed = plain(field, typed_text.without_marks)
        if not typed:
            raise ValidationError("Enter a mobile number")
        if letters := typed_text.letters_in_number(typed):
            raise ValidationError(f"Mobile number has letters in it: {letters}. Type all of it in digits")
        try:
            number = phonenumbers.parse(typed, self._country)
        except phonenumbers.NumberParseException:
            number = None
        # Possible, not valid: new numbers are handed out before any list of valid ones knows them.
        if number is None or not phonenumbers.is_possible_number(number):
            raise ValidationError("Enter a mobile number with all its digits, like 07700 900123")
        international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        self._cleaned["phone"] = phonenumbers.format_number(number, international)

    def validate_note(self, field: Field) -> None:
        note = plain(field, typed_text.lines)
        if len(note) > 500:
            raise ValidationError("Your note must be 500 characters or fewer")
        self._cleaned["note"] = note

    def validate_starts_at(self, field: Field) -> None:
        self._cleaned["starts_at"] = usable(rules.read_instant, field.data or "", "starts_at", "Time")

    def validate_party_size(self, field: Field) -> None:
        self._cleaned["party_size"] = usable(rules.read_party_size, field.data or "", self._within)

    def validate_show(self, field: Field) -> None:
        if field.data:
            self._cleaned["show_at"] = usable(rules.read_instant, field.data, "show", "Show")

    def validate_another(self, field: Field) -> None:
        if field.data and field.data != "yes":
            raise ValidationError("Another table must be yes, or left out")

    def validate_website(self, field: Field) -> None:
        """People cannot see this field, so only programs fill it in."""
        if field.data:
            raise ValidationError("Website must stay empty")

    def cleaned(self) -> Details:
        """Return the booking asked for; only after a successful validate()."""
        return Details(
            step_free=self.step_free.data,
            basket_id=rules.usable_basket_id(self.basket_id.data),
            **self._cleaned,
        )


def usable(read: Any, *arguments: Any) -> Any:
    """Return what `read` makes of the arguments, with its NotUsable as an error of the form."""
    try:
        return read(*arguments)
    except NotUsable as error:
        raise ValidationError(str(error)) from None


DETAIL_FIELDS = ("name", "email", "phone", "note", "step_free")
"""The fields that a guest types, which stay when the time is changed."""


class PickForm(Form):
    """Date and guests as selects; `exact_party` asks how many when the last chip is chosen."""

    date = SelectField("Date", validate_choice=False)
    party = SelectField("Guests", validate_choice=False)
    exact_party = SelectField("How many guests", validate_choice=False)


def read_json(body: bytes) -> MultiDict[str, str]:
    """Return a JSON object of plain values as form fields.

    Raises NotReadable for what is no such object, and NotUsable for a value of the wrong kind.
    """
    try:
        fields = json.loads(body, object_pairs_hook=_without_doubles, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotReadable("The request body must be JSON") from None
    if not isinstance(fields, dict):
        raise NotReadable("The request body must be a JSON object")
    if len(fields) > MOST_FIELDS:
        raise NotReadable(f"The request must have {MOST_FIELDS} fields or fewer")
    return _as_form(fields)


def _as_form(fields: Mapping[str, Any]) -> MultiDict[str, str]:
    typed = {}
    for field in DetailsForm(country="", within=_NO_BOUNDS):
        name, value = field.name, fields.get(field.name)
        if value is None:
            continue
        if name in _YES and isinstance(value, bool):
            value = _YES[name] if value else ""
        elif name == "party_size" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)[:8]
        if not isinstance(value, str) or _HALF_CHARACTER.search(value):
            raise NotUsable(name, f"{field.label.text} must be text")
        typed[name] = value
    return MultiDict(typed)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name is there twice")
    return fields


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
