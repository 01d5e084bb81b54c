"""A full house on a Friday, people who wait for a table in it, and the looks that tell them."""

from datetime import UTC, date, datetime, time

from sqlalchemy import select, update

from portal.availability.models import ServicePeriod
from portal.bookings.models import WaitingRequest
from portal.extensions import db
from portal.widgets.waiting import sending
from tests import factories
from tests.support.rounds import whole_round

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
DAY = date(2026, 6, 12)
CURTAIN = datetime(2026, 6, 12, 18, 30, tzinfo=UTC)
FIVE, TEN = datetime(2026, 6, 12, 16, tzinfo=UTC), datetime(2026, 6, 12, 21, tzinfo=UTC)


def full_house(tables):
    venue = factories.make_venue(tables=tables)
    two = {"opens": time(17), "last_seating": time(22), "slot_minutes": 300}
    db.session.execute(update(ServicePeriod).values(**two))
    db.session.commit()
    for starts_at in (FIVE, TEN):
        for number in range(tables):
            at = f"{starts_at.hour}-{number}@example.org"
            factories.make_booking(venue, starts_at=starts_at, party_size=4, email=at)
    return venue, factories.make_widget(venue, public_id="w_demo")


def free(venue, starts_at, number=1):
    from portal.bookings import statuses
    from portal.bookings.models import Booking, Status

    wanted = select(Booking.id).where(Booking.starts_at == starts_at, Booking.status == Status.CONFIRMED)
    for booking_id in db.session.scalars(wanted.limit(number)).all():
        statuses.move(venue, booking_id, Status.CANCELLED)


def people(venue, widget, *names, **columns):
    return [factories.make_waiting(venue, widget, email=f"{name}@example.org", **columns) for name in names]


def look():
    """One look at the day of the oldest request."""
    sending.send(db.session.scalar(select(db.func.min(WaitingRequest.id))))
    db.session.rollback()


def relay_looks(app, **how):
    # Its session is another one, which SQLite lets write only when this one holds nothing.
    db.session.rollback()
    whole_round(app, **how)


def told(sent):
    return [letter.to[0].partition("@")[0] for letter in sent]
