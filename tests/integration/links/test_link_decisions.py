"""What managers decide about links, and who gets there first."""

import threading

import pytest
from sqlalchemy import select

from portal.bookings.models import Booking
from portal.database import writing
from portal.extensions import db
from portal.guests import service as guests
from portal.guests.models import CustomerLink, LinkBasis, LinkState
from portal.guests.service import Contact
from portal.integration.links import decisions as link_decisions
from portal.integration.links.decisions import Deciding, NotDecided, Refusal
from portal.venues.models import AuditEntry
from tests.factories import make_manager, make_staff, sign_in
from tests.people import AMARA, AMARA_ID, TOM, TOM_ID
from tests.support.reading import read


@pytest.fixture
def mismatched(stage, sandbox):
    """A booking of Amara's made with Tom's basket."""
    booking_id = stage.book(AMARA, sandbox.basket(TOM_ID))
    stage.deliver()
    return booking_id


def deciding(stage, booking_id, customer_id):
    return Deciding(stage.venue, stage.link(booking_id).guest_id, customer_id, 1)


def at_desk(stage, client, maker):
    """Sign somebody in, with no transaction of ours left open."""
    somebody = maker(stage.venue)
    db.session.rollback()
    return sign_in(client, somebody)


def test_a_confirmed_link_writes_from_then_on(stage, sandbox, mismatched):
    link_decisions.confirm(deciding(stage, mismatched, TOM_ID))
    link = stage.link(mismatched)
    assert (link.state, link.basis, link.spektrix_customer_id) == ("verified", "person", TOM_ID)
    assert link.decided_by_id == 1
    stage.complete(mismatched)
    stage.deliver()
    assert stage.visit(mismatched).state == "confirmed"
    assert [call["customer_id"] for call in sandbox.requests("update_customer")] == [TOM_ID]
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "link_confirmed")).all()
    assert TOM_ID not in entry.detail


def test_an_unlinked_guest_is_written_to_no_more(stage, sandbox):
    booking_id = stage.verified_booking()
    link_decisions.unlink(deciding(stage, booking_id, AMARA_ID))
    stage.complete(booking_id)
    stage.deliver()
    assert stage.visit(booking_id).reason == "unlinked"
    assert sandbox.requests("update_customer") == []
    link_decisions.confirm(deciding(stage, booking_id, AMARA_ID))
    assert stage.link(booking_id).state == "verified"


def test_a_rejection_can_be_taken_back(stage, mismatched):
    link_decisions.reject(deciding(stage, mismatched, TOM_ID))
    assert stage.link(mismatched).reason == "link_rejected"
    link_decisions.confirm(deciding(stage, mismatched, TOM_ID))
    assert stage.link(mismatched).state == "verified"
    assert not guests.is_rejected(stage.link(mismatched).guest_id, "harbourplayhouse", TOM_ID)


@pytest.mark.parametrize("right", [AMARA_ID, TOM_ID])
def test_a_manager_decides_between_two_customers(stage, sandbox, right):
    booking_id = stage.verified_booking()
    sandbox.post("customers", id=TOM_ID, mobile=AMARA.phone, lastName="Okafor")
    stage.book(AMARA, sandbox.basket(TOM_ID), at=4)
    stage.deliver()
    link_decisions.confirm(deciding(stage, booking_id, right))
    assert stage.link(booking_id).spektrix_customer_id == right
    wrong = TOM_ID if right == AMARA_ID else AMARA_ID
    again = stage.book(AMARA, sandbox.basket(wrong), at=8)
    stage.deliver()
    assert stage.check(again).reason == "link_rejected"
    assert (stage.link(booking_id).state, stage.link(booking_id).spektrix_customer_id) == ("verified", right)


def test_a_customer_taken_meanwhile_is_not_linked_twice(stage, sandbox, mismatched):
    stage.verified_booking(TOM, TOM_ID, at=4)
    with pytest.raises(NotDecided) as refused:
        link_decisions.confirm(deciding(stage, mismatched, TOM_ID))
    assert refused.value.why is Refusal.TAKEN
    assert stage.link(mismatched).state == "unverified"


@pytest.mark.parametrize("decision", [link_decisions.confirm, link_decisions.reject, link_decisions.unlink])
def test_a_customer_who_is_not_in_question_is_refused(stage, mismatched, decision):
    with pytest.raises(NotDecided):
        decision(deciding(stage, mismatched, "I-SOMEBODY"))
    assert stage.link(mismatched).reason == "mismatch"


