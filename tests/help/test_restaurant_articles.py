"""The articles on the settings of the restaurant: whole, and reached from the pages that they explain."""

import pytest

from portal.help.articles import RESTAURANT_ARTICLES
from tests.factories import make_booking, make_manager, sign_in
from tests.support.reading import read

ADDRESS = "/help/restaurant/{}"
EXPLAINS = {
    "business-details": ("/settings/details",),
    "opening-hours": ("/settings/hours", "/settings/hours/new"),
    "online-booking": ("/settings/online",),
    "special-days": ("/settings/special-days", "/settings/special-days/new"),
    "messages": ("/settings/messages", "/settings/messages/reminder"),
    "diary": ("/diary", "/diary/week"),
    "taking-bookings": ("/bookings/new", "/bookings/walk-in", "/bookings/waiting-list", "/bookings"),
    "changing-bookings": ("/diary/still-open", "/bookings/1/edit"),
    "curtain-sheet": ("/diary/curtain",),
    "tables": ("/settings/tables", "/settings/tables/area/new", "/settings/tables/group/new"),
}


@pytest.fixture
def reader(app, client, venue):
    with app.app_context():
        manager = make_manager(venue)
        make_booking(venue)
    return sign_in(client, manager)


def ids(page):
    return [element.attributes["id"] for element in page.all() if "id" in element.attributes]


def links(page):
    return {link.attributes["href"] for link in page.all("a") if "href" in link.attributes}


@pytest.mark.parametrize("name", RESTAURANT_ARTICLES)
def test_an_article_has_the_sections_of_its_contents_in_their_order(reader, name):
    announced = [section.anchor for section in RESTAURANT_ARTICLES[name].sections]
    page = read(reader.get(ADDRESS.format(name)))
    assert [one for one in ids(page) if one in announced] == announced


@pytest.mark.parametrize("name", RESTAURANT_ARTICLES)
def test_an_article_is_reached_from_the_pages_that_it_explains_and_from_the_help_centre(reader, name):
    anchors = {"", *ids(read(reader.get(ADDRESS.format(name))))}
    for address in ("/help", *EXPLAINS[name]):
        found = [link for link in links(read(reader.get(address))) if link.startswith(ADDRESS.format(name))]
        assert found, address
        assert {link.partition("#")[2] for link in found} <= anchors


@pytest.mark.parametrize("who", ["reader", "desk"])
@pytest.mark.parametrize("name", RESTAURANT_ARTICLES)
def test_every_link_leads_where_its_reader_may_go(request, who, name):
    person = request.getfixturevalue(who)
    addresses = {
        link.partition("#")[0]
        for link in links(read(person.get(ADDRESS.format(name))))
        if link.startswith("/")
    }
    answers = {address: person.get(address, follow_redirects=True).status_code for address in addresses}
    assert {address for address, status in answers.items() if status != 200} == set()


def test_the_help_centre_begins_with_the_restaurant(reader):
    page = read(reader.get("/help"))
    headings = [each.words for each in page.one("main").all("h2")]
    assert headings.index("Your restaurant") < headings.index("Something with Spektrix is not working")
