"""Those who wait are told of a table: the oldest first, each once, no more than tables are free."""

import dataclasses
import email
import logging
import threading
from datetime import UTC, date, datetime, time, timedelta
from email.policy import default

import pytest
import time_machine
from sqlalchemy import event, select, update

from jobs import relay, tell_waiting
from portal import mail
from portal.availability.models import ServicePeriod
from portal.bookings import waiting
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.mail import CannotSend
from portal.widgets import telling
from portal.widgets.models import Widget
from tests import factories

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
DAY = date(2026, 6, 12)
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
FIVE, TEN = datetime(2026, 6, 12, 16, tzinfo=UTC), datetime(2026, 6, 12, 21, tzinfo=UTC)


@pytest.fixture
def settings(settings, tmp_path):
    return dataclasses.replace(
        settings, mail_url=(tmp_path / "mail").as_uri(), portal_url="https://portal.example"
    )


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def sent(monkeypatch):
    """The letters that left, in their order; they leave through the real sender."""
    letters, send = [], mail.send

    def note(letter, settings):
        assert not db.session().in_transaction(), "a transaction is open while mail is being sent"
        send(letter, settings)
        letters.append(letter)

    monkeypatch.setattr(mail, "send", note)
    return letters


@pytest.fixture
def house(app_context, recording_queue):
    """Tables for four at five and at ten, and every one of them taken for the Friday."""
    return full_house(tables=1)


def full_house(tables):
    venue = factories.make_venue(tables=tables)
    two = {"opens": time(17), "last_seating": time(22), "slot_minutes": 300}
    db.session.execute(update(ServicePeriod).values(**two))
    db.session.commit()
    for starts_at in (FIVE, TEN):
        for number in range(tables):
            at = f"{starts_at.hour}-{number}@example.org"
            factories.make_booking(venue, starts_at=starts_at, party_size=4, email=at)
    return venue, factories.make_widget(venue, public_id="w_demo")


def free(venue, starts_at, number=1):
    from portal.bookings import service
    from portal.bookings.models import Booking, Status

    wanted = select(Booking.id).where(Booking.starts_at == starts_at, Booking.status == Status.CONFIRMED)
    for booking_id in db.session.scalars(wanted.limit(number)).all():
        service.move(venue, booking_id, Status.CANCELLED)


def people(venue, widget, *names, **columns):
    return [factories.make_waiting(venue, widget, email=f"{name}@example.org", **columns) for name in names]


def look():
    """One look at the day of the oldest request, as the job does it."""
    telling.tell(db.session.scalar(select(db.func.min(WaitingRequest.id))))
    db.session.rollback()


def relay_looks(app, **how):
    # Its session is another one, which SQLite lets write only when this one holds nothing.
    db.session.rollback()
    relay.look(app, **how)


def told(sent):
    return [letter.to[0].partition("@")[0] for letter in sent]


def test_a_table_that_comes_free_is_told_with_its_time_and_two_links(house, sent):
    venue, widget = house
    (amara,) = people(venue, widget, "amara")
    look()
    assert sent == [], "no table is free"
    free(venue, TEN)
    look()
    (letter,) = sent
    assert letter.to == ("amara@example.org",)
    assert letter.subject == "A table for 2 guests at The Green Room, Friday 12 June"
    for words in (
        "A table for 2 guests has come free at The Green Room on Friday 12 June.",
        "Free as this was sent: 10:00pm",
        "https://portal.example/w/w_demo?date=2026-06-12&party=2\n",
        "somebody else may be quicker",
        f"https://portal.example/waiting/{amara.public_token}\n",
        "or call 01632 960 123",
    ):
        assert words in letter.text
    assert "example.org" not in letter.text


def test_the_links_of_the_letter_lead_to_the_times_and_to_the_stop_page(house, sent, client):
    people(*house, "amara")
    free(house[0], TEN)
    look()
    booking, stop = [
        line.rpartition("https://portal.example")[2]
        for line in sent[0].text.splitlines()
        if "https://portal.example" in line
    ]
    assert "10:00pm" in client.get(booking).text
    assert "Stop the emails" in client.get(stop).text


def test_each_is_told_once(house, sent, noon):
    people(*house, "amara")
    free(house[0], TEN)
    for _ in range(3):
        look()
        noon.shift(timedelta(hours=1))
    assert told(sent) == ["amara"]


