"""People at the settings of a venue."""

import pytest


@pytest.fixture
def manager(app, venue):
    from tests.factories import make_manager

    with app.app_context():
        return make_manager(venue)


@pytest.fixture
def office(client, manager):
    """A test client at which a manager is signed in."""
    from tests.factories import sign_in

    return sign_in(client, manager)


@pytest.fixture
def other_office(app, venue):
    """Another manager's."""
    from tests.factories import make_manager, sign_in

    with app.app_context():
        other = make_manager(venue, name="Ade Bello")
    return sign_in(app.test_client(), other)


@pytest.fixture
def portal(serve_portal, settings):
    """The portal on a real port: `url` and `app`."""
    with serve_portal(settings) as live:
        yield live
