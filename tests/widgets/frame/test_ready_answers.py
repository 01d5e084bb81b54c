"""A finished answer is sent again only while it is what would be answered anew."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import event, select, update

from portal import database
from portal.availability import seating
from portal.availability.models import DiningTable, ServicePeriod
from portal.extensions import db
from portal.venues.models import Venue
from portal.widgets.models import Widget
from portal.widgets.public import ready
from tests.widgets.conftest import HALF_PAST_FIVE, NOON, SHOW, WIDGET

JSON = {"Accept": "application/json"}
FRAGMENT = {"HX-Request": "true", "Accept-Encoding": "gzip"}
TODAY = "/w/w_demo/slots?date=2026-06-12&party=2"


class Answer(NamedTuple):
    """What somebody gets."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def portal(seeded):
    return seeded


@pytest.fixture
def asked(portal):
    """How often Flask itself was asked."""
    count = []
    portal.before_request_funcs.setdefault(None, []).append(note := lambda: count.append(1))
    yield count
    portal.before_request_funcs[None].remove(note)


def ask(portal, headers=JSON, url=TODAY):
    got = portal.test_client().get(url, headers=headers)
    return Answer(got.status_code, dict(got.headers), got.data)


def anew(portal, headers=JSON, url=TODAY):
    """The answer without anything that is kept."""
    portal.extensions.pop(ready.KEPT, None)
    portal.extensions.pop("availability", None)
    portal.extensions.pop("houses", None)
    return ask(portal, headers, url)


def change(portal, model, **values):
    with portal.app_context():
        for row in db.session.scalars(select(model)):
            for name, value in values.items():
                setattr(row, name, value)
        db.session.commit()


def seat(portal, starts_at=HALF_PAST_FIVE, party_size=4):
    with portal.app_context():
        venue = db.session.scalar(select(Venue).join(Widget).where(Widget.public_id == WIDGET))
        seating.take(venue, datetime.fromisoformat(starts_at), party_size, NOON)
        db.session.commit()


@pytest.mark.parametrize("headers", [JSON, FRAGMENT], ids=["json", "fragment"])
@pytest.mark.both_databases
def test_second_answer_is_the_first_one_word_for_word_and_made_once(portal, asked, headers):
    first = ask(portal, headers)

    assert first.status == 200
    assert ask(portal, headers) == first
    assert len(asked) == 1
    assert anew(portal, headers) == first


@pytest.mark.both_databases
@pytest.mark.parametrize("headers", [JSON, FRAGMENT], ids=["json", "fragment"])
def test_party_that_is_seated_shows_at_once(portal, headers):
    before = ask(portal, headers)

    seat(portal)

    after = ask(portal, headers)
    assert after.body != before.body
    assert after == anew(portal, headers)