def test_before_the_show_means_a_time_that_leaves_time_to_eat(house, sent):
    venue, widget = house
    people(venue, widget, "amara", before_at=CURTAIN)
    free(venue, TEN)
    look()
    assert sent == []
    free(venue, FIVE)
    look()
    assert "Free before your show at 7:30pm as this was sent: 5:00pm\n" in sent[0].text
    assert "&show=2026-06-12T18:30:00Z\n" in sent[0].text


def test_before_the_show_follows_the_widgets_own_rule(house, sent):
    """With two and a half hours for a meal and a quarter to arrive, five is too late for half past seven."""
    venue, widget = house
    people(venue, widget, "amara", before_at=CURTAIN)
    db.session.execute(update(Widget).values(least_meal_minutes=150))
    db.session.commit()
    free(venue, FIVE)
    look()
    assert sent == []


def test_one_table_is_told_to_the_oldest_and_after_half_an_hour_to_the_next(house, sent, noon):
    people(*house, "amara", "tom", "daniel")
    free(house[0], TEN)
    look()
    look()
    noon.shift(timedelta(minutes=29))
    look()
    assert told(sent) == ["amara"]
    noon.shift(timedelta(minutes=2))
    look()
    assert told(sent) == ["amara", "tom"]


def test_a_table_that_was_taken_meanwhile_is_told_to_nobody_else(house, sent, noon):
    venue, widget = house
    people(venue, widget, "amara", "tom")
    free(venue, TEN)
    look()
    factories.make_booking(venue, starts_at=TEN, party_size=2, email="quick@example.org")
    noon.shift(timedelta(hours=1))
    look()
    assert told(sent) == ["amara"]


def test_as_many_are_told_at_once_as_tables_are_free(app_context, recording_queue, sent):
    venue, widget = full_house(tables=4)
    people(venue, widget, "amara", "tom", "daniel", "priya")
    free(venue, TEN, 2)
    look()
    assert told(sent) == ["amara", "tom"]


def test_who_fits_is_told_although_a_larger_party_asked_first(house, sent):
    venue, widget = house
    people(venue, widget, "large", party_size=6)
    people(venue, widget, "amara", party_size=4)
    free(venue, TEN)
    look()
    assert told(sent) == ["amara"]


def test_who_asked_after_the_last_look_does_not_go_first(house, sent, noon, app):
    people(*house, "amara")
    relay_looks(app)
    noon.shift(timedelta(seconds=20))
    people(*house, "tom")
    free(house[0], TEN)
    look()
    assert told(sent) == ["amara"]


def test_nobody_is_told_of_what_the_widget_no_longer_offers(house, sent):
    people(*house, "amara")
    free(house[0], TEN)
    as_before = {"deleted_at": None, "largest_party": 8, "days_ahead": 60}
    for change in ({"deleted_at": NOON}, {"largest_party": 1}, {"days_ahead": -1}):
        db.session.execute(update(Widget).values(**as_before | change))
        db.session.commit()
        look()
    assert sent == []


def test_who_stopped_is_not_told(house, sent):
    (amara,) = people(*house, "amara")
    free(house[0], TEN)
    waiting.stop(amara.public_token)
    look()
    assert sent == []


def test_a_time_that_has_passed_is_no_table(house, sent, noon):
    people(*house, "amara")
    free(house[0], FIVE)
    noon.move_to(FIVE)
    look()
    assert sent == []


