"""What keeps standings right where no event does: the relay, the lock, the rounds after an upgrade."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, select, update

from jobs import relay
from portal import clock, database
from portal.extensions import db
from portal.findings import Code, finding
from portal.integration.connection.models import Integration
from portal.integration.standing import service as standing
from portal.integration.standing.models import Standing
from portal.outbox.models import Kind, State
from tests import factories
from tests.integration.place import PAGE, overall, place_of
from tests.integration.standing.conftest import as_judged, as_saved, lose_the_encryption_key

pytestmark = pytest.mark.both_databases

A_WHILE = standing.JUDGED_EVERY + timedelta(seconds=1)


@pytest.fixture
def place(app, recording_queue):
    """A venue that works."""
    place = place_of(app)
    place.prove()
    return place


def words(place):
    with place.app.app_context():
        return standing.current(place.venue.id).words


def refuse_the_key(place):
    """What a refused call commits, in a process that ends before it does anything else."""
    with place.app.app_context():
        db.session.execute(
            update(Integration).values(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
        )
        db.session.commit()


def test_a_process_that_ends_before_the_call_is_made_up_for_by_the_relay(place):
    refuse_the_key(place)
    assert overall(place.get()) == "Working"
    with time_machine.travel(clock.utc_now() + A_WHILE):
        relay.look(place.app)
    assert words(place) == "Sign-in refused"
    assert overall(place.get()) == "Sign-in refused"


def test_without_the_relays_rounds_it_would_stay_as_it_was(place, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(standing, "update_stale", lambda: 0)
    refuse_the_key(place)
    with time_machine.travel(clock.utc_now() + A_WHILE):
        relay.look(place.app)
    assert words(place) == "Working"


def test_a_call_that_meets_a_failing_database_is_made_up_for_too(place, monkeypatch):
    def fail(_venue_id):
        raise database.OperationalError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(standing, "judge", fail)
        place.set(blocked_reason=Code.KEY_REFUSED, blocked_until=clock.utc_now())
    assert words(place) == "Working"
    with time_machine.travel(clock.utc_now() + A_WHILE):
        relay.look(place.app)
    assert words(place) == "Sign-in refused"


def test_a_key_that_cannot_be_read_any_more_is_noticed_without_an_event(place):
    """As after a restart with other encryption keys."""
    with place.app.app_context():
        lose_the_encryption_key()
    with time_machine.travel(clock.utc_now() + A_WHILE):
        relay.look(place.app)
    page = place.get()
    assert overall(page) == "Sign-in refused"
    assert finding(Code.KEY_UNREADABLE).title in page


def test_what_was_judged_a_moment_ago_is_left_alone(place):
    with place.app.app_context():
        assert standing.update_stale() == 0
        with time_machine.travel(clock.utc_now() + A_WHILE):
            assert standing.update_stale() == 1
            assert standing.update_stale() == 0


def test_two_at_once_leave_one_standing_that_is_right(place):
    refuse_the_key(place)
    together = threading.Barrier(4)

    def bring_up_to_date():
        with place.app.app_context():
            together.wait()
            standing.update(place.venue.id)

    threads = [threading.Thread(target=bring_up_to_date) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with place.app.app_context():
        lasting = db.session.scalars(select(Standing).where(Standing.ended_at.is_(None))).all()
        assert [each.words for each in lasting] == ["Sign-in refused"]
        ended = db.session.scalars(select(Standing.words).where(Standing.ended_at.is_not(None)))
        assert list(ended)[-1] == "Working"
        assert as_saved(place.venue.id) == as_judged(place.venue.id)


def test_pages_read_the_standing_and_write_nothing(place):
    refuse_the_key(place)
    written = []
    with place.app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        if statement.split(None, 1)[0] in {"INSERT", "UPDATE", "DELETE"} and "standings" in statement:
            written.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for path in (PAGE, f"{PAGE}/history", "/diary", "/find-the-fault", "/widgets"):
            assert place.client.get(path).status_code == 200, path
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert written == []
    assert words(place) == "Working"


@pytest.mark.parametrize("path", [PAGE, "/find-the-fault/connection"])
def test_pages_judge_nothing_by_themselves(place, path, monkeypatch):
    def judge(_venue_id):
        raise AssertionError("a page judged")

    monkeypatch.setattr(standing, "judge", judge)
    assert place.client.get(path).status_code == 200


def test_what_an_earlier_version_stored_is_completed_and_shown_rightly_until_then(place):
    """Its columns of today are empty; the badge is not believed, since it may be of before an event."""
    refuse_the_key(place)
    with place.app.app_context():
        db.session.execute(update(Standing).values(judged_at=None, lead="", checks=[], proved_at=None))
        db.session.commit()
    assert overall(place.get()) == "Sign-in refused"
    assert words(place) == "Working"
    relay.look(place.app)
    assert words(place) == "Sign-in refused"
    with place.app.app_context():
        assert as_saved(place.venue.id) == as_judged(place.venue.id)


def test_what_is_wrong_while_paused_is_kept_beside_the_badge(place):
    refuse_the_key(place)
    place.set(active=False, active_changed_at=clock.utc_now())
    with place.app.app_context():
        stands = standing.current(place.venue.id)
        assert (stands.words, stands.badge.code) == ("Paused", None)
        assert stands.fault.code is Code.KEY_REFUSED
    assert "Spektrix did not accept the API user and key" in place.get()


def test_a_visit_that_lands_as_usual_moves_the_proof(place):
    place.set(trial_at=clock.utc_now() - A_WHILE, credentials_saved_at=clock.utc_now() - 2 * A_WHILE)
    with place.app.app_context():
        booking = factories.make_booking(place.venue)
        entry = factories.make_entry(booking, Kind.WRITE_BACK, State.WAITING, due_at=clock.utc_now())
        before = standing.current(place.venue.id)
        assert before.proved_by == "trial write"

        def land(claim):
            return standing.Outcome(State.CONFIRMED, sent_at=clock.utc_now())

        standing.deliver(entry.id, land)
        assert standing.current(place.venue.id).proved_by == "visit"
        assert as_saved(place.venue.id) == as_judged(place.venue.id)
