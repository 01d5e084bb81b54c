"""Two who work on one guest at the same moment wait for each other, and never for ever.

PostgreSQL keeps a row that another one points to from being deleted while that one is added. Whoever locks
such a row harder than their change needs stops every row from being added to it.
"""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from portal import clock
from portal.bookings import link_checks, statuses
from portal.bookings.guest_pages import erasing, merging
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.guests.models import CustomerLink, Guest
from portal.integration.connection import blocks
from portal.integration.links import decisions as link_decisions, verify
from portal.integration.links.decisions import Deciding
from portal.integration.settings import disconnecting, service as credentials
from portal.integration.settings.service import Typed
from portal.outbox import delivering
from portal.outbox.models import OutboxEntry
from portal.scoping import NotHere
from portal.venues import audit
from tests import factories
from tests.integration.meanwhile import before_an_update_is_read_back
from tests.people import AMARA, AMARA_ID, TOM

_PATIENCE_SECONDS = 20
_A_MOMENT_SECONDS = 3
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN"
    " (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)


@pytest.fixture
def together(app, stage):
    """Runs `first` until it reaches `owner.name`, `second` until it waits for it, then both to their end."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("runs with --database postgresql")

    def run(monkeypatch, owner, name, first, second):
        original, reached, go_on, failed = getattr(owner, name), threading.Event(), threading.Event(), []

        def stop_there(*args, **kwargs):
            reached.set()
            assert go_on.wait(_PATIENCE_SECONDS)
            return original(*args, **kwargs)

        def do(act):
            with app.app_context():
                try:
                    act()
                except Exception as error:
                    failed.append(error)

        monkeypatch.setattr(owner, name, stop_there)
        db.session.rollback()
        threads = [threading.Thread(target=do, args=(act,)) for act in (first, second)]
        threads[0].start()
        assert reached.wait(_PATIENCE_SECONDS), failed
        threads[1].start()
        wait_until_one_waits()
        go_on.set()
        for thread in threads:
            thread.join(_PATIENCE_SECONDS)
        assert failed == []
        db.session.expire_all()

    return run


def wait_until_one_waits():
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with db.engine.connect() as connection:
            if connection.scalar(_WAITING):
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.fixture
def in_doubt(stage, sandbox):
    """A visit whose update leaves and is not answered, and has the customer read again later."""
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    stage.complete(booking_id)
    return booking_id


def guest_of(booking_id):
    return db.session.get(Booking, booking_id).guest_id


ACTS = {
    "erased": lambda stage, booking_id: erasing.erase(stage.venue, guest_of(booking_id), 1),
    "set back": lambda stage, booking_id: statuses.move(stage.venue, booking_id, Status.CONFIRMED),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("what", ACTS)
def test_a_guest_is_changed_while_a_result_is_saved(stage, together, monkeypatch, in_doubt, what):
    act = ACTS[what]
    together(monkeypatch, delivering, "_schedule_reading", stage.deliver, lambda: act(stage, in_doubt))
    assert stage.visit(in_doubt).reason != Code.OUR_FAULT
    values = [call.sent + call.received for call in stage.visit(in_doubt).attempts_made]
    assert any(values) == (what != "erased")


@pytest.mark.both_databases
def test_a_guest_is_unlinked_while_their_customer_is_found_to_be_gone(stage, sandbox, together, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    before_an_update_is_read_back(monkeypatch, lambda: sandbox.post("customers", id=AMARA_ID, deleted=True))
    unlinking = Deciding(stage.venue, guest_of(booking_id), AMARA_ID, 1)
    together(
        monkeypatch, delivering, "_schedule_reading", stage.deliver, lambda: link_decisions.unlink(unlinking)
    )
    assert stage.link(booking_id).reason == Code.UNLINKED


@pytest.mark.both_databases
def test_spektrix_is_disconnected_while_a_result_is_saved(stage, sandbox, together, monkeypatch):
    booking_id = stage.verified_booking()
    asked = stage.book(AMARA, sandbox.basket(AMARA_ID), at=4)
    stage.question(asked).due_at += timedelta(hours=1)
    db.session.commit()
    sandbox.fault("update_customer", "late_update", seconds=60, times=1)
    stage.complete(booking_id)
    together(
        monkeypatch,
        delivering,
        "_schedule_reading",
        stage.deliver,
        lambda: disconnecting.disconnect(stage.venue, 1),
    )
    assert stage.check(asked).settled_at is not None


@pytest.mark.both_databases
def test_guests_are_merged_while_a_booking_of_theirs_is_completed(stage, together, monkeypatch):
    kept, other = stage.verified_booking(), stage.book(TOM, at=4)
    together(
        monkeypatch,
        statuses,
        "_owe_visit",
        lambda: statuses.move(stage.venue, other, Status.COMPLETED, early=True),
        lambda: merging.merge(stage.venue, guest_of(kept), guest_of(other), 1),
    )
    assert guest_of(other) == guest_of(kept) == stage.visit(other).guest_id


@pytest.fixture
def booked(stage):
    """A booking of somebody without a phone number, which the next one fills in."""
    return stage.book(replace(TOM, phone=""), source=Source.PHONE)


def erase(stage, booking_id):
    erasing.erase(stage.venue, guest_of(booking_id), 1)


def book_again(stage):
    stage.book(TOM, at=4)


def kept_with_erased_guests():
    """Return what erased guests and their bookings still say of somebody."""
    guests_left = db.session.scalars(select(Guest).where(Guest.erased_at.is_not(None))).all()
    assert guests_left
    bookings = db.session.scalars(
        select(Booking).where(Booking.guest_id.in_([one.id for one in guests_left]))
    )
    found = [(one.email, one.email_key, one.phone, one.phone_key) for one in guests_left]
    found += [(one.booked_email, one.booked_phone) for one in bookings]
    return [value for values in found for value in values if value]


@pytest.mark.both_databases
def test_a_booking_made_while_its_guest_is_erased_gets_a_guest_of_its_own(
    stage, together, monkeypatch, booked
):
    together(monkeypatch, audit, "record", lambda: erase(stage, booked), lambda: book_again(stage))
    assert kept_with_erased_guests() == []
    newest = db.session.scalars(select(Booking).order_by(Booking.id.desc())).first()
    assert newest.guest_id != guest_of(booked)
    assert (newest.guest.email, newest.booked_phone) == (TOM.email, TOM.phone)


@pytest.mark.both_databases
def test_a_booking_that_was_begun_before_its_guest_is_erased_is_erased_too(stage, together, monkeypatch):
    booked = stage.book(TOM, source=Source.PHONE)
    together(monkeypatch, link_checks, "question", lambda: book_again(stage), lambda: erase(stage, booked))
    assert kept_with_erased_guests() == []
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 1


@pytest.mark.both_databases
def test_without_holding_the_guest_a_booking_brings_the_details_back(stage, together, monkeypatch):
    """The control: shows that the tests above can fail."""
    booked = stage.book(TOM, source=Source.PHONE)
    monkeypatch.setattr(guests, "_held", lambda guest_id: db.session.get(Guest, guest_id))
    together(monkeypatch, link_checks, "question", lambda: book_again(stage), lambda: erase(stage, booked))
    assert kept_with_erased_guests()


@pytest.mark.both_databases
def test_guests_are_merged_while_one_of_them_books(stage, together, monkeypatch, booked):
    kept = stage.book(AMARA, source=Source.PHONE)
    together(
        monkeypatch,
        link_checks,
        "question",
        lambda: book_again(stage),
        lambda: merging.merge(stage.venue, guest_of(kept), guest_of(booked), 1),
    )
    assert set(db.session.scalars(select(Booking.guest_id))) == {guest_of(kept)}


@pytest.mark.both_databases
def test_a_booking_waits_for_the_merging_of_its_guest(stage, together, monkeypatch, booked):
    kept = stage.book(replace(AMARA, email=""), source=Source.PHONE)
    together(
        monkeypatch,
        audit,
        "record",
        lambda: merging.merge(stage.venue, guest_of(kept), guest_of(booked), 1),
        lambda: book_again(stage),
    )
    assert set(db.session.scalars(select(Booking.guest_id))) == {guest_of(kept)}


@pytest.mark.both_databases
def test_guests_are_merged_while_a_reading_comes_to_be_owed(stage, together, monkeypatch, in_doubt):
    kept = stage.book(TOM, at=4)
    together(
        monkeypatch,
        delivering,
        "_calls_to_keep",
        stage.deliver,
        lambda: merging.merge(stage.venue, guest_of(kept), guest_of(in_doubt), 1),
    )
    assert {entry.guest_id for entry in db.session.scalars(select(OutboxEntry))} == {guest_of(kept)}


@pytest.mark.both_databases
@pytest.mark.parametrize("what", ["erased", "merged", "unlinked"])
def test_a_guest_who_was_merged_meanwhile_is_not_there(stage, together, monkeypatch, booked, what):
    kept, gone = stage.book(AMARA, source=Source.PHONE), guest_of(booked)
    acts = {
        "erased": lambda: erasing.erase(stage.venue, gone, 1),
        "merged": lambda: merging.merge(stage.venue, gone, guest_of(kept), 1),
        "unlinked": lambda: link_decisions.unlink(Deciding(stage.venue, gone, AMARA_ID, 1)),
    }

    def act():
        with pytest.raises(NotHere):
            acts[what]()

    together(monkeypatch, audit, "record", lambda: merging.merge(stage.venue, guest_of(kept), gone, 1), act)


def begin_before(app, monkeypatch, owner, name, act):
    """Do `act` in another session right before `owner.name`, which goes on once that waits or has ended."""
    original, other = getattr(owner, name), threading.Thread(target=lambda: in_session(app, act))

    def call(*args):
        if not other.ident:
            other.start()
            other.join(_A_MOMENT_SECONDS)
        return original(*args)

    monkeypatch.setattr(owner, name, call)
    return other


def in_session(app, act):
    with app.app_context():
        act()


@pytest.mark.both_databases
def test_a_late_refusal_of_old_credentials_says_nothing_of_new_ones(app, stage, sandbox, monkeypatch):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("runs with --database postgresql")
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    sandbox.fault("customer_by_id", "status", status=401, times=1)
    typed = Typed(factories.CLIENT_NAME, factories.API_USER, factories.API_KEY)
    saving = begin_before(
        app, monkeypatch, blocks, "block", lambda: credentials.save_credentials(stage.venue, typed, 1)
    )
    stage.deliver()
    saving.join(_PATIENCE_SECONDS)
    assert saving.ident
    integration = stage.integration
    assert (integration.generation, integration.blocked_reason) == (2, None)


@pytest.mark.both_databases
def test_a_question_that_ends_while_its_guest_is_erased_leaves_no_link(app, stage, monkeypatch):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("runs with --database postgresql")
    asked = stage.book(AMARA, stage.sandbox.basket(AMARA_ID))
    stage.check(asked).deadline_at = clock.utc_now()
    db.session.commit()
    first = begin_before(app, monkeypatch, verify, "_refuse", lambda: erase(stage, asked))
    stage.deliver()
    first.join(_PATIENCE_SECONDS)
    assert db.session.scalar(select(CustomerLink)) is None


@pytest.mark.both_databases
def test_without_the_weaker_lock_the_two_wait_for_each_other(stage, together, monkeypatch, in_doubt):
    """The control: shows that the tests above can fail."""

    def lock(venue_id, guest_id):
        return db.session.get_one(Guest, guest_id, with_for_update={"of": Guest}, populate_existing=True)

    monkeypatch.setattr(guests, "locked", lock)
    with pytest.raises(AssertionError, match="DeadlockDetected"):
        together(
            monkeypatch,
            delivering,
            "_schedule_reading",
            stage.deliver,
            lambda: erasing.erase(stage.venue, guest_of(in_doubt), 1),
        )
