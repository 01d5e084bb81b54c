import pytest

from tests.factories import DAY, local, make_booking, make_manager, make_staff, make_venue, sign_in


@pytest.fixture
def venue(app, time_machine):
    """A venue with three tables of four, at noon of the day."""
    time_machine.move_to("2026-06-12T11:00:00Z", tick=False)
    with app.app_context():
        return make_venue(tables=3)


@pytest.fixture
def desk(app, venue, client):
    with app.app_context():
        staff = make_staff(venue)
    return sign_in(client, staff)


@pytest.fixture
def managers_desk(app, venue):
    with app.app_context():
        manager = make_manager(venue)
    return sign_in(app.test_client(), manager)


@pytest.fixture
def booking(app, venue):
    with app.app_context():
        return make_booking(venue)


@pytest.fixture
def toms(app, venue, booking):
    """Another booking of the same time, at the next table."""
    with app.app_context():
        return make_booking(venue, name="Tom Reed", email="tom@example.org", phone="")


@pytest.fixture
def typed(venue):
    """Everything that the edit form of a booking sends, with some of it typed anew."""

    def fill(booking, **new):
        start = local(venue, DAY, 19)
        assert booking.starts_at == start
        return {
            "seen": str(booking.edits),
            "date": str(DAY),
            "time": "19:00",
            "party_size": str(booking.party_size),
            "table": "",
            "stay": "",
            "name": booking.booked_name,
            "email": booking.booked_email,
            "phone": booking.booked_phone,
            "note": booking.note,
            "occasion": "",
            "allergies": "",
            "keeps_show": "y",
        } | new

    return fill
