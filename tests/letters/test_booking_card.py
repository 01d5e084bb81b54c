"""The page of a booking shows its letters and sends one again where somebody presses."""

import pytest
from sqlalchemy import select

from portal.bookings import statuses
from portal.bookings.guest_pages import erasing, timeline
from portal.bookings.models import Booking, Source, Status
from portal.extensions import db
from portal.letters import texts
from portal.letters.sending import due
from portal.outbox.models import LetterKind, OwedLetter
from tests.factories import make_booking, make_staff, make_venue, sign_in
from tests.letters.post import A_MOMENT, subjects
from tests.support.apps import change_settings
from tests.support.reading import read
from tests.support.tables import each_row


@pytest.fixture
def desk(house, client):
    staff = make_staff(house)
    # Whoever writes next has a session of their own.
    db.session.rollback()
    return sign_in(client, staff)


def after_a_moment(noon):
    db.session.rollback()
    noon.shift(A_MOMENT)
    due.send_due()
    db.session.rollback()


def card(desk, booking):
    db.session.rollback()
    return read(desk.get(f"/bookings/{booking.id}")).one(id="_of_booking")


def press(desk, booking, kind, **how):
    db.session.rollback()
    return desk.post(f"/bookings/{booking.id}/letters/{kind}", **how)


def test_a_letter_is_shown_as_it_stands(house, desk, noon, sent):
    booking = make_booking(house)
    assert "Confirmation Leaving soon" in card(desk, booking).words
    after_a_moment(noon)
    found = card(desk, booking).words
    assert "Confirmation Sent" in found
    assert "To a…@example.org" in found


def test_a_confirmation_is_sent_again_and_twice_pressed_is_once(house, desk, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    assert press(desk, booking, "confirmation").status_code == 303
    answer = press(desk, booking, "confirmation", headers={"HX-Request": "true"})
    assert "Leaving soon" in answer.text
    assert "The letter leaves in a moment." in answer.text
    after_a_moment(noon)
    assert subjects(sent) == ["Your table at The Green Room: Friday 12 June at 7:00pm"] * 2


def test_we_had_to_move_you_goes_in_place_of_the_change_that_waits(house, desk, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    row = db.session.get_one(Booking, booking.id)
    row.party_size = 3
    statuses.owe_letter(row, LetterKind.CHANGE)
    db.session.commit()
    press(desk, booking, "moved")
    after_a_moment(noon)
    assert subjects(sent)[1:] == ["We had to move your booking: Friday 12 June at 7:00pm, The Green Room"]
    assert "Guests: 3 (was 2)" in sent[-1].text
    with db.session.no_autoflush:
        assert db.session.scalar(select(OwedLetter.asked_by_id).order_by(OwedLetter.id.desc())) is not None


NONE = [
    ({"email": ""}, "No email, so no letters."),
    ({"source": Source.WALK_IN}, "Walked in, so no letters."),
]


@each_row("details, why", NONE)
def test_why_there_are_none(house, desk, details, why):
    booking = make_booking(house, **details)
    found = card(desk, booking)
    assert why in found.words
    assert not found.all("button")
    db.session.rollback()
    assert why in press(desk, booking, "moved", headers={"HX-Request": "true"}).text


def test_without_mail_the_page_says_so(house, app, desk):
    booking = make_booking(house)
    change_settings(app, mail_url="")
    assert "This portal sends no email: MAIL_URL is not set." in card(desk, booking).words


def test_what_cannot_be_sent_is_refused_with_a_sentence(house, desk):
    booking = make_booking(house)
    statuses.move(house, booking.id, Status.CANCELLED)
    assert not card(desk, booking).all("button")
    answer = press(desk, booking, "confirmation", headers={"HX-Request": "true"})
    assert "This letter is for confirmed bookings." in answer.text
    other = make_booking(house)
    texts.change(house.id, LetterKind.MOVED, subject="s", text="t", is_on=False)
    db.session.commit()
    answer = press(desk, other, "moved", headers={"HX-Request": "true"})
    assert "This letter is switched off in Messages." in answer.text
    assert press(desk, other, "reminder").status_code == 404


def test_bookings_of_another_venue_are_not_there(house, desk):
    other = make_booking(make_venue("The Lantern"))
    db.session.rollback()
    assert press(desk, other, "moved").status_code == 404
    assert desk.get(f"/bookings/{other.id}/letters", headers={"HX-Request": "true"}).status_code == 404


def test_a_card_stops_asking_after_a_while(house, desk):
    booking = make_booking(house)
    address = f"/bookings/{booking.id}/letters"
    db.session.rollback()
    assert "hx-trigger" in desk.get(f"{address}?look=3", headers={"HX-Request": "true"}).text
    assert "hx-trigger" not in desk.get(f"{address}?look=20", headers={"HX-Request": "true"}).text


def test_erasing_a_guest_drops_what_has_not_left_and_where_the_rest_went(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    later = make_booking(house, party_size=3)
    staff = make_staff(house)
    erasing.erase(house, booking.guest_id, staff.id)
    after_a_moment(noon)
    assert len(sent) == 1
    rows = db.session.scalars(select(OwedLetter)).all()
    assert [(row.booking_id, row.sent_to, row.told) for row in rows] == [(booking.id, "", None)]
    assert later.guest_id == booking.guest_id


def test_the_story_of_a_guest_tells_of_letters(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    events = timeline.page(house, booking.guest_id, None).events
    assert ("Sent a confirmation", "To a…@example.org") in [(event.what, event.more) for event in events]
