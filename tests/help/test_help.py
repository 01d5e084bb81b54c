"""The help centre: whole, reachable, and at the addresses that everything else points to."""

import struct

import pytest

from portal.diagnosis.symptoms.overview import SYMPTOMS
from portal.findings import FINDINGS, Code
from portal.help.articles import ARTICLES
from portal.venues.models import Venue
from tests.factories import connect_spektrix, make_manager, sign_in
from tests.support.reading import read

ADDRESS = "/help/integrations/spektrix/{}"
PAGES = ["/help", *(ADDRESS.format(name) for name in ARTICLES)]


@pytest.fixture
def staff_reader(client, app, staff):
    """Somebody at the same venue who is no manager."""
    with app.app_context():
        connect_spektrix(staff.venue)
    return sign_in(client, staff)


@pytest.fixture
def reader(client, app, venue):
    """A manager of a venue that is connected, so that every link leads somewhere."""
    with app.app_context():
        manager = make_manager(venue)
        connect_spektrix(venue, staff=manager)
    return sign_in(client, manager)


@pytest.fixture
def pages(reader):
    """Each page of the help centre by its address."""
    return {address: read(reader.get(address)) for address in PAGES}


def ids(page):
    return [element.attributes["id"] for element in page.all() if "id" in element.attributes]


def links(page):
    return {link.attributes["href"] for link in page.all("a") if "href" in link.attributes}


def test_every_finding_is_explained_where_it_says(pages):
    for code, finding in FINDINGS.items():
        name, _, anchor = finding.help.partition("#")
        assert (anchor == "") == (code is Code.NOT_CONNECTED), code
        assert {anchor} - {""} <= set(ids(pages[ADDRESS.format(name)])), code


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_has_the_sections_of_its_contents_in_their_order(name, pages):
    announced = [section.anchor for section in ARTICLES[name].sections]
    assert [one for one in ids(pages[ADDRESS.format(name)]) if one in announced] == announced


@pytest.mark.parametrize("who", ["reader", "staff_reader"])
def test_every_link_within_the_portal_leads_somewhere(who, request):
    reader = request.getfixturevalue(who)
    pages = {address: read(reader.get(address)) for address in PAGES}
    targets = {
        (href.partition("#")[0] or address, href.partition("#")[2])
        for address, page in pages.items()
        for href in links(page)
        if href.startswith(("/", "#"))
    }
    answers = {address: reader.get(address, follow_redirects=True) for address, _anchor in targets}
    assert {address for address, answer in answers.items() if answer.status_code != 200} == set()
    found = {address: {"", *ids(read(answer))} for address, answer in answers.items()}
    assert {(address, anchor) for address, anchor in targets if anchor not in found[address]} == set()


@pytest.mark.parametrize("name", ARTICLES)
def test_an_article_leads_to_the_others_and_back_to_the_page(name, pages):
    found = links(pages[ADDRESS.format(name)])
    assert found >= {ADDRESS.format(other) for other in ARTICLES if other != name}
    assert {"/help", "/integrations/spektrix"} <= found


def test_the_symptoms_come_in_the_order_of_the_checks():
    chapters = [chapter.section.anchor for chapter in ARTICLES["troubleshooting"].chapters]
    assert chapters == ["connection", "pre-fill", "visits", "writes", "support"]


def test_a_symptom_has_the_name_of_its_door():
    named = {symptom.help: symptom.title for symptom in SYMPTOMS}
    assert {anchor: ARTICLES["troubleshooting"].section(anchor).title for anchor in named} == named


def test_pictures_are_small_there_and_said_in_words(pages, reader):
    pictures = [picture.attributes for page in pages.values() for picture in page.all("img")]
    assert pictures
    for attributes in pictures:
        with reader.get(attributes["src"]) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/png")
            picture = answer.data
        assert len(picture) < 60_000
        assert len(attributes["alt"]) > 40
        width, height = struct.unpack(">II", picture[16:24])
        assert width * int(attributes["height"]) == height * int(attributes["width"])


def test_each_symptom_leads_back_to_its_live_check(pages):
    found = links(pages[ADDRESS.format("troubleshooting")])
    assert {"/find-the-fault/connection", "/find-the-fault/pre-fill", "/find-the-fault/writes"} <= found


def test_the_exact_names_can_be_copied(pages):
    for name in ("set-up", "troubleshooting"):
        buttons = pages[ADDRESS.format(name)].all("button", type="button")
        copied = [button.attributes["data-copy"] for button in buttons if "data-copy" in button.attributes]
        assert copied == ["Last Dined At", "Number of Restaurant Visits"]


def test_spektrix_s_own_guides_are_named(pages):
    assert "https://integrate.spektrix.com/docs/authentication" in links(pages[ADDRESS.format("set-up")])
    assert "https://integrate.spektrix.com/" in links(pages[ADDRESS.format("field-mapping")])


def test_mail_to_our_support_names_the_business_and_asks_what_was_expected(pages):
    [mail] = {href for href in links(pages["/help"]) if href.startswith("mailto:support@makearezzy.com")}
    assert "The%20Green%20Room" in mail
    assert "What%20I%20expected%20to%20happen" in mail


def test_a_venue_with_a_support_desk_of_its_own_is_sent_there(reader, app, venue):
    from portal.extensions import db

    with app.app_context():
        db.session.get(Venue, venue.id).support_email = "help@greenroom.example"
        db.session.commit()
    answer = reader.get(ADDRESS.format("troubleshooting"))
    asked = {link.partition("?")[0] for link in links(read(answer)) if link.startswith("mailto:")}
    assert asked == {"mailto:help@greenroom.example", "mailto:support@spektrix.com"}
    assert "support@makearezzy.com" not in answer.text


def test_the_help_centre_is_for_people_of_a_venue(client):
    answer = client.get(ADDRESS.format("set-up"))
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


def test_an_unknown_article_is_not_found(desk):
    assert desk.get(ADDRESS.format("invoices")).status_code == 404


def test_help_is_one_press_away_on_every_page(desk):
    for address in ("/diary", "/guests", "/widgets", "/integrations/spektrix"):
        assert "/help" in links(read(desk.get(address))), address


def test_what_never_crosses_is_said(pages):
    said = pages[ADDRESS.format("field-mapping")].words
    for subject in ("Tables are not orders", "Tickets are not bookings", "seating plans", "opening hours"):
        assert subject in said


def test_bookings_still_to_come_are_said_to_count(pages):
    assert "bookings still to come count too" in pages[ADDRESS.format("field-mapping")].words
