"""The demo venue and its widget, a Friday at noon, and a form as a diner's browser sends it."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
import time_machine

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
WIDGET = "w_demo"
SITE = "localhost:8702"
HALF_PAST_FIVE = "2026-06-12T16:30:00Z"
SHOW = "2026-06-12T18:30:00Z"
PORTAL = "http://localhost"


class _Inputs(HTMLParser):
    """Collects the form fields of a page, as a browser would send them."""

    def __init__(self):
        super().__init__()
        self.values = {}

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input" and "name" in found and found.get("type") not in {"checkbox", "radio", "date"}:
            self.values[found["name"]] = found.get("value") or ""


def inputs_of(page):
    parser = _Inputs()
    parser.feed(page)
    return parser.values


class Diner:
    """Walks the public pages with the Flask client, as somebody on the theatre's website."""

    def __init__(self, client):
        self.client = client

    def details_page(self, **changes):
        query = {"starts_at": HALF_PAST_FIVE, "party": "2", **changes}
        return self.client.get(f"/w/{WIDGET}/details", query_string=query)

    def form(self, **changes):
        """A filled-in form for 5:30pm on the Friday; `None` leaves a field out."""
        page = self.details_page()
        assert page.status_code == 200, page.text
        typed = {"name": "Amara Okafor", "email": "amara.okafor@example.org", "phone": "07700 900461"}
        filled = {**inputs_of(page.text), **typed, **changes}
        return {name: value for name, value in filled.items() if value is not None}

    def book(self, form=None, **options):
        return self.client.post(f"/w/{WIDGET}/bookings", data=form or self.form(), **options)

    def book_json(self, body, **options):
        return self.client.post(f"/w/{WIDGET}/bookings", json=body, **options)

    def slots(self, **query):
        asked = {"date": "2026-06-12", "party": "2", **query}
        headers = {"Accept": "application/json"}
        return self.client.get(f"/w/{WIDGET}/slots", query_string=asked, headers=headers)


@pytest.fixture(autouse=True)
def friday_noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def seeded(app, recording_queue):
    """A venue that seats four at a time, connected and active, and its widget on two websites."""
    from tests.factories import connect_spektrix, make_venue, make_widget

    with app.app_context():
        venue = make_venue(covers=4)
        make_widget(venue, public_id=WIDGET, sites=[SITE, "www.harbourplayhouse.example"])
        connect_spektrix(venue)
    return app


@pytest.fixture
def diner(seeded):
    return Diner(seeded.test_client())


@pytest.fixture
def stored(seeded):
    """Run a function on the database: `stored(lambda db: ...)`."""

    def run(work):
        from portal.database import writing
        from portal.extensions import db

        with seeded.app_context(), writing():
            found = work(db)
            db.session.commit()
            return found

    return run


@pytest.fixture
def bookings(stored):
    """The bookings there are, as plain values."""

    def read():
        from portal.bookings.models import Booking

        def values(db):
            rows = db.session.scalars(db.select(Booking).order_by(Booking.id)).all()
            return [
                {
                    "name": row.booked_name,
                    "email": row.booked_email,
                    "phone": row.booked_phone,
                    "party_size": row.party_size,
                    "note": row.note,
                    "status": row.status,
                    "show": row.show_starts_at,
                    "basket": row.link_check.basket_id if row.link_check else None,
                }
                for row in rows
            ]

        return stored(values)

    return read
