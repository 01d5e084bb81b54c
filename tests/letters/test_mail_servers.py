"""Mail servers that hang, refuse or are busy: no booking waits, each letter is tried again or shown."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from portal import mail
from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters import content, service
from tests.factories import make_booking
from tests.letters.post import after_a_moment
from tests.support.apps import change_settings
from tests.support.mail_server import MailServer

ROOM = "The Green Room"


def lines_of(booking):
    db.session.expire_all()
    found = [
        (line.title, line.label, line.text, line.who)
        for line in service.card_of(db.session.get_one(Booking, booking.id)).lines
    ]
    db.session.rollback()
    return found


@pytest.fixture
def served(app):
    """Send to a server that answers so: `with served(...) as server`."""

    @contextmanager
    def serve(answers=None, hangs_at=""):
        server = MailServer(answers, hangs_at)
        with server.serving() as mail_url:
            change_settings(app, mail_url=mail_url)
            yield server

    return serve


def test_a_letter_is_taken_and_shown(house, noon, served):
    with served() as server:
        booking = make_booking(house)
        after_a_moment(noon)
    (taken,) = server.letters
    assert b"To: amara" in taken
    assert lines_of(booking) == [("Confirmation", "Sent", "To a…@example.org", "")]


@pytest.mark.parametrize("leave", ["421 closing", "250 ok"])
def test_a_server_that_takes_its_leave_oddly_is_not_sent_the_letter_again(house, noon, served, leave):
    with served({"QUIT": leave}) as server:
        booking = make_booking(house)
        after_a_moment(noon)
        after_a_moment(noon, timedelta(days=1))
    assert len(server.letters) == 1
    assert lines_of(booking)[0][1] == "Sent"


FOR_GOOD = [
    (
        {"RCPT": "550 5.1.1 <amara@example.org>: no such user"},
        "Could not be delivered: the mail server refused the address (550 5.1.1 : no such user)",
        "You",
    ),
    (
        {"END": "554 5.7.1 looks like spam"},
        "Could not be delivered: the mail server refused the letter (554 5.7.1 looks like spam)",
        "Whoever runs this portal",
    ),
]


@pytest.mark.parametrize(("answers", "text", "who"), FOR_GOOD)
def test_what_is_refused_for_good_is_shown_at_once_and_not_repeated(house, noon, served, answers, text, who):
    with served(answers):
        booking = make_booking(house)
        after_a_moment(noon)
    assert lines_of(booking)[0][2:] == (text, who)
    with served() as server:
        after_a_moment(noon, timedelta(days=1))
    assert server.letters == []


PASSING = [
    {"RCPT": "451 4.3.0 try later"},
    {"RCPT": "421 too many"},
    {"END": "452 4.2.2 full"},
    {"MAIL": "550 5.7.1 sender not allowed"},
    {"HELLO": "554 no service"},
    {"DATA": "451 not now"},
]


@pytest.mark.parametrize("answers", PASSING)
def test_what_may_pass_is_tried_again_and_goes_through(house, noon, served, answers):
    with served(answers):
        booking = make_booking(house)
        after_a_moment(noon)
    title, label, text, _ = lines_of(booking)[0]
    assert (title, label) == ("Confirmation", "Trying again")
    assert text.startswith("The mail server did not take it")
    with served() as server:
        after_a_moment(noon, timedelta(seconds=30))
        assert server.letters == []
        after_a_moment(noon, timedelta(seconds=31))
        assert len(server.letters) == 1
    assert lines_of(booking)[0][1] == "Sent"


@pytest.mark.parametrize("step", ["HELLO", "RCPT", "END"])
def test_a_server_that_hangs_is_given_up_and_tried_again(house, noon, served, monkeypatch, step):
    monkeypatch.setattr(mail, "_SECONDS_IN_ALL", 0.2)
    with served(hangs_at=step):
        booking = make_booking(house)
        after_a_moment(noon)
    assert lines_of(booking)[0][1] == "Trying again"


def test_one_that_stays_away_is_given_up_after_a_day_and_says_who_mends_it(house, noon, app):
    change_settings(app, mail_url="smtp://127.0.0.1:1")
    booking = make_booking(house, starts_at=datetime(2026, 6, 20, 18, tzinfo=UTC))
    tried = []
    for _ in range(40):
        before = lines_of(booking)[0][1]
        after_a_moment(noon, timedelta(minutes=45))
        tried.append((before, lines_of(booking)[0][1]))
    assert tried[0] == ("Leaving soon", "Trying again")
    assert lines_of(booking) == [
        (
            "Confirmation",
            "Not delivered",
            "Could not be delivered: the mail server took no letter for a day",
            "Whoever runs this portal",
        )
    ]


def test_where_the_server_is_away_no_other_letter_is_tried_in_that_round(house, noon, app, monkeypatch):
    for number in range(3):
        make_booking(house, email=f"guest{number}@example.org")
    tried = []

    def fail(letter, _settings):
        tried.append(letter.to)
        raise mail.CannotSend("away")

    monkeypatch.setattr(mail, "send", fail)
    after_a_moment(noon)
    assert len(tried) == 1
    after_a_moment(noon, timedelta(seconds=2))
    assert len(tried) == 2


def test_an_address_that_is_refused_does_not_hold_up_the_others(house, noon, monkeypatch, sent):
    send = mail.send

    def refuse_one(letter, settings):
        if letter.to[0].startswith("dead"):
            raise mail.CannotSend("refused", mail.Refused.ADDRESS, "550")
        send(letter, settings)

    monkeypatch.setattr(mail, "send", refuse_one)
    make_booking(house, email="dead@example.org")
    make_booking(house, email="tom@example.org")
    after_a_moment(noon)
    assert [letter.to[0] for letter in sent] == ["tom@example.org"]


def test_odd_data_of_one_booking_does_not_hold_up_the_others(house, noon, monkeypatch, sent, caplog):
    make = content.of_booking

    def stumble(kind, booking, *rest, **how):
        if booking.booked_email.startswith("odd"):
            raise ValueError("odd@example.org")
        return make(kind, booking, *rest, **how)

    monkeypatch.setattr(content, "of_booking", stumble)
    odd = make_booking(house, email="odd@example.org")
    make_booking(house, email="tom@example.org")
    after_a_moment(noon)
    assert [letter.to[0] for letter in sent] == ["tom@example.org"]
    assert lines_of(odd)[0][1:3] == ("Trying again", "A fault of ours stopped it")
    assert "odd@example.org" not in caplog.text
