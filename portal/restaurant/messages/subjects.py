"""The cards of the letters to guests, one for each kind."""

from __future__ import annotations

from typing import Any

from portal.letters import texts
from portal.letters.originals import ORIGINALS
from portal.letters.reminders import owing
from portal.outbox.models import LetterKind
from portal.restaurant.saving import Subject, Values, subject
from portal.venues.models import Venue

LABELS = {"is_on": "Send this letter", "hour": "Hour", "subject": "Subject", "text": "Text"}


def hour_text(hour: int) -> str:
    """Return an hour as a person reads it: 10am."""
    return f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}"


def original(kind: LetterKind) -> Values:
    """Return the words of a letter that nobody has changed."""
    return {"subject": ORIGINALS[kind].subject, "text": ORIGINALS[kind].text}


def _card(kind: LetterKind) -> Subject:
    has_hour = kind is LetterKind.REMINDER

    def read(venue: Venue, _row_id: int) -> Values:
        words = texts.words_of(venue.id, kind)
        values = {"is_on": words.is_on, "subject": words.subject, "text": words.text}
        return values | ({"hour": owing.hour_of(venue.id)} if has_hour else {})

    def write(venue: Venue, row_id: int, values: Values) -> None:
        new = read(venue, row_id) | values
        texts.change(venue.id, kind, subject=new["subject"], text=new["text"], is_on=new["is_on"])
        if "hour" in values:
            owing.set_hour(venue.id, new["hour"])

    labels = {name: label for name, label in LABELS.items() if has_hour or name != "hour"}
    endpoint = f"restaurant.message_{kind}"
    return subject(Subject(f"letter_{kind}", ORIGINALS[kind].title, labels, read, write, _text, endpoint))


def _text(name: str, value: Any) -> str:
    if name == "is_on":
        return "Yes" if value else "No"
    return hour_text(value) if name == "hour" else str(value)


CARDS = {kind: _card(kind) for kind in LetterKind}
