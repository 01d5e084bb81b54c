"""Verifying the link, against the sandbox over HTTP."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import clock
from portal.bookings.models import Booking, Source
from portal.extensions import db
from portal.guests import rules as guest_rules
from portal.guests.service import Contact
from portal.integration.checks import switch
from portal.integration.settings import service as integration
from portal.integration.settings.service import Typed
from portal.outbox.models import OutboxEntry
from portal.spektrix.client import SpektrixClient
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID


def test_basket_of_the_booker_verifies_the_guest(stage, sandbox):
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    link = stage.link(booking_id)
    assert (link.state, link.spektrix_customer_id, link.reason) == ("verified", AMARA_ID, None)
    assert stage.question(booking_id).state == "settled"


@pytest.mark.parametrize("customer_in_basket", ["id", "full"])
def test_both_shapes_of_a_baskets_customer_verify(stage, sandbox, customer_in_basket):
    sandbox.post("options", basket_customer=customer_in_basket)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert stage.link(booking_id).state == "verified"


def test_anonymous_basket_leaves_guest_unverified(stage, sandbox):
    booking_id = stage.book(AMARA, sandbox.basket(None))
    stage.deliver()
    link = stage.link(booking_id)
    assert (link.state, link.reason, link.spektrix_customer_id) == ("unverified", "anonymous", None)


def test_somebody_elses_basket_is_a_mismatch_and_never_written_to(stage, sandbox):
    """S29, X25."""
    booking_id = stage.book(AMARA, sandbox.basket(TOM_ID))
    stage.deliver()
    link = stage.link(booking_id)
    assert (link.state, link.reason, link.spektrix_customer_id) == ("unverified", "mismatch", None)
    assert "tom.whitfield" not in link.detail
    assert "a…@example.org" in link.detail
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "mismatch"
    assert sandbox.requests("update_customer") == []


@pytest.mark.parametrize(
    ("contact", "state"),
    [
        (Contact("Somebody Else", " AMARA.Okafor@Example.org ", "07700 900000"), "verified"),
        (Contact("Ade Okafor", "else@example.org", "+44 7700 900461"), "verified"),
        (Contact("amara   OKÁFOR", "else@example.org", ""), "verified"),
        (Contact("amara   OKÁFOR", "else@example.org", "07000 000000"), "verified"),
        (Contact("Amara Okafor", "", "07700 900000"), "verified"),
        (Contact("Amara Okafor", "else@example.org", "07700 900000"), "proposed"),
        (Contact("Somebody Else", "else@example.org", "+44 7700 900461"), "proposed"),
        (Contact("Amara Smith", "else@example.org", "07700 900000"), "unverified"),
        (Contact("Okafor", "else@example.org", ""), "unverified"),
        (Contact("Tom Hill", "amara.okafor@exämple.org", "07000 000000"), "unverified"),
    ],
)
def test_what_makes_a_new_guest_the_baskets_owner(stage, sandbox, contact, state):
    """Q22."""
    booking_id = stage.book(contact, sandbox.basket(AMARA_ID))
    stage.deliver()
    link = stage.link(booking_id)
    assert link.state == state
    if state == "proposed":
        assert (link.reason, link.proposed_customer_id) == ("basket_unsure", AMARA_ID)


def test_a_made_up_number_makes_nobody_the_owner(stage, sandbox):
    sandbox.post("customers", id="I-MADE-UP0", email="x@example.org", mobile="07000 000000", lastName="Hill")
    booking_id = stage.book(
        Contact("Tom Hill", "tom.hill@example.org", "07000 000000"), sandbox.basket("I-MADE-UP0")
    )
    stage.deliver()
    assert stage.link(booking_id).state == "unverified"


def book_as_a_stranger(stage, sandbox):
    """Somebody knows Amara's address, and books with it under their own name and with their own basket."""
    stage.book(AMARA, days=2)
    stage.deliver()
    return stage.book(Contact(TOM.name, AMARA.email, TOM.phone), sandbox.basket(TOM_ID))


