"""What is saved of a form that was sent signed out, and how it is shown again. Plain values."""

from __future__ import annotations

import re
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
_HIDDEN = frozenset(
    {
        *("as", "at", "color_was", "do", "from", "guest_id", "instead", "key", "new_key", "next", "number"),
        *("past_rules", "place", "preview", "seen", "slot", "slots_of"),
    }
)
# What a button or a tick stands for. It is shown with what was typed; alone, pressing again is quicker.
_PRESSED = frozenset(
    {"active", "anyway", "customer", "entry", "other", "remove", "site", "use_name", "which"}
)
_WORDS = {
    "admin_email": "Spektrix admin's email",
    "allergies": "Allergies and diet",
    "anyway": "Save without testing",
    "api_key": "API key",
    "api_user": "API user name",
    "area_id": "Area",
    "arrive_minutes": "Arrive before the show",
    "before": "When",
    "cancellation_text": "Cancelling and changing",
    "color": "Main colour",
    "color_picked": "Pick main colour",
    "copied_day": "Copy this day",
    "copy_from": "From which date",
    "covers": "Most guests at once",
    "customer": "Customer number",
    "dietary_note": "Dietary needs and access",
    "entry": "Visits ticked",
    "expected": "What did you expect to happen?",
    "first_line": "First line for diners",
    "first_name": "Name of the first table",
    "for_walk_ins": "Keep its tables for walk-ins",
    "guest_q": "Find a guest who came before",
    "horizon_days": "Days ahead",
    "in_area": "Area",
    "is_on": "Send this letter",
    "keeps_show": "They still go to the show",
    "kind": "What is different",
    "largest": "Largest party",
    "largest_online": "Largest party online",
    "largest_party": "Largest party online",
    "last_choice": "Give this table last, when no other fits",
    "least_meal_minutes": "Shortest meal",
    "last_on": "Last day",
    "match_by_details": "Match phone, email and walk-in guests by their details",
    "most_covers": "Most guests to start together",
    "most_parties": "Most parties to start together",
    "new_area": "New area",
    "notice_minutes": "Notice",
    "online": "Diners can book it online",
    "opens": "Opens",
    "other": "Other guest",
    "occasion": "Occasion",
    "out_from": "Out of use from",
    "out_until": "Out of use until",
    "party_size": "Guests",
    "pending_minutes": "Bookings not confirmed lapse after",
    "phone": "Phone number",
    "place": "Table",
    "reference_prefix": "Booking references start with",
    "service_on": "Date",
    "sign_in_url": "Sign-in page",
    "site": "Website",
    "sites": "Websites",
    "slot_minutes": "A table every",
    "slug": "Booking address",
    "smallest": "Smallest party",
    "source": "How they booked",
    "stay_2": "Up to 2 guests stay",
    "stay_4": "3 or 4 guests stay",
    "stay_6": "5 or 6 guests stay",
    "stay_minutes": "7 guests or more stay",
    "step_free": "Needs step-free access",
    "support_email": "Your own support email",
    "table_ids": "Tables",
    "targets": "To these days",
    "test_customer_id": "Test customer number",
    "theatre_name": "Theatre",
    "theme": "Light or dark",
    "time_pass": "Which of the two times",
    "timezone": "Time zone",
    "use_name": "Use client name",
    "valid_from": "First day",
    "valid_until": "Last day",
    "walk_minutes": "Walk to the theatre",
    "weekdays": "Days",
    "which": "Which visits",
    "whose": "Whose booking is this?",
    "why": "Reason",
}
# The services of a special day stand one below the other, each with its number behind the name.
_OF_ONE_SERVICE = {
    "covers": "Most guests at once",
    "last_seating": "Last seating",
    "name": "Name",
    "opens": "Opens",
    "slot_minutes": "A table every (minutes)",
    "stay_minutes": "Guests stay (minutes)",
}
_NUMBERED = re.compile(r"([a-z_]+)_[0-9]{1,2}")
_CHOICES = frozenset({"active", "font", "integration", "opens", "source", "theme", "which"})
_BOXES = frozenset(
    {
        "anyway",
        "for_walk_ins",
        "is_on",
        "keeps_show",
        "last_choice",
        "match_by_details",
        "online",
        "step_free",
    }
)
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
    numbered = _NUMBERED.fullmatch(name)
    if numbered and numbered[1] in _OF_ONE_SERVICE:
        return _OF_ONE_SERVICE[numbered[1]]
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
