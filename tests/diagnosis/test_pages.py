"""The pages of Find the fault: who may run them, what they show, and what they never do."""

import pytest

from portal.integration import checks
from tests import factories

VENUE_PAGES = ["/find-the-fault/connection", "/find-the-fault/pre-fill", "/find-the-fault/writes"]


@pytest.fixture
def house(app):
    """A connected venue with a widget, a manager, somebody of the staff and a booking."""
    with app.app_context():
        venue = factories.make_venue()
        manager, staff = factories.make_manager(venue), factories.make_staff(venue)
        factories.connect_spektrix(venue, staff=manager)
        widget = factories.make_widget(venue, sites=["localhost:8702"])
        booking = factories.make_booking(venue, status="completed")
    return {"venue": venue, "manager": manager, "staff": staff, "booking": booking, "widget": widget}


def everything(house):
    return ["/find-the-fault", *VENUE_PAGES, f"/bookings/{house['booking'].id}/find-the-fault"]


def test_every_page_opens_without_asking_spektrix(client, house, monkeypatch):
    monkeypatch.setattr(checks.gateway, "spektrix", None)
    factories.sign_in(client, house["manager"])
    for path in everything(house):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "<h1" in page.text
