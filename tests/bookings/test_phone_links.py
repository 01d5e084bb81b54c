"""Wherever staff see a guest's phone number, a tap calls it."""

import pytest

from tests.factories import make_booking, make_guest, make_manager, sign_in
from tests.support.reading import read


@pytest.fixture
def manager(app, venue, client):
    with app.app_context():
        somebody = make_manager(venue)
    return sign_in(client, somebody)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("07700 900461", "tel:+447700900461"),
        ("(07700) 900-461 (work)", "tel:+447700900461"),
        ("+1 212 555 0142 ext. 7", "tel:+12125550142;ext=7"),
    ],
)
def test_a_number_is_a_link_wherever_it_is_shown(app, venue, manager, typed, address):
    with app.app_context():
        guest = make_guest(venue, email="", phone=typed)
        other = make_guest(venue, "Tom Whitfield", "tom@example.org", phone="")
        booking = make_booking(venue, email="", phone=typed)
    for page in (
        "/guests",
        f"/guests/{guest.id}",
        f"/guests/{guest.id}/merge?other={other.id}",
        f"/bookings/{booking.id}",
    ):
        links = read(manager.get(page)).all("a", href=address)
        assert links, page
        assert {link.words for link in links} == {" ".join(typed.split())}, page


def test_what_is_no_number_is_shown_as_it_is(app, venue, manager):
    with app.app_context():
        guest = make_guest(venue, phone="<b>0000000000</b>")
    page = read(manager.get(f"/guests/{guest.id}"))
    assert "<b>0000000000</b>" in page.words
    assert not [link for link in page.all("a") if link.attributes["href"].startswith("tel:")]
