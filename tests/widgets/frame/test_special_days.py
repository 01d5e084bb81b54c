"""What a diner reads of a day that the venue made special."""

from datetime import date

import pytest

from portal.availability.models import ServicePeriod, SpecialDay
from portal.venues.models import Venue
from tests.support.reading import read
from tests.widgets.conftest import WIDGET

FRIDAY = date(2026, 6, 12)
HTMX = {"HX-Request": "true"}
STAFF_PARTY = "Closed for our <b>staff</b> party"


def make_special(stored, **columns):
    def work(db):
        venue = db.session.scalars(db.select(Venue)).first()
        db.session.add(SpecialDay(venue_id=venue.id, service_on=FRIDAY, **columns))

    stored(work)


def times(diner):
    answer = diner.client.get(f"/w/{WIDGET}/slots?date={FRIDAY}&party=2")
    assert "<b>staff</b>" not in answer.text
    return read(answer)


def test_a_closed_day_says_why_in_the_venues_words(diner, stored):
    make_special(stored, closed=True, note=STAFF_PARTY)
    words = times(diner).words
    assert f"Closed on Fri 12 June {STAFF_PARTY}" in words
    assert "These are the closest times." in words


def test_a_closed_day_without_a_note_says_that_it_is_closed(diner, stored):
    make_special(stored, closed=True)
    assert "Closed on Fri 12 June These are the closest times." in times(diner).words


@pytest.mark.parametrize(
    ("columns", "title"),
    [
        ({"weekdays": 0b1101111}, "Closed on Fridays"),
        ({"valid_from": date(2026, 6, 13)}, "Closed on Fri 12 June"),
    ],
)
def test_a_day_on_which_nothing_is_served_is_closed_and_not_full(diner, stored, columns, title):
    stored(lambda db: db.session.execute(db.update(ServicePeriod).values(columns)))
    page = times(diner)
    assert f"{title} These are the closest times." in page.words
    assert "No tables" not in page.words
    offers = [each.words for each in page.all("a", class_="offer")]
    assert [text.split(",")[0] for text in offers if "June" in text] == [
        "Sat 13 June",
        "Sun 14 June",
        "Mon 15 June",
    ]


def test_an_open_day_has_its_note_above_its_times(diner, stored):
    make_special(stored, note=STAFF_PARTY)
    page = times(diner)
    assert STAFF_PARTY in page.words
    assert page.all(name="starts_at")


def test_a_note_that_is_changed_shows_at_once_to_a_party_too_large_to_be_told_times(diner, stored):
    def large_party():
        return read(diner.client.get(f"/w/{WIDGET}/slots?date={FRIDAY}&party=40", headers=HTMX)).words

    make_special(stored, note="Jazz at nine")
    assert times(diner).all(name="starts_at")
    assert "Jazz at nine" in large_party()
    stored(lambda db: db.session.execute(db.update(SpecialDay).values(note="Jazz at ten")))

    assert "Jazz at ten" in large_party()