CHANGES = {
    "hours": (ServicePeriod, {"covers": 1}),
    "widget's days": (Widget, {"days_ahead": 0, "largest_party": 1}),
    "widget's sites": (Widget, {"sites": ["new.example.org"]}),
    "widget withdrawn": (Widget, {"deleted_at": NOON}),
    "venue's zone": (Venue, {"timezone": "America/New_York"}),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("bulk", [False, True], ids=["row", "statement"])
@pytest.mark.parametrize("what", CHANGES)
def test_change_of_the_house_the_widget_or_the_venue_shows_at_once(portal, what, bulk):
    model, values = CHANGES[what]
    before = ask(portal)

    if bulk:
        with portal.app_context():
            db.session.execute(update(model).values(**values))
            db.session.commit()
    else:
        change(portal, model, **values)

    after = ask(portal)
    assert after != before
    assert after == anew(portal)


def test_a_change_that_goes_past_the_version_would_not_show(portal):
    """What the version is there for: without it the old answer stays."""
    before = ask(portal)
    with portal.app_context(), db.engine.begin() as connection:
        connection.execute(update(Widget.__table__).values(days_ahead=0, largest_party=1))

    assert ask(portal) == before != anew(portal)


def test_change_while_the_answer_is_made_is_not_lost(portal, monkeypatch):
    real = ready.keep_until

    def keep_late(ends_at):
        # Another request seats a party after this one has read the day.
        monkeypatch.setattr(ready, "keep_until", real)
        real(ends_at)
        late.append(True)

    late = []
    monkeypatch.setattr(ready, "keep_until", keep_late)
    portal.after_request_funcs.setdefault(None, []).append(
        seat_once := lambda response: (late and late.pop() and seat_elsewhere(portal), response)[1]
    )
    ask(portal)
    portal.after_request_funcs[None].remove(seat_once)

    assert ask(portal) == anew(portal)


def seat_elsewhere(portal):
    from threading import Thread

    other = Thread(target=seat, args=(portal,))
    other.start()
    other.join()


def clock_moments():
    """Around each start of the evening and the end of the day, to the second and just before and after."""
    starts = [datetime(2026, 6, 12, 16, 0, tzinfo=UTC) + timedelta(minutes=15) * n for n in range(30)]
    return [at + timedelta(microseconds=off) for at in starts for off in (-1, 0, 1)]


@pytest.mark.parametrize("notice", [0, 45])
def test_what_the_clock_changes_shows_at_once(portal, friday_noon, notice):
    change(portal, ServicePeriod, notice_minutes=notice, horizon_days=1)
    tomorrow = TODAY.replace("12", "13")
    seen = set()
    for moment in clock_moments():
        friday_noon.move_to(moment)
        got = [ask(portal, url=url) for url in (TODAY, tomorrow)]
        kept = dict(portal.extensions[ready.KEPT])
        assert got == [anew(portal, url=url) for url in (TODAY, tomorrow)], moment
        portal.extensions[ready.KEPT] = kept
        seen.add(got[0].body)
    assert len(seen) > 4


def test_clock_that_is_set_back_brings_the_times_back(portal, friday_noon):
    noon = ask(portal)
    friday_noon.move_to(NOON + timedelta(hours=6))
    assert ask(portal) != noon
    friday_noon.move_to(NOON)
    assert ask(portal) == noon


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        (JSON, TODAY.replace("party=2", "party=0")),
        (FRAGMENT, f"{TODAY}&show={SHOW}"),
        ({}, TODAY),
        (FRAGMENT, TODAY.replace("party=2", "party=8")),
    ],
    ids=["refusal", "with a show", "page", "no times"],
)
def test_what_is_made_from_more_than_the_day_is_not_kept(portal, asked, headers, url):
    ask(portal, headers, url)
    ask(portal, headers, url)

    assert len(asked) == 2


def test_number_of_answers_is_bounded(portal, monkeypatch):
    monkeypatch.setattr(ready, "MOST_ANSWERS", 2)
    for party in (1, 2, 3, 4):
        ask(portal, url=TODAY.replace("party=2", f"party={party}"))

    assert len(portal.extensions[ready.KEPT]) <= 2


def test_kept_answer_asks_the_database_one_question(portal):
    ask(portal)
    sent = []
    with portal.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    ask(portal)
    event.remove(engine, "before_cursor_execute", note)
    assert sent == []


def test_database_that_is_away_is_no_reason_to_send_what_may_be_old(portal, asked, monkeypatch):
    ask(portal)

    def refuse(engine, *_question):
        raise engine.dialect.loaded_dbapi.OperationalError

    monkeypatch.setattr(database, "first_row", refuse)
    ask(portal)
    assert len(asked) == 2


def test_rows_of_tables_change_too(portal):
    before = ask(portal)
    with portal.app_context():
        venue = db.session.scalar(select(Venue))
        db.session.add(DiningTable(venue_id=venue.id, name="T1", seats=1))
        db.session.commit()
    assert before.body != ask(portal).body == anew(portal).body
