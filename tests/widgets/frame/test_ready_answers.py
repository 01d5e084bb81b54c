"""A finished answer is sent again only while it is what would be answered anew."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, event, select, update
from werkzeug.test import EnvironBuilder

from portal.availability import seating
from portal.availability.models import (
    CapacityDay,
    DiningTable,
    Seating,
    ServicePeriod,
    SpecialDay,
    TableQuarter,
)
from portal.availability.room import Asker
from portal.config import ROOT
from portal.events import service as events
from portal.extensions import db
from portal.plain_sql import one_row
from portal.venues.models import Venue
from portal.widgets.models import Widget
from portal.widgets.public import ready
from tests.factories import make_manager, sign_in
from tests.widgets.conftest import HALF_PAST_FIVE, NOON, SHOW, WIDGET

JSON = {"Accept": "application/json"}
FRAGMENT = {"HX-Request": "true", "Accept-Encoding": "gzip"}
TODAY = "/w/w_demo/slots?date=2026-06-12&party=2"
DATES = "/w/w_demo/dates?party=2"
# Whatever a portal keeps that was made from the database.
COPIES = (ready.KEPT, "availability", "houses")
DAYS = [date(2026, 6, 12), date(2026, 6, 13)]
STARTS = [datetime(2026, 6, day, hour, tzinfo=UTC) for day in (12, 13) for hour in (16, 17, 19)]
PERIOD = {"covers": 4, "notice_minutes": None, "horizon_days": None, "most_parties": None}
WIDGET_AS_IT_WAS = {"days_ahead": 60, "largest_party": 8}


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
    for name in COPIES:
        portal.extensions.pop(name, None)
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


KINDS = pytest.mark.parametrize(
    ("headers", "url"),
    [(JSON, TODAY), (FRAGMENT, TODAY), (FRAGMENT, DATES), ({}, f"{DATES}&date=2026-06-20")],
    ids=["json", "fragment", "dates", "page of dates"],
)


@KINDS
@pytest.mark.both_databases
def test_second_answer_is_the_first_one_word_for_word_and_made_once(portal, asked, headers, url):
    first = ask(portal, headers, url)

    assert first.status == 200
    assert ask(portal, headers, url) == first
    assert len(asked) == 1
    assert anew(portal, headers, url) == first


@KINDS
@pytest.mark.both_databases
def test_party_that_is_seated_shows_at_once(portal, headers, url):
    before = ask(portal, headers, url)

    with portal.app_context():
        venue = db.session.scalar(select(Venue))
        for day in (12, 13, 20):
            opens = datetime(2026, 6, day, 9, tzinfo=UTC)
            # As long as a party stays, so that nobody else has a place at any time.
            for number in range(8):
                seating.take(venue, opens + number * timedelta(minutes=105), 4, NOON, Asker.STAFF)
        db.session.commit()

    after = ask(portal, headers, url)
    assert after.body != before.body
    assert after == anew(portal, headers, url)


@pytest.mark.both_databases
def test_programme_that_is_read_anew_shows_at_once_on_the_days(portal, on_stage):
    before = ask(portal, {}, DATES)
    on_stage(("Hamlet", "2026-06-13T18:30:00Z", 155, False))
    with_show = ask(portal, {}, DATES)
    assert b"Hamlet" in with_show.body
    assert b"Hamlet" not in before.body

    with portal.app_context():
        events.start_anew(db.session.scalar(select(Venue.id)))
        db.session.commit()
    assert b"Hamlet" not in ask(portal, {}, DATES).body


def test_whoever_writes_the_programme_notes_when_it_was_read():
    """The mark of the days stands on that note, so no other place may write performances."""
    writes = re.compile(r"(insert|update|delete)\((Performance|Event|model)\)|add\((Performance|Event)\(")
    uses = re.compile(r"saving\.save\(client\b")
    texts = {path.name: path.read_text() for path in (ROOT / "portal").rglob("*.py")}
    of_events = {name for name, text in texts.items() if "events.models import" in text}
    assert {name for name in of_events if writes.search(texts[name])} == {"saving.py"}
    assert {name for name, text in texts.items() if uses.search(text)} == {"sync.py"}


def test_days_that_the_mark_does_not_know_are_not_kept(portal, asked):
    """The view understands an address in more ways than the mark's question does."""
    url = DATES.replace("party=2", "d%61te=2026-08-11&party=2")
    change(portal, Widget, days_ahead=200)
    for _ in range(2):
        assert b"11 August" in ask(portal, {}, url).body
    assert len(asked) == 2


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


@pytest.mark.forgets_versions
def test_a_change_that_goes_past_the_version_would_not_show(portal):
    """What the version is there for: without it the old answer stays."""
    before = ask(portal)
    with portal.app_context(), db.engine.begin() as connection:
        connection.execute(update(Widget.__table__).values(days_ahead=0, largest_party=1))

    assert ask(portal) == before != anew(portal)


