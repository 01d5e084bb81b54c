"""An address that is typed into a booking never makes it another guest's unasked (R62, R64).

A visit goes to the customer of the guest whose booking it is, so this decides who is written to.
"""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.bookings import editing, statuses
from portal.bookings.editing import Whose, WhoseBooking
from portal.bookings.guest_pages import erasing, export, merging
from portal.bookings.models import Booking, BookingChange, LinkCheck, Source, Status
from portal.extensions import db
from portal.guests.models import Guest
from portal.guests.service import Contact
from portal.outbox.models import Kind, OutboxEntry
from tests.factories import make_booking, make_guest, make_link, make_manager, make_venue
from tests.people import AMARA, TOM
from tests.support.reading import read

TOMS = Contact("Tom Reed", "tom@example.org", "07700 900777")


@pytest.fixture
def venue(app_context, time_machine):
    time_machine.move_to("2026-06-12T11:00:00Z", tick=False)
    return make_venue(tables=3)


@pytest.fixture
def amara(venue):
    """A guest who is linked to her customer."""
    guest = make_guest(venue)
    make_link(guest)
    return guest


@pytest.fixture
def amaras(venue, amara):
    return make_booking(venue, amara)


@pytest.fixture
def tom(venue):
    guest = make_guest(venue, TOMS.name, TOMS.email, TOMS.phone)
    make_link(guest, customer_id="another-customer")
    return guest


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


def edit(venue, booking, contact, whose=None):
    wanted = replace(editing.as_it_is(stored(booking)), contact=contact, whose=whose)
    editing.edit(venue, booking.id, wanted)


def visit_goes_to(venue, booking):
    statuses.move(venue, booking.id, Status.COMPLETED, early=True)
    query = select(OutboxEntry).where(
        OutboxEntry.booking_id == booking.id, OutboxEntry.kind == Kind.WRITE_BACK
    )
    return db.session.scalars(query).one().guest_id


def test_another_guests_address_asks_and_changes_nothing(venue, amara, amaras, tom):
    with pytest.raises(WhoseBooking) as asked:
        edit(venue, amaras, TOMS)
    assert (asked.value.guest_name, asked.value.found_name) == (AMARA.name, TOMS.name)
    became = stored(amaras)
    assert (became.guest_id, became.booked_email, became.edits) == (amara.id, AMARA.email, 0)
    assert visit_goes_to(venue, amaras) == amara.id


def test_told_that_it_is_theirs_the_visit_goes_to_them(venue, amara, amaras, tom):
    edit(venue, amaras, TOMS, Whose.OTHER)
    became = stored(amaras)
    assert (became.guest_id, became.booked_name) == (tom.id, TOMS.name)
    assert visit_goes_to(venue, amaras) == tom.id


def test_told_that_it_stays_the_guests_the_visit_does(venue, amara, amaras, tom):
    edit(venue, amaras, TOMS, Whose.SAME)
    assert (stored(amaras).guest_id, stored(amaras).booked_email) == (amara.id, TOMS.email)
    assert db.session.get(Guest, amara.id).email == AMARA.email
    assert visit_goes_to(venue, amaras) == amara.id


def test_an_address_that_nobody_has_asks_too(venue, amara, amaras):
    new = Contact(AMARA.name, "amara@new.example", AMARA.phone)
    with pytest.raises(WhoseBooking) as asked:
        edit(venue, amaras, new)
    assert asked.value.found_name is None
    edit(venue, amaras, new, Whose.OTHER)
    guest = stored(amaras).guest
    assert guest.id != amara.id
    assert guest.link is None, "somebody of the same name may be somebody else"


@pytest.mark.parametrize(
    "contact",
    [
        Contact("Amara J. Okafor", AMARA.email, AMARA.phone),
        Contact("Amara Okafor-Smith", AMARA.email, "07700 900999"),
        Contact(AMARA.name, "", AMARA.phone),
        Contact(AMARA.name, "", ""),
    ],
)
def test_details_that_still_name_the_guest_ask_nothing(venue, amara, amaras, contact):
    edit(venue, amaras, contact)
    became = stored(amaras)
    assert (became.guest_id, became.booked_name) == (amara.id, contact.name)


