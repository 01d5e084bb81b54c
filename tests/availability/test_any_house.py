"""Any house, changed and booked in any order, answers as a slow recount of every minute does.

Each of these rules was switched off alone, and the short form failed each time: pace by covers, pace by
parties, joined tables that hold their tables, tables that hold their group, parties of the days beside, stay
by party size, smallest fit first, last choice after the others, joined tables last, areas for walk-ins,
tables not bookable online, tables out of use, what is held, horizon, notice and special hours.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.availability import locks, seating, service
from portal.availability.models import (
    DiningArea,
    DiningTable,
    Seating,
    ServicePeriod,
    SpecialDay,
    TableGroup,
)
from portal.availability.room import Asker
from portal.extensions import db
from portal.venues.models import Venue
from tests.availability import recount
from tests.availability.recount import Ask, Party

REFUSALS = (seating.SlotTaken, seating.NotOffered, locks.BusyNow)
QUARTER = timedelta(minutes=15)
# Both nights on which the clocks change, in each zone where they do, and an ordinary one.
DAYS = {
    "Europe/London": (date(2026, 10, 24), date(2027, 3, 27), date(2026, 11, 27)),
    "Australia/Lord_Howe": (date(2026, 10, 3), date(2027, 4, 3), date(2026, 11, 27)),
    "Africa/Casablanca": (date(2027, 2, 6), date(2027, 3, 13), date(2026, 11, 27)),
}

# Each is looked at as often: left to chance, few suppers would run into the next day's breakfast.
SERVICES = (("Dinner",), ("Lunch", "Dinner"), ("Supper", "Breakfast"))
# When each service may open.
OPENS = {
    "Lunch": [time(11, 30)],
    "Dinner": [time(17), time(18, 10), time(22)],
    "Supper": [time(22), time(23, 45)],
    "Breakfast": [time(), time(0, 30)],
    "Brunch": [time(11, 30), time(17), time(18, 10), time(22), time(23, 45)],
}
SIZES = (2, 5, 1, 3, 7, 2, 4, 8, 6)
ASKED = ((0, "online"), (0, "staff"), (0, "walk_in"), (1, "online"))
party_sizes = st.sampled_from(SIZES)
askers = st.sampled_from(["online", "staff", "walk_in"])


@st.composite
def periods(draw, name):
    opens = draw(st.sampled_from(OPENS[name]))
    runs = timedelta(minutes=draw(st.sampled_from([90, 165, 240, 400])))
    stays = draw(st.sampled_from([[], [[2, 60]], [[2, 75], [4, 90]], [[1, 45], [6, 130]]]))
    return {
        "name": name,
        "weekdays": frozenset(draw(st.sampled_from([range(7), range(7), range(7), (4, 5, 6)]))),
        "opens": opens,
        "last_seating": (datetime.combine(date.min, opens) + runs).time(),
        "slot_minutes": draw(st.sampled_from([15, 20, 30, 60])),
        "stay_minutes": draw(st.sampled_from([60, 105, 150])),
        "stays": stays,
        "covers": draw(st.sampled_from([6, 11, 16, 40, 60])),
        "most_covers": draw(st.sampled_from([None, None, None, 5, 8])),
        "most_parties": draw(st.sampled_from([None, None, None, 1, 2])),
        "notice_minutes": draw(st.sampled_from([0, 0, 0, 90])),
        "horizon_days": draw(st.sampled_from([None, None, None, 0, 30])),
        "largest_online": draw(st.sampled_from([None, None, None, 2, 6])),
        "valid_from": None,
        "valid_until": None,
    }


@st.composite
def tables(draw, day):
    seats = draw(st.sampled_from([2, 2, 4, 4, 6]))
    next_day = day + recount.DAY
    return {
        "seats": seats,
        "smallest": draw(st.sampled_from([1, 1, 1, 2])),
        "largest": max(2, seats - draw(st.sampled_from([0, 0, 0, 1]))),
        "last_choice": draw(st.sampled_from([False, False, True])),
        "online": draw(st.sampled_from([True] * 3 + [False])),
        "walk_ins": draw(st.sampled_from([False] * 3 + [True])),
        "area": draw(st.integers(0, 1)),
        "position": draw(st.integers(0, 1)),
        "out": draw(st.sampled_from([None] * 5 + [(day, day), (None, day), (next_day, None)])),
    }


@st.composite
def groups(draw, names):
    smallest = draw(st.integers(2, 5))
    return {
        "tables": frozenset(draw(st.sets(st.sampled_from(names), min_size=2, max_size=3))),
        "smallest": smallest,
        "largest": smallest + draw(st.sampled_from([2, 4])),
        "online": draw(st.booleans()),
        "position": draw(st.integers(0, 1)),
    }


def columns_of_table(table):
    first, last = table["out"] or (None, None)
    return {
        **{name: table[name] for name in ("seats", "smallest", "last_choice", "online", "position")},
        # None stands for as many as it has seats.
        "largest": table["largest"] if table["largest"] != table["seats"] else None,
        "out_from": first,
        "out_until": last,
    }


@dataclass
class House:
    """What the recount knows of the venue."""

    zone: str
    periods: list = field(default_factory=list)
    special: dict = field(default_factory=dict)
    tables: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    parties: list = field(default_factory=list)


class AnyHouse(RuleBasedStateMachine):
    """A venue in the database, and the same venue as the recount has it."""

    app = None
    services = ()

    @initialize(data=st.data(), zone=st.sampled_from(sorted(DAYS)))
    def open(self, data, zone):
        self.known, self.turn = House(zone), 0
        self.day = data.draw(st.sampled_from(DAYS[zone]))
        self.now = datetime.combine(self.day, time(), UTC) - timedelta(
            hours=data.draw(st.sampled_from([-19, -12, 2, 20, 40]))
        )
        with self.app.app_context():
            venue = Venue(name="Any", timezone=zone, reference_prefix="AH", created_at=self.now)
            db.session.add(venue)
            db.session.commit()
            self.venue_id = venue.id
        for name in self.services:
            self._add_period(data.draw(periods(name)))
        for number in range(data.draw(st.sampled_from([0, 1, 2, 3, 4]))):
            self._add_table(f"T{number}", data.draw(tables(self.day)))
        names = sorted(self.known.tables)
        for number in range(data.draw(st.sampled_from([0, 1, 2])) if len(names) > 1 else 0):
            self._add_group(f"G{number}", data.draw(groups(names)))
        for size in data.draw(st.lists(party_sizes, min_size=3, max_size=3)):
            self.parties_come(data, size, 4)

    def _add_period(self, period, special_on=None):
        with self.app.app_context():
            columns = dict(period) | {"weekdays": sum(1 << day for day in period["weekdays"])}
            row = ServicePeriod(venue_id=self.venue_id, special_on=special_on, **columns)
            db.session.add(row)
            db.session.commit()
        if special_on is None:
            self.known.periods.append(period)

    def _add_table(self, name, table):
        with self.app.app_context():
            area = DiningArea(
                venue_id=self.venue_id, name=name, for_walk_ins=table["walk_ins"], position=table["area"]
            )
            db.session.add(area)
            db.session.flush()
            columns = columns_of_table(table)
            db.session.add(DiningTable(venue_id=self.venue_id, name=name, area_id=area.id, **columns))
            db.session.commit()
        self.known.tables[name] = table

    def _add_group(self, name, group):
        with self.app.app_context():
            columns = {column: group[column] for column in ("smallest", "largest", "online", "position")}
            ids = self._table_ids(group["tables"])
            db.session.add(TableGroup(venue_id=self.venue_id, name=name, table_ids=ids, **columns))
            db.session.commit()
        self.known.groups[name] = group

    def _table_ids(self, names):
        mine = DiningTable.venue_id == self.venue_id, DiningTable.name.in_(names)
        return list(db.session.scalars(select(DiningTable.id).where(*mine).order_by(DiningTable.id)))

    @property
    def venue(self):
        return Venue(id=self.venue_id, timezone=self.known.zone)

    @invariant()
    def times_are_those_of_the_recount(self):
        if not hasattr(self, "venue_id"):
            return
        self.turn += 1
        for number, (offset, asker) in enumerate(ASKED):
            size = SIZES[(self.turn + number * 3) % len(SIZES)]
            day = self.day + timedelta(days=offset)
            with self.app.app_context():
                found = service.slots(self.venue, day, size, self.now, Asker(asker))
            expected = recount.starts(self.known, day, Ask(asker, size, self.now))
            assert [slot.starts_at for slot in found] == expected

    @rule(data=st.data(), size=party_sizes, number=st.integers(1, 5))
    def parties_come(self, data, size, number):
        """Those of one size want one place, and then the next."""
        for _ in range(number):
            self._one_comes(data, size)

    def _one_comes(self, data, size):
        """A party gets the very place that the recount says, or none; most while the last one sits."""
        ask = Ask(data.draw(askers), size, self.now)
        day = self.day + timedelta(days=data.draw(st.sampled_from([0, 0, 1, -1])))
        on_offer = recount.starts(self.known, day, ask)
        wild = datetime.combine(day, time(), UTC) + data.draw(st.integers(0, 96)) * QUARTER
        here = self.known.parties[-1:]
        same = [party.starts_at for party in here]
        meanwhile = [at for at in on_offer for party in here if party.starts_at <= at < party.ends_at]
        few = on_offer[:: max(1, len(on_offer) // 3)]
        wished = data.draw(st.sampled_from([*meanwhile[:1], *meanwhile[-2:], *same, *few, wild]))
        expected = recount.seat(self.known, wished, ask)
        with self.app.app_context():
            try:
                seated = self._party(seating.take(self.venue, wished, size, self.now, Asker(ask.asker)))
                db.session.commit()
            except REFUSALS:
                db.session.rollback()
                seated = None
        assert seated == expected
        if seated:
            self.known.parties.append(seated)

    def _party(self, seated):
        ids = set(seating.tables_of(seated))
        mine = DiningTable.venue_id == self.venue_id
        names = {
            name
            for id_, name in db.session.execute(select(DiningTable.id, DiningTable.name).where(mine))
            if id_ in ids
        }
        return Party(
            seated.starts_at,
            seated.ends_at,
            seated.covers,
            frozenset(names),
            seated.service_on,
        )

    @rule(data=st.data(), gone=st.booleans())
    def somebody_goes(self, data, gone):
        """A party cancels, or leaves before its time."""
        if not self.known.parties:
            return
        party = data.draw(st.sampled_from(self.known.parties))
        with self.app.app_context():
            row = self._row_of(party)
            self.known.parties.remove(party)
            if gone:
                seating.release(self.venue, row.id)
            else:
                rest = seating.leave(self.venue, row.id, party.starts_at + timedelta(minutes=40))
                if rest is not None:
                    self.known.parties.append(replace(party, ends_at=rest.ends_at))
            db.session.commit()

    @rule(data=st.data())
    def somebody_comes_at_another_time(self, data):
        """A party gets the place that it would get if it had none, or keeps its own."""
        if not self.known.parties:
            return
        party = data.draw(st.sampled_from(self.known.parties))
        ask = Ask(data.draw(askers), party.size, self.now)
        day = self.day + timedelta(days=data.draw(st.sampled_from([0, 0, 1, -1])))
        self.known.parties.remove(party)
        on_offer = recount.starts(self.known, day, ask)
        wild = datetime.combine(day, time(), UTC) + data.draw(st.integers(0, 96)) * QUARTER
        meanwhile = [at for at in on_offer if abs(at - party.starts_at) < timedelta(hours=2)]
        few = on_offer[:: max(1, len(on_offer) // 3)]
        wished = data.draw(st.sampled_from([*meanwhile[:2], *meanwhile[-2:], *few, wild]))
        # At its own start a party is held to fewer rules.
        if wished == party.starts_at:
            wished += QUARTER
        expected = recount.seat(self.known, wished, ask)
        with self.app.app_context():
            asked = seating.Wanted(wished, party.size, asker=Asker(ask.asker))
            try:
                moved = seating.reseat(self.venue, self._row_of(party).id, asked, self.now)
                seated = self._party(moved.seating)
                db.session.commit()
            except REFUSALS:
                db.session.rollback()
                seated = None
        assert seated == expected
        self.known.parties.append(seated or party)

    def _row_of(self, party):
        same = (
            Seating.venue_id == self.venue_id,
            Seating.starts_at == party.starts_at,
            Seating.ends_at == party.ends_at,
            Seating.covers == party.size,
            Seating.service_on == party.service_on,
        )
        return next(
            row for row in db.session.scalars(select(Seating).where(*same)) if self._party(row) == party
        )

    @rule(data=st.data())
    def the_day_becomes_special(self, data):
        """Closed, with other hours, or with tables hired; what is booked stays."""
        if self.day in self.known.special:
            return
        kind = data.draw(st.sampled_from(["closed", "hours", "hire"]))
        hired = set()
        if kind == "hire" and self.known.tables:
            hired = data.draw(st.sets(st.sampled_from(sorted(self.known.tables)), min_size=1))
        special = {"closed": kind == "closed", "periods": None, "hired": frozenset(hired)}
        with self.app.app_context():
            row = SpecialDay(venue_id=self.venue_id, service_on=self.day, closed=special["closed"])
            row.other_hours, row.hired_table_ids = kind == "hours", self._table_ids(hired)
            db.session.add(row)
            db.session.commit()
        if kind == "hours":
            special["periods"] = [data.draw(periods("Brunch"))]
            self._add_period(special["periods"][0] | {"weekdays": frozenset()}, special_on=self.day)
        self.known.special[self.day] = special

    @rule(data=st.data())
    def the_day_becomes_ordinary(self, data):
        if not self.known.special.pop(self.day, None):
            return
        with self.app.app_context():
            mine = SpecialDay.venue_id == self.venue_id
            db.session.delete(db.session.scalars(select(SpecialDay).where(mine)).one())
            for period in db.session.scalars(
                select(ServicePeriod).where(
                    ServicePeriod.venue_id == self.venue_id, ServicePeriod.special_on.is_not(None)
                )
            ):
                period.special_on = date(2000, 1, 1)
            db.session.commit()

    @rule(data=st.data())
    def a_table_changes(self, data):
        if not self.known.tables:
            return
        name = data.draw(st.sampled_from(sorted(self.known.tables)))
        # Its area stays as it is.
        new = data.draw(tables(self.day)) | {
            key: self.known.tables[name][key] for key in ("walk_ins", "area")
        }
        with self.app.app_context():
            mine = DiningTable.venue_id == self.venue_id, DiningTable.name == name
            row = db.session.scalars(select(DiningTable).where(*mine)).one()
            for column, value in columns_of_table(new).items():
                setattr(row, column, value)
            db.session.commit()
        self.known.tables[name] = new

    @rule(data=st.data())
    def a_period_changes_from_the_next_day_on(self, data):
        period = data.draw(st.sampled_from(self.known.periods))
        if period["valid_until"] is not None:
            return
        new = data.draw(periods(period["name"])) | {"valid_from": self.day + recount.DAY}
        with self.app.app_context():
            mine = ServicePeriod.venue_id == self.venue_id, ServicePeriod.name == period["name"]
            row = db.session.scalars(
                select(ServicePeriod).where(
                    *mine, ServicePeriod.valid_until.is_(None), ServicePeriod.special_on.is_(None)
                )
            ).one()
            row.valid_until = self.day
            db.session.commit()
        self.known.periods[self.known.periods.index(period)] = period | {"valid_until": self.day}
        self._add_period(new)

    @invariant()
    def nobody_sits_in_anybody_elses_lap(self):
        if hasattr(self, "known"):
            assert recount.overbooked(self.known) == []


def _run(app, services, examples, steps, *, always_the_same=False):
    class Here(AnyHouse):
        pass

    Here.app, Here.services = app, services
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            derandomize=always_the_same,
        ),
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("services", SERVICES, ids=" and ".join)
def test_any_house_answers_as_the_recount_does(app, services):
    _run(app, services, examples=8, steps=8, always_the_same=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("services", SERVICES, ids=" and ".join)
def test_many_more_houses_do_too(app, services):
    _run(app, services, examples=150, steps=40)