def test_a_stranger_with_the_guests_address_is_not_linked_to_the_guest(stage, sandbox):
    booking_id = book_as_a_stranger(stage, sandbox)
    stage.deliver()
    link = stage.link(booking_id)
    assert (link.state, link.spektrix_customer_id, link.proposed_customer_id) == ("proposed", None, TOM_ID)
    stage.complete(booking_id)
    stage.deliver()
    assert sandbox.requests("update_customer") == []


def test_without_comparing_with_the_guest_the_strangers_customer_is_written_to(stage, sandbox, monkeypatch):
    """The control: what agrees is compared with what was typed into this booking alone."""
    compare = guest_rules.owner_is_guest
    monkeypatch.setattr(guest_rules, "owner_is_guest", lambda _guest, *others: compare(others[0], *others))
    booking_id = book_as_a_stranger(stage, sandbox)
    stage.deliver()
    stage.complete(booking_id)
    stage.deliver()
    assert stage.stored(TOM_ID)["Number of Restaurant Visits"] == "2"


def test_basket_id_is_forgotten_with_the_verdict(stage, sandbox):
    """Q3, P13."""
    basket_id = sandbox.basket(AMARA_ID)
    booking_id = stage.book(AMARA, basket_id)
    assert stage.check(booking_id).basket_id == basket_id
    stage.deliver()
    assert stage.check(booking_id).basket_id is None


def test_expired_basket_is_gone_without_further_tries(stage, sandbox):
    """S05, S28."""
    basket_id = sandbox.basket(AMARA_ID)
    sandbox.post(f"baskets/{basket_id}", expired=True)
    booking_id = stage.book(AMARA, basket_id)
    stage.deliver()
    assert stage.link(booking_id).reason == "basket_gone"
    assert stage.question(booking_id).closed_at is not None


def test_a_web_page_that_says_404_blames_neither_basket_nor_name(stage, sandbox):
    """Only Spektrix itself knows that a basket has gone."""
    sandbox.fault("basket_by_id", "html", status=404, times=1)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert stage.question(booking_id).reason == "not_spektrix"
    stage.skip_waits()
    stage.deliver()
    assert stage.link(booking_id).state == "verified"


def test_a_basket_whose_customer_has_gone_does_not_blame_the_client_name(stage, sandbox):
    sandbox.fault("customer_by_id", "status", status=404, times=1)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert stage.integration.blocked_reason is None
    assert stage.link(booking_id).reason == "customer_gone"


def test_wrong_client_name_blames_the_name_and_keeps_the_basket(stage, sandbox):
    """Q19, S03."""
    integration.save_credentials(stage.venue, Typed("HarbourPlayhouse", "greenroom-api", ""), 1)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert (stage.question(booking_id).state, stage.question(booking_id).reason) == (
        "blocked",
        "client_unknown",
    )
    assert stage.check(booking_id).basket_id is not None
    integration.save_credentials(stage.venue, Typed("harbourplayhouse", "greenroom-api", ""), 1)
    stage.deliver()
    assert stage.link(booking_id).state == "verified"


def test_no_right_to_read_baskets_is_a_permission_fault_not_an_anonymous_basket(stage, sandbox):
    """R78: and write-backs go on meanwhile."""
    earlier = stage.verified_booking(TOM, TOM_ID)
    sandbox.fault("basket_by_id", "status", status=403)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    question = stage.question(booking_id)
    assert (question.state, question.reason) == ("blocked", "baskets_refused")
    assert stage.link(booking_id) is None
    stage.complete(earlier)
    stage.deliver()
    assert stage.visit(earlier).state == "confirmed"
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    assert stage.link(booking_id).state == "verified"


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 503, "retry_after": 1}),
        ("status", {"status": 429, "retry_after": 2}),
        ("html", {"status": 200}),
        ("redirect", {"to": "login"}),
        ("redirect", {"to": "self"}),
        ("drop_connection", {}),
        ("cut", {}),
        ("huge", {}),
        ("wrong_shape", {"shape": "null"}),
        ("wrong_shape", {"shape": "missing_id"}),
    ],
)
def test_passing_fault_is_tried_again_until_it_ends(stage, sandbox, kind, details):
    sandbox.fault("basket_by_id", kind, **details)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    question = stage.question(booking_id)
    assert question.state == "retrying"
    assert question.due_at <= stage.check(booking_id).deadline_at
    sandbox.delete("faults")
    stage.skip_waits()
    stage.deliver()
    assert stage.link(booking_id).state == "verified"


