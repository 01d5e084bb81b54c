"""Erasing one guest (P04), merging two (N10): what goes, what stays, and who is told."""

import pytest
from sqlalchemy import select, text

from portal.bookings import service
from portal.bookings.guest_pages import erasing, merging
from portal.bookings.guest_pages.merging import NotMerged, Refusal
from portal.bookings.models import Booking, LinkCheck, Source, Status
from portal.extensions import db
from portal.findings import Code
from portal.guests.models import CustomerLink, Guest, LinkState
from portal.outbox import delivering
from portal.outbox.models import OutboxEntry
from portal.outbox.rules import Sent, confirmed
from portal.venues.models import AuditEntry
from tests.factories import (
    DAY,
    local,
    make_attempt,
    make_booking,
    make_guest,
    make_link,
    make_manager,
    set_entry,
    sign_in,
)
from tests.people import AMARA, AMARA_ID
from tests.support.reading import read

WHO = ("Zebedee", "zebedee@example.org", "07700 900999", "canary-note", "canary-basket")


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return make_manager(venue)


@pytest.fixture
def desk(client, manager):
    return sign_in(client, manager)


@pytest.fixture
def known(app, venue):
    """A linked guest with a visit sent, one owed and a question about a basket."""
    with app.app_context():
        guest = make_guest(venue, "Zebedee Quill", "zebedee@example.org", "07700 900999")
        make_link(guest)
        first = make_booking(venue, guest, local(venue, DAY, 12), note="canary-note", status=Status.COMPLETED)
        make_attempt(_entries(first)[0], "update_attributes")
        make_booking(venue, guest, local(venue, DAY, 20), source=Source.WIDGET, basket_id="canary-basket")
        return guest


def _entries(booking):
    return db.session.scalars(select(OutboxEntry).where(OutboxEntry.booking_id == booking.id)).all()


def everything(app):
    with app.app_context():
        tables = [table.name for table in db.metadata.sorted_tables]
        return repr([db.session.execute(text(f"SELECT * FROM {name}")).all() for name in tables])


def test_nothing_that_says_who_it_was_is_left(app, desk, known):
    with app.app_context():
        before = service.visit_totals(known.id)
    answer = desk.post(f"/guests/{known.id}/erase")
    kept = everything(app)
    for word in WHO:
        assert word.lower() not in kept.lower()
    with app.app_context():
        guest = db.session.get(Guest, known.id)
        assert (guest.name, guest.email_key, guest.link) == ("Erased guest", None, None)
        assert service.visit_totals(known.id) == before
        bookings = db.session.scalars(select(Booking)).all()
        assert [booking.seating_id is not None for booking in bookings] == [True, True]
        entries = db.session.scalars(select(OutboxEntry)).all()
        assert {entry.reason for entry in entries} == {"guest_erased"}
        assert all(entry.closed_at for entry in entries)
        assert {check.settled_at is None for check in db.session.scalars(select(LinkCheck))} == {False}
        audits = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "guest_erased"))
        assert audits.all() == [f"guest {known.id}"]
    words = read(answer).words
    assert AMARA_ID in words
    assert "Last Dined At" in words
    assert AMARA_ID not in desk.get(f"/guests/{known.id}").text


def test_the_page_asks_first_and_a_second_press_does_no_harm(app, desk, known):
    page = read(desk.get(f"/guests/{known.id}/erase"))
    assert "Deleted for good" in page.words
    desk.post(f"/guests/{known.id}/erase")
    assert desk.post(f"/guests/{known.id}/erase").status_code == 200
    words = read(desk.get(f"/guests/{known.id}")).words
    assert "Erased guest" in words
    assert "Unlink" not in words


def test_a_job_under_way_saves_nothing_after_the_erasure(app, desk, manager, venue, known):
    with app.app_context():
        entry = next(e for e in db.session.scalars(select(OutboxEntry)) if e.kind == "write_back")
        set_entry(entry, due_at=entry.created_at)

        def erased_on_the_way(claim):
            erasing.erase(venue, known.id, manager.id)
            assert not delivering.still_held(claim, 0)
            return confirmed(Sent("2026-06-12T13:45:00+01:00", 1))

        delivering.deliver(entry.id, erased_on_the_way)
        db.session.expire_all()
        kept = db.session.get(OutboxEntry, entry.id)
        assert (kept.state, kept.reason, kept.sent_last_dined) == ("not_sent", "guest_erased", None)


