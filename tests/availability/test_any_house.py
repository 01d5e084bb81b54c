"""Any house, changed and booked in any order, answers as a slow recount of every minute does."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from portal.availability import seating, service
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

REFUSALS = (seating.SlotTaken, seating.NotOffered, seating.BusyNow)
QUARTER = timedelta(minutes=15)
# Both nights on which the clocks change, in each zone where they do, and an ordinary one.
DAYS = {
    "Europe/London": (date(2026, 10, 24), date(2027, 3, 27), date(2026, 11, 27)),
    "Australia/Lord_Howe": (date(2026, 10, 3), date(2027, 4, 3), date(2026, 11, 27)),
    "Africa/Casablanca": (date(2027, 2, 6), date(2027, 3, 13), date(2026, 11, 27)),
}

party_sizes = st.sampled_from([1, 2, 2, 3, 4, 5, 6, 8])
askers = st.sampled_from(["online", "staff", "walk_in"])


@st.composite
def periods(draw, name):
    opens = draw(st.sampled_from([time(11, 30), time(17), time(18, 10), time(22), time(23, 45)]))
    stays = draw(st.sampled_from([[], [[2, 60]], [[2, 75], [4, 90]], [[1, 45], [6, 130]]]))
    return {
        "name": name,
        "weekdays": frozenset(draw(st.sampled_from([range(7), range(7), range(7), (4, 5, 6)]))),
        "opens": opens,
        "last_seating": draw(
            st.sampled_from([time(14), time(20), time(21, 40), time(0, 30), time(2), time(3, 15)])
        ),
        "slot_minutes": draw(st.sampled_from([15, 20, 30, 60])),
        "stay_minutes": draw(st.sampled_from([60, 105, 150])),
        "stays": stays,
        "covers": draw(st.sampled_from([6, 11, 16, 40, 60])),
        "most_covers": draw(st.sampled_from([None, None, None, 5, 8])),
        "most_parties": draw(st.sampled_from([None, None, None, 1, 2])),
        "notice_minutes": draw(st.sampled_from([0, 0, 0, 90])),
        "horizon_days": draw(st.sampled_from([None, None, None, 0, 30])),
        "largest_online": draw(st.sampled_from([None, None, 2, 6])),
        "valid_from": None,
        "valid_until": None,
    }


@st.composite
def tables(draw):
    seats = draw(st.sampled_from([2, 2, 4, 4, 6]))
    return {
        "seats": seats,
        "smallest": draw(st.sampled_from([1, 1, 1, 2])),
        "largest": max(2, seats - draw(st.sampled_from([0, 0, 0, 1]))),
        "last_choice": draw(st.booleans()),
        "online": draw(st.sampled_from([True] * 4 + [False])),
        "walk_ins": draw(st.sampled_from([False] * 5 + [True])),
        "out": None,
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

    @initialize(data=st.data(), zone=st.sampled_from(sorted(DAYS)))
    def open(self, data, zone):
        self.known = House(zone)
        self.day = data.draw(st.sampled_from(DAYS[zone]))
        self.now = datetime.combine(self.day, time(), UTC) - timedelta(
            hours=data.draw(st.sampled_from([-19, -12, 2, 20, 40]))
        )
        with self.app.app_context():
            venue = Venue(name="Any", timezone=zone, reference_prefix="AH", created_at=self.now)
            db.session.add(venue)
            db.session.commit()
            self.venue_id = venue.id
        for name in data.draw(st.sampled_from([["Dinner"], ["Lunch", "Dinner"], ["Dinner", "Supper"]])):
            self._add_period(data.draw(periods(name)))
        for number in range(data.draw(st.sampled_from([0, 3, 4, 5]))):
            self._add_table(f"T{number}", data.draw(tables()))
        names = sorted(self.known.tables)
        for number in range(data.draw(st.sampled_from([0, 1, 2])) if len(names) > 1 else 0):
            joined = data.draw(st.sets(st.sampled_from(names), min_size=2, max_size=3))
            self._add_group(f"G{number}", joined, data.draw(st.integers(2, 5)), data.draw(st.booleans()))

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
            area = DiningArea(venue_id=self.venue_id, name=name, for_walk_ins=table["walk_ins"])
            db.session.add(area)
            db.session.flush()
            columns = {k: table[k] for k in ("seats", "smallest", "largest", "last_choice", "online")}
            row = DiningTable(venue_id=self.venue_id, name=name, area_id=area.id, **columns)
            db.session.add(row)
            db.session.commit()
        self.known.tables[name] = table

    def _add_group(self, name, joined, smallest, online):
        with self.app.app_context():
            ids = self._table_ids(joined)
            largest = smallest + 4
            row = TableGroup(
                venue_id=self.venue_id,
                name=name,
                table_ids=ids,
                smallest=smallest,
                largest=largest,
                online=online,
            )
            db.session.add(row)
            db.session.commit()
        self.known.groups[name] = {
            "tables": frozenset(joined),
            "smallest": smallest,
            "largest": largest,
            "online": online,
        }

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
        for offset, size, asker in ((0, 2, "online"), (0, 5, "staff"), (0, 7, "walk_in"), (1, 3, "online")):
            day = self.day + timedelta(days=offset)
            with self.app.app_context():
                found = service.slots(self.venue, day, size, self.now, Asker(asker))
            expected = recount.starts(self.known, day, Ask(asker, size, self.now))
            assert [slot.starts_at for slot in found] == expected

    @rule(data=st.data(), asker=askers, sizes=st.lists(party_sizes, min_size=1, max_size=6))
    def parties_come(self, data, asker, sizes):
        """Most want something that is on offer, which fills the evening."""
        for size in sizes:
            day = self.day + timedelta(days=data.draw(st.sampled_from([0, 0, 0, 1, -1])))
            self._one_comes(data, day, size, asker)

    def _one_comes(self, data, day, size, asker):
        """What is on offer can be had, and what is not cannot, whoever asks."""
        open_ones = {
            at
            for on in (day - recount.DAY, day, day + recount.DAY)
            for at in recount.starts(self.known, on, Ask(asker, size, self.now))
        }
        first = min(open_ones, default=self.now)
        wild = datetime.combine(day, time(), UTC) + data.draw(st.integers(0, 96)) * QUARTER
        few = sorted(open_ones)[:: max(1, len(open_ones) // 4)]
        wished = data.draw(st.sampled_from([first, *few, wild]))
        with self.app.app_context():
            try:
                seated = seating.take(self.venue, wished, size, self.now, Asker(asker))
                db.session.commit()
            except REFUSALS:
                db.session.rollback()
                assert wished not in open_ones
                return
            assert wished in open_ones or asker != "online"
            self.known.parties.append(self._party(seated))

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
        new = data.draw(tables()) | {"walk_ins": self.known.tables[name]["walk_ins"]}
        if data.draw(st.booleans()):
            new["out"] = (self.day, self.day + timedelta(days=1))
        with self.app.app_context():
            mine = DiningTable.venue_id == self.venue_id, DiningTable.name == name
            row = db.session.scalars(select(DiningTable).where(*mine)).one()
            for column in ("seats", "smallest", "largest", "last_choice", "online"):
                setattr(row, column, new[column])
            row.out_from, row.out_until = new["out"] or (None, None)
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


def _run(app, examples, steps, *, always_the_same=False):
    class Here(AnyHouse):
        pass

    Here.app = app
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
def test_any_house_answers_as_the_recount_does(app):
    _run(app, examples=12, steps=12, always_the_same=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_more_houses_do_too(app):
    _run(app, examples=400, steps=40)
