"""What the booking page says of the letter that follows."""

from portal.extensions import db
from portal.letters import texts
from portal.outbox.models import LetterKind
from tests.factories import make_booking
from tests.letters.post import after_a_moment
from tests.support.apps import change_settings
from tests.support.reading import read

FOLLOWS = "We email you a confirmation in a minute. Save this page, or add it to your calendar."
SENT = "We have emailed you a confirmation. Save this page, or add it to your calendar."
NONE = "No email follows. Save this page, or add it to your calendar."


def confirmation(client, booking):
    return read(client.get(f"/w/w_demo/bookings/{booking.public_token}")).words


def test_a_confirmation_says_whether_a_letter_follows(house, app, client, noon):
    booking, without = make_booking(house), make_booking(house, email="")
    assert FOLLOWS in confirmation(client, booking)
    assert NONE in confirmation(client, without)
    after_a_moment(noon)
    assert SENT in confirmation(client, booking)
    booking = make_booking(house)
    texts.change(house.id, LetterKind.CONFIRMATION, subject="S", text="T", is_on=False)
    db.session.commit()
    assert NONE in confirmation(client, booking)
    change_settings(app, mail_url="")
    assert NONE in confirmation(client, make_booking(house))