def test_change_while_the_answer_is_made_is_not_lost(portal, monkeypatch):
    real = ready.keep

    def keep_late(*stands):
        # Another request seats a party after this one has read the day.
        monkeypatch.setattr(ready, "keep", real)
        real(*stands)
        late.append(True)

    late = []
    monkeypatch.setattr(ready, "keep", keep_late)
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
        kept = portal.extensions[ready.KEPT]
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
        (FRAGMENT, f"{DATES}&performance=7001ABCD"),
    ],
    ids=["refusal", "with a show", "page", "no times", "days for a performance"],
)
def test_what_is_made_from_more_than_the_day_is_not_kept(portal, asked, headers, url):
    ask(portal, headers, url)
    ask(portal, headers, url)

    assert len(asked) == 2


def test_kept_answers_take_no_more_than_their_share_of_memory(portal, monkeypatch):
    monkeypatch.setattr(ready, "MOST_BYTES", 10_000)
    for number in range(12):
        ask(portal, url=f"{TODAY}&change={number}")

    kept = portal.extensions[ready.KEPT]
    assert 0 < len(kept.answers) <= 2
    assert kept.used_bytes <= 10_000


def test_an_answer_kept_anew_counts_once(portal, friday_noon):
    for _ in range(5):
        ask(portal)
        friday_noon.shift(timedelta(hours=1))

    kept = portal.extensions[ready.KEPT]
    assert len(kept.answers) == 1
    assert kept.used_bytes < 2 * 4_300


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({**JSON, "Accept": f"application/json, {'x' * 700}"}, TODAY),
        (JSON, f"{TODAY}&change={'x' * 700}"),
    ],
    ids=["header", "query"],
)
def test_long_words_of_a_visitor_are_not_kept(portal, headers, url):
    assert ask(portal, headers, url).status == 200
    assert not portal.extensions[ready.KEPT].answers if ready.KEPT in portal.extensions else True


class Watched(dict):
    """A WSGI environment that knows what was looked up in it."""

    def __init__(self, *values):
        super().__init__(*values)
        self.looked_up = set()

    def get(self, name, *rest):
        self.looked_up.add(name)
        return super().get(name, *rest)

    def __getitem__(self, name):
        self.looked_up.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.looked_up.add(name)
        return super().__contains__(name)


# Looked at for every request: what it is, whether it has a body, and what cannot change an answer to a GET.
_OF_NO_ACCOUNT = {
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "REMOTE_ADDR",
    "SCRIPT_NAME",
    "CONTENT_LENGTH",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_CONNECTION",
    "HTTP_UPGRADE",
    "wsgi.input_terminated",
    "wsgi.errors",
    "werkzeug.request",
    "flask._preserve_context",
    "werkzeug.debug.preserve_context",
    # A session is opened but says nothing to a diner; a test below asks with one.
    "HTTP_COOKIE",
}


@KINDS
def test_answer_is_made_from_nothing_but_its_key(portal, headers, url):
    path, query = url.split("?")
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    usual = {
        "HTTP_ORIGIN": "https://a.example",
        "HTTP_ACCEPT_LANGUAGE": "cy",
        "HTTP_REFERER": "https://b.example",
    }
    environ = Watched(EnvironBuilder(path, query_string=query).get_environ() | usual | sent)

    assert b"".join(portal.wsgi_app(environ, lambda *_head: None))
    assert environ.looked_up - set(ready.DEPENDS_ON) <= _OF_NO_ACCOUNT


def test_what_wants_to_be_more_than_an_answer_is_not_sent_one_that_was_kept(portal):
    ask(portal)
    sent = {**JSON, "Connection": "Upgrade", "Upgrade": "websocket"}

    assert ask(portal, sent).status == anew(portal, sent).status != 200


def test_answer_to_somebody_signed_in_is_that_to_anybody(portal):
    with portal.app_context():
        manager = make_manager(db.session.scalar(select(Venue)))
    theirs = sign_in(portal.test_client(), manager)

    first = theirs.get(TODAY, headers=JSON)
    assert "Set-Cookie" not in first.headers
    assert ask(portal) == Answer(first.status_code, dict(first.headers), first.data) == anew(portal)


@pytest.mark.parametrize("name", ["Set-Cookie", "set-cookie"])
def test_answer_that_sets_a_cookie_is_not_kept(portal, asked, name):
    give = portal.after_request_funcs.setdefault(None, [])
    give.append(add := lambda response: (response.headers.add(name, "session=mine"), response)[1])
    ask(portal)
    ask(portal)
    give.remove(add)

    assert len(asked) == 2


def test_kept_answer_asks_the_database_one_question(portal, monkeypatch):
    ask(portal)
    sent, asked = [], []
    with portal.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    kind = type(one_row.asker(engine))
    real = kind.ask
    monkeypatch.setattr(kind, "ask", lambda self, *question: asked.append(question) or real(self, *question))
    ask(portal)
    event.remove(engine, "before_cursor_execute", note)
    assert sent == []
    assert [question for question, *_values in asked] == [ready.MARK]


