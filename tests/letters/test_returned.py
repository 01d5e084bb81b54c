"""A letter that comes back is shown on its booking; any other mail changes nothing."""

import pytest

from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters import service
from portal.letters.sending import returned
from tests.factories import make_booking
from tests.letters.post import after_a_moment

REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: no-reply@rezzy.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; amara@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <amara@example.org>: mailbox unavailable

--b
Content-Type: {kind}

From: The Green Room <no-reply@rezzy.example>
Message-ID: {name}
Subject: Your table

--b--
"""
REFUSED = {"action": "failed", "status": "5.1.1", "kind": "text/rfc822-headers"}


def line_of(booking):
    db.session.expire_all()
    line = service.card_of(db.session.get_one(Booking, booking.id)).lines[0]
    db.session.rollback()
    return line


@pytest.fixture
def letter(house, noon, sent, arrived):
    booking = make_booking(house)
    after_a_moment(noon)
    return booking, arrived()[0]["Message-ID"]


def report(name, **changes):
    return REPORT.format(name=name, **REFUSED | changes).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_letter_that_came_back_says_so_on_its_booking(letter, kind):
    booking, name = letter
    assert returned.take(report(name, kind=kind))
    line = line_of(booking)
    assert line.label == "Not delivered"
    assert line.text == (
        "Could not be delivered: it came back from the guest’s mail server (550 5.1.1 : mailbox unavailable)"
    )
    assert line.who == "You"
    assert returned.take(report(name)) is None, "once is enough"


def test_what_is_only_late_or_is_no_report_changes_nothing(letter):
    booking, name = letter
    others = [
        report(name, action="delayed", status="4.4.1"),
        report(name, status="4.2.2"),
        report("<somebody-elses-letter-1@rezzy.example>"),
        report("no name"),
        report(name).replace(b"multipart/report", b"multipart/mixed"),
        f"Subject: Re\r\nIn-Reply-To: {name}\r\n\r\nThank you!".encode(),
        b"",
        b"\xff\x00" * 500,
    ]
    assert [returned.take(other) for other in others] == [None] * len(others)
    assert line_of(booking).label == "Sent"


def test_the_command_takes_what_the_mail_server_hands_it(app, letter):
    booking, name = letter
    run = app.test_cli_runner().invoke
    assert "could not be delivered" in run(args=["take-returned-mail"], input=report(name)).output
    assert line_of(booking).label == "Not delivered"
    assert run(args=["take-returned-mail"], input=b"Hello").output == "No letter of ours came back.\n"
