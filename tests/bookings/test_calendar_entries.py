"""One entry in the guest's calendar for a booking that stands, however often it was changed and restored."""

from itertools import pairwise

import pytest

from portal.bookings import service, statuses
from portal.bookings.models import Booking, Status
from portal.extensions import db
from tests.factories import DAY, local, make_booking, make_venue


@pytest.fixture
def venue(app_context, time_machine):
    time_machine.move_to("2026-06-10T12:00:00Z", tick=False)
    return make_venue()


def stored(booking):
    db.session.expire_all()
    return db.session.get(Booking, booking.id)


def entry(booking):
    return service.calendar_entry(stored(booking))


@pytest.fixture
def chain(venue):
    """A booking that its guest has moved twice."""
    chain = [
        make_booking(venue, starts_at=local(venue, DAY, hour), name=f"At {hour}") for hour in (18, 19, 20)
    ]
    for earlier, later in pairwise(chain):
        statuses.replace(venue, stored(earlier), stored(later))
    return chain


def test_a_chain_of_changes_has_one_entry(chain):
    assert len({entry(each).uid for each in chain}) == 1
    assert [entry(each).sequence for each in chain] == sorted({entry(each).sequence for each in chain})


@pytest.mark.parametrize("number", [0, 1])
def test_a_replaced_booking_that_is_restored_gets_an_entry_of_its_own(venue, chain, number):
    statuses.move(venue, chain[number].id, Status.CONFIRMED)
    standing = [each for each in chain if stored(each).status == Status.CONFIRMED]
    assert len(standing) == 2
    assert len({entry(each).uid for each in standing}) == 2


def test_the_newest_of_a_chain_keeps_its_entry_when_it_is_restored(venue, chain):
    before = entry(chain[2])
    statuses.move(venue, chain[2].id, Status.CANCELLED)
    statuses.move(venue, chain[2].id, Status.CONFIRMED)
    assert entry(chain[2]).uid == before.uid
    assert entry(chain[2]).sequence == before.sequence + 2


def test_a_restored_booking_keeps_its_new_entry(venue, chain):
    statuses.move(venue, chain[0].id, Status.CONFIRMED)
    own = entry(chain[0]).uid
    statuses.move(venue, chain[0].id, Status.CANCELLED)
    statuses.move(venue, chain[0].id, Status.CONFIRMED)
    assert entry(chain[0]).uid == own
