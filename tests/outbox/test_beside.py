"""What hangs holds up nobody else: a mail server, or Spektrix at other venues."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, false

from jobs import relay
from jobs.beside import Beside
from portal import clock, job_queue
from portal.extensions import db
from portal.findings import Code
from portal.integration.standing import letters, service as standing
from portal.outbox import rules, service as outbox
from portal.outbox.models import Kind, OutboxEntry, State
from portal.outbox.rules import Outcome
from tests import factories

VENUES_THAT_HANG = 20
HANGS_SECONDS = 0.3
# A round, and a delivery that had begun.
USUAL_SECONDS = 3.0


@pytest.fixture
def seen_enough():
    """Once it is set, nothing hangs any longer: what a test began ends with it."""
    return threading.Event()


@pytest.fixture
def delivered(app_context, monkeypatch, seen_enough):
    """The entries that were tried, with the queue away; those of venues that hang take their time."""
    tried = []

    def deliver(claim):
        tried.append(claim.entry_id)
        if claim.last_reason is not Code.TIMED_OUT:
            return Outcome(State.CONFIRMED)
        seen_enough.wait(HANGS_SECONDS)
        return rules.retry(claim.kind, Code.TIMED_OUT, claim.attempts, None, clock.utc_now())

    monkeypatch.setitem(relay.HANDLERS, Kind.WRITE_BACK, deliver)
    monkeypatch.setattr(job_queue, "enqueue", lambda *_: False)
    return tried


def owe(venue, state=State.WAITING, reason=None, *, ago=0):
    due_at = clock.utc_now() - timedelta(seconds=ago)
    entry = factories.make_entry(factories.make_booking(venue), Kind.WRITE_BACK, state, reason, due_at=due_at)
    db.session.execute(delete(OutboxEntry).where(OutboxEntry.kind == Kind.VERIFY_LINK))
    db.session.commit()
    return entry.id


def let_venues_hang():
    """Return each one's entries: two that are tried again."""
    venues = [factories.make_venue(f"Venue {number}") for number in range(VENUES_THAT_HANG)]
    return [[owe(venue, State.RETRYING, Code.TIMED_OUT, ago=ago) for ago in (90, 60)] for venue in venues]


@pytest.fixture
def rounds(app, monkeypatch, seen_enough):
    """The relay's rounds, which go on while the block lasts; afterwards nothing of them does."""
    monkeypatch.setattr(relay, "LAST_SECONDS", 60)

    @contextmanager
    def going_on():
        relay_process = threading.Thread(target=relay.go_round, args=(app, seen_enough.is_set))
        relay_process.start()
        try:
            yield
        finally:
            seen_enough.set()
            relay_process.join()

    return going_on


def is_tried(entry_id, delivered, seconds):
    ends = time.monotonic() + seconds
    while entry_id not in delivered and time.monotonic() < ends:
        time.sleep(0.02)
    return entry_id in delivered


def test_visit_leaves_in_its_usual_time_while_twenty_other_venues_hang(rounds, delivered):
    let_venues_hang()
    entry_id = owe(factories.make_venue())
    with rounds():
        assert is_tried(entry_id, delivered, USUAL_SECONDS)


def test_without_telling_them_apart_it_waits_for_all_of_them(rounds, delivered, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(outbox, "_hangs", false)
    let_venues_hang()
    entry_id = owe(factories.make_venue())
    with rounds():
        assert not is_tried(entry_id, delivered, USUAL_SECONDS)


def test_venues_that_hang_are_served_in_turns(delivered, seen_enough):
    seen_enough.set()
    entries = let_venues_hang()
    relay.deliver_to_hanging()
    assert delivered == [first for first, _ in entries]
    relay.deliver_to_hanging()
    assert delivered[VENUES_THAT_HANG:] == [second for _, second in entries]


def test_worker_leaves_those_to_the_relay_until_they_answer(delivered):
    venue = factories.make_venue()
    fresh, hanging = owe(venue), owe(venue, State.RETRYING, Code.TIMED_OUT)
    deliver = relay.HANDLERS[Kind.WRITE_BACK]
    standing.deliver_unless_it_hangs(fresh, deliver)
    assert delivered == []
    assert outbox.due(clock.utc_now(), 10) == outbox.overdue(clock.utc_now(), 10) == []
    standing.deliver(hanging, lambda _claim: Outcome(State.CONFIRMED))
    assert outbox.due(clock.utc_now(), 10) == [(fresh, Kind.WRITE_BACK)]
    standing.deliver_unless_it_hangs(fresh, deliver)
    assert delivered == [fresh]


@pytest.fixture
def mail_that_hangs(monkeypatch, seen_enough):
    monkeypatch.setattr(letters, "send_next_letter", lambda: seen_enough.wait(30))


@pytest.mark.usefixtures("mail_that_hangs")
def test_visit_leaves_while_the_mail_server_hangs(rounds, delivered):
    entry_id = owe(factories.make_venue())
    with rounds():
        assert is_tried(entry_id, delivered, USUAL_SECONDS)


@pytest.mark.usefixtures("mail_that_hangs")
def test_without_a_thread_of_its_own_mail_holds_the_visit_up(rounds, delivered, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(Beside, "begin", Beside.do)
    entry_id = owe(factories.make_venue())
    with rounds():
        assert not is_tried(entry_id, delivered, USUAL_SECONDS)


def test_what_goes_wrong_beside_the_rounds_ends_nothing(app, caplog):
    def stumble():
        raise AttributeError("amara@example.org")

    beside = Beside("letters", stumble)
    beside.begin(app)
    beside.wait(10)
    assert "letters: unexpected AttributeError" in caplog.text
    assert "amara" not in caplog.text
    began = []
    again = Beside("letters", lambda: began.append(threading.current_thread()))
    for _ in range(2):
        again.begin(app)
        again.wait(10)
    assert len(set(began)) == 2


def test_what_is_still_being_done_is_not_begun_twice(app):
    comes_back, began = threading.Event(), []
    beside = Beside("letters", lambda: began.append(comes_back.wait(30)))
    for _ in range(3):
        beside.begin(app)
    comes_back.set()
    beside.wait(10)
    assert began == [True]
