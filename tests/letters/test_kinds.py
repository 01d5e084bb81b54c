"""Every kind of letter has its words wherever letters are named, and its page."""

import pytest

from portal.bookings.guest_pages import timeline
from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters import service, texts
from portal.letters.originals import ORIGINALS
from portal.outbox import letters
from portal.outbox.models import LetterKind
from portal.restaurant.messages.subjects import CARDS
from tests.factories import make_booking, make_manager, make_staff, sign_in
from tests.letters.post import after_a_moment
from tests.support.reading import read


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if kind is not LetterKind.REMINDER])
def test_a_letter_that_was_pressed_for_is_sent_and_told_in_the_story(house, noon, sent, kind):
    booking = make_booking(house)
    after_a_moment(noon)
    letters.owe(kind, house.id, booking.id, booking.booked_email, asked_by_id=make_staff(house).id)
    db.session.commit()
    after_a_moment(noon)
    if kind is LetterKind.CANCELLATION:
        assert sent[1].calendar.method == "PUBLISH", "the booking stands, whatever is pressed"
    assert len(sent) == 2
    assert service.card_of(db.session.get_one(Booking, booking.id)).lines[0].title == ORIGINALS[kind].title
    stories = timeline.page(house, booking.guest_id, None).events
    assert sum(event.more == "To a…@example.org" for event in stories) == 2


@pytest.mark.parametrize("kind", LetterKind)
def test_each_has_its_page_where_it_is_saved_and_looked_at(house, client, kind):
    manager = make_manager(house)
    db.session.rollback()
    office = sign_in(client, manager)
    form = read(office.get(f"/settings/messages/{kind}")).one(id=f"{CARDS[kind].kind}-form")
    typed = {each.attributes["name"]: each.attributes.get("value") or "" for each in form.all("input")}
    answer = office.post(f"/settings/messages/{kind}", data=typed | {"text": "Mine", "hour": "9"})
    assert answer.status_code == 303
    assert ORIGINALS[kind].heading in office.get(f"/settings/messages/{kind}/preview").text
    assert texts.words_of(house.id, kind).text == "Mine"