def test_another_name_with_the_same_number_asks(venue):
    booking = make_booking(venue, name=AMARA.name, email="", phone=AMARA.phone)
    with pytest.raises(WhoseBooking):
        edit(venue, booking, Contact("Bola Ade", "", AMARA.phone))


def test_a_walk_in_who_gives_their_details_is_still_the_same_guest(venue):
    booking = make_booking(venue, name="Walk-in", email="", phone="", source=Source.WALK_IN)
    edit(venue, booking, TOMS)
    guest = stored(booking).guest
    assert (guest.id, guest.name, guest.email_key) == (booking.guest_id, TOMS.name, TOMS.email)


def test_a_walk_in_who_turns_out_to_be_a_regular_is_asked_about(venue, tom):
    booking = make_booking(venue, name="Walk-in", email="", phone="", source=Source.WALK_IN)
    with pytest.raises(WhoseBooking):
        edit(venue, booking, TOMS)
    edit(venue, booking, TOMS, Whose.OTHER)
    assert stored(booking).guest_id == tom.id


def test_the_question_of_a_basket_ends_with_the_guest_it_was_asked_for(venue, amara, tom):
    """Whoever the basket's owner is, neither guest is linked or held up by it any more."""
    booking = make_booking(venue, amara, source=Source.WIDGET, basket_id="basket-1")
    edit(venue, booking, TOMS, Whose.OTHER)
    check = db.session.scalars(select(LinkCheck)).one()
    assert (check.verified, check.basket_id, check.basket_fingerprint) == (False, None, "")
    assert check.settled_at is not None


def test_spektrix_is_asked_about_details_that_come_later(venue):
    booking = make_booking(venue, name=TOM.name, email="", phone=TOM.phone)
    assert db.session.scalars(select(LinkCheck)).all() == []
    edit(venue, booking, Contact(TOM.name, TOM.email, TOM.phone))
    assert db.session.scalars(select(LinkCheck)).one().booking_id == booking.id


def test_undo_gives_the_booking_back_to_its_guest(venue, amara, amaras, tom):
    edit(venue, amaras, TOMS, Whose.OTHER)
    editing.undo(venue, amaras.id, editing.latest_change(stored(amaras)).id)
    became = stored(amaras)
    assert (became.guest_id, became.booked_name, became.booked_email) == (amara.id, AMARA.name, AMARA.email)
    assert visit_goes_to(venue, amaras) == amara.id


def test_undo_after_the_two_were_merged_leaves_it_with_whom_it_is(venue, amara, amaras, tom):
    manager = make_manager(venue)
    edit(venue, amaras, TOMS, Whose.OTHER)
    db.session.delete(db.session.get(Guest, amara.id).link)
    db.session.commit()
    merging.merge(venue, tom.id, amara.id, manager.id)
    editing.undo(venue, amaras.id, editing.latest_change(stored(amaras)).id)
    assert stored(amaras).guest_id == tom.id


@pytest.mark.parametrize("who", ["before", "after"])
def test_erasing_either_guest_leaves_nothing_that_tells_who(venue, amara, amaras, tom, who):
    manager = make_manager(venue)
    edit(venue, amaras, TOMS, Whose.OTHER)
    wanted = replace(editing.as_it_is(stored(amaras)), allergies="Nuts", note="Window", occasion="Birthday")
    editing.edit(venue, amaras.id, wanted)
    erasing.erase(venue, amara.id if who == "before" else tom.id, manager.id)
    kept = " ".join(str(change.fields) for change in db.session.scalars(select(BookingChange)))
    for telling in ("Amara", AMARA.email):
        assert telling not in kept
    if who == "after":
        for telling in ("Tom", "Nuts", "Window", "Birthday"):
            assert telling not in kept
        assert (stored(amaras).allergies, stored(amaras).occasion) == ("", "")


