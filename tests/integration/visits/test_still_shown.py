"""A visit that is set back after it was sent asks what holds now, and a person has that sent (S43)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from portal import clock as portal_clock
from portal.bookings import still_shown
from portal.bookings.guest_pages import erasing, merging
from portal.bookings.models import Booking, Status
from portal.database import writing
from portal.extensions import db
from portal.guests import service as guests
from portal.integration.checks import switch
from portal.integration.connection.delivery import Delivery
from portal.integration.connection.queries import NotConnected
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from portal.integration.settings import disconnecting
from portal.integration.visits import decisions as visit_decisions
from portal.integration.visits.correction import SendWhatHolds
from portal.integration.visits.decisions import Paused, Resting
from portal.outbox import delivering
from portal.outbox.delivering import Claim
from portal.outbox.models import Correction, Kind, OutboxEntry
from portal.spektrix.client import SpektrixClient
from tests import factories
from tests.integration.meanwhile import before_the_update
from tests.people import AMARA_ID, TOM, TOM_ID

LAST, VISITS = "Last Dined At", "Number of Restaurant Visits"
NEWEST, EMPTY = Correction.NEWEST, Correction.EMPTY


@pytest.fixture
def clock():
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller


def visit(stage, booking_id):
    """The booking's first visit, which was set back; what was sent in its place comes after it."""
    return db.session.scalars(
        db.select(OutboxEntry)
        .filter_by(booking_id=booking_id, kind=Kind.WRITE_BACK)
        .order_by(OutboxEntry.id)
        .execution_options(populate_existing=True)
    ).first()


def asked(stage, booking_id):
    return still_shown.among([visit(stage, booking_id)]).get(visit(stage, booking_id).id)


def press(stage, booking_id, correction=NEWEST):
    return visit_decisions.send_what_holds(stage.venue, visit(stage, booking_id).id, 1, correction)


def send_and_set_back(stage, booking_id, then=()):
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    for status in (Status.CONFIRMED, *then):
        stage.move(booking_id, status)


def end_of(booking_id, stage):
    ends_at = db.session.get(Booking, booking_id).ends_at
    return portal_clock.iso_with_offset(ends_at, stage.venue.timezone)


def emptied(stage, customer_id=AMARA_ID):
    stored = stage.stored(customer_id)
    return stored.get(LAST) in (None, "") and stored.get(VISITS) in (None, "")


@pytest.fixture
def two(stage):
    """Two visits of one guest, both in Spektrix, the later one set back."""
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    stage.complete(older)
    stage.deliver()
    send_and_set_back(stage, newer)
    assert stage.stored()[LAST] == end_of(newer, stage)
    return older, newer


@pytest.fixture
def one(stage):
    """The only visit of a guest, in Spektrix and set back."""
    booking_id = stage.verified_booking()
    send_and_set_back(stage, booking_id)
    return booking_id


