"""What Spektrix holds of a guest beside what would be written, and why they differ (N10)."""

import pytest

from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.integration.checks import switch
from portal.integration.links import drift
from portal.integration.links.drift_rules import Facts, reasons
from portal.outbox.models import State
from tests.factories import make_manager, sign_in
from tests.people import AMARA_ID
from tests.support.reading import read


@pytest.fixture
def told(stage):
    """A guest with one booking to come and one whose visit is in Spektrix."""
    booking_id = stage.verified_booking()
    stage.book(at=4)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"
    return booking_id


def look(stage, booking_id):
    return drift.look(stage.venue, stage.link(booking_id).guest_id)


def test_what_was_just_written_is_the_same_on_both_sides(stage, sandbox, told):
    found = look(stage, told)
    assert (found.same, found.why, found.stored_visits, found.visits) == (True, (), "2", 2)
    assert len(sandbox.requests("update_customer")) == 1


def test_a_cancelled_booking_is_the_reason_of_a_lower_number(stage, told):
    """Q5: no write by itself."""
    other = stage.book(at=8)
    stage.move(told, Status.CONFIRMED)
    stage.complete(told)
    stage.deliver()
    stage.move(other, Status.CANCELLED)
    found = look(stage, told)
    assert (found.same, found.stored_visits, found.visits) == (False, "3", 2)
    assert "cancelled" in found.why[0]


def test_a_booking_to_come_is_the_reason_of_a_higher_number(stage, told):
    """Q6."""
    stage.book(at=8)
    (why,) = look(stage, told).why
    assert "Upcoming bookings count too" in why


def test_a_value_edited_in_spektrix_is_told(stage, sandbox, told):
    sandbox.post("customers", id=AMARA_ID, attributes={"Number of Restaurant Visits": "<b>40</b>"})
    found = look(stage, told)
    assert found.stored_visits == "<b>40</b>"
    assert "values in Spektrix have changed" in found.why[0]


def test_a_visit_that_is_held_is_the_reason(stage, told):
    later = stage.book(at=8)
    switch.set_active(stage.venue, False, 1)
    stage.complete(later)
    stage.deliver()
    assert look(stage, told).why[0].startswith("The last visit is not in Spektrix: held")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(True, True, 2, 2, State.CONFIRMED), []),
        (Facts(False, None, None, 1, None), ["No visit of this guest has been sent yet"]),
        (Facts(False, True, 2, 2, State.CONFIRMED), ["marked or unmarked Completed"]),
        (
            Facts(False, None, None, 1, State.NOT_SENT, "Paused"),
            ["The last visit is not in Spektrix: paused"],
        ),
        (
            Facts(False, False, 2, 3, State.HELD, "Held"),
            ["The last visit is not in Spektrix: held", "have changed"],
        ),
        (Facts(False, None, None, 2, State.CONFIRMED), ["did not come from this portal"]),
    ],
)
def test_each_difference_has_its_reason(facts, words):
    found = reasons(facts)
    assert len(found) == len(words)
    assert all(word in sentence for word, sentence in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("fault", "headline"),
    [({"status": 401}, "did not accept the API user"), ({"status": 503}, "Spektrix is having a problem")],
)
def test_an_error_is_said_in_words(stage, sandbox, told, fault, headline):
    sandbox.fault("customer_by_id", "status", **fault)
    found = look(stage, told)
    assert headline in found.fault.title
    assert found.status == fault["status"]


def test_a_customer_that_is_gone_is_said_and_changes_nothing(stage, sandbox, told):
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    assert "no longer exists" in look(stage, told).fault.title
    assert stage.link(told).state == "verified"


def test_nobody_is_asked_about_a_guest_who_is_not_linked(stage, sandbox):
    booking_id = stage.book()
    assert drift.look(stage.venue, db.session.get(Booking, booking_id).guest_id) is None
    assert sandbox.requests() == []


def test_the_guest_page_compares_at_a_press(stage, client, told):
    guest_id = stage.link(told).guest_id
    manager = make_manager(stage.venue)
    db.session.rollback()
    desk = sign_in(client, manager)
    assert "Compare with Spektrix" in read(desk.get(f"/guests/{guest_id}")).words
    whole = read(desk.post(f"/guests/{guest_id}/drift"))
    assert "Same on both sides" in whole.words
    part = read(desk.post(f"/guests/{guest_id}/drift", headers={"HX-Request": "true"}))
    assert "Same on both sides" in part.words
    assert not part.all("h1")