def test_nothing_comes_back_into_an_erased_profile(venue, amara, amaras):
    opened = stored(amaras).edits
    erasing.erase(venue, amara.id, make_manager(venue).id)
    old = replace(editing.as_it_is(stored(amaras)), contact=Contact(AMARA.name, AMARA.email, AMARA.phone))
    with pytest.raises(editing.ChangedMeanwhile):
        editing.edit(venue, amaras.id, old, seen=opened)
    edit(venue, amaras, TOMS)
    became, erased = stored(amaras), db.session.get(Guest, amara.id)
    assert became.guest_id != amara.id
    assert (became.guest.name, became.guest.email) == (TOMS.name, TOMS.email)
    assert (erased.name, erased.email, erased.phone) == (erasing.NAME, "", "")


@pytest.fixture
def by_phone(venue):
    """A booking by phone of a guest who gave no address, at a venue that asks by details."""
    venue.match_by_details = True
    db.session.commit()
    return make_booking(venue, name="Ann Reed", email="", phone="07700 900555", source=Source.PHONE)


def asked_about(booking):
    return db.session.scalars(select(LinkCheck.guest_id).where(LinkCheck.booking_id == booking.id)).all()


def test_nobody_is_looked_up_by_another_guests_address(venue, by_phone, tom):
    edit(venue, by_phone, Contact("Ann Reed", TOMS.email, "07700 900555"), Whose.SAME)
    assert stored(by_phone).guest_id != tom.id
    assert asked_about(by_phone) == []


def test_a_guest_is_looked_up_by_their_own(venue, by_phone):
    """The control: shows that the test above can fail."""
    edit(venue, by_phone, Contact("Ann Reed", "ann@example.org", "07700 900555"), Whose.SAME)
    assert asked_about(by_phone) == [stored(by_phone).guest_id]


def test_undo_asks_no_more_for_whom_the_booking_was_given_to(venue, by_phone):
    edit(venue, by_phone, Contact("Zoë Hart", "zoe@example.org", "07700 900556"), Whose.OTHER)
    (zoe,) = asked_about(by_phone)
    editing.undo(venue, by_phone.id, editing.latest_change(stored(by_phone)).id)
    assert stored(by_phone).guest_id != zoe
    check = db.session.scalars(select(LinkCheck)).one()
    assert (check.settled_at is not None, check.verified) == (True, False)


def test_nobody_reads_in_their_file_whose_booking_it_was_before(venue, amara, amaras, tom):
    manager = make_manager(venue)
    edit(venue, amaras, TOMS, Whose.OTHER)
    file = str(export.of(venue, tom.id, manager.id))
    assert "Changed: name; email; phone number; now another guest’s booking" in file
    assert "Amara" not in file


def test_the_page_asks_and_the_answer_counts(app, venue, amara, amaras, tom, client, request):
    from tests.factories import make_staff, sign_in

    staff = make_staff(venue)
    db.session.remove()
    desk = sign_in(client, staff)
    sent = {
        "seen": "0",
        "date": "2026-06-12",
        "time": "19:00",
        "party_size": "2",
        "table": "",
        "stay": "",
        "name": TOMS.name,
        "email": TOMS.email,
        "phone": TOMS.phone,
        "note": "Window",
        "keeps_show": "y",
    }
    answer = desk.post(f"/bookings/{amaras.id}/edit", data=sent)
    page = read(answer)
    assert answer.status_code == 422
    assert "Say whether this is still Amara Okafor’s booking" in page.one("div", class_="summary").words
    assert [chip.words for chip in page.all("label", class_="chip")] == [
        "Yes, it is still Amara Okafor’s",
        "No, it is Tom Reed’s",
    ]
    assert desk.post(f"/bookings/{amaras.id}/edit", data=sent | {"whose": "other"}).status_code == 303
    assert stored(amaras).guest_id == tom.id
