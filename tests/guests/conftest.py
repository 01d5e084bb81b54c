import pytest

from tests.factories import make_staff, make_venue, sign_in


@pytest.fixture
def venue(app):
    with app.app_context():
        return make_venue()


@pytest.fixture
def staff(app, venue):
    with app.app_context():
        return make_staff(venue)


@pytest.fixture
def desk(client, staff):
    """A test client at which a member of staff of `venue` is signed in."""
    return sign_in(client, staff)
