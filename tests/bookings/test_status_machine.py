from contextlib import suppress

import pytest
from sqlalchemy import select

from portal.bookings import rules, service, statuses
from portal.bookings.models import Booking, Status, StatusChange
from portal.bookings.rules import MoveNotAllowed
from portal.extensions import db
from portal.outbox.models import Kind, OutboxEntry
from tests.factories import make_booking
from tests.support.tables import each_row

PENDING, PAYMENT, CONFIRMED = Status.PENDING, Status.PENDING_PAYMENT, Status.CONFIRMED
COMPLETED, CANCELLED, NO_SHOW = Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW
ALLOWED = {
    (PENDING, CONFIRMED),
    (PENDING, PAYMENT),
    (PENDING, CANCELLED),
    (PAYMENT, CONFIRMED),
    (PAYMENT, CANCELLED),
    (CONFIRMED, COMPLETED),
    (CONFIRMED, CANCELLED),
    (CONFIRMED, NO_SHOW),
    (COMPLETED, CONFIRMED),
    (CANCELLED, CONFIRMED),
    (NO_SHOW, CONFIRMED),
}
PAIRS = [(old, new) for old in Status for new in Status]


def test_there_are_six_statuses():
    assert len(Status) == 6


@each_row("old, new", PAIRS)
def test_only_listed_moves_are_allowed(old, new):
    if (old, new) in ALLOWED:
        rules.require_move(old, new)
    else:
        with pytest.raises(MoveNotAllowed):
            rules.require_move(old, new)


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_a_move_changes_the_row_or_nothing_at_all(app_context, venue, old, new):
    """B25."""
    booking = make_booking(venue, status=old)
    before = len(service.history(booking))
    if (old, new) in ALLOWED:
        statuses.move(venue, booking.id, new)
    else:
        with pytest.raises(MoveNotAllowed):
            statuses.move(venue, booking.id, new)
    became = db.session.get(Booking, booking.id)
    assert became.status == (new if (old, new) in ALLOWED else old)
    assert len(service.history(became)) == before + ((old, new) in ALLOWED)


@pytest.mark.parametrize(("old", "new"), sorted(ALLOWED))
def test_only_completing_owes_spektrix_a_visit(app_context, venue, old, new):
    booking = make_booking(venue, status=old)
    before = len(db.session.scalars(select(OutboxEntry)).all())
    statuses.move(venue, booking.id, new)
    after = len(db.session.scalars(select(OutboxEntry)).all())
    assert after - before == (1 if new is COMPLETED else 0)


@pytest.mark.parametrize("twice", [(COMPLETED, COMPLETED), (CANCELLED, COMPLETED, COMPLETED)])
def test_a_button_pressed_twice_owes_one_visit_or_none(app_context, venue, twice):
    """B25: completed again is refused, and a cancelled booking cannot be completed, however often."""
    booking = make_booking(venue)
    for new in twice:
        with suppress(MoveNotAllowed):
            statuses.move(venue, booking.id, new)
    assert db.session.get_one(Booking, booking.id).status == twice[0]
    owed = db.session.scalars(select(OutboxEntry).where(OutboxEntry.kind == Kind.WRITE_BACK)).all()
    assert len(owed) == (twice[0] is COMPLETED)


@pytest.mark.parametrize("status", [CANCELLED, NO_SHOW])
def test_leaving_the_seated_statuses_frees_the_place(app_context, venue, status):
    booking = make_booking(venue)
    statuses.move(venue, booking.id, status)
    assert db.session.get(Booking, booking.id).seating_id is None


def test_a_move_keeps_who_made_it(app_context, venue, staff):
    booking = make_booking(venue)
    statuses.move(venue, booking.id, COMPLETED, staff.id)
    last = db.session.scalars(select(StatusChange).order_by(StatusChange.id.desc())).first()
    assert (last.old, last.new, last.staff_id) == (CONFIRMED, COMPLETED, staff.id)
