"""A booking that is edited: one letter on what holds in the end, none where it ends as it began."""

from dataclasses import replace
from datetime import timedelta

from portal.bookings import editing, statuses
from portal.bookings.editing import Whose
from portal.bookings.models import Booking, Status
from portal.extensions import db
from portal.guests.service import Contact
from portal.outbox.models import OwedLetter
from tests.factories import make_booking
from tests.letters.post import after_a_moment, again, subjects

CHANGED = "Your booking has changed: Friday 12 June at {}, The Green Room"
AN_HOUR = timedelta(hours=1)


def edit(venue, booking, **changes):
    wanted = editing.as_it_is(again(booking))
    editing.edit(venue, booking.id, replace(wanted, **changes))
    db.session.rollback()


def undo(venue, booking):
    change = editing.latest_change(again(booking))
    editing.undo(venue, booking.id, change.id)
    db.session.rollback()


def told(house, noon):
    booking = make_booking(house)
    after_a_moment(noon)
    return booking


def test_a_change_says_what_was_and_moves_the_calendar_entry(house, noon, sent):
    booking = told(house, noon)
    edit(house, booking, starts_at=booking.starts_at + AN_HOUR, party_size=4)
    after_a_moment(noon)
    assert subjects(sent)[1:] == [CHANGED.format("8:00pm")]
    assert "Time: 8:00pm (was 7:00pm)\nYours until: 9:45pm (was 8:45pm)\nGuests: 4 (was 2)" in sent[1].text
    assert "Day: Friday 12 June\n" in sent[1].text
    first, second = (letter.calendar.content.decode() for letter in sent)
    uid = next(line for line in first.splitlines() if line.startswith("UID:"))
    assert uid in second
    assert "SEQUENCE:0" in first
    assert "SEQUENCE:1" in second


def test_two_changes_in_a_moment_are_one_letter_with_the_last_word(house, noon, sent):
    booking = told(house, noon)
    for hours in (1, 2):
        edit(house, booking, starts_at=booking.starts_at + hours * AN_HOUR)
        noon.shift(timedelta(seconds=10))
    after_a_moment(noon)
    assert subjects(sent)[1:] == [CHANGED.format("9:00pm")]


def test_a_change_that_is_undone_says_nothing(house, noon, sent):
    booking = told(house, noon)
    edit(house, booking, starts_at=booking.starts_at + AN_HOUR)
    noon.shift(timedelta(seconds=10))
    undo(house, booking)
    after_a_moment(noon)
    assert len(sent) == 1


def test_one_that_is_undone_after_the_letter_left_is_told_too(house, noon, sent):
    booking = told(house, noon)
    edit(house, booking, starts_at=booking.starts_at + AN_HOUR)
    after_a_moment(noon)
    undo(house, booking)
    after_a_moment(noon)
    assert subjects(sent)[1:] == [CHANGED.format("8:00pm"), CHANGED.format("7:00pm")]
    assert "Time: 7:00pm (was 8:00pm)" in sent[-1].text


def test_notes_and_names_owe_nothing(house, noon, sent):
    booking = told(house, noon)
    contact = Contact("Amara N. Okafor", booking.booked_email, booking.booked_phone)
    edit(house, booking, note="By the window", allergies="Nuts", contact=contact)
    after_a_moment(noon)
    assert len(sent) == 1
    assert db.session.query(OwedLetter).count() == 1


def test_a_booking_changed_before_its_confirmation_left_is_confirmed_as_it_is(house, noon, sent):
    booking = make_booking(house)
    edit(house, booking, starts_at=booking.starts_at + AN_HOUR)
    after_a_moment(noon)
    assert subjects(sent) == ["Your table at The Green Room: Friday 12 June at 8:00pm"]
    assert "(was" not in sent[0].text


def test_an_address_that_was_mended_gets_the_confirmation(house, noon, sent):
    booking = told(house, noon)
    contact = Contact(booking.booked_name, "amara@elsewhere.example", booking.booked_phone)
    edit(house, booking, contact=contact, whose=Whose.SAME)
    after_a_moment(noon)
    assert [letter.to[0] for letter in sent] == [booking.booked_email, "amara@elsewhere.example"]
    assert subjects(sent)[1] == "Your table at The Green Room: Friday 12 June at 7:00pm"


def test_an_address_that_was_added_gets_the_confirmation(house, noon, sent):
    booking = make_booking(house, email="")
    contact = Contact(booking.booked_name, "amara@example.org", booking.booked_phone)
    edit(house, booking, contact=contact)
    after_a_moment(noon)
    assert subjects(sent) == ["Your table at The Green Room: Friday 12 June at 7:00pm"]


def test_a_change_and_then_a_cancellation_is_the_cancellation(house, noon, sent):
    booking = told(house, noon)
    edit(house, booking, party_size=3)
    statuses.move(house, booking.id, Status.CANCELLED)
    after_a_moment(noon)
    assert subjects(sent)[1:] == ["Your booking is cancelled: Friday 12 June, The Green Room"]


def test_a_booking_of_which_nothing_was_ever_told_is_told_its_change(house, noon, sent):
    """As one that was made before there were letters."""
    booking = make_booking(house)
    db.session.query(OwedLetter).delete()
    db.session.commit()
    edit(house, booking, party_size=3)
    after_a_moment(noon)
    assert subjects(sent) == [CHANGED.format("7:00pm")]
    assert db.session.get(Booking, booking.id).party_size == 3
