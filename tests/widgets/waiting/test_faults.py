"""Letters that do not leave, crashes and races: each who waits is told, twice at worst, never not at all."""

import email
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest
from sqlalchemy import select

from portal import mail
from portal.bookings import waiting
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.mail import CannotSend
from portal.widgets.waiting import sending
from tests.widgets.waiting.house import NOON, TEN, free, full_house, look, people, told


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


def test_two_at_once_send_one_letter(app, recording_queue, mail_folder):
    with app.app_context():
        venue, widget = full_house(tables=1)
        people(venue, widget, "amara", "tom")
        free(venue, TEN)
        first = db.session.scalar(select(db.func.min(WaitingRequest.id)))
    at_once = threading.Barrier(4)

    def work(_number):
        with app.app_context():
            at_once.wait(20)
            sending.send(first)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=default)["To"]
        for path in mail_folder.glob("*.eml")
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
    sending.send(db.session.scalar(select(WaitingRequest.id)))
    assert told(sent) == ["amara"] * 5
