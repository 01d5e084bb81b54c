"""The diner's month of dates: a page of links, within the widget's bounds."""

from datetime import date

import pytest

from tests.support.reading import read
from tests.widgets.conftest import WIDGET, change


@pytest.fixture
def page(diner):
    def get(**query):
        answer = diner.client.get(f"/w/{WIDGET}/dates", query_string=query)
        assert answer.status_code == 200
        return read(answer)

    return get


@pytest.fixture
def closed(stored):
    def add(db):
        from portal.availability.models import SpecialDay
        from portal.venues.models import Venue

        venue = db.session.scalars(db.select(Venue)).one()
        values = {"closed": True, "note": "Closed for our staff party"}
        db.session.add(SpecialDay(venue_id=venue.id, service_on=date(2026, 6, 14), **values))

    stored(add)


def spoken(page):
    return [one.all("span", class_="visually-hidden")[0].words for one in page.all("table")[0].all("a")]


def test_first_screen_leads_to_the_days_and_a_day_leads_back(diner, page):
    address = diner.read(party="3").link("See which days are free For 3 guests")
    dates = read(diner.client.get(address))
    assert "For 3 guests" in dates.words
    saturday = next(one for one in dates.all("a") if one.words.startswith("Saturday 13 June, open"))
    back = read(diner.client.get(saturday.attributes["href"]))
    assert "Times for Saturday 13 June" in back.words
    assert "checked" in back.one("input", name="party", value="3").attributes


def test_link_to_the_days_follows_the_party_that_is_chosen(diner):
    answer = diner.client.get(f"/w/{WIDGET}/slots?date=2026-06-12&party=7", headers={"HX-Request": "true"})
    link = read(answer).one(id="_days_link", hx_swap_oob="true").link("See which days are free For 7 guests")
    assert "party=7" in link
    with_show = f"/w/{WIDGET}/slots?date=2026-06-12&party=7&show=2026-06-12T18:30:00Z"
    assert "_days_link" not in diner.client.get(with_show, headers={"HX-Request": "true"}).text


def test_closed_day_says_why_and_cannot_be_chosen(page, closed):
    found = page()
    assert "Sunday 14 June, closed, Closed for our staff party" in found.words
    assert not [one for one in found.all("a") if "14 June" in one.words]


def test_shows_are_said_on_their_day(page, on_stage):
    on_stage(("Hamlet", "2026-06-13T18:30:00Z", 155, False))
    assert "Saturday 13 June, open, show: Hamlet" in page().words


def test_days_end_where_the_widget_ends(page, stored):
    change(stored, days_ahead=65)
    first = page()
    assert "Later dates" in first.words
    assert "10 August" in first.words
    assert "11 August, " not in first.words
    rest = page(date="2026-08-11")
    assert "Sunday 16 August, open" in rest.words
    assert "17 August" not in rest.words
    assert "Later dates" not in rest.words


def test_what_cannot_be_read_is_left_out(page):
    for query in ({"party": "x"}, {"party": "900"}, {"date": "9999-12-31"}, {"date": "x"}, {"show": "x"}):
        assert "June 2026" in page(**query).words
