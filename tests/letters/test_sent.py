"""What happens to a booking reaches its guest: each letter once, the newest news in place of the rest."""

from datetime import timedelta

from portal.bookings import statuses
from portal.bookings.models import Source, Status
from portal.extensions import db
from portal.venues.models import Doer
from tests.factories import make_booking
from tests.letters.post import after_a_moment, again, relay_rounds, subjects

CONFIRMED = "Your table at The Green Room: Friday 12 June at 7:00pm"
CANCELLED = "Your booking is cancelled: Friday 12 June, The Green Room"


def test_the_relay_sends_a_confirmation_once(house, app, noon, sent, arrived):
    booking = make_booking(house, source=Source.WIDGET)
    relay_rounds(app)
    assert sent == [], "it waits a moment for a second thought"
    noon.shift(timedelta(seconds=31))
    relay_rounds(app)
    relay_rounds(app)
    (letter,) = arrived()
    assert (letter["Subject"], letter["To"]) == (CONFIRMED, booking.booked_email)
    assert letter["Reply-To"] == "hello@greenroom.example"
    assert letter["From"].addresses[0].display_name == "The Green Room"
    parts = [part.get_content_type() for part in letter.walk()]
    assert parts == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    own = f"https://portal.example/w/w_demo/bookings/{booking.public_token}/change-or-cancel"
    for kind in ("plain", "html"):
        words = letter.get_body((kind,)).get_content()
        for said in ("Hello Amara Okafor,", "8:45pm", booking.reference, "1 Quay Street", own):
            assert said in words, (kind, said)
    file = next(letter.iter_attachments())
    assert file.get_param("method") == "PUBLISH"
    assert booking.reference in file.get_content()


def test_a_booking_that_is_cancelled_at_once_sends_the_cancellation_alone(house, noon, sent):
    booking = make_booking(house)
    statuses.move(house, booking.id, Status.CANCELLED)
    after_a_moment(noon)
    assert subjects(sent) == [CANCELLED]


def test_a_cancellation_that_is_undone_sends_nothing(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    statuses.move(house, booking.id, Status.CANCELLED)
    noon.shift(timedelta(seconds=10))
    statuses.move(house, booking.id, Status.CONFIRMED)
    after_a_moment(noon)
    assert subjects(sent) == [CONFIRMED]


def test_a_cancellation_carries_the_file_that_empties_the_calendar(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    statuses.move(house, booking.id, Status.CANCELLED, done_by=Doer.GUEST)
    after_a_moment(noon)
    assert subjects(sent) == [CONFIRMED, CANCELLED]
    first, last = (letter.calendar for letter in sent)
    assert (first.method, last.method) == ("PUBLISH", "CANCEL")
    assert b"SEQUENCE:0" in first.content
    assert b"SEQUENCE:1" in last.content


def test_one_who_booked_another_time_instead_hears_of_that_alone(house, noon, sent):
    earlier = make_booking(house, source=Source.WIDGET)
    after_a_moment(noon)
    later = make_booking(house, source=Source.WIDGET, starts_at=earlier.starts_at + timedelta(hours=1))
    statuses.replace(house, again(earlier), again(later))
    after_a_moment(noon)
    assert subjects(sent) == [
        CONFIRMED,
        "Your booking has changed: Friday 12 June at 8:00pm, The Green Room",
    ]


def test_completed_and_no_show_say_nothing(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    for status in (Status.NO_SHOW, Status.CONFIRMED, Status.COMPLETED, Status.CONFIRMED):
        statuses.move(house, booking.id, status, early=True)
        after_a_moment(noon)
    assert subjects(sent) == [CONFIRMED]


def test_who_gave_no_address_or_walked_in_gets_none(house, noon, sent):
    make_booking(house, email="")
    walked_in = make_booking(house, source=Source.WALK_IN)
    statuses.move(house, walked_in.id, Status.CANCELLED)
    after_a_moment(noon)
    assert sent == []


def test_the_calendar_of_a_letter_is_the_newest(house, noon, sent):
    booking = make_booking(house)
    after_a_moment(noon)
    for status in (Status.CANCELLED, Status.CONFIRMED):
        statuses.move(house, booking.id, status)
        after_a_moment(noon)
    assert subjects(sent) == [CONFIRMED, CANCELLED, CONFIRMED]
    assert b"SEQUENCE:2" in sent[-1].calendar.content
    db.session.rollback()
