"""What stands between a party and a place.

One list of rules answers diners, staff, the booking itself and "Why not?". Each rule looks at one thing
and says what bites, or nothing. Plain values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.availability.hours import Offer, Period, Slot, bounds, starts_on
from portal.availability.room import Asker, Room
from portal.clock import instant_of_wall, local_date


class Rule(StrEnum):
    """A rule that can refuse a party, in the order in which they are told."""

    CLOSED = "closed"
    HOURS = "hours"
    START = "start"
    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    ONLINE_SIZE = "online_size"
    COVERS = "covers"
    PACING_COVERS = "pacing_covers"
    PACING_PARTIES = "pacing_parties"
    TABLE_SIZE = "table_size"
    TABLES_OUT = "tables_out"
    TABLES_TAKEN = "tables_taken"


_ONLINE_ALONE = frozenset({Rule.START, Rule.PAST, Rule.NOTICE, Rule.HORIZON, Rule.ONLINE_SIZE})
_PACING = frozenset({Rule.PACING_COVERS, Rule.PACING_PARTIES})
TABLES = frozenset({Rule.TABLE_SIZE, Rule.TABLES_OUT, Rule.TABLES_TAKEN})
_OTHERS_HAVE_IT = _PACING | {Rule.COVERS, Rule.TABLES_TAKEN}


def binding(asker: Asker, *, with_tables: bool) -> list[Rule]:
    """Return the rules that can refuse an asker, in order; a house may count covers alone."""
    free_of = _ONLINE_ALONE if asker is not Asker.ONLINE else frozenset()
    if asker is Asker.WALK_IN:
        free_of |= _PACING
    if not with_tables:
        free_of |= TABLES
    return [rule for rule in Rule if rule not in free_of]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A rule that bites: its limit, and how much of that is used.

    Args:
        limit: covers, parties, guests, minutes or days, whichever the rule counts; 0 where it counts nothing.
        used: what is taken of the limit already.
    """

    rule: Rule
    limit: int = 0
    used: int = 0

    def is_final(self, party_size: int) -> bool:
        """Tell whether the party could not have this even in an empty house."""
        if self.rule in {Rule.COVERS, Rule.PACING_COVERS}:
            return party_size > self.limit
        return self.rule not in _OTHERS_HAVE_IT


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a party, for one slot of one period, in a room as it is."""

    period: Period
    slot: Slot
    room: Room
    zone: str
    party_size: int
    asker: Asker

    @property
    def binds_online(self) -> bool:
        return self.asker is Asker.ONLINE

    def starting(self) -> tuple[int, int]:
        """Return the covers and the parties that start in the same interval."""
        starts = starts_on(self.period, self.slot.service_on, self.zone)
        # The clocks may skip every start of a short service, and still somebody stands at the door in it.
        opens, _ = bounds(self.period, self.slot.service_on)
        first = starts[0] if starts else instant_of_wall(opens, self.zone)
        interval = timedelta(minutes=self.period.slot_minutes)
        begin = first + (self.slot.starts_at - first) // interval * interval
        return self.room.starting(begin, begin + interval)


def _past(wish: Wish, now: datetime) -> Obstacle | None:
    # Staff write down who is there already.
    return Obstacle(Rule.PAST) if wish.binds_online and wish.slot.starts_at <= now else None


def _notice(wish: Wish, now: datetime) -> Obstacle | None:
    minutes = wish.period.notice_minutes
    late = wish.slot.starts_at - now < timedelta(minutes=minutes)
    return Obstacle(Rule.NOTICE, minutes) if wish.binds_online and late else None


def _horizon(wish: Wish, now: datetime) -> Obstacle | None:
    days = wish.period.horizon_days
    if not wish.binds_online or days is None:
        return None
    ahead = (wish.slot.service_on - local_date(now, wish.zone)).days
    return Obstacle(Rule.HORIZON, days, ahead) if ahead > days else None


def _online_size(wish: Wish) -> Obstacle | None:
    largest = wish.period.largest_online
    too_large = wish.binds_online and largest is not None and wish.party_size > largest
    return Obstacle(Rule.ONLINE_SIZE, largest or 0) if too_large else None


def _covers(wish: Wish) -> Obstacle | None:
    used = wish.room.peak(wish.slot.starts_at, wish.slot.ends_at)
    too_many = used + wish.party_size > wish.period.covers
    return Obstacle(Rule.COVERS, wish.period.covers, used) if too_many else None


def _pacing_covers(wish: Wish) -> Obstacle | None:
    most = wish.period.most_covers
    if most is None or wish.asker is Asker.WALK_IN:
        return None
    used, _ = wish.starting()
    return Obstacle(Rule.PACING_COVERS, most, used) if used + wish.party_size > most else None


def _pacing_parties(wish: Wish) -> Obstacle | None:
    most = wish.period.most_parties
    if most is None or wish.asker is Asker.WALK_IN:
        return None
    _, used = wish.starting()
    return Obstacle(Rule.PACING_PARTIES, most, used) if used >= most else None


def _table_size(wish: Wish) -> Obstacle | None:
    room = wish.room
    if not room.places or room.fitting(wish.party_size, wish.asker):
        return None
    largest = [place.largest for place in room.places if place.takes(place.largest, wish.asker)]
    return Obstacle(Rule.TABLE_SIZE, max(largest, default=0))


def _tables_out(wish: Wish) -> Obstacle | None:
    room, party = wish.room, (wish.party_size, wish.asker)
    return Obstacle(Rule.TABLES_OUT) if room.fitting(*party) and not room.in_use(*party) else None


def _tables_taken(wish: Wish) -> Obstacle | None:
    room, party, slot = wish.room, (wish.party_size, wish.asker), wish.slot
    in_use = room.in_use(*party)
    if not in_use or room.free(slot.starts_at, slot.ends_at, *party):
        return None
    return Obstacle(Rule.TABLES_TAKEN, in_use.bit_count(), in_use.bit_count())


_BY_THE_CLOCK: Sequence[Callable[[Wish, datetime], Obstacle | None]] = (_past, _notice, _horizon)
_BY_THE_ROOM: Sequence[Callable[[Wish], Obstacle | None]] = (
    _online_size,
    _covers,
    _pacing_covers,
    _pacing_parties,
    _table_size,
    _tables_out,
    _tables_taken,
)


def fits(wish: Wish) -> bool:
    """Tell whether nothing but the clock stands in the way."""
    return wish.party_size > 0 and not any(rule(wish) for rule in _BY_THE_ROOM)


def in_time(wish: Wish, now: datetime) -> bool:
    """Tell whether the clock allows it: still to come, not too soon and not too far ahead."""
    return not any(rule(wish, now) for rule in _BY_THE_CLOCK)


def closes_at(wish: Wish) -> datetime:
    """Return until when a wish that the clock allows stays allowed, midnights at the venue apart."""
    return wish.slot.starts_at - timedelta(minutes=wish.period.notice_minutes)


def all_of(wish: Wish, now: datetime) -> list[Obstacle]:
    """Return everything that stands in the way, in the order in which it is told."""
    found = [rule(wish, now) for rule in _BY_THE_CLOCK] + [rule(wish) for rule in _BY_THE_ROOM]
    return [obstacle for obstacle in found if obstacle is not None]


def fitting(
    offers: Iterable[Offer], room: Room, zone: str, party_size: int, asker: Asker = Asker.ONLINE
) -> list[Offer]:
    """Return the offers that a party can have if the clock allows it, in order.

    Two periods may offer one start: which of them the clock allows is known only when somebody asks.
    """
    found = [offer for offer in offers if fits(Wish(*offer, room, zone, party_size, asker))]
    return sorted(found, key=lambda offer: offer[1].starts_at)


def once_each(slots: Iterable[Slot]) -> list[Slot]:
    """Return slots in order, no start twice; the first that has a start keeps it."""
    found: dict[datetime, Slot] = {}
    for slot in slots:
        found.setdefault(slot.starts_at, slot)
    return list(found.values())
