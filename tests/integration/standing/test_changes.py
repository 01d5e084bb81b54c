"""History of the connection over time, the diary's notice, and the letters to managers."""

import email
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest
import time_machine
from sqlalchemy import event, select, update

from jobs.relay import HANDLERS
from portal import clock, mail
from portal.extensions import db
from portal.findings import Code
from portal.integration.checks import run as checks, switch
from portal.integration.connection.models import AttributeState, Integration
from portal.integration.standing import letters, service as standing
from portal.integration.standing.models import Standing
from portal.outbox.models import Kind, State
from portal.outbox.rules import Outcome
from portal.venues.models import Role, Staff
from tests import factories
from tests.support.apps import change_settings

pytestmark = [
    pytest.mark.usefixtures("mail_folder"),
    pytest.mark.settings(portal_url="https://portal.example"),
]

NOON = datetime(2026, 6, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def hour():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def venue(app_context, hour, sandbox):
    """A connection that works, at noon. The sandbox's clock follows ours."""
    sandbox.post("options", clock_offset_seconds=(NOON - datetime.now(UTC)).total_seconds())
    venue = factories.make_venue()
    factories.connect_spektrix(venue, staff=factories.make_manager(venue, email="priya@venue.example"))
    factories.make_staff(venue, email="sam@venue.example")
    hour.shift(timedelta(seconds=1))
    prove(venue)
    return venue


def prove(venue):
    integration = db.session.scalars(select(Integration)).one()
    integration.trial_outcome, integration.trial_at = "ok", integration.key_saved_at + timedelta(seconds=1)
    for check in integration.attributes:
        check.state = AttributeState.FOUND
    integration.test_outcome, integration.tested_at = "ok", integration.key_saved_at
    db.session.commit()
    standing.update(venue.id)


def set_to(**columns):
    db.session.execute(update(Integration).values(**columns))
    db.session.commit()


def refuse(venue, reason=Code.KEY_REFUSED):
    set_to(blocked_reason=reason, blocked_until=NOON + timedelta(days=30))
    standing.update(venue.id)


def recover(venue):
    set_to(blocked_reason=None, blocked_until=None, test_outcome="ok")
    standing.update(venue.id)


def fail(venue, sandbox=None):
    """A test that finds Spektrix in trouble."""
    set_to(test_outcome=Code.OUTAGE, test_status=503, tested_at=NOON + timedelta(days=1))
    standing.update(venue.id)


def history():
    rows = db.session.scalars(select(Standing).order_by(Standing.id)).all()
    return [row.words for row in rows]


def send_all():
    while letters.send_next_letter():
        pass


def read(folder):
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]


def subjects(folder):
    return sorted(letter["Subject"] for letter in read(folder))


def test_each_change_closes_one_state_and_opens_the_next(venue, hour):
    hour.shift(timedelta(minutes=10))
    refuse(venue)
    hour.shift(timedelta(minutes=5))
    recover(venue)
    assert history()[-3:] == ["Working", "Sign-in refused", "Working"]
    rows = db.session.scalars(select(Standing).order_by(Standing.id)).all()
    assert [row.ended_at for row in rows[:-1]] == [row.began_at for row in rows[1:]]
    assert rows[-1].ended_at is None
    assert (rows[-2].code, rows[-2].status) == ("key_refused", 401)


def test_noting_the_same_again_adds_nothing(venue):
    before = history()
    for _ in range(3):
        standing.update(venue.id)
    assert history() == before


def test_the_first_steps_are_kept_and_nobody_is_written_to(venue, mail_folder):
    assert history() == ["Not switched on", "Needs attention", "Working"]
    send_all()
    assert read(mail_folder) == []


def test_a_refused_key_is_told_at_once_to_every_manager(venue, mail_folder):
    factories.make_manager(venue, name="Noor Haddad", email="noor@venue.example")
    refuse(venue)
    send_all()
    letter, _ = letters = read(mail_folder)
    assert sorted(one["To"] for one in letters) == ["noor@venue.example", "priya@venue.example"]
    assert letter["Subject"] == "Spektrix at The Green Room: Sign-in refused"
    text = letter.get_content()
    for words in (
        "Spektrix did not accept the API user and key.",
        "Who can fix it: A manager of this venue.",
        "https://portal.example/integrations/spektrix",
    ):
        assert words in text
    assert factories.API_KEY not in text
    assert factories.API_USER not in text


def test_a_letter_is_sent_once_for_each_state(venue, mail_folder):
    refuse(venue)
    send_all()
    standing.update(venue.id)
    send_all()
    assert len(read(mail_folder)) == 1


def test_an_outage_is_told_only_after_it_has_lasted(venue, hour, mail_folder):
    fail(venue)
    hour.shift(timedelta(minutes=14))
    send_all()
    assert read(mail_folder) == []
    hour.shift(timedelta(minutes=2))
    send_all()
    assert subjects(mail_folder) == ["Spektrix at The Green Room: Spektrix unavailable"]


def test_an_outage_that_comes_and_goes_is_never_told(venue, hour, mail_folder):
    for _ in range(5):
        fail(venue)
        hour.shift(timedelta(minutes=4))
        recover(venue)
        hour.shift(timedelta(minutes=4))
        send_all()
    assert read(mail_folder) == []


def test_recovery_is_told_when_the_fault_was(venue, mail_folder):
    refuse(venue)
    send_all()
    recover(venue)
    send_all()
    assert subjects(mail_folder) == [
        "Spektrix at The Green Room: Sign-in refused",
        "Spektrix is working again at The Green Room",
    ]