def test_a_later_booking_with_the_address_is_a_new_guest(app, desk, venue, known):
    desk.post(f"/guests/{known.id}/erase")
    with app.app_context():
        again = make_booking(venue, email="zebedee@example.org", name="Zebedee Quill")
        assert again.guest_id != known.id


def test_the_export_holds_the_guest_and_nobody_else(app, desk, venue, known):
    with app.app_context():
        make_booking(venue, name="Somebody Else", email="else@example.org")
    answer = desk.get(f"/guests/{known.id}/export.json")
    data = answer.get_json()
    assert data["guest"]["email"] == "zebedee@example.org"
    assert data["spektrix"]["customer"] == AMARA_ID
    assert [booking["note"] for booking in data["bookings"]] == ["canary-note", ""]
    assert any(event["what"] == "Confirmed to completed" for event in data["timeline"])
    for absent in ("Somebody Else", "canary-basket", "fingerprint", "Priya"):
        assert absent not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    with app.app_context():
        assert db.session.scalars(select(AuditEntry.action)).all().count("guest_exported") == 1


@pytest.fixture
def doubles(app, venue):
    """Two guests of one person: a linked one, and one whose customer is taken."""
    with app.app_context():
        first = make_guest(venue, "Amara Okafor", "amara@example.org", "")
        second = make_guest(venue, "A Okafor", "work@example.org", AMARA.phone)
        make_link(first)
        make_link(second, LinkState.UNVERIFIED, reason=Code.CUSTOMER_TAKEN)
        make_booking(venue, first, local(venue, DAY, 12), status=Status.COMPLETED)
        make_booking(venue, second, local(venue, DAY, 20))
        return first, second


@pytest.mark.parametrize("keep", [0, 1])
def test_merged_guests_have_all_bookings_and_the_verified_link(app, venue, desk, doubles, keep):
    kept, other = doubles[keep], doubles[1 - keep]
    page = read(desk.get(f"/guests/{kept.id}/merge?other={other.id}"))
    assert "This cannot be undone" in page.words
    answer = desk.post(f"/guests/{kept.id}/merge", data={"other": other.id}, follow_redirects=True)
    assert "Merged" in read(answer).words
    with app.app_context():
        assert service.visit_totals(kept.id)[1] == 2
        guest = db.session.get(Guest, kept.id)
        assert (guest.link.state, guest.link.spektrix_customer_id) == ("verified", AMARA_ID)
        assert guest.phone == AMARA.phone
        assert db.session.get(Guest, other.id) is None
        assert {entry.guest_id for entry in db.session.scalars(select(OutboxEntry))} == {kept.id}
        assert len(db.session.scalars(select(CustomerLink)).all()) == 1


def refusal(venue, manager, kept, other):
    with pytest.raises(NotMerged) as refused:
        merging.merge(venue, kept.id, other.id, manager.id)
    return refused.value.why


def test_what_cannot_be_merged_is_refused_whole(app, venue, manager, doubles):
    first, second = doubles
    with app.app_context():
        assert refusal(venue, manager, first, first) is Refusal.SAME
        link = db.session.scalars(select(CustomerLink).where(CustomerLink.guest_id == second.id)).one()
        link.state, link.spektrix_customer_id = LinkState.VERIFIED, "I-OTHER"
        db.session.commit()
        assert refusal(venue, manager, first, second) is Refusal.TWO_CUSTOMERS
        link.state = LinkState.UNVERIFIED
        db.session.commit()
        entry = db.session.scalars(select(OutboxEntry).where(OutboxEntry.guest_id == first.id)).first()
        set_entry(entry, lease_owner="somebody", lease_until=entry.created_at)
        assert refusal(venue, manager, first, second) is Refusal.BUSY
        assert len(db.session.scalars(select(Guest)).all()) == 2
        set_entry(entry, lease_owner=None, lease_until=None)
        erasing.erase(venue, second.id, manager.id)
        assert refusal(venue, manager, first, second) is Refusal.ERASED
