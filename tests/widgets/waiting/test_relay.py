"""The relay looks at days for which somebody waits, and forgets those that are over."""

from datetime import date, timedelta

from sqlalchemy import event, select

from portal import mail
from portal.bookings import waiting
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.widgets.waiting import sending
from tests.support.apps import change_settings
from tests.widgets.waiting.house import (
    TEN,
    free,
    people,
    relay_looks,
    told,
)


def test_the_relay_looks_at_each_day_once_a_minute(house, app, monkeypatch, noon, sent):
    venue, widget = house
    people(venue, widget, "amara", "tom")
    people(venue, widget, "amara", on=date(2026, 6, 13))
    looked_at = []
    monkeypatch.setattr(sending, "send", lambda request_id: looked_at.append(request_id) or True)

    def woken():
        count = len(looked_at)
        looked_at.clear()
        return count

    relay_looks(app)
    assert woken() == 2
    relay_looks(app)
    assert woken() == 0
    noon.shift(timedelta(minutes=1))
    relay_looks(app)
    assert woken() == 2
    assert sent == []
    change_settings(app, mail_url="")
    noon.shift(timedelta(minutes=1))
    relay_looks(app)
    assert woken() == 0, "no mail could leave"


def test_the_relay_tells_by_itself(house, app, sent):
    """A mail server that hangs would hold the worker, which delivers visits."""
    people(*house, "amara")
    free(house[0], TEN)
    relay_looks(app)
    assert told(sent) == ["amara"]


def test_where_one_letter_cannot_leave_no_other_is_tried(house, app, monkeypatch, noon):
    venue, widget = house
    people(venue, widget, "amara", "tom")
    free(venue, TEN)
    tried = []

    def fail(letter, _settings):
        tried.append(letter.to)
        raise mail.CannotSend("away")

    monkeypatch.setattr(mail, "send", fail)
    relay_looks(app)
    assert len(tried) == 1


def test_odd_data_of_one_venue_does_not_end_the_relay(house, app, monkeypatch, caplog):
    people(*house, "amara")

    def stumble(*_asked):
        raise ValueError("amara@example.org")

    monkeypatch.setattr(sending.wanted_tables, "free_times", stumble)
    relay_looks(app)
    assert "unexpected ValueError" in caplog.text
    assert "amara" not in caplog.text


def test_the_relays_housekeeping_forgets_past_days(house, app, noon):
    people(*house, "amara")
    noon.shift(timedelta(days=1))
    relay_looks(app, housekeeping=True)
    assert db.session.scalars(select(WaitingRequest)).all() == []


def test_a_look_is_harmless_when_the_request_has_gone(app_context, sent):
    assert sending.send(4711)
    assert sent == []


def test_the_relays_question_is_answered_by_an_index(house):
    people(*house, "amara")
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2:4]))
    waiting.next_to_look_at()
    statement, parameters = next(each for each in asked if "ORDER BY waiting_requests.look_at" in each[0])
    if db.engine.dialect.name == "sqlite":
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        assert "ix_waiting_requests_to_look_at" in str(plan)
        return
    connection = db.session.connection()
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).all()
    assert "ix_waiting_requests_to_look_at" in str(plan)