def test_the_question_is_closed_when_the_basket_must_have_expired(stage, sandbox):
    """The last try is nine minutes after the basket was seen."""
    sandbox.fault("basket_by_id", "status", status=500)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    with time_machine.travel(clock.utc_now() + timedelta(minutes=9, seconds=1), tick=True):
        stage.skip_waits()
        stage.deliver()
    assert stage.link(booking_id).reason == "deadline_passed"
    assert stage.check(booking_id).basket_id is None


def test_paused_integration_asks_nothing_and_the_deadline_still_runs(stage, sandbox):
    """S36."""
    switch.set_active(stage.venue, False, 1)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert stage.question(booking_id).reason == "paused"
    with time_machine.travel(clock.utc_now() + timedelta(minutes=30), tick=True):
        stage.skip_waits()
        stage.deliver()
    assert stage.check(booking_id).basket_id is None
    assert sandbox.requests("basket_by_id") == []


def test_verified_guest_is_not_downgraded_by_an_anonymous_booking(stage, sandbox):
    """R67."""
    stage.verified_booking()
    later = stage.book(AMARA, sandbox.basket(None), at=4)
    stage.deliver()
    assert stage.check(later).reason == "anonymous"
    assert stage.link(later).state == "verified"


def test_two_diners_on_one_basket_never_share_the_customer(stage, sandbox):
    """R72: even when the second one's details agree with the customer too."""
    basket_id = sandbox.basket(AMARA_ID)
    first = stage.book(AMARA, basket_id)
    stage.deliver()
    second = stage.book(Contact("Amara Okafor", "another@example.org", "07700 900461"), basket_id, at=4)
    stage.deliver()
    assert stage.link(first).state == "verified"
    assert (stage.link(second).state, stage.link(second).reason) == ("unverified", "shared_basket")


def test_one_customer_is_linked_to_one_guest_only(stage, sandbox):
    stage.verified_booking()
    second = stage.book(Contact("Amara Okafor", "another@example.org", ""), sandbox.basket(AMARA_ID), at=4)
    stage.deliver()
    assert stage.link(second).reason == "customer_taken"


