"""What a manager may say of a letter to guests."""

from __future__ import annotations

from wtforms import BooleanField, Field, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal import typed_text
from portal.letters import text_rules
from portal.letters.reminders.rules import HOURS
from portal.letters.text_rules import WrongText
from portal.letters.texts import Words
from portal.outbox.models import LetterKind
from portal.restaurant.forms import CardForm, short
from portal.restaurant.messages.subjects import LABELS, hour_text
from portal.restaurant.saving import Values
from portal.widgets.public import forms

_HOURS = [SelectChoice(str(hour), hour_text(hour)) for hour in HOURS]


class LetterForm(CardForm):
    """One kind of letter. This one leaves only where a person presses for it, so it has no switch."""

    subject = StringField(LABELS["subject"])
    text = TextAreaField(LABELS["text"])

    _subject = ""
    _text = ""

    def validate_subject(self, field: Field) -> None:
        self._subject = _checked(field, short(field, text_rules.LONGEST_SUBJECT))

    def validate_text(self, field: Field) -> None:
        text = forms.plain(field, typed_text.lines)
        if len(text) > text_rules.LONGEST_TEXT:
            raise ValidationError(f"{field.label.text} must be {text_rules.LONGEST_TEXT} characters or fewer")
        self._text = _checked(field, text)

    @property
    def is_sent(self) -> bool:
        return True

    def words(self) -> Words:
        """Return the words that were typed; only after a successful validate()."""
        return Words(self._subject, self._text, self.is_sent)

    def values(self) -> Values:
        return {"is_on": self.is_sent, "subject": self._subject, "text": self._text}


class SwitchedForm(LetterForm):
    """One that can be switched off."""

    is_on = BooleanField(LABELS["is_on"])

    @property
    def is_sent(self) -> bool:
        return bool(self.is_on.data)


class ReminderForm(SwitchedForm):
    """The reminder, which has an hour."""

    hour = SelectField(LABELS["hour"], coerce=int, choices=_HOURS)

    def values(self) -> Values:
        return super().values() | {"hour": self.hour.data}


def form_of(kind: LetterKind) -> type[LetterForm]:
    """Return the form of one kind of letter."""
    if kind is LetterKind.SHOW_CHANGED:
        return LetterForm
    return ReminderForm if kind is LetterKind.REMINDER else SwitchedForm


def _checked(field: Field, text: str) -> str:
    if not text:
        raise ValidationError(f"Enter the {field.label.text.lower()} of the letter")
    try:
        text_rules.check(text)
    except WrongText as wrong:
        raise ValidationError(f"{field.label.text}: {wrong.sentence}") from None
    return text
