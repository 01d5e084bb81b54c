"""What the tests of letters do again and again."""

from datetime import timedelta

from portal.bookings.models import Booking
from portal.extensions import db
from portal.letters.sending import due
from tests.support.rounds import whole_round

A_MOMENT = timedelta(seconds=31)


def after_a_moment(clock, by=A_MOMENT):
    """Let the short delay pass, and send what is due."""
    clock.shift(by)
    due.send_due()
    db.session.rollback()


def relay_rounds(app):
    # Its session is another one, which SQLite lets write only when this one holds nothing.
    db.session.rollback()
    whole_round(app)


def again(booking):
    db.session.expire_all()
    return db.session.get_one(Booking, booking.id)


def subjects(sent):
    return [letter.subject for letter in sent]
