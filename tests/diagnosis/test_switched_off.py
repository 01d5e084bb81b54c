"""A widget that filled in dates and is set to None now: said on the diary and on the Spektrix page."""

from datetime import timedelta

import pytest

from portal import clock
from portal.extensions import db
from portal.venues import audit
from portal.venues.models import Venue
from portal.widgets.models import IntegrationChoice, OpeningReason, Widget, WidgetOpenings
from tests import factories
from tests.integration.place import place_of
from tests.support.reading import read_html

DIARY, USED_BY = "/diary", "/widgets/used-by-spektrix"
DIARY_SAYS = "The widget no longer fills in the date of a guest’s show."
NONE, SPEKTRIX = IntegrationChoice.NONE, IntegrationChoice.SPEKTRIX


@pytest.fixture
def place(app):
    """A connected venue with a widget that Priya Shah has set to None."""
    place = place_of(app)
    with app.app_context():
        widget = factories.make_widget(place.venue, NONE, name="Booking page widget")
        audit.record(place.venue.id, place.staff.id, audit.Action.WIDGET_INTEGRATION, widget.public_id)
        db.session.commit()
    place.widget = widget
    return place


def opened(place, ago, reason=OpeningReason.FILLED):
    at = clock.utc_now() - ago
    with place.app.app_context():
        db.session.add(
            WidgetOpenings(
                widget_id=place.widget.id, hour=at, page="https://a.test/", reason=reason, last_at=at
            )
        )
        db.session.commit()


def change(place, **columns):
    with place.app.app_context():
        for name, value in columns.items():
            setattr(db.session.get(Widget, place.widget.id), name, value)
        db.session.commit()


def test_the_diary_says_who_set_a_widget_to_none_that_was_filling_in_dates(place):
    opened(place, timedelta(hours=3))
    page = place.get(DIARY)
    assert DIARY_SAYS in page
    assert "Priya Shah set Booking page widget to None on " in page
    assert f"/widgets/{place.widget.public_id}" in read_html(page).addresses()


@pytest.mark.parametrize(
    ("ago", "reason"),
    [(timedelta(days=8), OpeningReason.FILLED), (timedelta(hours=1), OpeningReason.NO_BASKET)],
)
def test_the_diary_is_silent_where_no_date_was_filled_in_for_a_week(place, ago, reason):
    opened(place, ago, reason)
    assert DIARY_SAYS not in place.get(DIARY)


def test_the_diary_is_silent_of_a_widget_that_uses_spektrix_or_is_deleted(place):
    opened(place, timedelta(hours=1))
    change(place, integration=SPEKTRIX)
    assert DIARY_SAYS not in place.get(DIARY)
    change(place, integration=NONE, deleted_at=clock.utc_now())
    assert DIARY_SAYS not in place.get(DIARY)


def test_the_spektrix_page_says_since_when_no_widget_uses_it(place):
    page = place.get(USED_BY)
    assert "No widget uses Spektrix any more" in page
    assert "Priya Shah set Booking page widget to None on " in page
    assert "tone-warn" in page


def test_the_spektrix_page_does_not_say_so_while_another_widget_uses_it(place):
    with place.app.app_context():
        factories.make_widget(db.session.get(Venue, place.venue.id), SPEKTRIX, name="Bar widget")
    page = place.get(USED_BY)
    assert "any more" not in page
    assert "Bar widget" in page


def test_a_widget_that_never_used_spektrix_is_no_warning(app):
    place = place_of(app)
    with app.app_context():
        factories.make_widget(place.venue, NONE)
    assert "No widget uses Spektrix yet" in place.get(USED_BY)
    assert DIARY_SAYS not in place.get(DIARY)


def test_another_venues_widget_is_not_spoken_of(app, place):
    opened(place, timedelta(hours=1))
    other = place_of(app, venue_name="The Other Room")
    assert DIARY_SAYS not in other.get(DIARY)
    assert "Booking page widget" not in other.get(USED_BY)
