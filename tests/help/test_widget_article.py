"""The article on the widget: whole for every kind of website, and reached from what it explains."""

import inspect
import re

import pytest

from portal.widgets.page_check import report as page_report
from portal.widgets.setup import embedding
from tests.factories import make_manager, make_widget, sign_in
from tests.support.reading import read

ARTICLE = "/help/integrations/spektrix/widget"


@pytest.fixture
def reader(client, app, venue):
    with app.app_context():
        make_widget(venue, public_id="w_help", sites=["www.example.org"])
        manager = make_manager(venue)
    return sign_in(client, manager)


@pytest.fixture
def article(reader):
    return read(reader.get(ARTICLE))


def anchors(page):
    return {each.attributes["id"] for each in page.all() if each.attributes.get("id")}


def test_it_tells_how_to_look_into_the_console(article):
    """R52."""
    words = article.one(id="console").words
    assert article.one(id="console").all("kbd")[0].words == "F12"
    for said in ("Console", "Make a Rezzy", "Refused to load", "blocked"):
        assert said in words


def test_a_venue_finds_its_own_page_for_links_and_codes(article, venue):
    assert f"/book/{venue.slug}" in article.one(id="links").words


def test_each_part_of_the_code_card_leads_to_its_section(reader, article):
    for tab in embedding.TABS:
        page = read(reader.get(f"/widgets/w_help/code?tab={tab}"))
        links = [each.attributes["href"] for each in page.all("a") if ARTICLE in each.attributes["href"]]
        assert links, tab
        assert {link.partition("#")[2] for link in links} <= anchors(article)


def test_each_part_of_a_check_leads_to_a_section_that_is_there(article):
    named = set(re.findall(r'help="([a-z-]+)"', inspect.getsource(page_report)))
    assert named
    assert named <= anchors(article)


def test_the_lines_of_where_it_runs_are_explained(reader, article):
    page = read(reader.get("/widgets/w_help"))
    [link] = [each for each in page.all("a") if each.words == "What these lines mean"]
    assert link.attributes["href"] == f"{ARTICLE}#where"
    assert "where" in anchors(article)