def test_another_customer_for_a_linked_guest_stops_writes_to_both(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("customers", id=TOM_ID, mobile="07700 900461", lastName="Okafor")
    stage.book(AMARA, sandbox.basket(TOM_ID), at=4)
    stage.deliver()
    assert (stage.link(booking_id).state, stage.link(booking_id).reason) == ("unverified", "other_customer")
    stage.complete(booking_id)
    stage.deliver()
    assert sandbox.requests("update_customer") == []


def test_booking_without_a_basket_asks_nothing(stage, sandbox):
    booking_id = stage.book(AMARA)
    stage.deliver()
    assert stage.question(booking_id) is None
    assert sandbox.requests() == []


def test_the_booking_stands_whatever_spektrix_says(stage, sandbox):
    sandbox.fault("*", "status", status=500)
    booking_id = stage.book(AMARA, sandbox.basket(AMARA_ID))
    stage.deliver()
    assert db.session.get(Booking, booking_id).status == "confirmed"


def test_no_call_log_holds_a_basket_or_a_customer(stage, sandbox):
    basket_id = sandbox.basket(AMARA_ID)
    booking_id = stage.book(AMARA, basket_id)
    stage.deliver()
    entry = db.session.scalars(select(OutboxEntry).where(OutboxEntry.booking_id == booking_id)).one()
    told = repr([vars(attempt) for attempt in entry.attempts_made]) + repr(vars(entry))
    assert [attempt.call for attempt in entry.attempts_made] == ["basket_by_id", "customer_by_id"]
    assert basket_id not in told
    assert AMARA_ID not in told


def test_anonymous_basket_stays_unverified_though_the_diner_signs_in_later(stage, sandbox):
    """S31: the next booking made while signed in verifies."""
    basket_id = sandbox.basket(None)
    booking_id = stage.book(AMARA, basket_id)
    stage.deliver()
    with time_machine.travel(clock.utc_now() + timedelta(minutes=3), tick=True):
        sandbox.post(f"baskets/{basket_id}", customer_id=AMARA_ID)
        stage.skip_waits()
        stage.deliver()
        assert stage.link(booking_id).reason == "anonymous"
        stage.verified_booking(at=4)


def test_a_merged_customer_gives_way_to_the_survivor(stage, sandbox):
    """S25, S04: even with an anonymous booking in between."""
    booking_id = stage.verified_booking()
    sandbox.post("customers", id=AMARA_ID, deleted=True)
    sandbox.post(
        "customers", id="I-SURVIVOR", email=AMARA.email, firstName="Amara", lastName="Okafor", mobile=""
    )
    stage.complete(booking_id)
    stage.deliver()
    assert (stage.link(booking_id).state, stage.link(booking_id).reason) == ("stale", "customer_gone")
    stage.book(AMARA, sandbox.basket(None), at=4)
    stage.deliver()
    assert stage.link(booking_id).reason == "anonymous"
    later = stage.verified_booking(customer_id="I-SURVIVOR", at=8)
    assert stage.link(later).spektrix_customer_id == "I-SURVIVOR"


def test_somebody_elses_basket_is_kept_in_question_with_masked_evidence(stage, sandbox):
    booking_id = stage.book(AMARA, sandbox.basket(TOM_ID))
    stage.deliver()
    link = stage.link(booking_id)
    assert link.proposed_customer_id == TOM_ID
    assert link.detail == "booked by AO, a…@example.org; basket of TW, t…@example.org"


def test_evidence_of_two_people_who_look_alike_under_the_mask_says_that_they_differ(stage, sandbox):
    booking_id = stage.book(Contact("Anna Olsen", "anna@example.org", ""), sandbox.basket(AMARA_ID))
    stage.deliver()
    shown = "AO, a…@example.org"
    detail = f"booked by {shown}; basket of {shown}; what is not shown differs"
    assert stage.link(booking_id).detail == detail


@pytest.mark.parametrize("basket", ["of the booker", "none"])
def test_a_pause_between_two_calls_stops_the_next(stage, sandbox, monkeypatch, basket):
    """P10: an answer that is on its way may arrive; nothing more is asked."""
    source = Source.WIDGET if basket != "none" else Source.PHONE
    basket_id = sandbox.basket(AMARA_ID) if basket != "none" else None
    booking_id = stage.book(AMARA, basket_id, source=source)
    if basket == "none":
        sandbox.post("customers", id=AMARA_ID, deleted=True)
    name = "basket_by_id" if basket_id else "customer_by_email"
    ask = getattr(SpektrixClient, name)

    def ask_and_pause(client, value):
        try:
            return ask(client, value)
        finally:
            switch.set_active(stage.venue, False, 1)

    monkeypatch.setattr(SpektrixClient, name, ask_and_pause)
    stage.deliver()
    assert len(sandbox.requests()) == 1
    assert stage.question(booking_id).reason == "paused"
    assert stage.check(booking_id).settled_at is None


def test_an_older_conflict_is_not_settled_by_the_next_basket(stage, sandbox):
    booking_id = stage.verified_booking()
    sandbox.post("customers", id=TOM_ID, mobile=AMARA.phone, lastName="Okafor")
    stage.book(AMARA, sandbox.basket(TOM_ID), at=4)
    stage.deliver()
    stage.book(AMARA, sandbox.basket(AMARA_ID), at=6)
    stage.deliver()
    link = stage.link(booking_id)
    assert (link.reason, link.spektrix_customer_id, link.proposed_customer_id) == (
        "other_customer",
        AMARA_ID,
        TOM_ID,
    )
