"""Guests who came without a basket, matched by their details, against the sandbox over HTTP (Q1, R77)."""

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.bookings import link_checks
from portal.bookings.models import Source
from portal.extensions import db
from portal.guests.service import Contact
from portal.integration.checks import switch
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID

BY_HAND = (Source.PHONE, Source.EMAIL, Source.WALK_IN)


def phoned(stage, contact=AMARA, source=Source.PHONE, **where):
    booking_id = stage.book(contact, source=source, **where)
    stage.deliver()
    return booking_id


def verdict(stage, booking_id):
    link = stage.link(booking_id)
    return (link.state, link.basis, link.reason, link.spektrix_customer_id)


@pytest.mark.parametrize("source", BY_HAND)
def test_an_account_with_the_same_email_and_surname_is_the_guest(stage, source):
    assert verdict(stage, phoned(stage, source=source)) == ("verified", "details", None, AMARA_ID)


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("Amara Okafor", ""),
        ("Mary Jane OKÁFOR", "07700 900000"),
        ("Okafor", ""),
        ("Somebody Else", "+44 7700 900461"),
    ],
)
def test_email_with_a_name_or_a_phone_number_verifies(stage, name, phone):
    link = stage.link(phoned(stage, Contact(name, AMARA.email, phone)))
    assert (link.state, link.spektrix_customer_id) == ("verified", AMARA_ID)


@pytest.mark.parametrize(
    ("name", "phone"), [("Somebody Else", "07700 900000"), ("Amara", ""), ("Amara Nokafor", "")]
)
def test_email_alone_only_proposes(stage, sandbox, name, phone):
    booking_id = phoned(stage, Contact(name, AMARA.email, phone))
    link = stage.link(booking_id)
    assert link.state == "proposed"
    assert (link.reason, link.proposed_customer_id) == ("link_proposed", AMARA_ID)
    assert link.spektrix_customer_id is None
    assert "amara.okafor" not in link.detail
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "link_proposed"
    assert sandbox.requests("update_customer") == []


def test_no_account_is_said_so_and_asked_about_again_next_time(stage, sandbox):
    nobody = Contact("Nadia Nowhere", "nadia@example.org", "")
    first = phoned(stage, nobody)
    assert stage.link(first).reason == "no_account"
    sandbox.post("customers", id="I-NEW", email="nadia@example.org", firstName="Nadia", lastName="Nowhere")
    assert verdict(stage, phoned(stage, nobody, at=4)) == ("verified", "details", None, "I-NEW")


@pytest.mark.parametrize(
    "contact", [Contact("Amara Okafor", "", "07700 900461"), Contact("A B", "a b@example.org", "")]
)
def test_without_an_address_that_can_be_asked_about_nobody_is_asked(stage, sandbox, contact):
    phoned(stage, contact)
    assert sandbox.requests() == []


def test_setting_off_asks_nothing(stage, sandbox):
    stage.venue.match_by_details = False
    db.session.commit()
    booking_id = phoned(stage)
    assert stage.question(booking_id) is None
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "no_basket_booked"
    assert sandbox.requests() == []


def test_setting_switched_off_meanwhile_stops_what_waits(stage, sandbox):
    switch.set_active(stage.venue, False, 1)
    booking_id = phoned(stage)
    stage.venue.match_by_details = False
    switch.set_active(stage.venue, True, 1)
    stage.skip_waits()
    stage.deliver()
    assert stage.check(booking_id).settled_at is not None
    assert sandbox.requests() == []


def test_a_widget_booking_without_a_basket_is_not_matched(stage, sandbox):
    phoned(stage, source=Source.WIDGET)
    assert sandbox.requests() == []


def test_a_guest_verified_already_is_not_asked_about(stage, sandbox):
    stage.verified_booking()
    sandbox.delete("requests")
    booking_id = phoned(stage, at=4)
    assert stage.question(booking_id) is None
    assert sandbox.requests() == []


def test_a_guest_verified_while_the_question_waits_is_not_asked_about(stage, sandbox):
    sandbox.fault("customer_by_email", "status", status=500)
    booking_id = phoned(stage)
    stage.verified_booking(at=4)
    sandbox.delete("faults")
    sandbox.delete("requests")
    stage.skip_waits()
    stage.deliver()
    assert stage.check(booking_id).settled_at is not None
    assert sandbox.requests() == []
    assert stage.link(booking_id).basis == "basket"


