"""A guest who is unlinked after a send leaves a customer who still shows it, and the page says so (P04)."""

import pytest

from portal.bookings.guest_pages import former_customers
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests import service as guests
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding
from portal.integration.visits import decisions as visit_decisions
from portal.outbox.models import Correction
from tests.factories import make_manager, sign_in
from tests.people import AMARA_ID, TOM, TOM_ID
from tests.support.reading import read


def guest_of(booking_id):
    return db.session.get(Booking, booking_id).guest


def unlink(stage, booking_id):
    link_decisions.unlink(Deciding(stage.venue, guest_of(booking_id).id, AMARA_ID, 1))


@pytest.fixture
def sent(stage):
    """A visit that Spektrix shows of a guest who is linked."""
    booking_id = stage.verified_booking()
    stage.complete(booking_id)
    stage.deliver()
    return booking_id


@pytest.fixture
def desk(stage, client):
    manager = make_manager(stage.venue)
    db.session.rollback()
    return sign_in(client, manager)


def test_the_page_names_the_customer_what_was_sent_there_and_who_puts_it_right(stage, desk, sent):
    guest_id, when = guest_of(sent).id, stage.visit(sent).sent_last_dined
    assert "Still shown by another customer" not in read(desk.get(f"/guests/{guest_id}")).words
    desk.post(f"/guests/{guest_id}/link/unlink", data={"customer": AMARA_ID})
    words = read(desk.get(f"/guests/{guest_id}")).words
    assert f"Customer {AMARA_ID} still shows what we sent for this guest" in words
    assert "Ask your Spektrix admin" in words
    assert when in words
    assert stage.stored()["Last Dined At"] == when


def test_nothing_was_sent_so_nothing_is_shown(stage):
    booking_id = stage.verified_booking()
    unlink(stage, booking_id)
    assert former_customers.of(guest_of(booking_id)) == []


def test_whoever_is_linked_again_has_no_former_customer(stage, sent):
    unlink(stage, sent)
    link = stage.link(sent)
    guests.link_verified(link.guest, link.client_name, AMARA_ID)
    db.session.commit()
    assert former_customers.of(guest_of(sent)) == []


def test_a_guest_linked_to_another_customer_keeps_the_former_one(stage, sent):
    unlink(stage, sent)
    link = stage.link(sent)
    guests.link_verified(link.guest, link.client_name, TOM_ID)
    db.session.commit()
    (former,) = former_customers.of(guest_of(sent))
    assert (former.customer_id, former.linked_now) == (AMARA_ID, None)


def test_the_customers_own_guest_replaces_both_values_with_the_next_visit(stage, sandbox, sent):
    unlink(stage, sent)
    theirs = stage.book(TOM, at=4)
    link = stage.link(sent)
    guests.link_verified(guest_of(theirs), link.client_name, AMARA_ID)
    db.session.commit()
    (former,) = former_customers.of(guest_of(sent))
    assert former.linked_now.id == guest_of(theirs).id
    stage.complete(theirs)
    stage.deliver()
    assert stage.visit(theirs).state == "confirmed"
    assert former_customers.of(guest_of(sent)) == []


def test_what_was_emptied_before_is_not_shown(stage, sent):
    stage.move(sent, Status.CONFIRMED)
    assert visit_decisions.send_what_holds(stage.venue, stage.visit(sent).id, 1, Correction.EMPTY)
    stage.deliver()
    assert stage.visit(sent).reason == Code.EMPTIED
    unlink(stage, sent)
    assert former_customers.of(guest_of(sent)) == []


def test_erasing_an_unlinked_guest_names_the_customer_to_be_cleared(stage, desk, sent):
    unlink(stage, sent)
    words = read(desk.post(f"/guests/{guest_of(sent).id}/erase")).words
    assert f"Clear these two attributes of customer {AMARA_ID}" in words