def test_database_that_is_away_is_no_reason_to_send_what_may_be_old(portal, asked, monkeypatch):
    ask(portal)

    def refuse(*_question):
        raise one_row.Away

    with portal.app_context():
        monkeypatch.setattr(type(one_row.asker(db.engine)), "ask", refuse)
    ask(portal)
    assert len(asked) == 2


def test_rows_of_tables_change_too(portal):
    before = ask(portal)
    with portal.app_context():
        venue = db.session.scalar(select(Venue))
        db.session.add(DiningTable(venue_id=venue.id, name="T1", seats=1))
        db.session.commit()
    assert before.body != ask(portal).body == anew(portal).body


class Evening(RuleBasedStateMachine):
    """A widget whose day is booked, changed and asked about in any order while time passes."""

    portal = clock = None

    @initialize()
    def open(self):
        self.seated, self.now = [], NOON
        self.clock.move_to(NOON)
        with self.portal.app_context():
            db.session.execute(delete(TableQuarter))
            db.session.execute(delete(Seating))
            db.session.execute(update(CapacityDay).values(version=CapacityDay.version + 1))
            db.session.execute(update(ServicePeriod).values(PERIOD))
            db.session.execute(update(Widget).values(WIDGET_AS_IT_WAS))
            db.session.execute(delete(SpecialDay))
            db.session.commit()

    @rule(starts_at=st.sampled_from(STARTS), party_size=st.sampled_from([1, 2, 4]))
    def book(self, starts_at, party_size):
        with self.portal.app_context():
            venue = db.session.scalar(select(Venue))
            try:
                self.seated.append(seating.take(venue, starts_at, party_size, self.now).id)
                db.session.commit()
            except (seating.SlotTaken, seating.NotOffered):
                db.session.rollback()

    @precondition(lambda self: self.seated)
    @rule()
    def give_back(self):
        with self.portal.app_context():
            seating.release(db.session.scalar(select(Venue)), self.seated.pop())
            db.session.commit()

    @rule(minutes=st.sampled_from([1, 14, 15, 16, 60, 240, 1440]))
    def pass_time(self, minutes):
        self.now += timedelta(minutes=minutes)
        self.clock.move_to(self.now)

    @rule(
        values=st.fixed_dictionaries(
            {
                "covers": st.sampled_from([2, 4, 8]),
                "notice_minutes": st.sampled_from([0, 20, 90]),
                "horizon_days": st.sampled_from([None, 0, 1]),
                "most_parties": st.sampled_from([None, 1]),
            }
        )
    )
    def change_the_hours(self, values):
        change(self.portal, ServicePeriod, **values)

    @rule(
        days=st.sampled_from([0, 1, 60]),
        largest=st.sampled_from([1, 2, 8]),
        color=st.sampled_from(["#111111", "#222222"]),
    )
    def change_the_widget(self, days, largest, color):
        change(self.portal, Widget, days_ahead=days, largest_party=largest, color=color)

    @rule(note=st.sampled_from(["", "Jazz tonight"]), closed=st.booleans(), on=st.sampled_from(DAYS))
    def make_a_day_special(self, note, closed, on):
        with self.portal.app_context():
            venue_id = db.session.scalar(select(Venue.id))
            db.session.execute(delete(SpecialDay).where(SpecialDay.service_on == on))
            db.session.add(SpecialDay(venue_id=venue_id, service_on=on, note=note, closed=closed))
            db.session.commit()

    @rule(zone=st.sampled_from(["Europe/London", "America/New_York", "Pacific/Auckland"]))
    def move_the_venue(self, zone):
        change(self.portal, Venue, timezone=zone)

    @invariant()
    def what_is_kept_is_what_is_true(self):
        urls = [f"/w/{WIDGET}/slots?date={day}&party=2" for day in DAYS]
        for headers, url in [(JSON, urls[0]), (FRAGMENT, urls[0]), (FRAGMENT, urls[1]), (FRAGMENT, DATES)]:
            sent = ask(self.portal, headers, url)
            copies = {name: self.portal.extensions.get(name) for name in COPIES}
            assert sent == anew(self.portal, headers, url), (url, self.now)
            self.portal.extensions.update({name: held for name, held in copies.items() if held})


@pytest.mark.parametrize(
    "houses", [3, pytest.param(40, marks=[pytest.mark.long, pytest.mark.timeout(1200)])], ids=["some", "many"]
)
def test_kept_answer_is_the_fresh_one_after_any_change_and_any_passing_time(portal, friday_noon, houses):
    Evening.portal, Evening.clock = portal, friday_noon
    run_state_machine_as_test(
        Evening,
        settings=settings(
            max_examples=houses,
            stateful_step_count=15,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
