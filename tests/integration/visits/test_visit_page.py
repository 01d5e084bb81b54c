"""One visit with its tries, and sending it again."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal import clock
from portal.extensions import db
from portal.findings import Code
from portal.integration.connection.models import Integration
from portal.integration.visits import log as visits
from portal.outbox.models import Kind, State
from tests import factories
from tests.integration.logbook import LOG, logbook_of
from tests.people import AMARA_ID, TOM

SEND = f"{LOG}/send"


@pytest.fixture
def log(app):
    return logbook_of(app)


def set_integration(log, **columns):
    with log.app.app_context():
        db.session.execute(update(Integration).values(**columns))
        db.session.commit()


def test_visit_shows_each_try_with_what_was_sent_and_came_back(log):
    entry_id = log.add(State.RETRYING, Code.OUTAGE, due_at=clock.utc_now(), attempts=1)
    with log.app.app_context():
        attempt = factories.make_attempt(
            log.entry(entry_id), "update_attributes", 503, Code.OUTAGE, duration_ms=214
        )
        db.session.execute(
            update(type(attempt)).values(
                sent="attribute_LastDinedAt: 2026-06-12T21:40:00+01:00", received="Last Dined At: none"
            )
        )
        db.session.commit()
    text = log.read(f"{LOG}/{entry_id}").words
    assert "Send both values Spektrix is having a problem 503 214 ms" in text
    assert "attribute_LastDinedAt: 2026-06-12T21:40:00+01:00" in text
    assert "Last Dined At: none" in text
    assert "Try 2 is due now" in text


def test_long_history_of_tries_is_cut_and_says_so(log, monkeypatch):
    monkeypatch.setattr(visits, "TRIES_SHOWN", 2)
    entry = log.entry(log.add())
    with log.app.app_context():
        for number in range(5):
            factories.make_attempt(entry, duration_ms=1000 + number)
    text = log.read(f"{LOG}/{entry.id}").words
    assert "3 earlier calls are not shown." in text
    assert text.index("1003 ms") < text.index("1004 ms")
    assert "1002 ms" not in text


def test_question_about_a_basket_is_no_visit(log):
    with log.app.app_context():
        booking = factories.make_booking(log.venue, name=TOM.name, email="tom@example.org")
        question = factories.make_entry(booking, Kind.VERIFY_LINK, completion_no=9)
    log.get(f"{LOG}/{question.id}", status=404)
    assert log.client.post(f"{LOG}/{question.id}/send").status_code == 404


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "7777"])
def test_visit_that_is_not_here_is_not_found(log, number):
    log.get(f"{LOG}/{number}", status=404)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.RETRYING, Code.TIMED_OUT),
        (State.BLOCKED, Code.KEY_REFUSED),
        (State.NOT_STORED, Code.ATTRIBUTE_MISSING),
        (State.NEEDS_ATTENTION, Code.VISIT_GIVEN_UP),
        (State.HELD, Code.VISIT_HELD),
    ],
)
def test_send_makes_one_visit_due_now(log, state, reason):
    later = clock.utc_now() + timedelta(hours=6)
    entry_id = log.add(state, reason, detail="Last Dined At", due_at=later)
    other = log.add(state, reason, due_at=later)
    assert "This visit is being sent now." in log.post(f"{LOG}/{entry_id}/send")
    entry = log.entry(entry_id)
    assert (entry.state, entry.reason, entry.detail, entry.closed_at) == ("waiting", None, "", None)
    assert entry.due_at <= clock.utc_now()
    assert log.entry(other).state == state


@pytest.mark.parametrize(
    ("state", "reason"),
    [(State.CONFIRMED, None), (State.NOT_SENT, Code.ANONYMOUS), (State.WAITING, Code.LINK_PENDING)],
)
def test_what_is_done_or_on_its_way_is_left_alone(log, state, reason):
    entry_id = log.add(state, reason)
    assert "Nothing was done" in log.post(f"{LOG}/{entry_id}/send")
    assert (log.entry(entry_id).state, log.entry(entry_id).reason) == (state, reason)


def test_a_visit_somebody_sends_just_now_is_left_alone(log):
    entry_id = log.add(State.RETRYING, Code.TIMED_OUT)
    with log.app.app_context():
        until = clock.utc_now() + timedelta(seconds=45)
        factories.set_entry(log.entry(entry_id), lease_owner="somebody", lease_until=until)
    assert "Nothing was done" in log.post(f"{LOG}/{entry_id}/send")
    assert log.entry(entry_id).state == "retrying"


def test_sending_one_that_the_set_up_stops_asks_once_more(log):
    """The block stays until the try shows that the set-up is mended; the others wait for that."""
    later = clock.utc_now() + timedelta(minutes=5)
    set_integration(log, blocked_reason=Code.KEY_REFUSED, blocked_until=later)
    first, second = (log.add(State.BLOCKED, Code.KEY_REFUSED, due_at=later) for _ in range(2))
    log.post(f"{LOG}/{first}/send")
    with log.app.app_context():
        saved = db.session.query(Integration).one()
        assert saved.blocked_reason == "key_refused"
        assert saved.blocked_until <= clock.utc_now()
    assert (log.entry(first).state, log.entry(second).state) == ("waiting", "blocked")


def test_given_up_visits_start_anew(log):
    entry_id = log.add(
        State.NEEDS_ATTENTION,
        Code.VISIT_GIVEN_UP,
        attempts=40,
        first_failed_at=clock.utc_now() - timedelta(21),
    )
    log.post(f"{LOG}/{entry_id}/send")
    entry = log.entry(entry_id)
    assert (entry.attempts, entry.first_failed_at) == (0, None)


def test_nothing_is_sent_while_paused(app):
    log = logbook_of(app, active=False)
    entry_id = log.add(State.RETRYING, Code.TIMED_OUT)
    for path in (f"{LOG}/{entry_id}/send", SEND):
        assert "Spektrix is paused, so nothing was sent." in log.post(path)
    assert log.entry(entry_id).state == "retrying"


def test_nothing_is_sent_without_a_connection(app):
    log = logbook_of(app, connected=False)
    entry_id = log.add(State.RETRYING, Code.TIMED_OUT)
    for path in (f"{LOG}/{entry_id}/send", SEND):
        assert "Spektrix is not connected, so nothing was sent." in log.post(path)


def test_send_all_leaves_held_visits_to_their_own_page(log):
    set_integration(log, blocked_reason=Code.WRITING_REFUSED, blocked_until=clock.utc_now())
    states = (State.RETRYING, State.BLOCKED, State.NOT_STORED, State.NEEDS_ATTENTION, State.HELD)
    ids = [log.add(state) for state in states]
    assert "being sent now." in log.post(SEND)
    assert [log.entry(entry_id).state for entry_id in ids] == ["waiting"] * 4 + ["held"]
    with log.app.app_context():
        assert db.session.query(Integration).one().blocked_reason is None


def test_send_all_with_nothing_waiting_says_so(log):
    log.add()
    assert "No visit is waiting." in log.post(SEND)


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        (f"{LOG}?show=trying-again", f"{LOG}?show=trying-again"),
        ("https://elsewhere.example/", "/diary"),
        ("//elsewhere.example", "/diary"),
    ],
)
def test_sending_returns_to_the_page_it_was_pressed_on(log, back, leads):
    entry_id = log.add(State.RETRYING, Code.TIMED_OUT)
    answer = log.client.post(f"{LOG}/{entry_id}/send", data={"next": back})
    assert answer.headers["Location"] == leads


def test_pages_show_no_key_and_nothing_personal_but_the_name(log):
    entry_id = log.add(State.NOT_STORED, Code.ATTRIBUTE_MISSING)
    for path in (LOG, f"{LOG}/{entry_id}", f"{LOG}.csv"):
        html = log.get(path)
        assert "Amara Okafor" in html
        for secret in ("amara@example.org", "07700", factories.API_KEY, AMARA_ID):
            assert secret not in html