def test_job_and_manager_at_once_link_the_customer_to_one_guest(app, stage, sandbox, mismatched):
    """However it ends, one guest has the customer, and whoever came second is told."""
    stage.book(TOM, sandbox.basket(TOM_ID), at=4)
    wanted = deciding(stage, mismatched, TOM_ID)
    db.session.refresh(wanted.venue)
    db.session.expunge(wanted.venue)
    failures, refused = [], []

    def decide():
        with app.app_context(), writing():
            try:
                link_decisions.confirm(wanted)
            except NotDecided as error:
                refused.append(error.why)
            except Exception as error:
                failures.append(error)

    db.session.rollback()
    manager = threading.Thread(target=decide)
    manager.start()
    stage.deliver()
    manager.join()
    stage.skip_waits()
    stage.deliver()
    db.session.expire_all()
    holders = db.session.scalars(
        select(CustomerLink).where(CustomerLink.state == "verified", CustomerLink.client_name != "")
    ).all()
    assert failures == []
    assert [link.spektrix_customer_id for link in holders] == [TOM_ID]
    assert bool(refused) == (holders[0].basis == "basket")


def test_the_page_asks_before_it_links_and_says_what_that_means(stage, client, mismatched):
    guest_id = stage.link(mismatched).guest_id
    stage.verified_booking(TOM, TOM_ID, at=4)
    db.session.execute(CustomerLink.__table__.delete().where(CustomerLink.guest_id != guest_id))
    db.session.commit()
    desk = at_desk(stage, client, make_manager)
    page = read(desk.get(f"/guests/{guest_id}"))
    (address,) = [a.attributes["href"] for a in page.all("a") if a.words == "Confirm link"]
    asked = read(desk.get(address))
    assert "If this is the wrong person, their record shows somebody else’s visits" in asked.words
    assert "booked by AO, a…@example.org; basket of TW, t…@example.org" in asked.words
    answer = desk.post(f"/guests/{guest_id}/link/confirm", data={"customer": TOM_ID})
    assert answer.status_code == 303
    page = read(desk.get(f"/guests/{guest_id}"))
    assert "Linked by a manager’s decision" in page.words
    assert "decided by Priya Shah" in page.words
    assert desk.post(f"/guests/{guest_id}/link/unlink", data={"customer": TOM_ID}).status_code == 303
    assert "Link again" in read(desk.get(f"/guests/{guest_id}")).words


def test_words_answer_a_decision_that_came_too_late(stage, client, mismatched):
    guest_id = stage.link(mismatched).guest_id
    desk = at_desk(stage, client, make_manager)
    for path in ("confirm", "reject", "unlink"):
        answer = desk.post(
            f"/guests/{guest_id}/link/{path}", data={"customer": "<i>x"}, follow_redirects=True
        )
        assert "The link has changed since you opened this page" in read(answer).words
        assert "<i>x" not in answer.text
    assert desk.get(f"/guests/{guest_id}/link/confirm?customer=x").status_code == 303


def test_staff_see_the_link_and_decide_nothing(stage, client, mismatched):
    guest_id = stage.link(mismatched).guest_id
    desk = at_desk(stage, client, make_staff)
    page = read(desk.get(f"/guests/{guest_id}"))
    assert "A manager of this venue can decide this" in page.words
    assert not [a for a in page.all("a") if a.words == "Confirm link"]
    assert desk.post(f"/guests/{guest_id}/link/confirm", data={"customer": TOM_ID}).status_code == 403


def test_two_guests_of_one_customer_name_each_other(stage, sandbox, client):
    first = stage.verified_booking()
    second = stage.book(
        Contact("Amara Okafor", "other@example.org", AMARA.phone), sandbox.basket(AMARA_ID), at=4
    )
    stage.deliver()
    ids = [stage.link(booking).guest_id for booking in (first, second)]
    desk = at_desk(stage, client, make_manager)
    for mine, other in (ids, ids[::-1]):
        page = read(desk.get(f"/guests/{mine}"))
        assert "Same person twice?" in page.words
        assert page.all("a", href=f"/guests/{mine}/merge?other={other}")
        assert "Confirm link" not in page.words


def test_guests_who_shared_a_basket_are_named_on_both_pages(stage, sandbox, client):
    basket_id = sandbox.basket(AMARA_ID)
    first, second = stage.book(AMARA, basket_id), stage.book(TOM, basket_id, at=4)
    stage.deliver()
    names = {stage.link(first).guest_id: "Tom Whitfield", stage.link(second).guest_id: "Amara Okafor"}
    desk = at_desk(stage, client, make_manager)
    for guest_id, other in names.items():
        card = [
            c for c in read(desk.get(f"/guests/{guest_id}")).all("section") if "Shared screen?" in c.words
        ]
        assert other in card[-1].words
    card = read(desk.get(f"/bookings/{first}")).one("section", id="_spektrix_card").words
    assert "These guests booked with the same basket: Tom Whitfield" in card


def test_a_verified_link_is_made_by_hand_only_for_free_customers(stage):
    """The database refuses what the rules should already have refused."""
    stage.verified_booking()
    other = stage.book(TOM, at=4)
    guest = db.session.get(Booking, other).guest
    guests.link_verified(guest, "harbourplayhouse", AMARA_ID, LinkBasis.PERSON, 1)
    with pytest.raises(Exception, match=r"(?i)unique"):
        db.session.flush()
    db.session.rollback()
    assert db.session.scalars(select(CustomerLink).where(CustomerLink.state == LinkState.VERIFIED)).one()
