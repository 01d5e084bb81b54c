"""The demo venue and its widget, a Friday at noon, and a form as a diner's browser sends it."""

from dataclasses import asdict
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
import time_machine

from tests.people import AMARA
from tests.support.both_databases import in_browser
from tests.support.reading import read
from tests.widgets.host_pages.on_the_theatre import (
    EXPECTED_SECONDS,
    LISTEN,
    WIDGET as ON_THE_THEATRE,
    Theatre,
)

NOON = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
WIDGET = "w_demo"
SITE = "localhost:8702"
HALF_PAST_FIVE = "2026-06-12T16:30:00Z"
SHOW = "2026-06-12T18:30:00Z"
PORTAL = "http://localhost"
# Chromium takes an answer of ours as it is, and unpacks nothing.
_NOT_PASSED_ON = {"host", "content-length", "accept-encoding"}
# A widget's settings as the form of a manager sends them, every one other than before.
GOOD = {
    "name": "Bar page",
    "integration": "none",
    "sites": "https://www.harbour.org/bar\nlocalhost:9000",
    "largest_party": "12",
    "days_ahead": "30",
    "arrive_minutes": "20",
    "walk_minutes": "4",
    "least_meal_minutes": "75",
    "color": "#0F766E",
    "color_picked": "#5b2a6e",
    "color_was": "#5b2a6e",
    "theme": "dark",
    "opens": "floating",
    "font": "host",
    "sign_in_url": "https://www.harbour.org/sign-in",
    "number": "1",
}


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
        filled = {**inputs_of(page.text), **asdict(AMARA), **changes}
        return {name: value for name, value in filled.items() if value is not None}

    def book(self, form=None, **options):
        return self.client.post(f"/w/{WIDGET}/bookings", data=form or self.form(), **options)

    def book_json(self, body, **options):
        return self.client.post(f"/w/{WIDGET}/bookings", json=body, **options)

    def read(self, **query):
        """The page in the frame, to be looked through."""
        answer = self.client.get(f"/w/{WIDGET}", query_string=query)
        assert answer.status_code == 200
        return read(answer)

    def slots(self, **query):
        asked = {"date": "2026-06-12", "party": "2", **query}
        headers = {"Accept": "application/json"}
        return self.client.get(f"/w/{WIDGET}/slots", query_string=asked, headers=headers)


@pytest.fixture(autouse=True)
def friday_noon(request):
    """The clock stands still, but in the present where a browser looks, which keeps its own time."""
    if in_browser(request.node):
        yield None
        return
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
def use_up(seeded):
    """Count a limit's whole amount but `left` for the test's own address: `use_up("public.book", MADE)`."""

    def count(endpoint, text, left=0):
        from limits import parse

        from portal.extensions import limiter

        limit = parse(text)
        with seeded.app_context():
            assert limiter.limiter.hit(limit, "127.0.0.1", endpoint, cost=limit.amount - left)

    return count


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


def change(stored, **values):
    from portal.widgets.models import Widget

    stored(lambda db: db.session.execute(db.update(Widget).values(**values)))


def answer_in_process(route, client, portal):
    """Let the portal of a Flask client answer what Chromium asks of the address `portal`.

    Redirects are followed here, since Chromium's engine alone looks for their targets in the network.
    """
    request = route.request
    sent = {name: value for name, value in request.all_headers().items() if name not in _NOT_PASSED_ON}
    with client.open(
        request.url.removeprefix(portal),
        base_url=portal,
        method=request.method,
        headers=sent,
        data=request.post_data_buffer,
        follow_redirects=True,
    ) as answer:
        route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.data)


@pytest.fixture
def on_stage(stored):
    """Add performances to the programme: `on_stage(("Hamlet", "2026-06-12T18:30:00Z", 155, False), …)`."""

    def add(*performances):
        from portal.events.models import Event, EventSync, Performance
        from portal.venues.models import Venue

        def rows(db):
            venue_id = db.session.scalar(db.select(Venue.id).order_by(Venue.id))
            of = {"venue_id": venue_id, "client_name": "harbourplayhouse"}
            db.session.add(EventSync(**of, next_at=NOON, synced_at=NOON, outcome="ok"))
            for number, (name, start, length, cancelled) in enumerate(performances, 1):
                event = Event(**of, spektrix_event_id=f"E{number}", name=name, minutes=length)
                db.session.add(
                    Performance(
                        **of,
                        event=event,
                        spektrix_instance_id=f"{7000 + number}ABCD",
                        starts_at=datetime.fromisoformat(start),
                        cancelled=cancelled,
                        seen_at=NOON,
                    )
                )

        stored(rows)

    return add


@pytest.fixture
def people(seeded):
    from tests.factories import make_manager, make_staff, sign_in

    def sign(make):
        from portal.extensions import db
        from portal.venues.models import Venue

        with seeded.app_context():
            person = make(db.session.scalar(db.select(Venue)))
        return sign_in(seeded.test_client(), person)

    return {"manager": sign(make_manager), "staff": sign(make_staff)}


@pytest.fixture
def manager(people):
    return people["manager"]


@pytest.fixture(scope="module")
def browsing(browser):
    """One profile for all tests of a file: making one costs more than a story."""
    context = browser.new_context()
    context.set_default_timeout(1000 * EXPECTED_SECONDS)
    context.add_init_script(LISTEN)
    yield context
    context.close()


@pytest.fixture
def tab(browsing):
    with browsing.new_page() as page:
        yield page


@pytest.fixture
def embedded(sandbox, live_portal):
    """A portal whose widget stands on the pretend theatre's pages."""
    from tests.factories import connect_spektrix, make_venue, make_widget

    with live_portal.app.app_context():
        venue = make_venue()
        make_widget(venue, public_id=ON_THE_THEATRE, sites=[urlsplit(sandbox.theatre_url).netloc])
        connect_spektrix(venue)
    sandbox.post("options", portal_url=live_portal.url, widget_id=ON_THE_THEATRE)
    return live_portal


@pytest.fixture
def theatre(tab, sandbox, embedded):
    with Theatre(tab, sandbox, embedded) as found:
        yield found
