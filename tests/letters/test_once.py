"""Crashes and races: each letter once, twice at worst, never not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import clock, mail
from portal.bookings import statuses
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.letters.sending import due
from portal.outbox import letters
from portal.outbox.letters import Claim
from portal.outbox.models import LetterKind, LetterState, OwedLetter
from tests.factories import make_booking, make_venue
from tests.letters.post import after_a_moment, subjects


class Killed(BaseException):
    """As a process that is killed: nothing catches it."""


def die(*_asked, **_how):
    raise Killed


def test_a_crash_after_the_mail_sends_it_twice_at_worst(house, noon, sent, arrived, monkeypatch):
    make_booking(house)
    with monkeypatch.context() as patched:
        patched.setattr(letters, "close", die)
        with pytest.raises(Killed):
            after_a_moment(noon)
    db.session.rollback()
    after_a_moment(noon)
    assert len(sent) == 1, "the claim stands, so nobody repeats it at once"
    for _ in range(10):
        after_a_moment(noon, timedelta(minutes=5))
    assert len(sent) == 2
    assert len({letter["Message-ID"] for letter in arrived()}) == 1, "a mail program may show it once"


def test_a_crash_before_the_mail_loses_nothing(house, noon, sent, monkeypatch):
    make_booking(house)
    with monkeypatch.context() as patched:
        patched.setattr(mail, "send", die)
        with pytest.raises(Killed):
            after_a_moment(noon)
    db.session.rollback()
    after_a_moment(noon, letters.CLAIM_LASTS)
    assert len(sent) == 1


def test_a_crash_and_then_news_sends_the_news_alone(house, noon, sent, monkeypatch):
    booking = make_booking(house)
    with monkeypatch.context() as patched:
        patched.setattr(mail, "send", die)
        with pytest.raises(Killed):
            after_a_moment(noon)
    db.session.rollback()
    statuses.move(house, booking.id, Status.CANCELLED)
    for _ in range(5):
        after_a_moment(noon, timedelta(minutes=1))
    assert subjects(sent) == ["Your booking is cancelled: Friday 12 June, The Green Room"]


def send_in_four_threads(app):
    at_once = threading.Barrier(4)

    def work(_number):
        with app.app_context():
            at_once.wait(20)
            due.send_due()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))


def test_two_at_once_send_one_letter(app, recording_queue, noon, mail_folder, arrived):
    with app.app_context():
        venue = make_venue()
        for number in range(3):
            make_booking(venue, email=f"guest{number}@example.org")
    noon.shift(timedelta(minutes=1))
    send_in_four_threads(app)
    assert sorted(letter["To"] for letter in arrived()) == [
        f"guest{number}@example.org" for number in range(3)
    ]


def test_without_the_claim_each_would_send_it(house, noon, sent, monkeypatch):
    """The safeguard off: what the claim keeps is seen to happen."""
    make_booking(house)
    monkeypatch.setattr(letters, "claim", lambda letter_id, _now: Claim(letter_id, 0))
    after_a_moment(noon)
    after_a_moment(noon)
    assert len(sent) == 2


def test_news_that_comes_while_a_letter_leaves_follows_it(house, noon, sent, monkeypatch):
    booking = make_booking(house)
    send = mail.send

    def cancel_meanwhile(letter, settings):
        send(letter, settings)
        if len(sent) == 1:
            statuses.move(house, booking.id, Status.CANCELLED)

    monkeypatch.setattr(mail, "send", cancel_meanwhile)
    after_a_moment(noon)
    after_a_moment(noon)
    assert subjects(sent) == [
        "Your table at The Green Room: Friday 12 June at 7:00pm",
        "Your booking is cancelled: Friday 12 June, The Green Room",
    ]


def test_a_letter_that_failed_gives_way_to_news_that_came_meanwhile(house, noon, sent, monkeypatch):
    booking = make_booking(house)

    def cancel_meanwhile(_letter, _settings):
        statuses.move(house, booking.id, Status.CANCELLED)
        raise mail.CannotSend("away")

    with monkeypatch.context() as patched:
        patched.setattr(mail, "send", cancel_meanwhile)
        after_a_moment(noon)
    for _ in range(3):
        after_a_moment(noon, timedelta(minutes=10))
    assert subjects(sent) == ["Your booking is cancelled: Friday 12 June, The Green Room"]
    states = db.session.scalars(select(OwedLetter.state).order_by(OwedLetter.id)).all()
    assert states == [LetterState.NOT_NEEDED, LetterState.SENT]


def test_news_waits_for_older_news_that_is_just_leaving(house, noon, sent):
    """So that a cancellation never arrives before the confirmation."""
    booking = make_booking(house)
    noon.shift(timedelta(minutes=1))
    (first,) = letters.due(clock.utc_now(), 5)
    assert letters.claim(first, clock.utc_now())
    statuses.move(house, booking.id, Status.CANCELLED)
    after_a_moment(noon)
    assert sent == []
    assert (
        db.session.scalar(select(OwedLetter.attempts).where(OwedLetter.kind == LetterKind.CANCELLATION)) == 0
    )


def test_many_changes_in_a_row_are_told_once_and_not_put_off_for_ever(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    for party in range(3, 20):
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(party_size=party))
        statuses.owe_letter(db.session.get_one(Booking, booking.id), LetterKind.CHANGE)
        db.session.commit()
        after_a_moment(noon, timedelta(seconds=25))
    after_a_moment(noon)
    assert len(sent) == 3, "one letter in five minutes, and one with the last word"
    assert "19 guests" in sent[-1].text


def test_a_booking_is_made_with_one_more_row_and_none_without_an_address(house):
    make_booking(house)
    make_booking(house, email="")
    assert db.session.scalar(select(db.func.count()).select_from(OwedLetter)) == 1


@pytest.mark.both_databases
def test_a_letter_that_waits_again_meanwhile_stops_no_cancellation(house, noon, monkeypatch):
    """Between the look and the write the sender gives up, and its letter waits once more."""
    booking = make_booking(house)
    look = letters._waiting
    looks = iter([None])
    monkeypatch.setattr(letters, "_waiting", lambda booking_id: next(looks, look(booking_id)))
    statuses.move(house, booking.id, Status.CANCELLED)
    assert [(row.kind, row.state) for row in db.session.scalars(select(OwedLetter))] == [
        (LetterKind.CANCELLATION, LetterState.WAITING)
    ]
