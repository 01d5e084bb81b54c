"""Days, times, numbers, calls and next steps as pages show them. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from portal.availability.obstacles import Rule
from portal.bookings.models import ChangeKind
from portal.bookings.rules import Note
from portal.bookings.visit_sentences import Sentence
from portal.clock import to_local, which_pass
from portal.findings import Code, finding
from portal.guests.rules import phone_key
from portal.outbox.models import ANSWERED

_CALLS = {
    "basket_by_id": "Ask who owns the basket",
    "customer_by_id": "Read the customer",
    "customer_by_email": "Look the customer up",
    "probe_client_name": "Check the client name",
    "update_attributes": "Send both values",
}


def day_name(on: date, today: date) -> str:
    """Return a day as the diary heads it: Fri 12 June, with its year where that is not this one."""
    year = "" if on.year == today.year else f" {on.year}"
    return f"{on:%a} {on.day} {on:%B}{year}"


def wall_time(instant: datetime, zone: str) -> str:
    """Return the wall time of an instant: 19:30, or 01:30 BST on the night that has another 01:30."""
    local = to_local(instant, zone)
    return f"{local:%H:%M} {which_pass(local)}".rstrip()


def moment(instant: datetime, zone: str, today: date) -> str:
    """Return day and wall time of an instant: Fri 12 June, 19:30."""
    return f"{day_name(to_local(instant, zone).date(), today)}, {wall_time(instant, zone)}"


def on_day_at(instant: datetime, zone: str, today: date) -> str:
    """Return when something coming is, for a sentence: today at 19:30, on Friday at 19:30, by date later."""
    on = to_local(instant, zone).date()
    ahead = (on - today).days
    day = "today" if ahead == 0 else f"on {on:%A}" if 0 < ahead < 7 else f"on {day_name(on, today)}"
    return f"{day} at {wall_time(instant, zone)}"


def duration(stay: timedelta) -> str:
    """Return how long a stay is: 45 min, 2 h, 1 h 45 min."""
    hours, minutes = divmod(int(stay.total_seconds()) // 60, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{minutes} min"] if minutes or not hours else [])
    return " ".join(parts)


_CHANGED_WORDS = {
    "party_size": "guests",
    "table": "table",
    "name": "name",
    "email": "email",
    "phone": "phone number",
    "occasion": "occasion",
    "note": "note",
    "allergies": "allergies",
}
_TURNS = {
    "step_free": ("step-free access needed", "no step-free access needed"),
    "guest": ("now another guest’s booking", ""),
    "overbooked": ("beyond the rules", "within the rules again"),
}
_CHANGE_TITLES = {
    ChangeKind.EDITED: "Changed",
    ChangeKind.MOVED: "Moved",
    ChangeKind.UNDONE: "Change undone",
    ChangeKind.SEATED: "Seated",
    ChangeKind.UNSEATED: "No longer marked as seated",
}
# What tells who a guest is stays out of another guest's story.
_NAMED_ALONE = frozenset({"name", "email", "phone", "occasion", "note", "allergies"})


_BROKEN = {
    Rule.CLOSED: "the restaurant is closed",
    Rule.START: "not a time for diners",
    Rule.PAST: "in the past",
    Rule.NOTICE: "short notice",
    Rule.HORIZON: "far ahead",
    Rule.ONLINE_SIZE: "too large to book online",
    Rule.HOURS: "outside the hours",
    Rule.COVERS: "more guests than the service takes",
    Rule.PACING_COVERS: "more guests at once than the service lets arrive",
    Rule.PACING_PARTIES: "more parties at once than the service lets arrive",
    Rule.TABLE_SIZE: "not the size of a table",
    Rule.TABLES_OUT: "the table is out of use or hired",
    Rule.TABLES_TAKEN: "no table is free",
}


def change_words(
    kind: ChangeKind, fields: Mapping[str, Sequence[Any]], zone: str, today: date, *, brief: bool = False
) -> str:
    """Return a change of a booking as a history tells it: Moved: table from 1 to 2.

    With `brief` it does not say what anybody is called, nor what was noted.
    """
    if kind is ChangeKind.OVERBOOKED:
        broken = [_BROKEN[Rule(rule)] for rule in fields["rules"]]
        return f"Overbooked on purpose: {', '.join(broken) or 'without a table'}"
    parts = [
        *_times(fields, zone, today),
        *_show(fields, zone),
        *_details(fields, brief=brief),
        *_turns(fields),
    ]
    # Nothing is left to tell of a guest who was erased.
    return f"{_CHANGE_TITLES[kind]}: {'; '.join(parts)}" if parts else _CHANGE_TITLES[kind]


def _details(fields: Mapping[str, Sequence[Any]], *, brief: bool) -> list[str]:
    parts = []
    for name, label in _CHANGED_WORDS.items():
        if name in fields:
            was, became = (str(value) if value != "" else "none" for value in fields[name])
            parts.append(label if brief and name in _NAMED_ALONE else f"{label} from {was} to {became}")
    return parts


def _show(fields: Mapping[str, Sequence[Any]], zone: str) -> list[str]:
    was, became = fields.get("show", (None, None))
    if was and became:
        times = (wall_time(datetime.fromisoformat(text), zone) for text in (was, became))
        return ["show from {} to {}".format(*times)]
    if not (was or became):
        return []
    return ["for a show" if became else "no longer for a show"]


def _turns(fields: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return what is so now and was not before, or the other way about."""
    return [words[not fields[name][1]] for name, words in _TURNS.items() if name in fields]


