"""What is saved of a form that was sent signed out, and how it is shown again. Plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Field(NamedTuple):
    """What was typed into a field of a form."""

    name: str
    text: str


class Labelled(NamedTuple):
    """A field as its reader knows it."""

    label: str
    text: str


# Of the page, not of the person.
_DROPPED = frozenset({"csrf_token"})
_SECRETS = frozenset({"password", "api_key"})
# Sent again with the rest; they mean nothing to a reader.
_HIDDEN = frozenset({"as", "color_was", "do", "from", "key", "new_key", "next", "number", "preview"})
# What a button or a tick stands for. It is shown with what was typed; alone, pressing again is quicker.
_PRESSED = frozenset(
    {"active", "anyway", "customer", "entry", "other", "remove", "site", "use_name", "which"}
)
_WORDS = {
    "admin_email": "Spektrix admin's email",
    "anyway": "Save without testing",
    "api_key": "API key",
    "api_user": "API user name",
    "arrive_minutes": "Arrive before the show",
    "cancellation_text": "Cancelling and changing",
    "color": "Main colour",
    "color_picked": "Pick main colour",
    "customer": "Customer number",
    "dietary_note": "Dietary needs and access",
    "entry": "Visits ticked",
    "expected": "What did you expect to happen?",
    "first_line": "First line for diners",
    "largest_party": "Largest party online",
    "least_meal_minutes": "Shortest meal",
    "match_by_details": "Match phone, email and walk-in guests by their details",
    "opens": "How it opens",
    "other": "Other guest",
    "party_size": "Guests",
    "phone": "Phone number",
    "reference_prefix": "Booking references start with",
    "sign_in_url": "Sign-in page",
    "site": "Website",
    "sites": "Websites",
    "source": "How they booked",
    "step_free": "Needs step-free access",
    "support_email": "Your own support email",
    "test_customer_id": "Test customer number",
    "theatre_name": "Theatre",
    "theme": "Light or dark",
    "timezone": "Time zone",
    "use_name": "Use client name",
    "walk_minutes": "Walk to the theatre",
    "which": "Which visits",
    "why": "Reason",
}
_CHOICES = frozenset({"active", "font", "integration", "opens", "source", "theme", "which"})
_BOXES = frozenset({"anyway", "match_by_details", "step_free"})
_COUNTED = frozenset({"entry"})


@dataclass(frozen=True)
class Parts:
    """A sent form taken apart.

    Args:
        fields: what may be kept, in the order in which it was sent; a name may come several times.
        secrets: names of the fields whose text is never kept.
    """

    fields: tuple[Field, ...]
    secrets: tuple[str, ...]

    @property
    def has_typed(self) -> bool:
        """Whether a person would have to type or choose something again."""
        unimportant = _HIDDEN | _PRESSED
        return bool(self.secrets) or any(
            text.strip() for name, text in self.fields if name not in unimportant
        )


def parted(fields: Iterable[tuple[str, str]]) -> Parts:
    """Take apart what was sent: passwords and keys are named and dropped, with the page's own token."""
    sent = [Field(name, text) for name, text in fields if name not in _DROPPED]
    secrets = dict.fromkeys(name for name, text in sent if name in _SECRETS and text)
    return Parts(tuple(field for field in sent if field.name not in secrets), tuple(secrets))


def words_of(name: str) -> str:
    """Return the label of a field."""
    return _WORDS.get(name, name.replace("_", " ").strip().capitalize())


def lines(fields: Iterable[Field]) -> list[Labelled]:
    """Return everything that a reader can make sense of; blank texts are left out."""
    readable = [(name, text) for name, text in fields if name not in _HIDDEN and text.strip()]
    counted = Counter(name for name, _ in readable if name in _COUNTED)
    shown = [
        Labelled(words_of(name), _text_of(name, text)) for name, text in readable if name not in _COUNTED
    ]
    return shown + [Labelled(words_of(name), str(number)) for name, number in counted.items()]


def _text_of(name: str, text: str) -> str:
    if name in _CHOICES:
        return text.replace("_", " ").capitalize()
    if name in _BOXES:
        return "Yes"
    return _day(text) if name == "date" else text


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day:%A} {day.day} {day:%B %Y}"