PATHS = {
    "undo": (),
    "no-show": (Status.NO_SHOW,),
    "cancelled": (Status.CANCELLED,),
    "cancelled and restored": (Status.CANCELLED, Status.CONFIRMED),
    "no-show and restored": (Status.NO_SHOW, Status.CONFIRMED),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("path", PATHS)
def test_whatever_takes_a_sent_visit_back_one_press_sends_what_holds(stage, path):
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    stage.complete(older)
    stage.deliver()
    send_and_set_back(stage, newer, PATHS[path])
    shown = asked(stage, newer)
    assert (shown.is_linked, shown.is_last, shown.is_on_its_way) == (True, False, False)
    assert press(stage, newer)
    assert asked(stage, newer).is_on_its_way
    stage.deliver()
    counted = 2 if db.session.get(Booking, newer).status == Status.CONFIRMED else 1
    assert stage.stored() == {LAST: end_of(older, stage), VISITS: str(counted)} | rest(stage)
    assert asked(stage, newer) is None
    sent = stage.visit(newer)
    assert (sent.state, sent.correction, sent.decided_by_id) == ("confirmed", "newest", 1)


def rest(stage):
    return {name: value for name, value in stage.stored().items() if name not in (LAST, VISITS)}


def test_nothing_goes_by_itself(stage, sandbox, clock, two):
    """S43."""
    sandbox.delete("requests")
    clock.shift(timedelta(days=1))
    stage.deliver()
    assert sandbox.requests() == []
    assert asked(stage, two[1]) is not None


@pytest.mark.both_databases
def test_where_no_completed_visit_is_left_a_second_press_empties_both(stage, sandbox, one):
    assert asked(stage, one).is_last
    assert not press(stage, one, NEWEST)
    assert press(stage, one, EMPTY)
    stage.deliver()
    assert emptied(stage)
    sent = stage.visit(one)
    assert (sent.state, sent.reason, sent.sent_last_dined, sent.sent_visits) == (
        "confirmed",
        "emptied",
        "",
        0,
    )
    assert asked(stage, one) is None
    (_, update_sent) = sandbox.requests("update_customer")
    assert set(update_sent["body"].values()) == {None}


def test_values_are_not_emptied_while_a_completed_visit_is_left(stage, sandbox, two):
    assert not press(stage, two[1], EMPTY)
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 2


def test_an_older_visit_that_is_set_back_asks_only_once_it_no_longer_counts(stage, two):
    older, newer = two
    stage.complete(newer)
    stage.deliver()
    stage.move(older, Status.CONFIRMED)
    assert asked(stage, older) is None
    stage.move(older, Status.NO_SHOW)
    assert asked(stage, older) is not None
    assert press(stage, older)
    stage.deliver()
    assert (stage.stored()[LAST], stage.stored()[VISITS]) == (end_of(newer, stage), "1")


def test_what_was_never_sent_asks_nothing(stage, sandbox):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    for status in (Status.CONFIRMED, Status.CANCELLED):
        stage.move(booking_id, status)
        assert asked(stage, booking_id) is None
    assert not press(stage, booking_id)
    assert not press(stage, booking_id, EMPTY)


def test_a_refused_update_asks_nothing(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.fault("update_customer", "status", status=400)
    stage.complete(booking_id)
    stage.deliver()
    stage.move(booking_id, Status.CONFIRMED)
    assert asked(stage, booking_id) is None


def test_the_guests_next_visit_answers_the_question(stage, two):
    stage.complete(stage.verified_booking(days=3))
    stage.deliver()
    assert asked(stage, two[1]) is None
    assert not press(stage, two[1])


def test_a_visit_whose_end_another_one_brought_along_asks_too(stage, app):
    """Its own Undo came in time, yet an older visit's send had counted it."""
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    stage.complete(older)
    entry_id = stage.complete(newer)
    db.session.execute(
        update(OutboxEntry)
        .where(OutboxEntry.id == entry_id)
        .values(due_at=portal_clock.utc_now() + timedelta(minutes=1))
    )
    db.session.commit()
    stage.deliver()
    assert stage.stored()[LAST] == end_of(newer, stage)
    stage.move(newer, Status.CONFIRMED)
    assert asked(stage, newer) is not None
    assert press(stage, newer)
    stage.deliver()
    assert stage.stored()[LAST] == end_of(older, stage)


def test_the_newest_visit_counts_though_it_was_never_sent_itself(stage, sandbox):
    """It was completed before its guest was linked."""
    unlinked = stage.book(days=1)
    stage.complete(unlinked)
    stage.deliver()
    assert stage.visit(unlinked).state == "not_sent"
    newer = stage.verified_booking(days=2)
    send_and_set_back(stage, newer)
    assert press(stage, newer)
    stage.deliver()
    assert stage.stored()[LAST] == end_of(unlinked, stage)


def test_completed_and_set_back_again_asks_once(stage, two):
    newer = two[1]
    stage.complete(newer)
    stage.move(newer, Status.CONFIRMED)
    entries = db.session.query(OutboxEntry).filter_by(booking_id=newer, kind=Kind.WRITE_BACK).all()
    assert list(still_shown.among(entries)) == [visit(stage, newer).id]


# Whom it is written to.


def test_nothing_is_sent_once_the_guest_is_unlinked(stage, sandbox, two):
    deciding = Deciding(stage.venue, stage.link(two[1]).guest_id, AMARA_ID, 1)
    assert press(stage, two[1])
    link_decisions.unlink(deciding)
    sandbox.delete("requests")
    stage.deliver()
    assert sandbox.requests() == []
    assert (stage.visit(two[1]).state, stage.visit(two[1]).reason) == ("not_sent", "unlinked")
    assert not asked(stage, two[1]).is_linked
    assert not press(stage, two[1])


def test_unlinked_between_reading_and_updating_stops_it(stage, sandbox, monkeypatch, two):
    deciding = Deciding(stage.venue, stage.link(two[1]).guest_id, AMARA_ID, 1)
    press(stage, two[1])
    sandbox.delete("requests")
    before_the_update(monkeypatch, lambda: link_decisions.unlink(deciding))
    stage.deliver()
    assert sandbox.requests("update_customer") == []


def test_without_the_fence_an_unlinked_customer_is_written_to(stage, sandbox, monkeypatch, two):
    """The control: shows that the test above can fail."""
    deciding = Deciding(stage.venue, stage.link(two[1]).guest_id, AMARA_ID, 1)
    press(stage, two[1])
    sandbox.delete("requests")
    before_the_update(monkeypatch, lambda: link_decisions.unlink(deciding))
    monkeypatch.setattr(Delivery, "_stop_unless_still_wanted", lambda _delivery: None)
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 1


def relink(stage, booking_id):
    """The guest turns out to be somebody else in Spektrix."""
    link = stage.link(booking_id)
    guests.link_verified(link.guest, link.client_name, TOM_ID)
    db.session.commit()


def test_another_customer_of_the_guest_is_not_written_to(stage, sandbox, two):
    """P2: the visit stands with the earlier one."""
    assert press(stage, two[1])
    relink(stage, two[1])
    sandbox.delete("requests")
    stage.deliver()
    assert sandbox.requests() == []
    assert (stage.visit(two[1]).state, stage.visit(two[1]).reason) == ("not_sent", "linked_elsewhere")
    assert not press(stage, two[1])


@pytest.mark.parametrize("correction", [NEWEST, EMPTY])
def test_without_recognising_the_customer_another_one_is_written_to(stage, sandbox, monkeypatch, correction):
    """The control: shows that the test above can fail."""
    booking_id = stage.verified_booking(days=2)
    if correction is NEWEST:
        stage.complete(stage.verified_booking())
        stage.deliver()
    send_and_set_back(stage, booking_id)
    sandbox.post("customers", id=TOM_ID, attributes={LAST: "2026-01-02T21:00:00+00:00", VISITS: "7"})
    assert press(stage, booking_id, correction)
    relink(stage, booking_id)
    monkeypatch.setattr(SendWhatHolds, "prepare_question", SendWhatHolds.__mro__[1].prepare_question)
    stage.deliver()
    assert stage.stored(TOM_ID)[VISITS] != "7"


def test_a_customer_who_is_gone_ends_it(stage, sandbox, two):
    press(stage, two[1])
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    stage.deliver()
    assert (stage.visit(two[1]).state, stage.visit(two[1]).reason) == ("not_sent", "customer_gone")
    assert stage.link(two[1]).state == "stale"
    assert not asked(stage, two[1]).is_linked


def test_an_erased_guest_asks_nothing(stage, sandbox, two):
    press(stage, two[1])
    erasing.erase(stage.venue, stage.link(two[1]).guest_id, 1)
    sandbox.delete("requests")
    stage.deliver()
    assert sandbox.requests() == []
    assert asked(stage, two[1]) is None
    assert visit(stage, two[1]).sent_to == ""


@pytest.mark.both_databases
def test_a_merged_guests_values_are_those_of_both(stage, sandbox, two):
    other = stage.book(TOM, days=4)
    stage.complete(other)
    stage.deliver()
    guest_id, other_id = (db.session.get(Booking, each).guest_id for each in (two[1], other))
    press(stage, two[1])
    merging.merge(stage.venue, guest_id, other_id, 1)
    stage.deliver()
    assert stage.stored()[LAST] == end_of(other, stage)


# Pauses and faults of the set-up.


def test_nothing_is_sent_while_paused(stage, sandbox, two):
    switch.set_active(stage.venue, False, 1)
    with pytest.raises(Paused):
        press(stage, two[1])
    db.session.rollback()
    switch.set_active(stage.venue, True, 1)
    assert press(stage, two[1])
    switch.set_active(stage.venue, False, 1)
    sandbox.delete("requests")
    stage.deliver()
    switch.set_active(stage.venue, True, 1)
    stage.deliver()
    assert sandbox.requests() == []
    assert (stage.visit(two[1]).state, stage.visit(two[1]).reason) == ("not_sent", "paused")
    assert not asked(stage, two[1]).is_on_its_way


def test_nothing_is_sent_without_a_connection(stage, sandbox, two):
    press(stage, two[1])
    disconnecting.disconnect(stage.venue, 1)
    sandbox.delete("requests")
    stage.deliver()
    with pytest.raises(NotConnected):
        press(stage, two[1])
    assert sandbox.requests() == []
    assert stage.visit(two[1]).reason == "not_connected"


def test_what_the_set_up_stops_goes_once_it_is_mended(stage, sandbox, two):
    sandbox.fault("update_customer", "status", status=403, times=1)
    press(stage, two[1])
    stage.deliver()
    assert (stage.visit(two[1]).state, stage.visit(two[1]).reason) == ("blocked", "writing_refused")
    assert asked(stage, two[1]).is_on_its_way
    stage.skip_waits()
    stage.deliver()
    assert stage.stored()[LAST] == end_of(two[0], stage)


def test_asked_to_wait_it_waits(stage, sandbox, two):
    sandbox.fault("customer_by_id", "status", status=429, retry_after=120, times=1)
    press(stage, two[1])
    stage.deliver()
    with pytest.raises(Resting):
        press(stage, two[1])
    stage.skip_waits()
    stage.deliver()
    assert stage.stored()[LAST] == end_of(two[0], stage)


# What happens meanwhile.


@pytest.mark.both_databases
def test_two_presses_at_once_send_once(app, stage, sandbox, two):
    assert presses_at_once(app, stage, two[1]) == [False, True]
    stage.deliver()
    assert len(sandbox.requests("update_customer")) == 3


@pytest.mark.both_databases
def test_without_looking_what_is_on_its_way_two_presses_send_twice(app, stage, sandbox, monkeypatch, two):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(still_shown, "_is_on_its_way", lambda _guest_id: False)
    assert presses_at_once(app, stage, two[1]) == [True, True]


def presses_at_once(app, stage, booking_id):
    entry_id, venue, done = visit(stage, booking_id).id, stage.venue, []
    db.session.refresh(venue)
    db.session.expunge(venue)
    db.session.rollback()

    def act():
        with app.app_context(), writing():
            done.append(visit_decisions.send_what_holds(venue, entry_id, 1, NEWEST))

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    return sorted(done)


@pytest.mark.parametrize("correction", [NEWEST, EMPTY])
def test_completed_again_it_is_left_to_the_visit_itself(stage, sandbox, correction):
    """Undo can stop that one as ever."""
    booking_id = stage.verified_booking(days=2)
    if correction is NEWEST:
        stage.complete(stage.verified_booking())
        stage.deliver()
    send_and_set_back(stage, booking_id)
    assert press(stage, booking_id, correction)
    again = stage.complete(booking_id)
    wait_for_undo(again)
    sandbox.delete("requests")
    stage.deliver()
    assert sandbox.requests() == []
    assert entry_of(stage, booking_id, correction).reason == "bookings_changed"
    stage.skip_waits()
    stage.deliver()
    assert stage.stored()[LAST] == end_of(booking_id, stage)
    assert asked(stage, booking_id) is None


def wait_for_undo(entry_id):
    later = portal_clock.utc_now() + timedelta(minutes=1)
    db.session.execute(update(OutboxEntry).where(OutboxEntry.id == entry_id).values(due_at=later))
    db.session.commit()


def entry_of(stage, booking_id, correction):
    found = db.session.query(OutboxEntry).filter_by(booking_id=booking_id, correction=correction)
    return found.populate_existing().one()


def test_completed_again_between_reading_and_updating_stops_the_emptying(stage, sandbox, monkeypatch, one):
    press(stage, one, EMPTY)
    sandbox.delete("requests")
    before_the_update(monkeypatch, lambda: wait_for_undo(stage.complete(one)))
    stage.deliver()
    assert sandbox.requests("update_customer") == []


def test_another_visit_completed_meanwhile_stops_the_emptying(stage, sandbox, one):
    press(stage, one, EMPTY)
    wait_for_undo(stage.complete(stage.book(days=3)))
    sandbox.delete("requests")
    stage.deliver()
    assert sandbox.requests("update_customer") == []
    assert entry_of(stage, one, EMPTY).reason == "bookings_changed"


def test_without_looking_at_the_bookings_a_new_visit_is_emptied(stage, sandbox, monkeypatch, one):
    """The control: shows that the tests above can fail."""
    monkeypatch.setattr(SendWhatHolds, "holds", lambda _delivery: True)
    press(stage, one, EMPTY)
    other = stage.book(days=3)
    sandbox.fault("customer_by_id", "status", status=503, times=1)
    stage.deliver()
    stage.complete(other)
    stage.deliver()
    assert not emptied(stage)
    stage.skip_waits()
    stage.deliver()
    assert emptied(stage)


def test_the_newest_one_set_back_meanwhile_is_left_out(stage, sandbox, monkeypatch):
    """Between reading and updating the values change once more."""
    first, second, third = (stage.verified_booking(days=day) for day in (1, 2, 3))
    for booking_id in (first, second):
        stage.complete(booking_id)
        stage.deliver()
    send_and_set_back(stage, third)
    press(stage, third)
    before_the_update(monkeypatch, lambda: stage.move(second, Status.CONFIRMED))
    stage.deliver()
    stage.deliver()
    assert stage.stored()[LAST] == end_of(first, stage)
    assert (asked(stage, second), asked(stage, third)) == (None, None)


def test_set_back_while_another_visit_is_read_back_asks_still(stage, monkeypatch):
    """The other one's values were worked out before, so they show it."""
    older, newer = stage.verified_booking(), stage.verified_booking(days=2)
    stage.complete(newer)
    stage.deliver()
    stage.complete(older)
    read = SpektrixClient.customer_by_id
    calls = []

    def read_and_set_back(client, customer_id):
        calls.append(customer_id)
        if len(calls) == 2:
            stage.move(newer, Status.CONFIRMED)
        return read(client, customer_id)

    monkeypatch.setattr(SpektrixClient, "customer_by_id", read_and_set_back)
    stage.deliver()
    assert stage.visit(older).state == "confirmed"
    assert asked(stage, newer) is not None


# What is not known, what comes late, what dies on the way.


LATE_SECONDS = 30


def let_time_pass(stage, clock):
    for wait in (timedelta(seconds=12), timedelta(minutes=2), timedelta(minutes=10)):
        clock.shift(wait)
        for _ in range(3):
            stage.deliver()


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["drop_connection", "cut", "status", "html", "redirect"])
def test_an_emptying_whose_answer_was_lost_is_found_by_reading_first(stage, sandbox, clock, one, kind):
    sandbox.fault("update_customer", kind, apply=True, times=1)
    press(stage, one, EMPTY)
    stage.deliver()
    assert stage.visit(one).state == "retrying"
    let_time_pass(stage, clock)
    assert stage.visit(one).state == "confirmed"
    assert emptied(stage)
    assert len(sandbox.requests("update_customer")) == 2


def test_without_reading_first_an_emptying_is_sent_twice(stage, sandbox, clock, monkeypatch, one):
    """The control: shows that the test above can fail."""
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    monkeypatch.setattr(Claim, "may_have_landed", property(lambda _claim: False))
    press(stage, one, EMPTY)
    stage.deliver()
    let_time_pass(stage, clock)
    assert len(sandbox.requests("update_customer")) == 3


@pytest.mark.both_databases
def test_an_emptying_that_lands_over_a_newer_visit_is_put_right(stage, sandbox, clock, one):
    empty_late(stage, sandbox, clock, one)
    newer = complete_another(stage, clock)
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert emptied(stage)
    let_time_pass(stage, clock)
    assert stage.stored()[LAST] == end_of(newer, stage)


def test_without_the_later_look_the_newer_visit_stays_emptied(stage, sandbox, clock, monkeypatch, one):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(delivering, "_schedule_reading", lambda *_: None)
    empty_late(stage, sandbox, clock, one)
    complete_another(stage, clock)
    clock.shift(timedelta(seconds=LATE_SECONDS))
    let_time_pass(stage, clock)
    assert emptied(stage)


def empty_late(stage, sandbox, clock, booking_id):
    """The update that empties both gets no answer, and is carried out later."""
    press(stage, booking_id, EMPTY)
    lose_an_answer(sandbox)
    stage.deliver()


def lose_an_answer(sandbox):
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    sandbox.fault("update_customer", "late_update", seconds=LATE_SECONDS, times=1)


def complete_another(stage, clock):
    newer = stage.verified_booking(days=3)
    stage.complete(newer)
    stage.deliver()
    assert stage.stored()[LAST] == end_of(newer, stage)
    return newer


@pytest.mark.both_databases
def test_a_visit_that_lands_late_over_what_was_emptied_is_emptied_again(stage, sandbox, clock):
    booking_id = visit_in_doubt(stage, sandbox, clock)
    assert press(stage, booking_id, EMPTY)
    stage.deliver()
    assert emptied(stage)
    clock.shift(timedelta(seconds=LATE_SECONDS))
    assert not emptied(stage)
    let_time_pass(stage, clock)
    assert emptied(stage)


def test_without_the_later_look_a_late_visit_stays(stage, sandbox, clock, monkeypatch):
    """The control: shows that the test above can fail."""
    monkeypatch.setattr(delivering, "_schedule_reading", lambda *_: None)
    booking_id = visit_in_doubt(stage, sandbox, clock)
    press(stage, booking_id, EMPTY)
    stage.deliver()
    clock.shift(timedelta(seconds=LATE_SECONDS))
    let_time_pass(stage, clock)
    assert not emptied(stage)


def visit_in_doubt(stage, sandbox, clock):
    """A visit that was sent twice, whose first update is still to land, and that is set back."""
    booking_id = stage.verified_booking()
    lose_an_answer(sandbox)
    stage.complete(booking_id)
    stage.deliver()
    clock.shift(timedelta(seconds=12))
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    stage.move(booking_id, Status.CONFIRMED)
    return booking_id


def test_the_later_look_does_not_undo_an_emptying(stage, sandbox, clock, one):
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    press(stage, one, EMPTY)
    stage.deliver()
    let_time_pass(stage, clock)
    updates = len(sandbox.requests("update_customer"))
    let_time_pass(stage, clock)
    assert emptied(stage)
    assert len(sandbox.requests("update_customer")) == updates


def test_what_somebody_types_over_emptied_values_stays(stage, sandbox, clock, one):
    """S45."""
    sandbox.fault("update_customer", "drop_connection", apply=True, times=1)
    press(stage, one, EMPTY)
    stage.deliver()
    clock.shift(timedelta(seconds=12))
    stage.deliver()
    sandbox.post("customers", id=AMARA_ID, attributes={LAST: "2026-01-02T21:00:00+00:00", VISITS: "9"})
    let_time_pass(stage, clock)
    assert stage.stored()[VISITS] == "9"


@pytest.mark.both_databases
def test_a_worker_that_dies_on_the_way_leaves_it_to_the_next(stage, sandbox, clock, monkeypatch, one):
    press(stage, one, EMPTY)
    die_while_sending(stage, monkeypatch)
    stage.deliver()
    stage.deliver()
    assert emptied(stage)
    assert stage.visit(one).state == "confirmed"
    assert len(sandbox.requests("update_customer")) == 2


def die_while_sending(stage, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(delivering, "_save_result", lambda *_: False)
        stage.deliver()
    db.session.rollback()
    past = portal_clock.utc_now() - timedelta(seconds=1)
    db.session.execute(
        update(OutboxEntry).where(OutboxEntry.lease_owner.is_not(None)).values(lease_until=past)
    )
    db.session.commit()


@pytest.mark.both_databases
def test_a_visit_of_unknown_outcome_that_was_set_back_asks_once_it_is_seen(stage, sandbox, clock):
    booking_id = stage.verified_booking()
    lose_an_answer(sandbox)
    stage.complete(booking_id)
    stage.deliver()
    stage.move(booking_id, Status.CONFIRMED)
    assert asked(stage, booking_id) is None
    let_time_pass(stage, clock)
    assert asked(stage, booking_id).is_last
    press(stage, booking_id, EMPTY)
    stage.deliver()
    assert emptied(stage)


def test_a_visit_that_died_and_was_set_back_asks_once_it_is_seen(stage, sandbox, clock, monkeypatch):
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    die_while_sending(stage, monkeypatch)
    stage.move(booking_id, Status.CONFIRMED)
    let_time_pass(stage, clock)
    assert asked(stage, booking_id).is_last


@pytest.mark.parametrize("shown", ["always", "when_set"])
def test_a_reading_that_is_stale_blames_nobody(stage, sandbox, clock, shown):
    sandbox.post("options", attributes_shown=shown)
    # An empty value would show that attributes without one are shown.
    sandbox.post("customers", id=AMARA_ID, attributes={"Access Needs": "Step-free"})
    one = stage.verified_booking()
    send_and_set_back(stage, one)
    sandbox.fault("update_customer", "late_update", seconds=20, times=1)
    press(stage, one, EMPTY)
    stage.deliver()
    assert stage.visit(one).reason == "visit_not_shown_yet"
    for seconds in (5, 30):
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert stage.visit(one).reason == "emptied"
    assert [check.state for check in stage.integration.attributes] == ["found", "found"]


def test_values_that_spektrix_does_not_give_up_are_left_to_a_person(stage, sandbox, clock, one):
    sandbox.fault("update_customer", "late_update", seconds=9_999)
    press(stage, one, EMPTY)
    for seconds in (0, 5, 30, 120):
        clock.shift(timedelta(seconds=seconds))
        stage.deliver()
    assert (stage.visit(one).state, stage.visit(one).reason) == ("needs_attention", "not_emptied")
    assert not asked(stage, one).is_on_its_way
    assert [check.state for check in stage.integration.attributes] == ["found", "found"]


def test_another_venues_visit_is_not_here(stage, two):
    other = factories.make_venue("Elsewhere")
    with pytest.raises(Exception, match="OutboxEntry"):
        visit_decisions.send_what_holds(other, visit(stage, two[1]).id, 1, NEWEST)