def _times(fields: Mapping[str, Sequence[Any]], zone: str, today: date) -> list[str]:
    ends = [datetime.fromisoformat(text) for text in fields.get("ends_at", ())]
    if "starts_at" not in fields:
        return [f"end from {wall_time(ends[0], zone)} to {wall_time(ends[1], zone)}"] if ends else []
    was, became = (datetime.fromisoformat(text) for text in fields["starts_at"])
    if to_local(was, zone).date() == to_local(became, zone).date():
        found = [f"time from {wall_time(was, zone)} to {wall_time(became, zone)}"]
    else:
        found = [f"from {moment(was, zone, today)} to {moment(became, zone, today)}"]
    if ends and ends[1] - ends[0] != became - was:
        found.append(f"now until {wall_time(ends[1], zone)}")
    return found


def people(number: int) -> str:
    """Return a number of guests in words: 2 guests."""
    return "1 guest" if number == 1 else f"{number} guests"


def phone_link(text: str, country: str) -> Markup:
    """Return a phone number as a link that calls it, as it was typed; plain where it is no number."""
    number, _, extension = phone_key(text, country).partition(";")
    if not number:
        return escape(text)
    address = f"tel:{number};ext={extension}" if extension else f"tel:{number}"
    return Markup('<a class="phone" href="{}">{}</a>').format(address, text)


def waiting_parties(sizes: Sequence[int]) -> str:
    """Return how many parties wait for a table and how large they are, who came first first."""
    first, last = [str(size) for size in sizes[:-1]], people(sizes[-1])
    if not first:
        return f"1 party waits for a table: {last}"
    return f"{len(sizes)} parties wait for a table: {', '.join(first)} and {last}"


def advice(note: Note | Sentence) -> str:
    """Return who does what next: "Your Spektrix admin: create the attribute"."""
    if not note.step:
        return note.who
    if note.step.startswith("Their "):
        return f"{note.who}’s {note.step.removeprefix('Their ')}"
    return f"{note.who}: {note.step[:1].lower()}{note.step[1:]}" if note.who else note.step


def call_label(call: str) -> str:
    """Return what a call to Spektrix is for."""
    return _CALLS.get(call, call)


def outcome_label(outcome: str) -> str:
    """Return how a call ended: what was wrong, if anything."""
    if outcome == ANSWERED:
        return "Answered"
    return finding(outcome).short if outcome in set(Code) else outcome