def test_a_pause_is_nobodys_fault_and_ends_no_letter_early(venue, mail_folder):
    manager = db.session.scalars(select(factories.Staff).where(factories.Staff.role == Role.MANAGER)).first()
    switch.set_active(venue, False, manager.id)
    assert history()[-1] == "Paused"
    send_all()
    assert read(mail_folder) == []


def test_a_letter_that_could_not_be_sent_is_tried_again_later(venue, hour, mail_folder, monkeypatch):
    real, failing = mail.send, [True]

    def send(letter, settings):
        if failing[0]:
            raise mail.CannotSend("ConnectionRefusedError")
        real(letter, settings)

    monkeypatch.setattr(mail, "send", send)
    refuse(venue)
    send_all()
    assert read(mail_folder) == []
    failing[0] = False
    send_all()
    assert read(mail_folder) == []
    hour.shift(timedelta(minutes=11))
    send_all()
    assert len(read(mail_folder)) == 1


def test_a_letter_that_could_not_be_sent_for_a_day_is_dropped(venue, hour, mail_folder):
    refuse(venue)
    hour.shift(timedelta(hours=25))
    send_all()
    assert read(mail_folder) == []
    assert db.session.scalar(select(Standing).where(Standing.mail_due_at.is_not(None))) is None


def test_an_address_that_is_refused_costs_nobody_else_their_letter(venue, hour, mail_folder, monkeypatch):
    factories.make_manager(venue, name="Noor Haddad", email="noor@venue.example")
    real = mail.send

    def send(letter, settings):
        if letter.to == ("priya@venue.example",):
            raise mail.CannotSend("SMTPRecipientsRefused")
        real(letter, settings)

    monkeypatch.setattr(mail, "send", send)
    refuse(venue)
    for _ in range(2):
        send_all()
        hour.shift(timedelta(minutes=11))
    assert [letter["To"] for letter in read(mail_folder)] == ["noor@venue.example"]


def test_who_stopped_the_letters_gets_none_and_who_starts_them_again_does(venue, hour, mail_folder, client):
    factories.make_manager(venue, name="Noor Haddad", email="noor@venue.example")
    refuse(venue)
    send_all()
    letter = next(one for one in read(mail_folder) if one["To"] == "priya@venue.example")
    address = letter["List-Unsubscribe"].strip("<>")
    assert address in letter.get_content()
    stop = address.removeprefix("https://portal.example")
    assert client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    recover(venue)
    send_all()
    assert [one["To"] for one in read(mail_folder)[2:]] == ["noor@venue.example"]
    client.post(stop, data={"emails": "start"})
    refuse(venue)
    send_all()
    assert sorted(one["To"] for one in read(mail_folder)[3:]) == ["noor@venue.example", "priya@venue.example"]


def test_nothing_is_tried_again_when_everybody_has_stopped_the_letters(venue, mail_folder):
    db.session.execute(update(Staff).values(letters_stopped_at=NOON))
    db.session.commit()
    refuse(venue)
    send_all()
    assert read(mail_folder) == []
    assert db.session.scalar(select(Standing).where(Standing.mail_due_at.is_not(None))) is None


def test_no_transaction_is_open_while_a_letter_is_sent(venue, monkeypatch):
    seen = []
    monkeypatch.setattr(mail, "send", lambda *_: seen.append(db.session().in_transaction()))
    refuse(venue)
    send_all()
    assert seen == [False]


def test_without_a_way_for_mail_nothing_is_kept_for_later(app, venue):
    change_settings(app, mail_url="")
    refuse(venue)
    assert not letters.send_next_letter()
    assert db.session.scalar(select(Standing).where(Standing.mail_due_at.is_not(None))) is None


@pytest.mark.parametrize("outcome", [State.CONFIRMED])
def test_a_visit_that_lands_as_usual_costs_one_small_query(venue, outcome):
    entry = factories.make_entry(
        factories.make_booking(venue), Kind.WRITE_BACK, State.CONFIRMED, closed_at=clock.utc_now()
    )
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    standing._note_delivery(entry.id, Outcome(outcome))
    assert len([each for each in asked if not each.startswith("BEGIN")]) == 1


def test_a_visit_that_is_refused_turns_the_state(venue, sandbox, hour):
    sandbox.fault("customer_by_id", "status", status=401)
    guest = factories.make_guest(venue)
    factories.make_link(guest)
    booking = factories.make_booking(venue, guest, status=factories.Status.COMPLETED)
    hour.shift(timedelta(minutes=1))
    sandbox.post("options", clock_offset_seconds=0)
    entry = db.session.scalars(select(factories.OutboxEntry)).first()
    assert entry.booking_id == booking.id
    standing.deliver(entry.id, HANDLERS[Kind.WRITE_BACK])
    assert history()[-1] == "Sign-in refused"


def test_a_run_of_checks_turns_the_state(venue, sandbox):
    sandbox.fault("events", "status", status=404)
    checks.run_all(venue)
    assert history()[-1] == "Client not found"


def test_the_diary_says_what_is_wrong_and_who_mends_it(app, venue):
    refuse(venue)
    notice = standing.notice(venue.id)
    assert (notice.tone, notice.words) == ("bad", "Sign-in refused")
    assert notice.headline == "Spektrix did not accept the API user and key"
    recover(venue)
    assert standing.notice(venue.id) is None
