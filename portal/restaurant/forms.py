"""What the forms of all cards share. Each error names its field, and a form keeps what was typed."""

from __future__ import annotations

import re
from typing import ClassVar

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

from portal.restaurant.saving import Subject, Values
from portal.widgets.public import forms

_NUMBER = re.compile(r"[0-9]{1,9}")


class CardForm(FlaskForm):
    """The form of one card. Names of fields are used once on a page, and ids with them."""

    about: ClassVar[Subject]

    def values(self) -> Values:
        """Return what was typed, cleaned; only after a successful validate()."""
        raise NotImplementedError


def number_shown() -> int:
    """Return the number of the save on which the form of this request was filled in; -1 for what is none."""
    text = request.form.get("number", "")
    return int(text) if _NUMBER.fullmatch(text) else -1


def short(field: Field, most: int) -> str:
    """Return a text of one line as it is stored; refuse a longer one."""
    text = forms.plain(field)
    if len(text) > most:
        raise ValidationError(f"{field.label.text} must be {most} characters or fewer")
    return text
