"""New rows that go past the unit of work."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from portal.bookings.models import Status, StatusChange
from portal.clock import utc_now
from portal.extensions import db
from portal.guests.models import Guest, GuestWord
from portal.plain_sql import rows
from portal.plain_sql.rows import New
from tests.factories import make_booking

pytestmark = pytest.mark.both_databases


@pytest.fixture
def session(app):
    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def asked(session):
    """The statements sent so far, oldest first."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def guest_of(venue, **more):
    return Guest(venue_id=venue.id, name="Amara Okafor", created_at=utc_now(), **more)


def change(booking, new=Status.CANCELLED):
    return New(StatusChange, {"booking_id": booking.id, "old": None, "new": new, "at": utc_now()})


def test_an_object_has_its_id_and_its_defaults_and_nothing_is_asked_for_them(session, venue, asked):
    guest = guest_of(venue)
    rows.add(guest)
    before = len(asked)
    assert guest.id
    assert (guest.email, guest.email_key, guest.is_searchable) == ("", None, False)
    assert session.get(Guest, guest.id) is guest
    assert len(asked) == before


def test_what_is_changed_afterwards_is_saved_like_any_other_row(session, venue):
    guest = guest_of(venue)
    rows.add(guest)
    guest.phone = "020 7946 0018"
    session.commit()
    session.expire_all()
    assert session.scalars(select(Guest.phone).where(Guest.id == guest.id)).one() == "020 7946 0018"


def test_what_is_rolled_back_was_never_there(session, venue):
    guest = guest_of(venue)
    rows.add(guest)
    guest_id = guest.id
    session.rollback()
    assert session.get(Guest, guest_id) is None


def test_rows_of_several_tables_are_written_in_order_and_told_by_their_ids(session, venue):
    booking = session.merge(make_booking(venue))
    ids = rows.write(change(booking), New(Guest, vars(guest_of(venue))), change(booking, Status.CONFIRMED))
    found = session.scalars(select(StatusChange).where(StatusChange.id.in_(ids)).order_by(StatusChange.id))
    assert [each.new for each in found] == [Status.CANCELLED, Status.CONFIRMED]
    assert session.get(Guest, ids[1]).name == "Amara Okafor"


def test_of_many_rows_those_count_whose_key_was_free(session, venue):
    guest = guest_of(venue)
    rows.add(guest)
    words = [
        {"venue_id": venue.id, "kind": 0, "word": word, "guest_id": guest.id} for word in ("amara", "okafor")
    ]
    assert rows.write_many(GuestWord, words[:1]) == 1
    assert rows.write_many(GuestWord, words) == 1
    assert rows.write_many(GuestWord, []) == 0


def test_a_row_that_may_not_be_there_twice_says_so_as_ever(session, venue):
    rows.add(guest_of(venue, email_key="a@example.org"))
    with pytest.raises(IntegrityError):
        rows.add(guest_of(venue, email_key="a@example.org"))
