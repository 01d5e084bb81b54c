"""The rules of availability said once more, slowly and plainly: minute by minute, without any arrangement.

It shares no code with the portal but the plain values that go in. Times are walked over in UTC minutes.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Party:
    """Somebody who has a place. `tables` are names."""

    starts_at: datetime
    ends_at: datetime
    size: int
    tables: frozenset[str]
    service_on: date


@dataclass(frozen=True)
class Ask:
    """A wish: who asks, for how many, and when it is now."""

    asker: str
    size: int
    now: datetime


def starts(house, service_on, ask):
    """Return every start that the party can have in the services that begin on a day, in order."""
    found = set()
    for period in periods_on(house, service_on):
        found |= {
            at
            for at in _starts_of(house, period, service_on)
            if at > ask.now and _place_in(house, period, service_on, at, ask) is not None
        }
    return sorted(found)


def seat(house, starts_at, ask):
    """Return the party as it is seated at any instant, None if it cannot be."""
    wall = starts_at.astimezone(ZoneInfo(house.zone)).replace(tzinfo=None)
    # What began yesterday comes first, and of one day's services the one that opened first.
    for service_on in (wall.date() - DAY, wall.date()):
        for period in sorted(periods_on(house, service_on), key=lambda one: one["opens"]):
            opens, last = _bounds(period, service_on)
            if ask.asker == "online":
                is_offered = starts_at > ask.now and starts_at in _starts_of(house, period, service_on)
            else:
                is_offered = opens <= wall <= last
            tables = _place_in(house, period, service_on, starts_at, ask) if is_offered else None
            if tables is not None:
                ends_at = starts_at + stay_of(period, ask.size)
                return Party(starts_at, ends_at, ask.size, tables, service_on)
    return None


def periods_on(house, day):
    """Return the periods that run on a day, in the order in which they were set up."""
    special = house.special.get(day)
    if special and special["closed"]:
        return []
    if special and special["periods"] is not None:
        return special["periods"]
    return [
        period
        for period in house.periods
        if day.weekday() in period["weekdays"]
        and (period["valid_from"] is None or day >= period["valid_from"])
        and (period["valid_until"] is None or day <= period["valid_until"])
    ]


def _starts_of(house, period, service_on):
    return _walk(*_bounds(period, service_on), period["slot_minutes"], house.zone)


def _bounds(period, service_on):
    """Return when a period opens and seats last, as the clock on the wall shows it."""
    opens = datetime.combine(service_on, period["opens"])
    last = datetime.combine(service_on, period["last_seating"])
    return opens, last if last > opens else last + DAY


@cache
def _walk(opens, last, slot_minutes, zone):
    """Walk through the minutes around a service and keep those at which the wall shows a time on the grid."""
    step = timedelta(minutes=slot_minutes)
    moment, end = opens.replace(tzinfo=UTC) - DAY, last.replace(tzinfo=UTC) + DAY
    found = []
    while moment < end:
        wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if opens <= wall <= last and (wall - opens) % step == timedelta(0):
            found.append(moment)
        moment += MINUTE
    return found


def stay_of(period, size):
    """Return how long a party stays."""
    fitting = [minutes for largest, minutes in period["stays"] if size <= largest]
    return timedelta(minutes=fitting[0] if fitting else period["stay_minutes"])


def _place_in(house, period, service_on, starts_at, ask):
    """Return the tables that a party gets in a period, None if it cannot sit; covers alone need no table."""
    ends_at = starts_at + stay_of(period, ask.size)
    if ask.asker == "online" and not _online_allows(house, period, service_on, starts_at, ask):
        return None
    seated = _seated_by_minute(tuple(house.parties))
    if any(seated.get(minute, 0) + ask.size > period["covers"] for minute in _minutes(starts_at, ends_at)):
        return None
    if ask.asker != "walk_in" and not _pace_allows(house, period, service_on, starts_at, ask.size):
        return None
    if not house.tables:
        return frozenset()
    return next(_free_places(house, service_on, starts_at, ends_at, ask), None)


@cache
def _seated_by_minute(parties):
    """Count who sits in every minute."""
    seated = defaultdict(int)
    for party in parties:
        for minute in _minutes(party.starts_at, party.ends_at):
            seated[minute] += party.size
    return dict(seated)


def _minutes(starts_at, ends_at):
    """Return the minutes of a stay, counted from 1970."""
    return range(int(starts_at.timestamp()) // 60, int(ends_at.timestamp()) // 60)


def _online_allows(house, period, service_on, starts_at, ask):
    if starts_at < ask.now + timedelta(minutes=period["notice_minutes"]):
        return False
    today = ask.now.astimezone(ZoneInfo(house.zone)).date()
    if period["horizon_days"] is not None and service_on > today + period["horizon_days"] * DAY:
        return False
    return period["largest_online"] is None or ask.size <= period["largest_online"]


def _pace_allows(house, period, service_on, starts_at, size):
    step = timedelta(minutes=period["slot_minutes"])
    begin = _starts_of(house, period, service_on)[0]
    while begin + step <= starts_at:
        begin += step
    while begin > starts_at:
        begin -= step
    same = [p for p in house.parties if begin <= p.starts_at < begin + step]
    if period["most_covers"] is not None and sum(p.size for p in same) + size > period["most_covers"]:
        return False
    return period["most_parties"] is None or len(same) + 1 <= period["most_parties"]


def _free_places(house, service_on, starts_at, ends_at, ask):
    """Yield the sets of tables that such a party can have for a whole stay, the one that it gets first.

    A table for fewer people comes before one for more, so that a large one is kept for a large party. Tables
    of last choice come after the others and joined tables after all, again those for fewer people first.
    """
    special = house.special.get(service_on)
    hired = special["hired"] if special else frozenset()
    held = _held(house, starts_at, ends_at)
    here = {
        name
        for name, table in house.tables.items()
        if not _is_out(table, service_on) and name not in hired and name not in held
    }
    for name, table in sorted(house.tables.items(), key=lambda item: _turn_of_table(item[1])):
        allowed = ask.asker == "walk_in" or not table["walk_ins"]
        if ask.asker == "online":
            allowed = allowed and table["online"]
        if allowed and table["smallest"] <= ask.size <= table["largest"] and name in here:
            yield frozenset({name})
    for group in sorted(house.groups.values(), key=_turn_of_group):
        names = group["tables"]
        allowed = ask.asker == "walk_in" or not any(house.tables[name]["walk_ins"] for name in names)
        if ask.asker == "online":
            allowed = allowed and group["online"]
        if allowed and group["smallest"] <= ask.size <= group["largest"] and names <= here:
            yield names


def _turn_of_table(table):
    # Between equals the venue's own order decides, and then which was set up first.
    return table["last_choice"], table["largest"], table["seats"], table["area"], table["position"]


def _turn_of_group(group):
    return group["largest"], len(group["tables"]), group["position"]


def _is_out(table, service_on):
    if table["out"] is None:
        return False
    first, last = table["out"]
    return (first is None or first <= service_on) and (last is None or service_on <= last)


def _held(house, starts_at, ends_at):
    """Return the tables that somebody has in any quarter hour of a stay."""
    wanted = _quarters(starts_at, ends_at)
    return {
        name
        for party in house.parties
        if wanted & _quarters(party.starts_at, party.ends_at)
        for name in party.tables
    }


@cache
def _quarters(starts_at, ends_at):
    """Return the quarter hours, counted from 1970, of which any minute belongs to a stay."""
    return {minute // 15 for minute in _minutes(starts_at, ends_at)}


def overbooked(house):
    """Return what is wrong with who sits where: two parties at one table in one quarter hour."""
    wrong = []
    for name in house.tables:
        here = sorted((p for p in house.parties if name in p.tables), key=lambda p: p.starts_at)
        for one, next_one in pairwise(here):
            if _quarters(one.starts_at, one.ends_at) & _quarters(next_one.starts_at, next_one.ends_at):
                wrong.append((name, one, next_one))
    return wrong
