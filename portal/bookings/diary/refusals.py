"""Every rule of availability in words: as it stands in the list of rules, and what is said when it bites.

Nothing is judged here; what stands in the way is found by the rules themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from portal.availability.obstacles import Obstacle, Rule
from portal.availability.service import Answer
from portal.bookings.labels import people

_HOURS, _SPECIAL_DAYS = "/settings/hours", "/settings/special-days"
_TABLES = "/settings/tables"
# Where others have it, no setting helps, but a look at their bookings may.
_PLACES = frozenset({Rule.COVERS, Rule.TABLES_TAKEN})
_LATER_OR_FREED = "Choose another time, or cancel a booking whose guests are not coming"


class Refusal(NamedTuple):
    """What a rule says when it bites, and what to do."""

    text: str
    step: str

    @property
    def sentences(self) -> str:
        return f"{self.text}. {self.step}."


@dataclass(frozen=True)
class CheckedRule:
    """One rule of the list, as the answer that it gives.

    Args:
        answer: what is so, whether it refuses or not.
        setting: the page on which it is set, "" where others have the place and their bookings decide.
        step: what to do where it refuses, "" where it does not.
    """

    answer: str
    setting: str
    step: str = ""


def checked_rules(answer: Answer, party_size: int) -> list[CheckedRule]:
    """Return the rules that were looked at, in order, each with its answer."""
    bites = {obstacle.rule: obstacle for obstacle in answer.obstacles}
    found = []
    for rule in answer.checked:
        name, setting, _ = _RULES[rule]
        if rule is Rule.CLOSED and not answer.is_special:
            setting = _HOURS
        if rule not in bites:
            found.append(CheckedRule(name, setting))
            continue
        refusal = _refusal(bites[rule], answer, party_size)
        taken = rule in _PLACES and not bites[rule].is_final(party_size)
        found.append(CheckedRule(refusal.text, "" if taken else setting, f"{refusal.step}."))
    return found


def broken(answer: Answer, party_size: int) -> list[str]:
    """Return what somebody goes past who seats a party all the same."""
    return [rule.answer for rule in checked_rules(answer, party_size) if rule.step]


def told_first(answer: Answer, party_size: int) -> str:
    """Return the one reason that matters most, and the next step; "" where nothing stands in the way."""
    first = first_of(answer, party_size)
    return first.sentences if first else ""


def first_of(answer: Answer, party_size: int) -> Refusal | None:
    """Return the one reason that matters most.

    What could not be had in an empty house comes before what others have taken.
    """
    final = [obstacle for obstacle in answer.obstacles if obstacle.is_final(party_size)]
    first: Sequence[Obstacle] = final or answer.obstacles
    return _refusal(first[0], answer, party_size) if first else None


@dataclass(frozen=True)
class _Case:
    """A rule that bites: what of, whose party, on which day."""

    obstacle: Obstacle
    answer: Answer
    party_size: int

    @property
    def limit(self) -> int:
        return self.obstacle.limit

    @property
    def service(self) -> str:
        return self.answer.slot.period_name if self.answer.slot else ""


def _refusal(obstacle: Obstacle, answer: Answer, party_size: int) -> Refusal:
    return _RULES[obstacle.rule].bites(_Case(obstacle, answer, party_size))


def _closed(case: _Case) -> Refusal:
    note = f": {case.answer.note.strip().rstrip('.')}" if case.answer.note else ""
    return Refusal(f"The restaurant is closed on that day{note}", "Choose another day")


def _outside_hours(case: _Case) -> Refusal:
    served = " and ".join(
        f"for {period.name} from {period.opens:%H:%M} to {period.last_seating:%H:%M}"
        for period in case.answer.served
    )
    return Refusal(f"Guests are seated {served}", "Choose a time within these hours")


def _no_start(case: _Case) -> Refusal:
    return Refusal(f"Diners can choose a time every {case.limit} minutes", "Choose one of those")


def _past(_case: _Case) -> Refusal:
    return Refusal("That time has passed", "Choose a later time")


def _short_notice(case: _Case) -> Refusal:
    return Refusal(f"Diners book at least {case.limit} minutes ahead", "Choose a later time")


def _too_far_ahead(case: _Case) -> Refusal:
    return Refusal(f"Diners book up to {case.limit} days ahead", "Choose an earlier day")


def _too_large_online(case: _Case) -> Refusal:
    return Refusal(f"Diners book online for up to {people(case.limit)}", "Book it here for them")


def _covers(case: _Case) -> Refusal:
    if case.party_size > case.limit:
        text = f"{case.service} takes {case.limit} guests at once"
        return Refusal(text, "Split the party into several bookings")
    left = case.limit - case.obstacle.used
    then = "is full then" if left <= 0 else f"has room for {people(left)} then"
    return Refusal(f"{case.service} {then}", _LATER_OR_FREED)


def _arriving_guests(case: _Case) -> Refusal:
    if case.party_size > case.limit:
        text = f"{case.service} lets {people(case.limit)} arrive at once"
        return Refusal(text, "Split the party over several times")
    text = f"{case.service} has {people(case.obstacle.used)} arriving then and takes {case.limit} at most"
    return Refusal(text, "Choose another time")


def _arriving_parties(case: _Case) -> Refusal:
    used = case.obstacle.used
    parties = f"{used} part{'y' if used == 1 else 'ies'}"
    return Refusal(
        f"{case.service} has {parties} arriving then and takes {case.limit} at most", "Choose another time"
    )


def _table_size(case: _Case) -> Refusal:
    if case.party_size > case.limit > 0:
        return Refusal(f"The largest table seats {case.limit}", "Split the party into several bookings")
    return Refusal(f"No table takes {people(case.party_size)}", "Ask a manager which tables may be given")


def _tables_out(case: _Case) -> Refusal:
    text = f"Every table for {case.party_size} is out of use or hired that day"
    return Refusal(text, "Choose another day")


def _tables_taken(case: _Case) -> Refusal:
    return Refusal(f"Every table for {case.party_size} is taken then", _LATER_OR_FREED)


class _Words(NamedTuple):
    """What a rule asks for, the page of the settings on which it is set, and what it says when it bites."""

    name: str
    setting: str
    bites: Callable[[_Case], Refusal]


_RULES = {
    Rule.CLOSED: _Words("The restaurant is open that day", _SPECIAL_DAYS, _closed),
    Rule.HOURS: _Words("Guests are seated at that time", _HOURS, _outside_hours),
    Rule.START: _Words("Diners can choose that time", _HOURS, _no_start),
    Rule.PAST: _Words("The time is still to come", _HOURS, _past),
    Rule.NOTICE: _Words("There is enough notice", _HOURS, _short_notice),
    Rule.HORIZON: _Words("The day is open for booking", _HOURS, _too_far_ahead),
    Rule.ONLINE_SIZE: _Words("The party is small enough to book online", _HOURS, _too_large_online),
    Rule.COVERS: _Words("There is room for so many guests", _HOURS, _covers),
    Rule.PACING_COVERS: _Words("Not too many guests arrive at once", _HOURS, _arriving_guests),
    Rule.PACING_PARTIES: _Words("Not too many parties arrive at once", _HOURS, _arriving_parties),
    Rule.TABLE_SIZE: _Words("A table takes a party of that size", _TABLES, _table_size),
    Rule.TABLES_OUT: _Words("A table of that size can be used that day", _TABLES, _tables_out),
    Rule.TABLES_TAKEN: _Words("A table of that size is free at that time", _TABLES, _tables_taken),
}
