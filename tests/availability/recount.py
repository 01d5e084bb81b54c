"""The rules of availability said once more, slowly and plainly: minute by minute, without any arrangement.

It shares no code with the portal but the plain values that go in. Times are walked over in UTC minutes.
"""

from collections import Counter
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
            if _can_have(house, period, service_on, at, ask)
        }
    return sorted(found)


def periods_on(house, day):
    """Return the periods that run on a day."""
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
    opens = datetime.combine(service_on, period["opens"])
    last = datetime.combine(service_on, period["last_seating"])
    return _walk(opens, last if last > opens else last + DAY, period["slot_minutes"], house.zone)


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


def _can_have(house, period, service_on, starts_at, ask):
    ends_at = starts_at + stay_of(period, ask.size)
    online, walk_in = ask.asker == "online", ask.asker == "walk_in"
    if starts_at <= ask.now:
        return False
    if online and not _online_allows(house, period, service_on, starts_at, ask):
        return False
    seated = _seated_by_minute(tuple(house.parties))
    moment = starts_at
    while moment < ends_at:
        if seated[moment] + ask.size > period["covers"]:
            return False
        moment += MINUTE
    if not walk_in and not _pace_allows(house, period, service_on, starts_at, ask.size):
        return False
    return not house.tables or bool(places(house, service_on, starts_at, ends_at, ask))


@cache
def _seated_by_minute(parties):
    """Count who sits in every minute."""
    seated = Counter()
    for party in parties:
        moment = party.starts_at
        while moment < party.ends_at:
            seated[moment] += party.size
            moment += MINUTE
    return seated


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
    same = [p for p in house.parties if begin <= p.starts_at < begin + step]
    if period["most_covers"] is not None and sum(p.size for p in same) + size > period["most_covers"]:
        return False
    return period["most_parties"] is None or len(same) + 1 <= period["most_parties"]


def places(house, service_on, starts_at, ends_at, ask):
    """Return the sets of tables that such a party can have for a whole stay."""
    out = {
        name
        for name, table in house.tables.items()
        if table["out"] and table["out"][0] <= service_on <= table["out"][1]
    }
    special = house.special.get(service_on)
    hired = special["hired"] if special else frozenset()
    found = []
    for name, table in house.tables.items():
        allowed = table["smallest"] <= ask.size <= table["largest"] and _given_to(table, ask)
        if allowed and _all_free(house, {name} - out - hired, {name}, starts_at, ends_at):
            found.append(frozenset({name}))
    for group in house.groups.values():
        names = group["tables"]
        allowed = group["smallest"] <= ask.size <= group["largest"]
        allowed = allowed and (ask.asker != "online" or group["online"])
        allowed = allowed and (
            ask.asker == "walk_in" or not any(house.tables[name]["walk_ins"] for name in names)
        )
        if allowed and _all_free(house, names - out - hired, names, starts_at, ends_at):
            found.append(frozenset(names))
    return found


def _given_to(table, ask):
    if ask.asker == "online" and not table["online"]:
        return False
    return ask.asker == "walk_in" or not table["walk_ins"]


def _all_free(house, in_use, wanted, starts_at, ends_at):
    if in_use != wanted:
        return False
    mine = set(_quarters(starts_at, ends_at))
    return not any(wanted & p.tables and mine & set(_quarters(p.starts_at, p.ends_at)) for p in house.parties)


def _quarters(starts_at, ends_at):
    """Yield the quarter hours, counted from midnight in UTC, of which any minute belongs to a stay."""
    moment = starts_at.replace(minute=starts_at.minute // 15 * 15, second=0, microsecond=0)
    while moment < ends_at:
        yield moment
        moment += 15 * MINUTE


def overbooked(house):
    """Return what is wrong with who sits where: two parties at one table in one quarter hour."""
    wrong = []
    for name in house.tables:
        here = sorted((p for p in house.parties if name in p.tables), key=lambda p: p.starts_at)
        for one, next_one in pairwise(here):
            if set(_quarters(one.starts_at, one.ends_at)) & set(
                _quarters(next_one.starts_at, next_one.ends_at)
            ):
                wrong.append((name, one, next_one))
    return wrong