def test_a_letter_that_did_not_leave_is_tried_again_later_and_the_log_names_nobody(
    house, monkeypatch, noon, caplog
):
    (amara,) = people(*house, "amara")
    free(house[0], TEN)
    tried = []

    def refuse(letter, _settings):
        tried.append(datetime.now(UTC))
        raise CannotSend("SMTPServerDisconnected")

    monkeypatch.setattr(mail, "send", refuse)
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            look()
            noon.shift(timedelta(minutes=1))
    assert [(at - NOON) // timedelta(minutes=1) for at in tried] == [0, 5, 20, 80]
    assert f"the letter of waiting request {amara.id} was not sent: SMTPServerDisconnected" in caplog.text
    assert "amara@" not in caplog.text


def test_a_letter_that_cannot_leave_does_not_hold_up_the_next(house, monkeypatch, sent, noon):
    people(*house, "dead", "tom")
    free(house[0], TEN)
    send = mail.send

    def refuse_one(letter, settings):
        if letter.to[0].startswith("dead"):
            raise CannotSend("SMTPRecipientsRefused")
        send(letter, settings)

    monkeypatch.setattr(mail, "send", refuse_one)
    look()
    noon.shift(timedelta(minutes=1))
    look()
    assert told(sent) == ["tom"]


class Killed(BaseException):
    """As a process that is killed: nothing catches it."""


def test_a_crash_after_the_mail_sends_it_twice_at_worst_and_never_loses_it(house, sent, monkeypatch, noon):
    people(*house, "amara")
    free(house[0], TEN)

    def die(*_asked, **_how):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(waiting, "settle", die)
        with pytest.raises(Killed):
            look()
    db.session.rollback()
    look()
    assert told(sent) == ["amara"], "the claim stands, so nobody repeats it at once"
    for _ in range(10):
        noon.shift(timedelta(minutes=6))
        look()
    assert told(sent) == ["amara", "amara"]


def test_a_crash_before_the_mail_loses_nothing(house, sent, monkeypatch, noon):
    people(*house, "amara")
    free(house[0], TEN)

    def die(*_asked):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(mail, "send", die)
        with pytest.raises(Killed):
            look()
    db.session.rollback()
    noon.shift(timedelta(minutes=31))
    look()
    assert told(sent) == ["amara"]


def test_two_at_once_send_one_letter(app, recording_queue, tmp_path):
    with app.app_context():
        venue, widget = full_house(tables=1)
        people(venue, widget, "amara", "tom")
        free(venue, TEN)
        first = db.session.scalar(select(db.func.min(WaitingRequest.id)))
    at_once = threading.Barrier(4)
    failures = []

    def work():
        try:
            with app.app_context():
                at_once.wait(20)
                telling.tell(first)
        except Exception as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=default)["To"]
        for path in (tmp_path / "mail").glob("*.eml")
    ]
    assert letters == ["amara@example.org"]


def test_without_the_claim_two_at_once_would_send_two(house, sent, monkeypatch):
    """The safeguard off: what the claim keeps is seen to happen."""
    people(*house, "amara")
    free(house[0], TEN)
    monkeypatch.setattr(
        waiting, "claim", lambda request_id, _now: db.session.get_one(WaitingRequest, request_id)
    )
    monkeypatch.setattr(waiting, "settle", lambda *_asked, **_how: db.session.rollback())
    telling._tell(db.session.scalar(select(WaitingRequest.id)), 2)
    assert told(sent) == ["amara", "amara"]


def test_the_relay_wakes_one_job_for_each_day_once_a_minute(house, app, recording_queue, noon, sent):
    venue, widget = house
    people(venue, widget, "amara", "tom")
    people(venue, widget, "amara", on=date(2026, 6, 13))

    def woken():
        calls = [row_id for job, row_id in recording_queue.calls if job == telling.JOB]
        recording_queue.calls.clear()
        return len(calls)

    relay_looks(app)
    assert woken() == 2
    relay_looks(app)
    assert woken() == 0
    noon.shift(timedelta(minutes=1))
    relay_looks(app)
    assert woken() == 2
    assert sent == []
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], mail_url="")
    noon.shift(timedelta(minutes=1))
    relay_looks(app)
    assert woken() == 0, "no mail could leave"


def test_while_the_queue_is_away_the_relay_tells_by_itself(house, app, monkeypatch, sent):
    people(*house, "amara")
    free(house[0], TEN)
    monkeypatch.setattr("portal.job_queue.enqueue", lambda *_asked: False)
    relay_looks(app)
    assert told(sent) == ["amara"]


def test_odd_data_of_one_venue_does_not_end_the_relay(house, app, monkeypatch, caplog):
    people(*house, "amara")
    monkeypatch.setattr("portal.job_queue.enqueue", lambda *_asked: False)

    def stumble(*_asked):
        raise ValueError("amara@example.org")

    monkeypatch.setattr(telling.waiting, "free_times", stumble)
    relay_looks(app)
    assert "unexpected ValueError" in caplog.text
    assert "amara" not in caplog.text


def test_the_relays_housekeeping_forgets_past_days(house, app, noon):
    people(*house, "amara")
    noon.shift(timedelta(days=1))
    relay_looks(app, housekeeping=True)
    assert db.session.scalars(select(WaitingRequest)).all() == []


def test_the_job_is_harmless_when_the_request_has_gone(app, sent, monkeypatch):
    monkeypatch.setattr("jobs.context.app", lambda: app)
    tell_waiting.run(4711)
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