def test_a_visit_completed_meanwhile_waits_for_the_answer(stage, sandbox):
    """Q2."""
    sandbox.fault("customer_by_email", "status", status=500)
    booking_id = phoned(stage)
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "link_pending"
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    stage.deliver()
    assert stage.visit(booking_id).state == "confirmed"


def test_a_pause_of_days_is_waited_out_without_polling(stage, sandbox):
    switch.set_active(stage.venue, False, 1)
    booking_id = phoned(stage)
    question = stage.question(booking_id)
    assert (question.reason, question.attempts) == ("paused", 0)
    assert question.due_at >= clock.utc_now() + timedelta(minutes=20)
    with time_machine.travel(clock.utc_now() + timedelta(days=3), tick=True):
        link_checks.forget_old_baskets()
        stage.skip_waits()
        stage.deliver()
        assert stage.check(booking_id).settled_at is None
        assert sandbox.requests() == []
        switch.set_active(stage.venue, True, 1)
        stage.skip_waits()
        stage.deliver()
    assert verdict(stage, booking_id)[:2] == ("verified", "details")


def test_an_outage_is_waited_out_with_growing_gaps(stage, sandbox):
    sandbox.fault("customer_by_email", "status", status=503)
    booking_id = phoned(stage)
    gaps = []
    for _ in range(6):
        question = stage.question(booking_id)
        assert question.state == "retrying"
        gaps.append(question.due_at - clock.utc_now())
        stage.skip_waits()
        stage.deliver()
    assert gaps[-1] > timedelta(minutes=1) > gaps[0]
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    assert verdict(stage, booking_id)[:2] == ("verified", "details")


@pytest.mark.parametrize(
    ("fault", "reason"), [({"status": 401}, "key_refused"), ({"status": 403}, "customers_refused")]
)
def test_a_fault_of_the_set_up_uses_up_no_try(stage, sandbox, fault, reason):
    sandbox.fault("customer_by_email", "status", **fault)
    question = stage.question(phoned(stage))
    assert (question.state, question.reason, question.attempts) == ("blocked", reason, 0)


def test_a_wrong_client_name_is_no_missing_account(stage, sandbox):
    """Q19."""
    sandbox.post("options", client_names=["somebodyelse"])
    question = stage.question(phoned(stage))
    assert (question.state, question.reason) == ("blocked", "client_unknown")


def test_a_customer_linked_to_another_guest_is_not_linked_twice(stage, sandbox):
    stage.verified_booking(Contact("Amara Okafor", "old@example.org", AMARA.phone), AMARA_ID)
    booking_id = phoned(stage, at=4)
    link = stage.link(booking_id)
    assert (link.state, link.reason, link.proposed_customer_id) == ("unverified", "customer_taken", AMARA_ID)


def test_a_rejected_customer_is_neither_proposed_nor_linked_again(stage, sandbox):
    stranger = Contact("Somebody Else", AMARA.email, "")
    booking_id = phoned(stage, stranger)
    guest_id = stage.link(booking_id).guest_id
    link_decisions.reject(Deciding(stage.venue, guest_id, AMARA_ID, 1))
    assert stage.link(booking_id).reason == "link_rejected"
    again = phoned(stage, stranger, at=4)
    assert (stage.link(again).state, stage.link(again).reason) == ("unverified", "link_rejected")
    basket = stage.book(stranger, sandbox.basket(AMARA_ID), at=8)
    stage.deliver()
    assert stage.link(basket).reason == "link_rejected"


def test_an_unlinked_guest_is_linked_by_a_signed_in_basket_and_by_nothing_less(stage, sandbox):
    booking_id = phoned(stage)
    link_decisions.unlink(Deciding(stage.venue, stage.link(booking_id).guest_id, AMARA_ID, 1))
    phoned(stage, at=4)
    assert stage.link(booking_id).reason == "unlinked"
    stage.book(AMARA, sandbox.basket(None), at=6)
    stage.deliver()
    assert stage.link(booking_id).reason == "unlinked"
    stage.verified_booking(at=8)


def test_two_guests_matched_by_details_share_no_basket(stage):
    """A question without a basket has no fingerprint to be confused by."""
    first, second = phoned(stage), phoned(stage, TOM, at=4)
    assert verdict(stage, first)[3] == AMARA_ID
    assert verdict(stage, second)[3] == TOM_ID


def test_a_venue_without_spektrix_has_nobody_to_ask(stage, sandbox):
    db.session.delete(stage.integration)
    db.session.commit()
    booking_id = phoned(stage)
    assert stage.check(booking_id).settled_at is not None
    assert stage.link(booking_id) is None
    assert sandbox.requests() == []
