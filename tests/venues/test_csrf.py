"""Every address that changes something refuses a request without this session's token (X01)."""

import pytest
from sqlalchemy import func, select

from portal.bookings.models import Booking, StatusChange
from portal.extensions import Base, db
from portal.venues.models import Role
from tests.factories import make_staff, sign_in, with_csrf
from tests.support import addresses


@pytest.fixture
def manager(app, venue):
    with app.app_context():
        return make_staff(venue, Role.MANAGER)


@pytest.fixture
def unsafe_addresses(app, venue, manager):
    return addresses.unsafe_addresses(app, venue, manager)


def row_counts(app):
    with app.app_context():
        counts = {table.name: count_of(table) for table in Base.metadata.sorted_tables}
        return counts, db.session.scalars(select(Booking.status)).all()


def count_of(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_without_a_token_nothing_happens(app, client, manager, unsafe_addresses):
    sign_in(client, manager)
    del client.environ_base["HTTP_X_CSRFTOKEN"]
    before = row_counts(app)
    for method, address in unsafe_addresses:
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.open(address, method=method, headers=headers)
            assert answer.status_code == 400, (method, address)
            assert "nothing was saved" in answer.get_data(as_text=True)
    assert row_counts(app) == before


def test_with_another_sessions_token_nothing_happens(app, client, manager, unsafe_addresses):
    sign_in(client, manager)
    foreign = with_csrf(app.test_client()).environ_base["HTTP_X_CSRFTOKEN"]
    before = row_counts(app)
    for method, address in unsafe_addresses:
        for token in (foreign, "x", ""):
            answer = client.open(address, method=method, headers={"X-CSRFToken": token})
            assert answer.status_code == 400, (method, address, token)
    assert row_counts(app) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_from_another_site_nothing_happens_even_with_the_token(
    app, client, manager, unsafe_addresses, headers
):
    sign_in(client, manager)
    before = row_counts(app)
    for method, address in unsafe_addresses:
        answer = client.open(address, method=method, headers=headers)
        assert answer.status_code == 403, (method, address)
    assert row_counts(app) == before


def test_asking_for_them_changes_nothing(app, client, manager, unsafe_addresses):
    sign_in(client, manager)
    before = row_counts(app)
    for _, address in unsafe_addresses:
        assert client.get(address).status_code in {200, 302, 303, 404, 405}, address
    assert row_counts(app) == before


def test_with_the_token_it_works(app, client, manager, unsafe_addresses):
    sign_in(client, manager)
    (completing,) = [address for _, address in unsafe_addresses if address.endswith("/complete")]
    assert client.post(completing, headers={"Origin": "http://localhost"}).status_code == 303
    with app.app_context():
        assert count_of(StatusChange.__table__) == 2
